"""Events that application code publishes: by POST, by WebSocket, and with the functions in docs/clients.md."""

import asyncio
import http.client
import json
import pathlib
import re
import sqlite3

import pytest

from clients import connect, receive, request
from waiting import eventually

TOKEN = "a-long-enough-secret-token"
CLIENTS = pathlib.Path(__file__).parents[2] / "docs" / "clients.md"


@pytest.fixture
def live(gateway):
    with gateway.live() as client:
        receive(client)
        yield client


def test_events_are_published_in_order_and_marked(gateway, live):
    status, answer = gateway.post("/api/events", {
        "type": "sensor_event", "event_type": "impact_detected", "sensor_id": "BT50_01", "magnitude": 15.5})
    assert (status, answer) == (200, {"published": 1, "ids": [1], "clients": 1, "latest_event_id": 1})
    event = receive(live)
    assert list(event) == ["type", "event_type", "timestamp", "sensor_id", "data", "source", "id"]
    assert (event["type"], event["sensor_id"], event["source"], event["id"]) == (
        "sensor_event", "BT50_01", "application", 1)
    assert event["data"] == {"event_type": "impact_detected", "sensor_id": "BT50_01", "magnitude": 15.5}
    kinds = ["status", "timer_event", "run_update", "sensor_event"]
    status, answer = gateway.post("/api/events", [{"type": kind, "event_type": "test"} for kind in kinds])
    assert (status, answer["ids"]) == (200, [2, 3, 4, 5])
    events = [receive(live) for _ in kinds]
    assert [event["type"] for event in events] == kinds
    assert [event["id"] for event in events] == [2, 3, 4, 5]


def test_the_range_does_not_take_them_for_hardware(gateway, live):
    gateway.post("/api/events", [
        {"type": "timer_event", "event_type": "timer_started", "device_id": "60:09:C3:1F:DC:1A"},
        {"type": "timer_event", "event_type": "shot_detected", "device_id": "60:09:C3:1F:DC:1A", "current_shot": 1},
        {"type": "sensor_event", "sensor_id": "BT50_01", "magnitude": 900},
        {"type": "run_update", "event_type": "run_completed", "run_id": "run_001"}])
    for _ in range(4):
        assert receive(live)["source"] == "application"
    assert request(live, {"type": "ping"})["event_type"] == "pong"
    for path, name in [("/api/runs", "runs"), ("/api/sensors", "sensors"), ("/api/timers", "timers"),
                       ("/api/devices", "devices")]:
        status, _, body = gateway.get(path)
        assert (status, json.loads(body)[name]) == (200, [])


def test_they_are_journalled(gateway, tmp_path):
    assert gateway.post("/api/events", {"type": "status", "event_type": "system_startup", "n": 1})[0] == 200
    database = tmp_path / "state" / "gateway.db"

    def stored():
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
            rows = connection.execute("SELECT source, body FROM event").fetchall()
        return any("system_startup" in str(row) and "application" in str(row) for row in rows)

    eventually(stored)
    status, _, body = gateway.get("/api/events/1/explain")
    assert status == 200
    assert json.loads(body)["event"]["source"] == "application"


@pytest.mark.parametrize("body, message", [
    ("{bad", "not valid JSON"), ([], "no events"), ({"type": "heart_rate"}, "type must be one of"),
    ([{"type": "status"}, {"type": "timer_event"}], "event 2: event_type is missing")])
def test_invalid_events_are_rejected_whole(gateway, live, body, message):
    if isinstance(body, str):
        connection = http.client.HTTPConnection("127.0.0.1", gateway.http_port)
        connection.request("POST", "/api/events", body)
        response = connection.getresponse()
        status, answer = response.status, json.loads(response.read())
    else:
        status, answer = gateway.post("/api/events", body)
    assert (status, answer["reason"]) == (400, "invalid")
    assert message in answer["error"]
    # None of the list was published.
    assert json.loads(gateway.get("/api/live")[2]) == {"clients": 1, "latest_event_id": 0}


def test_their_rate_is_limited(gateway):
    event = [{"type": "status"}] * 100
    accepted = 0
    while (answer := gateway.post("/api/events", event))[0] == 200:
        accepted += 1
    assert (answer[0], answer[1]["reason"]) == (429, "limit")
    assert 10 <= accepted


def test_they_need_the_token(run):
    gateway = run({"http.token": TOKEN})
    event = {"type": "status", "event_type": "test"}
    assert gateway.post("/api/events", event)[0] == 401
    assert gateway.post("/api/events", event, token=TOKEN)[0] == 200
    with gateway.live() as client:
        receive(client)
        answer = request(client, event)
        assert (answer["event_type"], answer["reason"]) == ("error", "missing_token")
    with gateway.live(additional_headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        receive(client)
        client.send(json.dumps(event))
        assert [receive(client)["event_type"] for _ in range(2)] == ["test", "events_published"]


@pytest.mark.parametrize("origin, is_allowed", [
    (None, True), ("http://127.0.0.1:5173", True), ("http://evil.example", False), ("null", False)])
def test_only_own_pages_publish_over_a_websocket(gateway, origin, is_allowed):
    with gateway.live(origin=origin) as client, connect(f"ws://127.0.0.1:{gateway.live_port}", origin=origin) as own:
        receive(client)
        receive(own)
        client.send('[{"type": "run_update", "event_type": "test", "run_id": "r"}, {"type": "status"}]')
        if is_allowed:
            assert [receive(client)["type"] for _ in range(2)] == ["run_update", "status"]
            assert list(receive(client))[:3] == ["type", "event_type", "ids"]
            assert [receive(own)["id"] for _ in range(2)] == [1, 2]
            own.send('{"type": "status"}')
            assert receive(own)["id"] == 3
            assert list(receive(own).items())[:2] == [("type", "publish_ack"), ("ids", [3])]
        else:
            assert receive(client)["reason"] == "foreign_origin"
            assert request(own, {"type": "status"})["reason"] == "foreign_origin"
            assert json.loads(gateway.get("/api/live")[2])["latest_event_id"] == 0


def test_leadvilles_functions_work_as_documented(gateway, live, monkeypatch):
    monkeypatch.setenv("LEADVILLE_GATEWAY", gateway.origin)
    (program,) = (block for block in re.findall(r"```python\n(.*?)```", CLIENTS.read_text(encoding="utf-8"), re.S)
                  if "broadcast_status_update" in block)
    names = {}
    exec(compile(program, str(CLIENTS), "exec"), names)

    async def publish():
        await names["broadcast_status_update"]({"event_type": "system_startup", "system_status": "operational"})
        await names["broadcast_sensor_event"]({
            "event_type": "impact_detected", "sensor_id": "BT50_01", "magnitude": 15.5})
        await names["broadcast_timer_event"]({
            "event_type": "shot_detected", "shot_state": "ACTIVE", "current_shot": 1})
        await names["broadcast_run_update"]({"event_type": "run_completed", "run_id": "run_001", "total_time": 45.67})

    asyncio.run(publish())
    events = [receive(live) for _ in range(4)]
    assert [(event["type"], event["event_type"]) for event in events] == [
        ("status", "system_startup"), ("sensor_event", "impact_detected"), ("timer_event", "shot_detected"),
        ("run_update", "run_completed")]
    assert (events[1]["sensor_id"], events[3]["run_id"]) == ("BT50_01", "run_001")
    assert events[2]["data"]["current_shot"] == 1
    assert names["get_client_count"]() == 1
