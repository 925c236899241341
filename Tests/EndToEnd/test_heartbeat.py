"""The heartbeat API: a simulated heart, and sensors behind the same interface."""

import http.client
import json
import re

import pytest

from clients import connect, receive, request
from waiting import TIMEOUT, eventually

RECORD = ["timestamp", "bpm", "variability", "systolic", "diastolic", "stress_level", "state"]


def post(gateway, path):
    return gateway.request("POST", path)


def get(gateway, path):
    return gateway.request("GET", path)


def stream(gateway, query=""):
    return connect(f"ws://{gateway.origin.removeprefix('http://')}/ws/heartbeat{query}")


def records(client, count):
    return [receive(client) for _ in range(count)]


def values(record):
    return {name: value for name, value in record.items() if name != "timestamp"}


def test_a_simulation_from_start_to_stop(gateway):
    assert get(gateway, "/health")[1]["simulation_state"] == "stopped"
    assert get(gateway, "/heartbeat/current") == (404, {
        "error": "No data available", "message": "Start simulation first using POST /simulation/start"})
    assert post(gateway, "/simulation/stress-test") == (400, {
        "error": "Simulation not running", "message": "Start simulation first using POST /simulation/start"})
    with stream(gateway) as client:
        assert receive(client) == {
            "type": "connected", "message": "Connected to heartbeat stream", "state": "stopped", "base_bpm": 72}
        assert request(client, "ping") == {"type": "pong"}
        client.send("anything else")
        client.send(b"\x00binary")
        assert post(gateway, "/simulation/start") == (
            200, {"message": "Simulation started", "state": "running", "base_bpm": 72})
        assert post(gateway, "/simulation/start") == (
            200, {"message": "Simulation already running", "state": "running"})
        record = receive(client)
        assert list(record) == RECORD
        assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record["timestamp"])
        assert 66 <= record["bpm"] <= 78 and isinstance(record["bpm"], int)
        assert 0 <= record["variability"] <= 1 and 0 <= record["stress_level"] <= 1
        assert 90 <= record["systolic"] <= 180 and 60 <= record["diastolic"] <= 110
        assert record["state"] == "running"
        health = get(gateway, "/health")[1]
        assert {"status": "healthy", "simulation_state": "running", "base_bpm": 72, "websocket_clients": 1}.items() \
            <= health.items()
        assert post(gateway, "/simulation/stop") == (200, {"message": "Simulation stopped", "state": "stopped"})
        assert post(gateway, "/simulation/stop") == (
            200, {"message": "Simulation already stopped", "state": "stopped"})
    assert list(get(gateway, "/heartbeat/current")[1]) == RECORD


def test_every_client_receives_the_same_text(gateway):
    with stream(gateway) as first, stream(gateway) as second:
        receive(first), receive(second)
        post(gateway, "/simulation/start")
        assert [first.recv(TIMEOUT) for _ in range(3)] == [second.recv(TIMEOUT) for _ in range(3)]


def test_inputs(gateway):
    assert post(gateway, "/simulation/set-baseline?baseline_bpm=55") == (
        200, {"message": "Baseline heart rate updated", "baseline_bpm": 55, "profile": "athlete"})
    assert post(gateway, "/simulation/set-baseline")[1]["baseline_bpm"] == 72
    assert post(gateway, "/simulation/set-baseline?baseline_bpm=121") == (
        400, {"error": "baseline_bpm must be between 40 and 120"})
    assert post(gateway, "/input/set-normal-heartrate?baseline_bpm=85&reason=nervous") == (200, {
        "message": "Normal heart rate updated", "old_baseline_bpm": 72, "new_baseline_bpm": 85,
        "profile": "above_average", "reason": "nervous", "current_bpm": 85})
    assert post(gateway, "/input/video-stress?stress_detected=true&intensity=0.7") == (200, {
        "message": "Video input processed", "stress_detected": True, "current_stress_level": 0.7,
        "current_bpm": None})
    assert post(gateway, "/input/audio-stress?stress_detected=no")[1]["current_stress_level"] == 0.7
    assert post(gateway, "/input/audio-stress?stress_detected=1&intensity=nan")[1]["current_stress_level"] == 0.7
    assert post(gateway, "/input/combined-stress?video_stress=1&video_intensity=0.8&audio_stress=on") == (200, {
        "message": "Combined input processed", "video_stress": True, "audio_stress": True, "applied_intensity": 0.8,
        "current_stress_level": 0.8, "current_bpm": None})
    assert post(gateway, "/input/combined-stress?audio_intensity=1.1") == (
        400, {"error": "audio_intensity must be between 0 and 1"})
    assert post(gateway, "/simulation/trigger-stress?stress_level=0.9")[1]["stress_level"] == 0.9
    assert get(gateway, "/heartbeat/baseline")[1] == {
        "baseline_bpm": 85, "current_bpm": 85, "current_stress_level": 0.9, "profile": "elevated",
        "state": "stopped"}


