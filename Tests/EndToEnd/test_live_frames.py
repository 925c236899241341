"""Frames of mats on the live socket: as JSON, as binary messages with the decoder of docs/clients.md, and at a client's rate."""

import datetime
import json
import pathlib
import re

import pytest

from clients import receive, request
from waiting import TIMEOUT, eventually

CLIENTS = pathlib.Path(__file__).parents[2] / "docs" / "clients.md"
MATRIX = [[0, -1, 100], [12.35, 50.5, 1]]


@pytest.fixture(scope="module")
def decode():
    """The decoder of the document."""
    code, = (block for block in re.findall("```python\n(.*?)```", CLIENTS.read_text(encoding="utf-8"), re.DOTALL)
             if "def pressure_frame" in block)
    names = {}
    exec(code, names)  # pylint: disable=exec-used
    return names["pressure_frame"]


@pytest.fixture
def subscribe(testbed):
    """Connects clients that subscribe to frames."""
    clients = []

    def subscribe(**members):
        client = testbed.live()
        clients.append(client)
        receive(client)
        answer = request(client, {"type": "subscribe", "channels": ["pressure"], **members})
        assert answer["event_type"] == "subscription_confirmed"
        return client
    yield subscribe
    for client in clients:
        client.close()


def test_a_binary_frame_has_the_content_of_the_json_frame(testbed, subscribe, decode):
    text, binary = subscribe(), subscribe(encoding="binary")
    testbed.publish("pressure")
    event = receive(text)
    message = binary.recv(TIMEOUT)
    frame = decode(message)
    assert len(message) == 28 + len("mat") + 2 * 6
    assert event["data"] == {"frame": 9, "rows": 2, "columns": 3, "matrix": MATRIX}
    assert frame["matrix"] == MATRIX
    assert (frame["id"], frame["device_id"], frame["frame"]) == (event["id"], event["device_id"], 9)
    time = datetime.datetime.fromisoformat(event["timestamp"]).timestamp()
    # JSON has milliseconds.
    assert time <= frame["time"] < time + 0.002
    with pytest.raises(ValueError):
        decode(b"Q" + message[1:])


def test_the_encoding_is_that_of_frames_and_can_be_changed(testbed, subscribe, decode):
    client = subscribe(encoding="binary")
    request(client, {"type": "subscribe", "channels": ["timer_event"]})
    testbed.publish_together("timer", "pressure")
    assert receive(client)["type"] == "timer_event"
    assert decode(client.recv(TIMEOUT))["id"] == 2
    request(client, {"type": "subscribe", "encoding": "json"})
    testbed.publish("pressure")
    assert receive(client)["type"] == "pressure"


@pytest.mark.parametrize("encoding", ["json", "binary"])
def test_a_client_receives_frames_at_its_rate_and_the_newest_last(testbed, subscribe, decode, encoding):
    limited, other = subscribe(rate=20, encoding=encoding), subscribe()
    # All in one iteration: only the first and the last are due.
    testbed.publish("pressure", 50)
    messages = [limited.recv(TIMEOUT) for _ in range(2)]
    assert [(decode if encoding == "binary" else json.loads)(message)["id"] for message in messages] == [1, 50]
    assert [receive(other)["id"] for _ in range(50)] == list(range(1, 51))
    assert request(limited, {"type": "subscribe", "rate": None})["event_type"] == "subscription_confirmed"
    testbed.publish("pressure", 5)
    messages = [limited.recv(TIMEOUT) for _ in range(5)]
    assert [(decode if encoding == "binary" else json.loads)(message)["id"] for message in messages] == [51, 52, 53, 54, 55]


def test_a_client_that_leaves_is_sent_nothing_that_was_held(testbed, subscribe):
    client = subscribe(rate=0.1)
    testbed.publish("pressure", 2)
    assert receive(client)["id"] == 1
    client.close()
    eventually(lambda: testbed.metrics.value("leadville_clients", surface="live") == 0)
    client = subscribe(rate=0.1)
    testbed.publish("pressure")
    assert receive(client)["id"] == 3


@pytest.mark.parametrize("members, message", [
    ({"encoding": "msgpack"}, "encoding must be json or binary"), ({"encoding": 2}, "encoding must be json or binary"),
    ({"rate": 0}, "rate must be"), ({"rate": "10"}, "rate must be"), ({"rate": 1e6}, "rate must be"),
])
def test_a_subscription_with_an_invalid_value_changes_nothing(testbed, subscribe, decode, members, message):
    client = subscribe(encoding="binary")
    answer = request(client, {"type": "subscribe", "channels": ["timer_event"], **members})
    assert (answer["event_type"], answer["reason"]) == ("error", "invalid")
    assert message in answer["message"]
    assert testbed.metrics.value("leadville_commands_refused_total", surface="live", reason="invalid") == 1
    testbed.publish_together("timer", "pressure")
    assert decode(client.recv(TIMEOUT))["id"] == 2


def test_binary_frames_are_compressed_for_clients_that_ask_for_it(run, decode):
    gateway = run({"serial.enabled": "true"}, "--demo")
    with gateway.live(compression="deflate") as client:
        client.send(json.dumps({"type": "subscribe", "channels": ["pressure"], "encoding": "binary", "rate": 1000}))
        # Devices that are found meanwhile come before the answer.
        while receive(client)["event_type"] != "subscription_confirmed":
            pass
        frames = [decode(client.recv(TIMEOUT)) for _ in range(3)]
    assert [frame["id"] for frame in frames] == sorted(frame["id"] for frame in frames)
    rows = len(frames[0]["matrix"])
    assert rows > 4 and all(-1 <= cell <= 100 for frame in frames for row in frame["matrix"] for cell in row)
