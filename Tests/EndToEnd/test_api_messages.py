"""The messages that the gateway sends on its sockets, in datagrams and by MQTT, checked against /asyncapi.json."""

import json
import socket
import subprocess

import jsonschema
import pytest
import requests

from broker import Broker, Client
from clients import connect, receive, request
from programs import PROGRAM
from test_motion import message, post
from test_mqtt import connected
from waiting import TIMEOUT, eventually


class Messages:
    """The messages of the AsyncAPI document."""

    def __init__(self, gateway):
        self.document = requests.get(f"{gateway.origin}/asyncapi.json", timeout=TIMEOUT).json()

    def validator(self, channel, names=None, direction="send"):
        """Accepts any of the messages that the gateway sends on a channel."""
        operation = self.document["operations"][f"{channel}_{direction}"]
        sent = [reference["$ref"].rsplit("/", 1)[1] for reference in operation["messages"]]
        messages = self.document["channels"][channel]["messages"]
        schema = {"anyOf": [messages[name]["payload"] for name in sent if names is None or name in names]}
        return jsonschema.Draft202012Validator(schema | {"components": self.document["components"]})

    def check(self, channel, names, message):
        self.validator(channel, names).validate(message)


@pytest.fixture(scope="module")
def served(run_for_module):
    """One gateway for the tests that depend on no state."""
    return run_for_module()


@pytest.fixture(scope="module")
def subscriber(tmp_path_factory):
    """A client that receives everything of a broker."""
    broker = Broker(tmp_path_factory.mktemp("broker"))
    client = Client(broker.port, "subscriber")
    client.subscribe("#")
    client.broker_port = broker.port
    yield client
    client.close()
    broker.kill()


@pytest.fixture(scope="module")
def demo(run_for_module, subscriber):
    """A range with virtual devices, which also publishes by MQTT."""
    return run_for_module({
        "bluetooth.enabled": "true", "serial.enabled": "true", "mqtt.host": "127.0.0.1",
        "mqtt.port": subscriber.broker_port, "mqtt.publish.enabled": "true", "mqtt.publish.telemetry": "true",
        "mqtt.publish.gateway": "range-1"}, "--demo")


