"""LeadVille's live socket, on /ws/live and on the port of its own: what clients are told, and in which words."""

import datetime
import json
import re

import pytest

from clients import ask, connect, hear
from patience import PATIENCE

ORIGINAL = ["status", "sensor_event", "timer_event", "run_update"]
TIME = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def without_time(text):
    """The members in their order, but for the time, which must be a true one."""
    message = json.loads(text)
    # Python's spacing and numbers, and so what the original wrote.
    assert text == json.dumps(message)
    time = message.pop("timestamp")
    assert TIME.fullmatch(time)
    age = datetime.datetime.now(datetime.timezone.utc) - datetime.datetime.fromisoformat(time)
    assert abs(age.total_seconds()) < PATIENCE
    return list(message.items())


@pytest.fixture
def client(testbed):
    with testbed.live() as client:
        hear(client)
        yield client


def status(event_type, **members):
    return [("type", "status"), ("event_type", event_type), *members.items()]


@pytest.mark.parametrize("port, path", [("http_port", "/ws/live"), ("live_port", "/"), ("live_port", "/any?path")])
def test_the_greeting(gateway, port, path):
    with connect(f"ws://127.0.0.1:{getattr(gateway, port)}{path}") as client:
        text = client.recv(PATIENCE)
        assert without_time(text) == status(
            "connection_established", message="Connected to LeadVille Live Updates",
            capabilities=[*ORIGINAL, "heart_rate", "pressure"])
        assert list(json.loads(text))[3] == "timestamp"


@pytest.mark.parametrize("command, answer", [
    ('{"type": "ping"}', status("pong")),
    (b'{"type": "ping"}', status("pong")),
    ('{"type": "ping", "and": ["more"]}', status("pong")),
    ('{"type": "subscribe", "channels": ["timer_event", "status"]}', status(
        "subscription_confirmed", channels=["timer_event", "status"], message="Subscribed to 2 channels")),
    ('{"type": "subscribe"}', status("subscription_confirmed", channels=[], message="Subscribed to 0 channels")),
    ('{"type": "subscribe", "channels": ["timer_event", "weather", 5]}', status(
        "subscription_confirmed", channels=["timer_event", "weather", 5], message="Subscribed to 1 channels",
        ignored=["weather", 5])),
    ('{"type": "unsubscribe", "channels": ["status", "weather"]}', status(
        "unsubscription_confirmed", channels=["status", "weather"], message="Unsubscribed from 1 channels",
        ignored=["weather"], remaining=["sensor_event", "timer_event", "run_update"])),
    ('{"type": "unsubscribe"}', status(
        "unsubscription_confirmed", channels=["status", "sensor_event", "timer_event", "run_update"],
        message="Unsubscribed from 4 channels", remaining=[])),
    ('{"type": "jump"}', status("error", message="Unknown message type: jump")),
    ('{"type": "PING"}', status("error", message="Unknown message type: PING")),
    ('{"type": 5}', status("error", message="Unknown message type: 5")),
    ("{}", status("error", message="Unknown message type: None")),
])
def test_the_answers(client, command, answer):
    client.send(command)
    assert without_time(client.recv(PATIENCE)) == answer


@pytest.mark.parametrize("message", [
    "[1, 2]", "5", '"x"', "null", "", "{bad", '{"type": "ping"}{"type": "ping"}', b"\xff\xfe", b"\0"])
def test_what_is_no_object_is_answered_and_forgiven(testbed, client, message):
    client.send(message)
    answer = without_time(client.recv(PATIENCE))
    assert answer[:3] == status("error", message="Invalid JSON format")
    assert [name for name, _ in answer[3:]] == ["detail"]
    assert testbed.metrics.value("leadville_commands_refused_total", surface="live", reason="invalid_json") == 1
    assert ask(client, {"type": "ping"})["event_type"] == "pong"


def test_get_status(client, testbed):
    testbed.publish("timer", 3)
    for _ in range(3):
        hear(client)
    client.send('{"type": "get_status"}')
    text = client.recv(PATIENCE)
    answer = dict(without_time(text))
    assert list(json.loads(text)) == ["type", "event_type", "timestamp", "data"]
    assert (answer["type"], answer["event_type"]) == ("status", "system_status_update")
    assert answer["data"].pop("uptime_seconds") >= 0
    assert list(answer["data"].items()) == [
        ("system_status", "operational"), ("version", "test"), ("connected_clients", 1), ("subscribed", ORIGINAL),
        ("latest_event_id", 3)]


