"""The live socket as the clients of LeadVille's other servers know it: stand-alone (port 8765) and port 8001."""

import asyncio
import json

import pytest
import websockets
import websockets.asyncio.client

from clients import connect, receive, request
from test_live_socket import TIME, without_time
from waiting import TIMEOUT

ADDRESS = "60:09:C3:1F:DC:1A"
STREAMED = ["status", "sensor_events", "timer_events", "health_status"]
REACT = ["timer_events", "health_status", "session_updates"]


@pytest.fixture
def stand_alone(testbed):
    with connect(f"ws://127.0.0.1:{testbed.http_port}/stand-alone") as client:
        receive(client)
        yield client


@pytest.fixture
def streamer(testbed):
    with connect(f"ws://127.0.0.1:{testbed.http_port}/streamer") as client:
        for _ in range(3):
            receive(client)
        yield client


# MARK: The stand-alone server

@pytest.mark.parametrize("path", ["/", "/ws/live", "/any?path"])
def test_the_own_port_welcomes_as_the_stand_alone_server(gateway, path):
    with connect(f"ws://127.0.0.1:{gateway.live_port}{path}") as client:
        text = client.recv(TIMEOUT)
        assert without_time(text)[:2] == [
            ("type", "welcome"), ("message", "Connected to LeadVille Timer WebSocket")]
        message = json.loads(text)
        assert list(message) == ["type", "message", "timestamp", "server_info"]
        assert list(message["server_info"].items())[:2] == [
            ("version", "2.0.0"), ("features", ["timer_events", "health_monitoring", "real_time_updates"])]


@pytest.mark.parametrize("command, answer", [
    ('{"type": "ping"}', [("type", "pong")]),
    (json.dumps({"type": "subscribe", "channels": REACT}), [
        ("type", "subscription_ack"), ("channels", REACT), ("message", "Subscribed to 3 channels")]),
    ('{"type": "subscribe"}', [
        ("type", "subscription_ack"), ("channels", []), ("message", "Subscribed to 0 channels")]),
    ('{"type": "subscribe", "channels": ["weather"]}', [
        ("type", "subscription_ack"), ("channels", ["weather"]), ("message", "Subscribed to 0 channels"),
        ("ignored", ["weather"])]),
    ('{"type": "unsubscribe", "channels": ["status"]}', [
        ("type", "unsubscription_ack"), ("channels", ["status"]), ("message", "Unsubscribed from 1 channels"),
        ("remaining", ["sensor_event", "timer_event", "run_update", "health_status", "session_updates"])]),
    ('{"type": "jump"}', [("type", "error"), ("message", "Unknown message type: jump")]),
    ("{}", [("type", "error"), ("message", "Unknown message type: None")]),
])
def test_stand_alone_commands_are_answered(stand_alone, command, answer):
    stand_alone.send(command)
    assert without_time(stand_alone.recv(TIMEOUT)) == answer


@pytest.mark.parametrize("message", ["[1, 2]", "5", "null", "", "{bad", b"\xff\xfe"])
def test_stand_alone_invalid_messages_are_answered_and_the_connection_stays_open(stand_alone, message):
    stand_alone.send(message)
    text = stand_alone.recv(TIMEOUT)
    assert without_time(text)[:2] == [("type", "error"), ("message", "Invalid JSON format")]
    assert list(json.loads(text))[:3] == ["type", "message", "timestamp"]
    assert request(stand_alone, {"type": "ping"})["type"] == "pong"


def test_stand_alone_events(stand_alone, testbed):
    """A client that never subscribes receives every kind of the original."""
    for kind in ("timer", "impact", "device", "run"):
        testbed.publish(kind)
    timer, impact, device, run, session = (receive(stand_alone) for _ in range(5))
    assert list(timer)[:5] == ["type", "event_type", "timestamp", "device_id", "data"]
    assert list(timer["data"].items())[:6] == [
        ("shot_state", "ACTIVE"), ("current_shot", 3), ("total_shots", 3), ("current_time", 15.67), ("split_time", 5.23),
        ("event_detail", "Shot 3: 15.67s (Split: 5.23s)")]
    assert (timer["event_type"], timer["device_id"]) == ("shot_detected", ADDRESS)
    assert list(impact)[:5] == ["type", "event_type", "timestamp", "sensor_id", "data"]
    assert (device["type"], run["type"]) == ("status", "run_update")
    assert list(session) == ["type", "timestamp", "data", "id"]
    assert session["id"] == run["id"]
    assert list(session["data"].items()) == [
        ("total_shots", 0), ("last_shot_time", 0.0), ("timestamp", session["timestamp"]), ("session_id", "run_001"),
        ("state", "active"), ("shots", 0), ("duration", 0.0)]


def test_session_updates_are_a_channel_of_every_vocabulary(testbed):
    for path in ("/ws/live", "/stand-alone", "/streamer"):
        with connect(f"ws://127.0.0.1:{testbed.http_port}{path}") as client:
            client.send(json.dumps({"type": "unsubscribe"}))
            client.send(json.dumps({"type": "subscribe", "channels": ["session_updates"]}))
            client.send('{"type": "ping"}')
            while "pong" not in client.recv(TIMEOUT):
                pass
            testbed.publish("timer")
            testbed.publish("run")
            assert receive(client)["type"] == "session_update"