def test_stress_raises_the_rate(gateway):
    post(gateway, "/simulation/seed?seed=1")
    with stream(gateway) as client:
        receive(client)
        post(gateway, "/simulation/start")
        assert post(gateway, "/simulation/stress-test") == (
            200, {"message": "Stress test initiated", "duration_seconds": 5, "state": "running"})
        # The first records may be older than the request.
        while (record := receive(client))["stress_level"] < 0.7:
            pass
        stressed = [record, *records(client, 6)]
        assert all(record["stress_level"] >= 0.7 for record in stressed)
        assert stressed[-1]["bpm"] >= 85 and stressed[-1]["systolic"] > 130


def test_a_page_opened_from_a_file_may_use_the_simulation_only(gateway):
    def ask(path, origin):
        connection = http.client.HTTPConnection("127.0.0.1", gateway.http_port, timeout=TIMEOUT)
        connection.request("POST", path, headers={"Origin": origin})
        answer = connection.getresponse()
        return answer.status, answer.headers["Access-Control-Allow-Origin"]

    assert ask("/simulation/start", "null") == (200, "*")
    assert ask("/simulation/stop", "http://evil.example") == (403, "*")
    assert ask("/api/mats/tare", "null") == (403, "*")
    assert get(gateway, "/health")[1]["simulation_state"] == "running"


@pytest.mark.parametrize(("path", "detail"), [
    ("/simulation/set-baseline?baseline_bpm=abc", {
        "type": "int_parsing", "loc": ["query", "baseline_bpm"],
        "msg": "Input should be a valid integer, unable to parse string as an integer", "input": "abc"}),
    ("/input/set-normal-heartrate", {
        "type": "missing", "loc": ["query", "baseline_bpm"], "msg": "Field required", "input": None}),
    ("/input/video-stress?stress_detected=maybe", {
        "type": "bool_parsing", "loc": ["query", "stress_detected"],
        "msg": "Input should be a valid boolean, unable to interpret input", "input": "maybe"}),
    ("/input/audio-stress?stress_detected=1&intensity=loud", {
        "type": "float_parsing", "loc": ["query", "intensity"],
        "msg": "Input should be a valid number, unable to parse string as a number", "input": "loud"}),
])
def test_invalid_parameters(gateway, path, detail):
    assert post(gateway, path) == (422, {"detail": [detail]})


def test_one_answer_names_all_invalid_parameters(gateway):
    status, answer = post(gateway, "/input/combined-stress?video_stress=maybe&video_intensity=x&audio_intensity=y")
    assert status == 422
    assert [problem["loc"][1] for problem in answer["detail"]] == ["video_stress", "video_intensity", "audio_intensity"]


def test_wrong_methods_and_trailing_slashes(gateway):
    status, headers, body = gateway.get("/simulation/start")
    assert (status, headers["Allow"], json.loads(body)) == (405, "POST", {"detail": "Method Not Allowed"})
    status, headers, _ = gateway.get("/heartbeat/current/?person=anna")
    assert (status, headers["Location"]) == (307, "/heartbeat/current?person=anna")
    for path in ("/simulation/unknown", "/heartbeat/unknown", "/input/unknown"):
        assert get(gateway, path) == (404, {"detail": "Not Found"})


def test_a_seed_repeats_the_run(gateway):
    def count():
        return len(get(gateway, "/heartbeat/history")[1]["records"])

    def run():
        """The records of a run whose stress test began between the first and the second; None if it began later."""
        before = count()
        with stream(gateway) as client:
            receive(client)
            post(gateway, "/simulation/start")
            post(gateway, "/simulation/stress-test")
            is_in_time = count() == before + 1
            seen = records(client, 4)
            post(gateway, "/simulation/stop")
            return [values(record) for record in seen] if is_in_time else None

    assert post(gateway, "/simulation/seed?seed=-5")[1]["seed"] == -5
    assert eventually(run) == eventually(run)


