"""Phones with the Sensor Logger app: messages by POST /data, the stream and the page /sensor/."""

import gzip
import http.client
import json
import subprocess
import time

import pytest

from clients import connect, receive
from programs import PROGRAM
from waiting import TIMEOUT, eventually


def message(number=0, *, start=None, count=10, step=10, device="phone", session="s1", name="accelerometer", x=1.0):
    start = time.time_ns() if start is None else start
    return {"messageId": number, "sessionId": session, "deviceId": device, "payload": [
        {"name": name, "time": start + index * step * 1_000_000, "values": {"x": x + index, "y": 2.5, "z": -9.8}}
        for index in range(count)]}


def post(gateway, body, **headers):
    """Posts like the app or curl; returns status, content type and text."""
    connection = http.client.HTTPConnection("127.0.0.1", gateway.http_port, timeout=TIMEOUT)
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    connection.request("POST", "/data", body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    return answer.status, answer.headers["Content-Type"], answer.read().decode()


def phones(gateway):
    return gateway.request("GET", "/api/phones")[1]["phones"]


def stream(gateway):
    return connect(f"ws://127.0.0.1:{gateway.http_port}/sensor/stream")


@pytest.mark.parametrize("headers", [
    {"Content_Type": "application/json"}, {"Content_Type": "application/x-www-form-urlencoded"}, {}])
def test_any_content_type_is_accepted(gateway, headers):
    status, kind, text = post(gateway, message(), **headers)
    assert (status, kind.split(";")[0], text) == (200, "text/html", "success")
    phone, = phones(gateway)
    assert (phone["phone"], phone["session"], phone["samples"]) == ("phone", "s1", {"acceleration": 10})


def test_a_message_whose_reading_would_delay_others_is_rejected(gateway):
    body = json.dumps(message(count=6_000)).encode()
    assert len(body) > 512 << 10
    for headers, sent in [({}, body), ({"Content_Encoding": "gzip"}, gzip.compress(body))]:
        status, _, text = post(gateway, sent, **headers)
        assert (status, text) == (499, "The message is too long.\n")
    assert phones(gateway) == []


def test_gzip_and_a_byte_order_mark(gateway):
    body = b"\xef\xbb\xbf" + json.dumps(message()).encode()
    assert post(gateway, gzip.compress(body), Content_Encoding="gzip")[0] == 200
    status, _, text = post(gateway, gzip.compress(body)[:-9], Content_Encoding="gzip")
    assert (status, text) == (499, "The gzip data is damaged.\n")
    assert phones(gateway)[0]["messages"] == 1


@pytest.mark.parametrize(("body", "reason"), [
    (b"", "empty"), (b"test", "not JSON"), (b"[1]", "not an object"), (b"{}", '"payload" missing'),
    (b'{"payload": 5}', '"payload" must be an array'), (b'{"payload": [', ""), (b"\xff\xfe{", "")])
def test_what_cannot_be_used_is_explained_to_the_phones_user(gateway, body, reason):
    status, kind, text = post(gateway, body)
    assert (status, kind.split(";")[0]) == (499, "text/plain")
    assert text.startswith("The gateway cannot use this message: message rejected: ") or reason == ""
    assert phones(gateway) == []


def test_an_invalid_reading_does_not_affect_the_others(gateway):
    body = message(count=3)
    body["payload"][1:2] = [{"name": "accelerometer", "values": {"x": 1}}, {"name": "accelerometer", "time": "x"},
                            5, {"name": "gyroscope", "time": 5, "values": {"x": 1, "y": None, "z": 2}}]
    assert post(gateway, body)[0] == 200
    assert phones(gateway)[0]["samples"] == {"acceleration": 2}
    rejects = gateway.metrics
    assert rejects.value("leadville_phone_rejects_total", reason="missing_time") == 1
    assert rejects.value("leadville_phone_rejects_total", reason="missing_axis") == 1


def test_repeated_late_and_reordered_messages_are_merged_by_time(gateway):
    start = time.time_ns()
    order = [0, 2, 1, 2, 4, 3, 0, 5]
    for number in order:
        assert post(gateway, message(number, start=start + number * 100_000_000, x=number * 10.0))[0] == 200
    phone, = phones(gateway)
    assert (phone["messages"], phone["repeated_messages"], phone["samples"]) == (6, 2, {"acceleration": 60})
    with stream(gateway) as client:
        samples = receive(client)["samples"]["acceleration"]
    assert [sample[1] for sample in samples] == [float(value) for value in range(60)]
    assert samples == sorted(samples)


def test_the_offset_of_a_phones_clock(gateway):
    for number in range(5):
        post(gateway, message(number, start=time.time_ns() - 3_600_000_000_000, count=1))
    clock = phones(gateway)[0]["clock"]
    assert 3_600 <= clock["offset_seconds"] < 3_600 + TIMEOUT
    assert 0 <= clock["error_seconds"] < TIMEOUT


def test_the_first_and_the_last_time_that_a_phone_can_send(gateway):
    for number, moment in enumerate([(1 << 63) - 1, 0]):
        assert post(gateway, message(number, start=moment, count=1))[0] == 200
    assert phones(gateway)[0]["clock"]["error_seconds"] == pytest.approx(2 ** 62 / 1e9)


def test_the_stream_begins_with_the_latest_200_points_and_keeps_peaks(gateway):
    start = time.time_ns()
    post(gateway, message(0, start=start, count=1_000, step=1))
    with stream(gateway) as client:
        first = receive(client)
        assert (first["type"], first["phone"], len(first["samples"]["acceleration"])) == ("motion", "phone", 200)
        assert first["samples"]["acceleration"][-1][1] == 1_000.0
        burst = message(1, start=start + 2_000_000_000, count=2_000, step=1, x=0.0)
        for reading in burst["payload"]:
            reading["values"] = {"x": 0, "y": 0, "z": 0}
        burst["payload"][777]["values"]["y"] = -55.5
        post(gateway, burst)
        samples = receive(client)["samples"]["acceleration"]
        assert len(samples) <= 64
        assert min(sample[2] for sample in samples) == -55.5


def test_the_stream_marks_where_samples_are_missing(gateway):
    start = 1_700_000_000_000_000_000
    post(gateway, message(0, start=start, count=50))
    with stream(gateway) as client:
        assert receive(client)["gaps"] == {}
        # The message between was lost. The reader has not seen the last sample before the gap in this message.
        post(gateway, message(2, start=start + 1_000_000_000, count=50))
        gap = [start / 1e6 + 490, start / 1e6 + 1_000]
        assert receive(client)["gaps"] == {"acceleration": [gap]}
        post(gateway, message(3, start=start + 1_500_000_000, count=50))
        assert receive(client)["gaps"] == {}
    with stream(gateway) as client:
        assert receive(client)["gaps"] == {"acceleration": [gap]}


def test_a_phone_is_a_device_with_a_battery(gateway):
    body = message()
    body["payload"].append({"name": "battery", "time": 5, "values": {"batteryLevel": 0.42}})
    post(gateway, body)
    device, = gateway.request("GET", "/api/devices")[1]["devices"]
    assert (device["family"], device["role"], device["battery"]) == ("sensor-logger", "phone", 42)


def test_the_number_of_phones_is_limited(gateway):
    for number in range(40):
        assert post(gateway, message(device=f"p{number}"))[0] == 200
    assert len(phones(gateway)) == 32
    assert gateway.metrics.value("leadville_phone_rejects_total", reason="too_many_phones") == 8


def test_a_virtual_phone_posts_as_the_app_does(gateway):
    subprocess.run(
        [PROGRAM, "simulate", "sensor-logger", "--seed", "3", "--seconds", "3", "--to",
         f"{gateway.origin}/data"], check=True, timeout=TIMEOUT, capture_output=True)
    phone, = eventually(lambda: phones(gateway))
    assert phone["samples"]["acceleration"] > 100 and phone["samples"]["rotation"] > 100


def test_other_methods_and_the_path_without_a_slash(gateway):
    status, headers, _ = gateway.get("/data")
    assert (status, headers["Allow"]) == (405, "POST")
    status, headers, _ = gateway.get("/sensor")
    assert (status, headers["Location"]) == (308, "/sensor/")


def test_the_live_socket_has_every_sample_for_those_who_ask(gateway):
    with gateway.live() as client, gateway.live() as other:
        receive(client), receive(other)
        client.send(json.dumps({"type": "subscribe", "channels": ["motion"]}))
        receive(client)
        start = 1_700_000_000_000_000_000
        body = message(7, start=start, count=500, step=1)
        body["payload"][0]["values"] = {"x": -0.25, "y": 1e-7, "z": 3}
        post(gateway, body)
        event = receive(client)
        assert (event["type"], event["event_type"], event["device_id"]) == ("motion", "motion_samples", "phone")
        data = event["data"]
        assert (data["session"], data["message"], list(data["samples"])) == ("s1", 7, ["acceleration"])
        assert len(data["samples"]["acceleration"]) == 500
        assert data["samples"]["acceleration"][0] == [start / 1e6, -0.25, 1e-7, 3]
        assert data["samples"]["acceleration"][499][:2] == [start / 1e6 + 499, 500]
        # Who does not ask receives the devices, but no samples.
        other.send(json.dumps({"type": "ping"}))
        while (answer := receive(other))["event_type"] != "pong":
            assert answer["type"] == "status"


def test_motion_is_not_stored_but_counted(gateway):
    post(gateway, message())
    assert gateway.metrics.value("leadville_events_total", kind="motion") == 1