def test_the_react_client_receives_shots_and_sessions(stand_alone, testbed):
    request(stand_alone, {"type": "subscribe", "channels": REACT})
    for kind in ("impact", "device", "timer", "run"):
        testbed.publish(kind)
    assert [receive(stand_alone)["type"] for _ in range(2)] == ["timer_event", "session_update"]


# MARK: Port 8001

def test_the_streamer_sends_a_greeting_confirmations_and_its_status(testbed):
    with connect(f"ws://127.0.0.1:{testbed.http_port}/streamer") as client:
        greeting, confirmation, status = (receive(client) for _ in range(3))
    assert list(greeting) == ["type", "timestamp", "available_channels", "client_id"]
    assert greeting["type"] == "connection_established" and isinstance(greeting["client_id"], int)
    assert greeting["available_channels"][:6] == [
        "status", "sensor_events", "timer_events", "run_updates", "health_status", "system_monitoring"]
    assert list(confirmation) == ["type", "timestamp", "channels", "subscriptions"]
    assert confirmation["type"] == "subscription_confirmed"
    assert confirmation["channels"] == STREAMED and sorted(confirmation["subscriptions"]) == sorted(STREAMED)
    assert list(status) == ["type", "timestamp", "system", "services", "ble", "connections"]
    assert status["connections"] == {"websocket_clients": 1, "mqtt_connected": False}
    assert all(TIME.fullmatch(message["timestamp"]) for message in (greeting, confirmation, status))


def test_streamer_commands(streamer, testbed):
    assert list(request(streamer, {"type": "ping"})) == ["type", "timestamp"]
    answer = request(streamer, {"type": "subscribe", "channels": REACT})
    assert list(answer) == ["type", "timestamp", "channels", "subscriptions"]
    assert answer["channels"] == REACT
    assert sorted(answer["subscriptions"]) == sorted([*STREAMED, "session_updates"])
    assert request(streamer, {"type": "get_status"})["type"] == "status"
    for message in ("{bad", "[1, 2]", ""):
        streamer.send(message)
        answer = receive(streamer)
        assert list(answer.items())[:2] == [("type", "error"), ("message", "Invalid JSON message")]
    # As in the original, these have no answer.
    streamer.send('{"type": "jump"}')
    streamer.send('{"type": "unsubscribe", "channels": ["sensor_events"]}')
    # Events precede the requests of clients, so the publication waits until the request has been read.
    assert request(streamer, {"type": "ping"})["type"] == "pong"
    testbed.publish("impact")
    assert request(streamer, {"type": "ping"})["type"] == "pong"


def test_streamer_events_have_their_channel(streamer, testbed):
    request(streamer, {"type": "subscribe", "channels": ["run_updates"]})
    for kind in ("timer", "impact", "run", "device"):
        testbed.publish(kind)
    for channel in ("timer_events", "sensor_events", "run_updates", "status"):
        event = receive(streamer)
        assert event["channel"] == channel
        name, _, number = event["event_id"].rpartition("_")
        assert (name, number.isdigit()) == (channel, True)
        assert list(event)[:3] == ["type", "event_type", "timestamp"]
        if channel == "timer_events":
            assert event["data"]["total_shots"] == 3 and event["event_type"] == "shot_detected"


# MARK: Health

@pytest.fixture
def demo(run):
    return run({"bluetooth.enabled": "true"}, "--demo")


def health(client):
    while True:
        message = receive(client)
        if message["type"] == "health_status":
            return message


def test_the_health_of_timers_is_sent_after_a_subscription_and_when_it_changes(demo):
    with demo.live() as client, connect(f"ws://127.0.0.1:{demo.live_port}") as own:
        for each in (client, own):
            receive(each)
            each.send(json.dumps({"type": "subscribe", "channels": ["health_status"]}))
            message = health(each)
            while message["data"]["connection_status"] != "connected":
                message = health(each)
            assert list(message) == ["type", "timestamp", "device_id", "data"]
            data = message["data"]
            assert list(data) == [
                "device_id", "connection_status", "rssi", "battery_level", "last_seen", "connection_time",
                "disconnect_count", "reconnect_count", "error_count", "uptime_seconds", "data_rate_events_per_sec",
                "rssi_dbm"]
            assert data["device_id"] == message["device_id"]
            assert data["rssi"] == data["rssi_dbm"]
            assert data["uptime_seconds"] >= 0 and TIME.fullmatch(data["connection_time"])
            # A second subscription tells it again.
            each.send(json.dumps({"type": "subscribe", "channels": ["timer_events"]}))
            assert health(each)["data"]["connection_status"] == "connected"


# MARK: Shutdown

def test_leadvilles_python_client_comes_back_after_a_restart(run, tmp_path):
    """Its loop ends by itself only for codes that its library takes for a regular end."""
    gateway = run()

    async def listen():
        async with websockets.asyncio.client.connect(
                f"ws://127.0.0.1:{gateway.live_port}", proxy=None, open_timeout=TIMEOUT) as client:
            await client.recv()
            gateway.signal(15)
            async for _ in client:
                pass

    with pytest.raises(websockets.ConnectionClosedError):
        asyncio.run(listen())
    assert gateway.wait() == 0
