"""Workouts on port 5001: the requests of the original's page, documents, pages of the list, and what happens without a store."""

import csv
import http.client
import io
import json
import re
import socket
import struct
import urllib.parse

import pytest

from waiting import TIMEOUT


def request(gateway, method, path, value=None, *, headers=None, body=None):
    """Sends a request to the port of pressure sessions; returns the status, the headers and the JSON body."""
    connection = http.client.HTTPConnection("127.0.0.1", gateway.pressure_port, timeout=TIMEOUT)
    headers = {"Content-Type": "application/json"} if headers is None else headers
    connection.request(method, path, json.dumps(value) if value is not None else body, headers)
    response = connection.getresponse()
    answer = response.status, response.headers, json.loads(response.read())
    connection.close()
    return answer


def create(gateway, **members):
    status, _, answer = request(gateway, "POST", "/workouts", members)
    assert (status, answer["status"]) == (201, "success")
    return answer["data"]


# What the dashboard of the original sends for a new workout.
NEW = {"name": "Morning Run", "type": "Running", "duration": 0, "distance": 0, "calories": 0, "status": "in-progress",
       "avgHeartRate": None, "maxHeartRate": None, "steps": 0, "videoUrl": "", "timeSeriesData": [], "events": [],
       "visionResults": []}


def test_a_page_creates_completes_and_deletes_a_workout(gateway):
    workout = create(gateway, **NEW)
    identity = workout["_id"]
    assert re.fullmatch("[0-9a-f]{24}", identity)
    assert {name: workout[name] for name in NEW} == NEW
    assert workout["created_at"] == workout["updated_at"]
    assert request(gateway, "GET", "/workouts")[2]["data"] == [workout]

    results = [{"time": 1.5, "text": "heel strike"}]
    status, _, answer = request(gateway, "PUT", f"/workouts/{identity}", {"visionResults": results})
    assert (status, answer["data"]["visionResults"]) == (200, results)
    series = [{"matrix": [[index % 101] * 8] * 12, "timestamp": index * 250} for index in range(4_800)]
    completed = {"status": "completed", "completedAt": "2026-09-13T18:30:45.123Z", "timeSeriesData": series,
                 "visionResults": results}
    status, _, answer = request(gateway, "PUT", f"/workouts/{identity}", completed)
    assert status == 200
    assert {name: answer["data"][name] for name in NEW | completed} == NEW | completed
    assert answer["data"]["updated_at"] >= workout["updated_at"]

    assert request(gateway, "GET", f"/workouts/{identity}")[2] == answer
    listed = request(gateway, "GET", "/workouts")[2]["data"][0]
    assert listed["status"] == "completed" and listed["omitted_members"] == ["timeSeriesData"]
    assert request(gateway, "DELETE", f"/workouts/{identity}")[::2] == (
        200, {"status": "success", "message": "Workout deleted"})
    assert request(gateway, "GET", f"/workouts/{identity}")[0] == 404


def test_workouts_survive_a_restart_and_a_kill(run):
    gateway = run()
    first = create(gateway, name="first")
    gateway.kill()
    gateway = run()
    second = create(gateway, name="second")
    gateway.terminate()
    gateway = run()
    assert request(gateway, "GET", "/workouts")[2]["data"] == [second, first]


def test_the_list_has_pages(gateway):
    created = [create(gateway, number=number)["_id"] for number in range(25)]
    seen, path = [], "/workouts?limit=10"
    while path:
        answer = request(gateway, "GET", path)[2]
        assert answer["total"] == 25
        seen += [workout["_id"] for workout in answer["data"]]
        before = answer["next_before"]
        path = before and f"/workouts?limit=10&before={before}"
    assert seen == created[::-1]
    assert len(request(gateway, "GET", "/workouts")[2]["data"]) == 25


@pytest.mark.parametrize("method, path, value, status, reason", [
    ("POST", "/workouts", None, 400, "missing_body"),
    ("POST", "/workouts", {}, 400, "missing_body"),
    ("POST", "/workouts", [1, 2], 400, "not_an_object"),
    ("POST", "/workouts", {"$where": 1}, 400, "reserved_member"),
    ("POST", "/workouts", {"pressure_frames": [{}]}, 400, "reserved_member"),
    ("GET", "/workouts/demo", None, 404, "unknown"),
    ("GET", f"/workouts/{'0' * 24}", None, 404, "unknown"),
    ("PUT", f"/workouts/{'0' * 24}", {"a": 1}, 404, "unknown"),
    ("DELETE", f"/workouts/{'0' * 24}", None, 404, "unknown"),
    ("GET", f"/workouts/{'0' * 24}/frames", None, 404, "unknown"),
    ("GET", "/workouts?limit=many", None, 400, "invalid_parameter"),
])
def test_a_request_that_cannot_be_served_has_a_reason(gateway, method, path, value, status, reason):
    found, _, answer = request(gateway, method, path, value)
    assert (found, answer["reason"]) == (status, reason)
    assert len(answer["error"]) > 10