def test_persons_are_independent(gateway):
    with stream(gateway, "?person=anna") as anna, stream(gateway) as standard:
        receive(anna), receive(standard)
        post(gateway, "/simulation/set-baseline?baseline_bpm=110&person=anna")
        post(gateway, "/simulation/start?person=anna")
        assert receive(anna)["bpm"] >= 100
        assert get(gateway, "/heartbeat/current")[0] == 404
        assert get(gateway, "/heartbeat/current?person=anna")[1]["bpm"] >= 100
        assert get(gateway, "/heartbeat/current?person=nobody")[0] == 404
        listed = get(gateway, "/simulation/persons")[1]["persons"]
        assert [(person["person"], person["state"]) for person in listed] == [("", "stopped"), ("anna", "running")]


def test_the_number_of_persons_is_limited(gateway):
    for number in range(100):
        assert post(gateway, f"/simulation/start?person=p{number}")[0] == 200
    assert post(gateway, "/simulation/start?person=one-more")[0] == 503
    post(gateway, "/simulation/stop?person=p7")
    assert post(gateway, "/simulation/start?person=one-more")[0] == 200
    assert post(gateway, f"/simulation/start?person={'x' * 65}")[0] == 400


def test_faults(gateway):
    assert post(gateway, "/simulation/faults?frozen=true") == (
        200, {"message": "Faults set", "dropout": 0.0, "noise": 0.0, "frozen": True})
    with stream(gateway) as client:
        receive(client)
        post(gateway, "/simulation/start")
        first, second, third = (values(record) for record in records(client, 3))
        assert first == second == third
    assert post(gateway, "/simulation/faults?dropout=2") == (400, {"error": "dropout must be between 0 and 1"})


def test_a_sensor_behind_the_same_interface(run):
    gateway = run({"heart.stale_after": "2s", "heartbeat.source": "auto"})
    board = gateway.board()
    with stream(gateway) as client:
        assert receive(client)["state"] == "running"
        # The simulation, while nobody is measured.
        assert receive(client)["systolic"] is not None
        for bpm in (80, 80, 82, 81):
            board.send(user=7, bpm=bpm)
        measured = receive(client)
        while measured["systolic"] is not None or measured["bpm"] != 81:
            measured = receive(client)
        assert measured["state"] == "running"
        assert measured["variability"] > 0 and measured["stress_level"] == 0.18
        # The only user is silent: the simulation again.
        while measured["systolic"] is None:
            measured = receive(client)


def test_a_silent_sensor_is_stale(run):
    gateway = run({"heart.stale_after": "2s"})
    assert post(gateway, "/simulation/source?source=user:7") == (
        200, {"message": "Source set", "source": "user:7", "state": "running"})
    assert post(gateway, "/simulation/source?source=user")[0] == 400
    board = gateway.board()
    board.send(user=8, bpm=140)

    def is_measured():
        board.send(user=7, bpm=66)
        return get(gateway, "/heartbeat/current")[1]["bpm"] == 66
    eventually(is_measured)
    eventually(lambda: get(gateway, "/heartbeat/current")[1]["state"] == "stale")
    stale = get(gateway, "/heartbeat/current")[1]
    assert stale["bpm"] is None and json.dumps(stale)


def test_a_strap_behind_the_same_interface(run):
    """A virtual strap that sends the intervals between its beats."""
    gateway = run({"bluetooth.enabled": "true"}, "--demo")

    def strap():
        devices = get(gateway, "/api/devices")[1]["devices"]
        return next((device["id"] for device in devices
                     if device["family"] == "heart-rate-strap" and device["link"] == "connected"), None)
    id = eventually(strap)
    assert post(gateway, f"/simulation/source?source=strap:{id.lower()}")[1]["source"] == f"strap:{id}"

    def measured():
        record = get(gateway, "/heartbeat/current")[1]
        return record["variability"] is not None and record
    record = eventually(measured)
    assert record["state"] == "running" and 30 <= record["bpm"] <= 220 and 0 <= record["variability"] <= 1
    assert record["systolic"] is None
