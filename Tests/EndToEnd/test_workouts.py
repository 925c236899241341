"""Workouts on port 5001: the requests of the original's page, documents, pages of the list, and what happens without a store."""

import http.client
import json
import re

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
    assert request(gateway, "GET", "/stats")[::2] == (404, {"error": "Not Found"})


def test_without_a_store_workouts_are_unavailable_and_the_reason_is_told(run):
    gateway = run({"store.enabled": "false"})
    for method, path, value in [("GET", "/workouts", None), ("POST", "/workouts", {"a": 1})]:
        status, _, answer = request(gateway, method, path, value)
        assert (status, answer["reason"]) == (503, "unavailable")
        assert "store.enabled" in answer["error"]
    assert request(gateway, "GET", "/health")[2]["workouts"] == "unavailable"


def test_the_port_can_be_closed(run):
    gateway = run({"pressure.port": 0})
    assert "workouts" not in gateway.output.text