def test_a_body_must_be_said_to_be_json_and_has_a_limit(run):
    gateway = run({"pressure.maximum_document_bytes": "2 KiB", "web.maximum_body_bytes": "1 KiB"})
    assert request(gateway, "POST", "/workouts", {"a": 1}, headers={})[::2] == (
        400, {"error": "Missing JSON body", "reason": "missing_body"})
    assert request(gateway, "POST", "/workouts", {"a": "x" * 1_500})[0] == 201
    connection = http.client.HTTPConnection("127.0.0.1", gateway.pressure_port, timeout=TIMEOUT)
    connection.request("POST", "/workouts", json.dumps({"a": "x" * 3_000}), {"Content-Type": "application/json"})
    assert connection.getresponse().status == 413


def test_pages_may_read_everything_and_change_from_the_local_network(gateway):
    local = {"Content-Type": "application/json", "Origin": "http://localhost:3000"}
    status, headers, _ = request(gateway, "POST", "/workouts", {"a": 1}, headers=local)
    assert (status, headers["Access-Control-Allow-Origin"]) == (201, "*")
    foreign = local | {"Origin": "https://evil.example"}
    assert request(gateway, "POST", "/workouts", {"a": 1}, headers=foreign)[0] == 403
    assert request(gateway, "GET", "/workouts", headers=foreign)[0] == 200


def test_the_other_paths_of_the_original(gateway):
    assert request(gateway, "GET", "/")[2]["status"] == "ok"
    assert request(gateway, "GET", "/health")[2] == {"status": "healthy", "workouts": "available"}
    assert request(gateway, "POST", "/session/start", {"user": 1})[2] == {"status": "ok", "received": {"user": 1}}
    assert request(gateway, "POST", "/session/start")[2] == {"status": "ok", "received": {}}
    assert request(gateway, "GET", "/nowhere")[::2] == (404, {"error": "Not Found"})


def test_without_a_store_workouts_are_unavailable_with_a_reason(run):
    gateway = run({"store.enabled": "false"})
    for method, path, value in [("GET", "/workouts", None), ("POST", "/workouts", {"a": 1})]:
        status, _, answer = request(gateway, method, path, value)
        assert (status, answer["reason"]) == (503, "unavailable")
        assert "store.enabled" in answer["error"]
    assert request(gateway, "GET", "/health")[2]["workouts"] == "unavailable"


def test_the_port_can_be_closed(run):
    gateway = run({"pressure.port": 0})
    gateway.terminate()
    assert "workouts" not in gateway.output.all()


def matrix(number, rows=12, columns=8):
    """A frame with whole numbers, fractions, and cells without a sensor."""
    return [[-1 if (row + column) % 11 == 10 else (number * 7 + row * 13 + column * 5) % 101 / (1 + row % 3)
             for column in range(columns)] for row in range(rows)]