def test_the_document_is_complete(served):
    described = Messages(served).document
    assert described["asyncapi"] == "3.0.0"
    addresses = {(channel["servers"][0]["$ref"].rsplit("/", 1)[1], channel["address"])
                 for channel in described["channels"].values()}
    assert {("http", "/ws/live"), ("http", "/ws/heartbeat"), ("leadville", "/ws/live"), ("live", "/"),
            ("mqtt", "leadville/{gateway}/events/{kind}")} <= addresses
    assert {server["protocol"] for server in described["servers"].values()} == {"ws", "udp", "mqtt"}
    text = json.dumps(described)
    for reference in set(part.split('"')[0] for part in text.split('"$ref": "')[1:]):
        target = described
        for name in reference.removeprefix("#/").split("/"):
            target = target[name]
    for schema in described["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


# The first one: the first string begins soon after the start.
def test_the_timer_dashboard(demo):
    messages = Messages(demo)
    with connect(f"ws://127.0.0.1:{demo.timer_pages_port}/ws") as client:
        messages.check("leadville_timer_ws", ["initialData"], receive(client))
        client.send("no json")
        client.send('{"type": "ping"}')
        names = {"timer_event": "timerEvent", "initial_data": "initialData", "pong": "pong", "error": "error"}
        seen, kinds = set(), set()
        while not ({"START", "SHOT"} <= kinds and {"pong", "error"} <= seen):
            found = receive(client)
            seen.add(found["type"])
            messages.check("leadville_timer_ws", [names[found["type"]]], found)
            if found["type"] == "timer_event":
                kinds.add(found["data"]["event_type"])


# MARK: The live socket, in its three vocabularies

TYPES = {
    "timer_event": ["timerEvent", "applicationEvent"], "sensor_event": ["sensorEvent", "applicationEvent"],
    "run_update": ["runUpdate", "applicationEvent"], "heart_rate": ["heartRate"], "session_update": ["sessionUpdate"],
    "status": ["status", "applicationEvent", "replay", "reply"], "health_status": ["healthStatus"],
    "pressure": ["pressure"], "motion": ["motion"],
}
CHANNELS = ["status", "sensor_event", "timer_event", "run_update", "heart_rate", "session_updates", "health_status",
            "pressure", "motion"]


def follow(messages, channel, client, wanted):
    """Checks what arrives until there was a message of each type."""
    seen = set()
    while not wanted <= seen:
        message = receive(client)
        seen.add(message["type"])
        messages.check(channel, TYPES.get(message["type"], ["reply"]), message)


def publish(gateway):
    gateway.post("/api/events", [{"type": kind, "event_type": "x"} for kind in (
        "status", "sensor_event", "timer_event", "run_update")])


def test_the_live_socket(demo):
    messages = Messages(demo)
    with demo.live() as client:
        messages.check("http_ws_live", ["reply"], receive(client))
        client.send(json.dumps({"type": "subscribe", "channels": CHANNELS, "since": 0}))
        publish(demo)
        assert post(demo, message())[0] == 200
        follow(messages, "http_ws_live", client, set(TYPES))
        client.send("[1]")
        client.send('{"type": "get_status"}')
        follow(messages, "http_ws_live", client, {"status"})


@pytest.mark.parametrize("channel, port, path", [
    ("live", "live_port", "/"), ("leadville_ws_live", "pages_port", "/ws/live"),
    ("leadville_timer_ws_live", "timer_pages_port", "/ws/live")])
def test_the_live_socket_in_the_words_of_other_servers(demo, channel, port, path):
    messages = Messages(demo)
    with connect(f"ws://127.0.0.1:{getattr(demo, port)}{path}") as client:
        messages.check(channel, ["reply"], receive(client))
        client.send(json.dumps({"type": "subscribe", "channels": CHANNELS, "since": 0}))
        publish(demo)
        # Those that the journal has; the others would take until the next string.
        follow(messages, channel, client, set(TYPES) - {"motion", "session_update", "health_status"})


# MARK: The sockets of LeadVille's pages

def test_a_search(demo):
    messages = Messages(demo)
    names = {"start": ["start"], "device_found": ["deviceFound"], "progress": ["progress"], "complete": ["complete"]}
    seen = set()
    with connect(f"ws://127.0.0.1:{demo.pages_port}/ws/admin/devices/discover?duration=1") as client:
        while "complete" not in seen:
            found = receive(client)
            seen.add(found["type"])
            messages.check("leadville_ws_admin_devices_discover", names[found["type"]], found)
    assert seen == set(names)


def test_a_search_without_bluetooth(served):
    messages = Messages(served)
    with connect(f"ws://127.0.0.1:{served.pages_port}/ws/admin/devices/discover") as client:
        for name in ("start", "error"):
            messages.check("leadville_ws_admin_devices_discover", [name], receive(client))


@pytest.mark.parametrize("channel, port", [
    ("http_ws_logs", "http_port"), ("leadville_ws_logs", "pages_port"), ("leadville_timer_ws_logs", "timer_pages_port")])
def test_the_log(served, channel, port):
    messages = Messages(served)
    with connect(f"ws://127.0.0.1:{getattr(served, port)}/ws/logs") as client:
        messages.check(channel, ["logBatch"], receive(client))
        messages.check(channel, ["logBatch"], request(client, {"type": "request_logs", "limit": 1}))
        messages.check(channel, ["error"], request(client, "no json"))
        assert post(served, message(device=f"logged by {channel}", count=1))[0] == 200
        messages.check(channel, ["logEntry"], receive(client))


# MARK: Hearts and phones

def test_hearts(served):
    messages = Messages(served)
    board = served.board()
    with served.heart() as client:
        messages.check("heart", None, receive(client))
        board.send(user=1, bpm=70, device_id="b", ir_value=60_000)
        reading = receive(client)
        assert reading["bpm"]
        messages.check("heart", ["reading"], reading)
        for command, name in [
                ({"type": "get_status"}, "statusResponse"), ({"type": "get_all_statistics"}, "statistics"),
                ({"type": "get_latest", "user_id": 1}, "reading"),
                ({"type": "get_signal_history", "user_id": 1}, "history"), ({"type": "nonsense"}, "error")]:
            messages.check("heart", [name], request(client, command))


def test_the_heartbeat_socket(served):
    messages = Messages(served)
    with connect(f"ws://127.0.0.1:{served.http_port}/ws/heartbeat?person=documents") as client:
        messages.check("http_ws_heartbeat", ["connected"], receive(client))
        served.post("/simulation/start?person=documents", None)
        for _ in range(2):
            messages.check("http_ws_heartbeat", ["record"], receive(client))
        # A record may arrive before the reply.
        client.send("ping")
        while "bpm" in (reply := receive(client)):
            messages.check("http_ws_heartbeat", ["record"], reply)
        messages.check("http_ws_heartbeat", ["pong"], reply)


def test_datagrams_of_boards(served):
    validator = Messages(served).validator("heart_udp", direction="receive")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(TIMEOUT)
        subprocess.run(
            [PROGRAM, "simulate", "heart", "--to", f"127.0.0.1:{receiver.getsockname()[1]}", "--users", "2", "--rate", "10",
             "--duration", "1"], check=True, timeout=TIMEOUT, capture_output=True)
        users = set()
        while len(users) < 2:
            datagram = json.loads(receiver.recv(4096))
            validator.validate(datagram)
            users.add(datagram["user"])
    assert not validator.is_valid({"bpm": 70}) and not validator.is_valid([])


def test_the_stream_of_phones(served):
    messages = Messages(served)
    body = message(device="streamed")
    messages.validator("mqtt_topic", direction="receive").validate(body)
    with connect(f"ws://127.0.0.1:{served.http_port}/sensor/stream") as client:
        assert post(served, body)[0] == 200
        while (motion := receive(client))["phone"] != "streamed":
            pass
        messages.check("http_sensor_stream", ["motion"], motion)
        assert motion["samples"]["acceleration"]


# MARK: MQTT

MQTT_CHANNELS = {
    ("leadville", 3): "mqtt_leadville_gateway_status", ("leadville", 4): "mqtt_leadville_gateway_devices_device",
    ("homeassistant", 5): "mqtt_discovery_component_gateway_entity_config",
}


def mqtt_channel(topic):
    levels = topic.split("/")
    if levels[0] == "leadville" and levels[2] in ("run", "events"):
        return "mqtt_leadville_gateway_" + ("run" if levels[2] == "run" else "events_kind")
    return MQTT_CHANNELS[(levels[0], len(levels))]


def test_mqtt(demo, subscriber):
    messages = Messages(demo)
    connected(demo)
    publish(demo)
    phone = message(1)
    phone["payload"].append({"name": "battery", "time": 5, "values": {"batteryLevel": 0.5}})
    post(demo, phone)
    wanted = {"timer", "impact", "run", "device", "application", "heart", "heart_beat", "pressure"}

    def received():
        topics = {}
        for one in list(subscriber.messages):
            topics.setdefault(one.topic, []).append(one.payload)
        return topics

    def kinds():
        return {topic.split("/")[3] for topic in received() if "/events/" in topic}

    described = {name for name in messages.document["channels"] if name.startswith("mqtt_")} - {"mqtt_topic"}
    eventually(lambda: wanted <= kinds() and any(topic.endswith("/phone_battery/config") for topic in received())
               and {mqtt_channel(topic) for topic in received()} >= described)
    channels = set()
    for topic, payloads in received().items():
        channel = mqtt_channel(topic)
        channels.add(channel)
        for payload in payloads[-20:]:
            is_text = channel == "mqtt_leadville_gateway_status"
            value = payload.decode() if is_text else json.loads(payload)
            messages.check(channel, None, value)
            if channel.endswith("events_kind"):
                messages.check("http_ws_live", TYPES[value["type"]], value)
    assert channels == described
