"""LeadVille's live socket, on /ws/live and on its own port: commands, answers and the format of events."""

import datetime
import json
import re

import pytest

from clients import request, connect, receive
from waiting import TIMEOUT

ORIGINAL = ["status", "sensor_event", "timer_event", "run_update"]
TIME = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def without_time(text):
    """Returns the members in order, without the timestamp, which must be close to the current time."""
    message = json.loads(text)
    # Spacing and numbers as Python's json writes them, and therefore as the original wrote them.
    assert text == json.dumps(message)
    time = message.pop("timestamp")
    assert TIME.fullmatch(time)
    age = datetime.datetime.now(datetime.timezone.utc) - datetime.datetime.fromisoformat(time)
    assert abs(age.total_seconds()) < TIMEOUT
    return list(message.items())


@pytest.fixture
def client(testbed):
    with testbed.live() as client:
        receive(client)
        yield client


def status(event_type, **members):
    return [("type", "status"), ("event_type", event_type), *members.items()]


@pytest.mark.parametrize("port, path", [("http_port", "/ws/live"), ("live_port", "/"), ("live_port", "/any?path")])
def test_a_client_is_greeted_with_the_capabilities(run, port, path):
    gateway = run({"live.vocabulary": "gateway"})
    with connect(f"ws://127.0.0.1:{getattr(gateway, port)}{path}") as client:
        text = client.recv(TIMEOUT)
        assert without_time(text) == status(
            "connection_established", message="Connected to LeadVille Live Updates",
            capabilities=[*ORIGINAL, "heart_rate", "pressure", "health_status", "session_updates", "motion",
                          "measurement"])
        assert list(json.loads(text))[3] == "timestamp"


@pytest.mark.parametrize("command, answer", [
    ('{"type": "ping"}', status("pong")),
    (b'{"type": "ping"}', status("pong")),
    ('{"type": "ping", "and": ["more"]}', status("pong")),
    ('{"type": "subscribe", "channels": ["timer_event", "status"]}', status(
        "subscription_confirmed", channels=["timer_event", "status"], message="Subscribed to 2 channels")),
    ('{"type": "subscribe", "channels": ["timer_events", "sensor_events", "run_updates", "system_monitoring"]}', status(
        "subscription_confirmed", channels=["timer_events", "sensor_events", "run_updates", "system_monitoring"],
        message="Subscribed to 4 channels")),
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
def test_commands_are_answered(client, command, answer):
    client.send(command)
    assert without_time(client.recv(TIMEOUT)) == answer


@pytest.mark.parametrize("message", [
    "[1, 2]", "5", '"x"', "null", "", "{bad", '{"type": "ping"}{"type": "ping"}', b"\xff\xfe", b"\0"])
def test_invalid_messages_are_answered_and_the_connection_stays_open(testbed, client, message):
    client.send(message)
    answer = without_time(client.recv(TIMEOUT))
    assert answer[:3] == status("error", message="Invalid JSON format")
    assert [name for name, _ in answer[3:]] == ["detail"]
    assert testbed.metrics.value("leadville_commands_refused_total", surface="live", reason="invalid_json") == 1
    assert request(client, {"type": "ping"})["event_type"] == "pong"


def test_get_status(client, testbed):
    testbed.publish("timer", 3)
    for _ in range(3):
        receive(client)
    client.send('{"type": "get_status"}')
    text = client.recv(TIMEOUT)
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
def test_events_have_the_format_of_the_original(client, testbed, kind, event):
    """The original's members come first, in its order; additional ones follow."""
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
    text = client.recv(TIMEOUT)
    assert list(json.loads(text))[2] == "timestamp"
    members = dict(without_time(text))
    begins_with(members, event)
    assert members["id"] == 1


def test_heart_rates_are_sent_only_to_their_subscribers(client, testbed):
    with testbed.live() as subscriber:
        receive(subscriber)
        request(subscriber, {"type": "subscribe", "channels": [*ORIGINAL, "heart_rate"]})
        kinds = ("heart", "timer", "impact", "run", "device")
        for kind in kinds:
            testbed.publish(kind)
        assert [receive(client)["type"] for _ in range(4)] == ["timer_event", "sensor_event", "run_update", "status"]
        messages = [receive(subscriber) for _ in kinds]
        assert [message["id"] for message in messages] == [1, 2, 3, 4, 5]
        assert messages[0]["type"] == "heart_rate"
        assert messages[0]["data"] == {"bpm": 75.5, "bpm_raw": 76.0, "contact": True}


def test_only_subscribed_channels_are_received(client, testbed):
    request(client, {"type": "subscribe", "channels": ["timer_event"]})
    request(client, {"type": "subscribe", "channels": ["run_update"]})
    for kind in ("impact", "timer", "device", "run"):
        testbed.publish(kind)
    assert [receive(client)["type"] for _ in range(2)] == ["timer_event", "run_update"]
    answer = request(client, {"type": "unsubscribe", "channels": ["timer_event"]})
    assert answer["remaining"] == ["run_update"]
    for kind in ("timer", "run"):
        testbed.publish(kind)
    assert receive(client)["type"] == "run_update"
    assert request(client, {"type": "unsubscribe"})["remaining"] == []
    for kind in ("timer", "run", "impact", "device"):
        testbed.publish(kind)
    # None of these events was received.
    assert request(client, {"type": "ping"})["event_type"] == "pong"


def test_a_subscription_to_unknown_channels_only_changes_nothing(client, testbed):
    answer = request(client, {"type": "subscribe", "channels": ["weather", "tides"]})
    assert (answer["channels"], answer["ignored"]) == (["weather", "tides"], ["weather", "tides"])
    for kind in ("timer", "impact", "run", "device"):
        testbed.publish(kind)
    assert [receive(client)["type"] for _ in range(4)] == ["timer_event", "sensor_event", "run_update", "status"]
    # It was not the first subscription, which replaces the default channels.
    request(client, {"type": "subscribe", "channels": ["timer_events"]})
    assert request(client, {"type": "get_status"})["data"]["subscribed"] == ["timer_event"]
    request(client, {"type": "subscribe", "channels": ["weather"]})
    assert request(client, {"type": "get_status"})["data"]["subscribed"] == ["timer_event"]


def test_events_arrive_in_order_with_increasing_ids(testbed, client):
    kinds = ("timer", "impact", "run", "device")
    for kind in kinds * 25:
        testbed.publish(kind, 3)
    messages = [receive(client) for _ in range(300)]
    assert [message["id"] for message in messages] == list(range(1, 301))
    assert [message["timestamp"] for message in messages] == sorted(message["timestamp"] for message in messages)


def test_heart_readings_reach_both_ports(gateway):
    with gateway.live() as one, connect(f"ws://127.0.0.1:{gateway.live_port}") as other:
        for client in (one, other):
            receive(client)
            request(client, {"type": "subscribe", "channels": ["heart_rate"]})
        gateway.board().send(user=7, bpm=72)
        first, second = receive(one), receive(other)
        assert first == second
        assert (first["user"], first["device_id"], first["data"]["bpm"]) == (7, "heart-board-7", 72.0)


def test_the_separate_port_can_be_disabled(run):
    gateway = run({"live.port": 0})
    assert gateway.get("/health")[0] == 200
    gateway.terminate()
    assert "live socket, own port" not in gateway.output.all()
