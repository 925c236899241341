"""Events and states of devices by MQTT, received by paho; announcements to Home Assistant by its documented schema."""

import json

import pytest

from broker import Broker, Client
from test_motion import message, post
from test_mqtt import connected, settings, start  # noqa: F401
from waiting import eventually

ROOT = "leadville/range-1"


@pytest.fixture
def publishing(run, start):  # noqa: F811
    """A broker, a subscriber of everything, and a function that starts a gateway which publishes."""
    broker = start(Broker)
    client = start(Client, broker.port, "subscriber")
    client.subscribe("#")

    def begin(**more):
        gateway = run(settings(broker.port) | {
            "mqtt.publish.enabled": "true", "mqtt.publish.gateway": "range-1"} | more)
        connected(gateway)
        return gateway

    return broker, client, begin


def kept(broker, start, topic):  # noqa: F811
    """What a later subscriber receives of a topic; None if the broker keeps nothing."""
    late = start(Client, broker.port, "late")
    late.subscribe(topic)
    late.subscribe("marker")
    late.publish("marker", b"end", 1)
    eventually(lambda: late.on("marker"))
    assert all(message.retain for message in late.messages if message.topic != "marker")
    return {message.topic: message.payload for message in late.messages if message.topic != "marker"}


def test_the_status_is_published_also_when_the_gateway_is_killed(publishing, start):  # noqa: F811
    broker, client, begin = publishing
    gateway = begin()
    eventually(lambda: client.on(f"{ROOT}/status") == [b"online"])
    assert gateway.terminate() == 0
    eventually(lambda: client.on(f"{ROOT}/status") == [b"online", b"offline"])
    gateway = begin()
    eventually(lambda: client.on(f"{ROOT}/status") == [b"online", b"offline", b"online"])
    gateway.kill()
    eventually(lambda: client.on(f"{ROOT}/status") == [b"online", b"offline"] * 2)
    assert kept(broker, start, f"{ROOT}/status") == {f"{ROOT}/status": b"offline"}


def test_the_state_of_a_device_is_kept(publishing, start):  # noqa: F811
    broker, client, begin = publishing
    gateway = begin()
    body = message(device="Anna's phone")
    body["payload"].append({"name": "battery", "time": 5, "values": {"batteryLevel": 0.42}})
    post(gateway, body)
    topic = f"{ROOT}/devices/Anna_s_phone"

    def state():
        return json.loads(client.on(topic)[-1]) if client.on(topic) else {}

    eventually(lambda: state().get("battery") == 42)
    assert state() == {
        "id": "Anna's phone", "name": "Anna's phone", "family": "sensor-logger", "role": "phone", "target": None,
        "transport": "network", "link": "connected", "battery": 42, "signal": None, "warnings": []}
    assert json.loads(kept(broker, start, topic)[topic]) == state()


def test_a_device_that_is_forgotten_is_removed(publishing, start):  # noqa: F811
    broker, client, begin = publishing
    gateway = begin()
    post(gateway, message())
    topic = f"{ROOT}/devices/phone"
    eventually(lambda: client.on(topic))
    assert gateway.request("POST", "/api/devices/phone", {"adopt": False})[0] == 200
    eventually(lambda: client.on(topic)[-1] == b"")
    assert kept(broker, start, topic) == {}


# The members that Home Assistant requires or allows, of the entities that the gateway announces.
COMMON = {"name", "unique_id", "state_topic", "device_class", "entity_category", "availability_topic",
          "value_template", "device", "origin"}
SCHEMA = {
    "binary_sensor": (COMMON | {"payload_on", "payload_off"}, {"connectivity"}),
    "sensor": (COMMON | {"unit_of_measurement", "state_class"}, {"battery", "signal_strength"}),
}
DEVICE = {"identifiers", "name", "model", "via_device", "sw_version"}


def test_devices_are_announced_to_home_assistant(publishing):
    _, client, begin = publishing
    gateway = begin()
    body = message()
    body["payload"].append({"name": "battery", "time": 5, "values": {"batteryLevel": 0.5}})
    post(gateway, body)
    eventually(lambda: client.on("homeassistant/sensor/leadville_range-1/phone_battery/config"))
    # The state follows the announcement.
    eventually(lambda: client.on(f"{ROOT}/devices/phone"))
    announced = {m.topic: json.loads(m.payload) for m in client.messages if m.topic.startswith("homeassistant/")}
    assert {topic.split("/")[3] for topic in announced} == {"gateway_gateway", "phone_connected", "phone_battery"}
    for topic, config in announced.items():
        _, component, node, _, last = topic.split("/")
        members, classes = SCHEMA[component]
        assert (last, node) == ("config", "leadville_range-1")
        assert set(config) <= members and config["device_class"] in classes
        assert {"identifiers", "name"} <= set(config["device"]) <= DEVICE
        assert client.on(config["state_topic"])
    assert len({config["unique_id"] for config in announced.values()}) == 3
    battery = announced["homeassistant/sensor/leadville_range-1/phone_battery/config"]
    assert (battery["unit_of_measurement"], battery["value_template"]) == ("%", "{{ value_json.battery }}")
    assert battery["availability_topic"] == f"{ROOT}/status"
    assert battery["device"]["via_device"] in announced[
        "homeassistant/binary_sensor/leadville_range-1/gateway_gateway/config"]["device"]["identifiers"]


def test_events_of_programs_reach_the_broker_and_telemetry_only_on_request(publishing):
    _, client, begin = publishing
    gateway = begin()
    gateway.board().send(user=1, bpm=70)
    eventually(lambda: gateway.metrics.value("leadville_events_total", kind="heart"))
    gateway.request("POST", "/api/events", {"type": "status", "event_type": "door_opened", "message": "Door"})
    event, = [json.loads(p) for p in eventually(lambda: client.on(f"{ROOT}/events/application"))]
    assert (event["event_type"], event["message"]) == ("door_opened", "Door")
    assert not client.on(f"{ROOT}/events/heart")


def test_nothing_is_published_unless_it_is_asked_for(run, start):  # noqa: F811
    broker = start(Broker)
    client = start(Client, broker.port, "subscriber")
    client.subscribe("#")
    gateway = run(settings(broker.port))
    connected(gateway)
    post(gateway, message())
    client.publish("marker", b"end", 1)
    eventually(lambda: client.on("marker"))
    assert {m.topic for m in client.messages} == {"marker"}


def test_after_a_restart_of_the_broker_everything_is_there_again(publishing):
    broker, client, begin = publishing
    gateway = begin()
    post(gateway, message())
    eventually(lambda: client.on(f"{ROOT}/devices/phone"))
    broker.terminate()
    eventually(lambda: not client.client.is_connected())
    for file in broker.folder.glob("*.db"):
        file.unlink()
    client.messages.clear()
    again = broker.restarted()
    try:
        eventually(lambda: client.client.is_connected())
        client.subscribe("#")
        eventually(lambda: client.on(f"{ROOT}/status") and client.on(f"{ROOT}/devices/phone"))
    finally:
        again.kill()