def stream(gateway, identity, frames, **sizes):
    """Sends frames; returns what was sent and the data that came back."""
    connection = http.client.HTTPConnection("127.0.0.1", gateway.pressure_port, timeout=TIMEOUT)
    sent, processed = [], []
    for number in frames:
        frame = {"session_id": identity, "matrix": matrix(number, **sizes), "timestamp": 1_790_000_000_000 + number * 250}
        connection.request("POST", "/stats", json.dumps(frame), {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = json.loads(response.read())
        assert response.status == 200, answer
        sent.append(frame)
        processed.append(answer["data"])
    connection.close()
    return sent, processed


def read_frames(gateway, identity, **query):
    connection = http.client.HTTPConnection("127.0.0.1", gateway.pressure_port, timeout=TIMEOUT)
    connection.request("GET", f"/workouts/{identity}/frames?" + urllib.parse.urlencode(query))
    response = connection.getresponse()
    assert response.status == 200
    return response.read()


def test_frames_are_stored_with_the_statistics_that_the_client_received(run):
    gateway = run({"pressure.document_frames": 300})
    identity = create(gateway, name="frames")["_id"]
    sent, processed = stream(gateway, identity, range(400))
    assert [frame["frame_count"] for frame in processed] == list(range(1, 401))
    assert processed[0]["stats"] == processed[0]["raw_stats"]
    for before, after in zip(processed, processed[1:]):
        for region, statistics in after["stats"].items():
            for name, value in statistics.items():
                assert value == 0.05 * after["raw_stats"][region][name] + (1 - 0.05) * before["stats"][region][name]

    document = request(gateway, "GET", f"/workouts/{identity}")[2]["data"]
    assert (document["frame_count"], document["pressure_frames_truncated"]) == (400, True)
    stored = json.loads(read_frames(gateway, identity, format="json"))["frames"]
    assert document["pressure_frames"] == stored[:300]
    assert [frame["pressure_matrix"] for frame in stored] == [frame["matrix"] for frame in sent]
    assert [frame["timestamp"] for frame in stored] == [frame["timestamp"] for frame in sent]
    assert [frame["calculated_stats"] for frame in stored] == [frame["raw_stats"] for frame in processed]
    assert [frame["smoothed_stats"] for frame in stored] == [frame["stats"] for frame in processed]
    assert json.loads(read_frames(gateway, identity, **{"from": 290, "limit": 20}))["frames"] == stored[290:310]


def test_csv_and_binary_frames_equal_what_was_sent(gateway):
    identity = create(gateway, name="formats")["_id"]
    sent, _ = stream(gateway, identity, range(40))
    text = read_frames(gateway, identity, format="csv").decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    for number, (row, frame) in enumerate(zip(rows, sent, strict=True)):
        assert (row["frame"], row["timestamp"], row["rows"], row["columns"]) == (
            str(number), str(frame["timestamp"]), "12", "8")
        assert [[float(row[f"r{line}c{column}"]) for column in range(8)] for line in range(12)] == frame["matrix"]

    data = read_frames(gateway, identity, format="binary")
    assert data[:8] == b"LVWF\1\0\0\0"
    place = 8
    for number, frame in enumerate(sent):
        length, index, _, timestamp, lines, columns, size, decimals = struct.unpack_from("<IIddHHBB", data, place)
        cells = struct.unpack_from(f"<{lines * columns}{ {1: 'B', 2: 'h', 4: 'i', 8: 'd'}[size] }", data, place + 30)
        values = [cell - 1 if size == 1 else cell if size == 8 else cell / 10 ** decimals for cell in cells]
        assert (index, timestamp, values) == (number, frame["timestamp"], sum(frame["matrix"], []))
        place += 4 + length
    assert place == len(data)


def test_a_long_workout_is_streamed_as_its_client_reads(gateway):
    identity = create(gateway, name="long")["_id"]
    stream(gateway, identity, range(1_000), rows=32, columns=32)
    for form in ("json", "csv", "binary"):
        whole = len(read_frames(gateway, identity, format=form))
        before = gateway.resident_bytes
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", gateway.pressure_port))
            client.sendall(f"GET /workouts/{identity}/frames?format={form} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            assert client.recv(12) == b"HTTP/1.1 200"
            # It does not read on: the rest is neither read from the database nor kept.
            for _ in range(20):
                read_frames(gateway, identity, limit=1)
            assert gateway.resident_bytes - before < 2 << 20 < whole / 3


def test_frames_survive_a_stop_and_go_on_behind_it(run):
    gateway = run()
    identity = create(gateway, name="restart")["_id"]
    sent, _ = stream(gateway, identity, range(20))
    gateway.terminate()
    gateway = run()
    more, _ = stream(gateway, identity, range(20, 30))
    stored = json.loads(read_frames(gateway, identity))["frames"]
    assert [frame["pressure_matrix"] for frame in stored] == [frame["matrix"] for frame in sent + more]
    assert stored[20]["smoothed_stats"] == stored[20]["calculated_stats"]


def test_regions_of_other_sizes_and_missing_cells_are_configured(run):
    gateway = run({"pressure.regions": "2x2 0:1 : Front,2x2 1: : Back", "pressure.ignore_missing_cells": "true"})
    frame = {"session_id": "live", "matrix": [[-1, 10], [20, 40]]}
    data = request(gateway, "POST", "/stats", frame)[2]["data"]
    assert {region: (values["mean"], values["min"]) for region, values in data["stats"].items()} == {
        "Front": (10, 10), "Back": (30, 20)}
    assert [event["type"] for event in data["events"]] == ["region_force_high"]


@pytest.mark.parametrize("frame, reason", [
    ({"matrix": [[1]]}, "invalid_parameter"), ({"session_id": "a"}, "missing_matrix"),
    ({"session_id": "a", "matrix": [[1, 2], [3]]}, "ragged_matrix"), ({"session_id": "a", "matrix": 5}, "not_a_matrix"),
    ({"session_id": "a", "matrix": [[[1]]]}, "three_dimensional"), ({"session_id": "a", "matrix": [[None]]}, "missing_cell"),
    ({"session_id": "a", "matrix": [["x"]]}, "not_a_number"), ({"session_id": "a", "matrix": [[1] * 5_000]}, "too_many_cells"),
    ({"session_id": "a", "matrix": [[float("nan")]]}, "invalid_json"),
])
def test_a_frame_that_is_rejected_has_a_reason_and_is_counted(gateway, frame, reason):
    status, _, answer = request(gateway, "POST", "/stats", frame)
    assert (status, answer["reason"]) == (400, reason)
    if reason not in ("invalid_parameter", "invalid_json"):
        assert gateway.metrics.value("leadville_pressure_rejects_total", reason=reason) == 1