@pytest.mark.parametrize("kind, event", [
    ("timer", {
        "type": "timer_event", "event_type": "shot_detected", "device_id": "60:09:C3:1F:DC:1A",
        "data": {
            "shot_state": "ACTIVE", "current_shot": 3, "current_time": 15.67, "split_time": 5.23,
            "event_detail": "Shot 3: 15.67s (Split: 5.23s)"}}),
    ("impact", {
        "type": "sensor_event", "event_type": "impact_detected", "sensor_id": "BT50_01",
        "data": {"magnitude": 15.5, "location": {"x": 2.3, "y": 1.8}, "timestamp_sensor": TIME}}),
    ("run", {
        "type": "run_update", "event_type": "run_started", "run_id": "run_001",
        "data": {"shooter_name": "John Doe", "stage_name": "Stage 1", "start_time": TIME}}),
    ("device", {
        "type": "status", "event_type": "device_connected", "message": "AMG Lab COMM DC1A is connected",
        "data": {"device_id": "60:09:C3:1F:DC:1A"}}),
])
def test_events_have_the_shape_of_the_originals(client, testbed, kind, event):
    """The original's members in its order; what is ours comes behind them."""
    def begins_with(members, expected):
        assert list(members)[:len(expected)] == list(expected)
        for name, value in expected.items():
            if isinstance(value, dict):
                begins_with(members[name], value)
            elif value is TIME:
                assert TIME.fullmatch(members[name])
            else:
                assert members[name] == value

    testbed.publish(kind)
    text = client.recv(PATIENCE)
    assert list(json.loads(text))[2] == "timestamp"
    members = dict(without_time(text))
    begins_with(members, event)
    assert members["id"] == 1


def test_heart_rates_are_for_those_who_ask_for_them(client, testbed):
    with testbed.live() as asking:
        hear(asking)
        ask(asking, {"type": "subscribe", "channels": [*ORIGINAL, "heart_rate"]})
        kinds = ("heart", "timer", "impact", "run", "device")
        for kind in kinds:
            testbed.publish(kind)
        assert [hear(client)["type"] for _ in range(4)] == ["timer_event", "sensor_event", "run_update", "status"]
        heard = [hear(asking) for _ in kinds]
        assert [message["id"] for message in heard] == [1, 2, 3, 4, 5]
        assert heard[0]["type"] == "heart_rate"
        assert heard[0]["data"] == {"bpm": 75.5, "bpm_raw": 76.0, "contact": True}


def test_only_what_was_subscribed_to_is_heard_until_it_is_unsubscribed_from(client, testbed):
    ask(client, {"type": "subscribe", "channels": ["timer_event"]})
    ask(client, {"type": "subscribe", "channels": ["run_update"]})
    for kind in ("impact", "timer", "device", "run"):
        testbed.publish(kind)
    assert [hear(client)["type"] for _ in range(2)] == ["timer_event", "run_update"]
    answer = ask(client, {"type": "unsubscribe", "channels": ["timer_event"]})
    assert answer["remaining"] == ["run_update"]
    for kind in ("timer", "run"):
        testbed.publish(kind)
    assert hear(client)["type"] == "run_update"
    assert ask(client, {"type": "unsubscribe"})["remaining"] == []
    for kind in ("timer", "run", "impact", "device"):
        testbed.publish(kind)
    # Nothing of it came in between.
    assert ask(client, {"type": "ping"})["event_type"] == "pong"


def test_events_come_in_order_with_increasing_ids(testbed, client):
    kinds = ("timer", "impact", "run", "device")
    for kind in kinds * 25:
        testbed.publish(kind, 3)
    heard = [hear(client) for _ in range(300)]
    assert [message["id"] for message in heard] == list(range(1, 301))
    assert [message["timestamp"] for message in heard] == sorted(message["timestamp"] for message in heard)


def test_hearts_of_the_daemon_reach_both_ports(gateway):
    with gateway.live() as one, connect(f"ws://127.0.0.1:{gateway.live_port}") as other:
        for client in (one, other):
            hear(client)
            ask(client, {"type": "subscribe", "channels": ["heart_rate"]})
        gateway.board().send(user=7, bpm=72)
        first, second = hear(one), hear(other)
        assert first == second
        assert (first["user"], first["device_id"], first["data"]["bpm"]) == (7, "heart-board-7", 72.0)


def test_the_port_of_its_own_can_be_left_closed(run):
    gateway = run({"live.port": 0})
    assert gateway.get("/health")[0] == 200
    assert not gateway.output.count("live socket, alone")
