"""Recordings of phones: start, stop, list, rename, delete, download, and the analysis of a swing."""

import csv
import io
import json
import subprocess

import pytest

from clients import receive
from programs import PROGRAM
from test_motion import message, post
from waiting import TIMEOUT, eventually

PATH = "/api/motion/recordings"
START = 1_700_000_000_123_456_789


def send(gateway, number, *, count=20, name="accelerometer", begin=None):
    """Posts a message with times to the nanosecond and values that need all of their digits."""
    begin = START + number * 1_000_000_000 if begin is None else begin
    body = message(number, start=begin, count=count, name=name)
    for index, reading in enumerate(body["payload"]):
        reading["values"] = {"x": 0.1 + index / 3, "y": -1e-9 * index, "z": 1e10 / (index + 1)}
    assert post(gateway, body)[0] == 200
    return [(reading["time"], *reading["values"].values()) for reading in body["payload"]]


def recordings(gateway):
    return gateway.request("GET", PATH)[1]["recordings"]


def download(gateway, identifier):
    """The samples by quantity, from the CSV and from the JSON."""
    status, headers, body = gateway.get(f"{PATH}/{identifier}?format=csv")
    assert (status, headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    rows = list(csv.DictReader(io.StringIO(body.decode(), newline="")))
    table = {}
    for row in rows:
        table.setdefault(row["quantity"], []).append(
            (int(row["time_ns"]), *(float(row[axis]) for axis in ("x", "y", "z"))))
    text = gateway.get(f"{PATH}/{identifier}")[2].decode()
    # Decimal fractions of milliseconds are exact as text.
    document = json.loads(text, parse_float=str)
    tree = {quantity: [(round(float(t.split(".")[0])) * 1_000_000 + int(t.split(".")[1].ljust(6, "0")), *map(float, rest))
                       for t, *rest in samples] for quantity, samples in document["data"].items()}
    assert tree == table
    return table, json.loads(text)


def test_a_recording_equals_what_was_sent(gateway):
    send(gateway, 0)
    assert gateway.request("POST", f"{PATH}/start", {"name": "Batting, \"left\""}) == (202, {"recording": "phone"})
    sent = send(gateway, 1) + send(gateway, 2, count=2_500, begin=START + 2_000_000_000)
    rotation = send(gateway, 3, name="gyroscope")
    status, entry = gateway.request("POST", f"{PATH}/stop", {"phone": "phone"})
    assert (status, entry["name"], entry["phone"], entry["trigger"]) == (200, "Batting, \"left\"", "phone", "request")
    assert entry["samples"] == len(sent) + len(rotation) + 1
    assert recordings(gateway) == [entry]
    table, document = download(gateway, entry["id"])
    # It begins with the newest sample at the start.
    assert table["acceleration"][1:] == sent
    assert table["rotation"] == rotation
    assert {key: value for key, value in document.items() if key not in ("data", "gaps")} == entry


def test_gaps_are_marked(gateway):
    send(gateway, 0)
    gateway.request("POST", f"{PATH}/start", {"before": 30})
    sent = [send(gateway, number, name=name) for number, name in enumerate(
        ["accelerometeruncalibrated", "accelerometeruncalibrated", "gyroscope", "gyroscope"], 1)]
    identifier = gateway.request("POST", f"{PATH}/stop")[1]["id"]
    _, document = download(gateway, identifier)
    expected = {name: [[sent[index][-1][0] / 1e6, sent[index + 1][0][0] / 1e6]]
                for name, index in (("raw_acceleration", 0), ("rotation", 2))}
    assert document["gaps"] == expected
    rows = csv.DictReader(io.StringIO(gateway.get(f"{PATH}/{identifier}?format=csv")[2].decode(), newline=""))
    marked = {row["quantity"]: float(row["gap_seconds"]) for row in rows if row["gap_seconds"]}
    assert marked == {"raw_acceleration": 0.81, "rotation": 0.81}
    analysis = gateway.request("GET", f"{PATH}/{identifier}/analysis")[1]
    assert analysis["gaps"] == expected and analysis["interrupted"] is True


def test_changes_of_recordings_are_published_stored_and_explained(run):
    gateway = run({"motion.record_swings": "true"})
    with gateway.live() as client:
        receive(client)
        send(gateway, 0)
        gateway.request("POST", f"{PATH}/start", {"name": "Left"})
        entry = gateway.request("POST", f"{PATH}/stop")[1]
        gateway.request("DELETE", f"{PATH}/{entry['id']}")
        swing = message(1, name="gyroscope", start=START + 1_000_000_000, x=6.0)
        assert post(gateway, swing)[0] == 200
        events = []
        while not events or events[-1]["data"].get("trigger") != "swing":
            event = receive(client)
            if "recording" in event["event_type"] or event["event_type"] == "swing_seen":
                events.append(event)
    assert [event["event_type"] for event in events] == [
        "recording_started", "recording_stopped", "recording_deleted", "swing_seen", "recording_started"]
    assert {event["data"]["device_id"] for event in events} == {"phone"}
    assert events[1]["data"] | {"device_id": "phone"} == {
        "device_id": "phone", "recording": entry["id"], "name": "Left", "trigger": "request", "samples": entry["samples"],
        "duration": entry["duration"]}
    assert gateway.metrics.value("leadville_events_total", kind="recording") == 5

    def explained():
        status, _, body = gateway.get(f"/api/events/{events[1]['id']}/explain")
        return json.loads(body) if status == 200 else None

    found = eventually(explained)
    assert (found["kind"], found["device_id"], found["event"]) == ("recording", "phone", events[1])


def test_late_messages_are_in_their_places_and_a_part_before_the_start(gateway):
    first = send(gateway, 0)
    gateway.request("POST", f"{PATH}/start", {"before": 30})
    third, second = send(gateway, 2), send(gateway, 1)
    identifier = gateway.request("POST", f"{PATH}/stop")[1]["id"]
    assert download(gateway, identifier)[0]["acceleration"] == first + second + third


def test_rename_delete_and_restart(run, gateway, tmp_path):
    send(gateway, 0)
    identifiers = []
    for _ in range(2):
        gateway.request("POST", f"{PATH}/start")
        identifiers.append(gateway.request("POST", f"{PATH}/stop")[1]["id"])
    status, entry = gateway.request("PATCH", f"{PATH}/{identifiers[0]}", {"name": "Best"})
    assert (status, entry["name"]) == (200, "Best")
    assert gateway.request("DELETE", f"{PATH}/{identifiers[1]}") == (204, None)
    assert [(one["id"], one["name"]) for one in recordings(gateway)] == [(identifiers[0], "Best")]
    assert gateway.terminate() == 0
    again = run()
    assert [(one["id"], one["name"]) for one in recordings(again)] == [(identifiers[0], "Best")]
    assert len(download(again, identifiers[0])[0]["acceleration"]) == 1


@pytest.mark.parametrize(("method", "path", "body", "status", "reason"), [
    ("POST", "/start", {"phone": "nobody"}, 404, "unknown"), ("POST", "/start", {"phnoe": "a"}, 400, "invalid"),
    ("POST", "/start", {"before": 31}, 400, "invalid"), ("POST", "/stop", None, 409, "conflict"),
    ("PATCH", "/7", {"name": "a"}, 404, "unknown"), ("PATCH", "/7", {}, 400, "invalid"),
    ("DELETE", "/7", None, 404, "unknown"), ("GET", "/7", None, 404, "unknown"), ("GET", "/7/analysis", None, 404, "unknown")])
def test_requests_that_cannot_be_answered(gateway, method, path, body, status, reason):
    send(gateway, 0)
    answer = gateway.request(method, PATH + path, body)
    assert (answer[0], answer[1]["reason"]) == (status, reason)


def test_a_phone_is_recorded_once_at_a_time(gateway):
    assert gateway.request("POST", f"{PATH}/start")[0] == 400
    send(gateway, 0)
    assert gateway.request("POST", f"{PATH}/start")[0] == 202
    assert gateway.request("POST", f"{PATH}/start")[0] == 409


def test_a_long_recording_ends_by_itself_before_the_buffer_loses_its_begin(gateway):
    send(gateway, 0)
    gateway.request("POST", f"{PATH}/start")
    for number in range(1, 52):
        send(gateway, number, count=2)
    entry, = eventually(lambda: recordings(gateway))
    assert 49 < entry["duration"] < 52 and entry["samples"] > 90


def test_swings_are_recorded_by_themselves_and_judged(run):
    gateway = run({"motion.record_swings": "true"})
    subprocess.run(
        [PROGRAM, "simulate", "sensor-logger", "--seed", "3", "--seconds", "7", "--to", f"{gateway.origin}/data"],
        check=True, timeout=TIMEOUT, capture_output=True)
    entry = eventually(lambda: recordings(gateway))[-1]
    assert (entry["name"], entry["trigger"]) == ("Swing", "swing")
    table, _ = download(gateway, entry["id"])
    swing = gateway.request("GET", f"{PATH}/{entry['id']}/analysis")[1]
    assert swing["verdict"] in ("hips_early", "good_sequence", "hips_late")
    assert swing["acceleration_unit"] == "g" and swing["direction"] == "right" and swing["hips_before_wrist"] is True
    # Each statement names the sample that it rests on.
    plant = max(table["raw_acceleration"], key=lambda sample: sample[1])
    assert swing["foot_plant"]["acceleration"] == pytest.approx(plant[1] * 9.80665)
    assert swing["foot_plant"]["time"] == pytest.approx(plant[0] / 1e6)
    hips = max(table["rotation"], key=lambda sample: sum(value * value for value in sample[1:]))
    assert swing["hips"]["time"] == pytest.approx(hips[0] / 1e6)
    # What was before the swing belongs to it.
    assert hips[0] - table["rotation"][0][0] > 1_000_000_000


def test_swings_are_not_recorded_unless_it_is_asked_for(gateway):
    subprocess.run(
        [PROGRAM, "simulate", "sensor-logger", "--seed", "3", "--seconds", "5", "--to", f"{gateway.origin}/data"],
        check=True, timeout=TIMEOUT, capture_output=True)
    assert recordings(gateway) == []
