"""The range end to end: virtual devices on a virtual radio, live clients, the API and restarts."""

import csv
import http.client
import io
import json
import subprocess

import pytest

from clients import connect, receive
from waiting import TIMEOUT, eventually
from programs import PROGRAM

SETTINGS = {"bluetooth.enabled": "true", "heart.enabled": "false"}


@pytest.fixture(name="demo")
def start_demo(run, tmp_path):
    def start(settings=None):
        return run(SETTINGS | {"state_directory": str(tmp_path / "state")} | (settings or {}), "--demo")
    return start


def follow(client, *, until):
    """Receives events up to and including the first one of this type."""
    received = []
    while not received or received[-1]["event_type"] != until:
        received.append(receive(client))
    return received


def get_json(gateway, path):
    status, _, body = gateway.get(path)
    assert status == 200, body
    return json.loads(body)


def test_runs_are_sent_to_every_client_once_and_in_order(demo):
    token = "a-secret-token-for-this-test"
    gateway = demo({"http.token": token, "live.vocabulary": "gateway"})
    # The second client connects earlier, so it receives whatever the first one does.
    with connect(f"ws://127.0.0.1:{gateway.live_port}/") as second, gateway.live() as first:
        received = follow(first, until="run_completed")
        received += follow(first, until="run_completed")
        events = [event for event in received if "id" in event]
        second_events = [receive(second)]
        while second_events[-1].get("id") != events[-1]["id"]:
            second_events.append(receive(second))
    assert [event["id"] for event in events] == sorted({event["id"] for event in events})
    assert [event for event in second_events if event.get("id", 0) >= events[0]["id"]] == events

    kinds = {"timer_event", "sensor_event", "run_update", "status"}
    assert {event["type"] for event in received} <= kinds
    shots = [event for event in events if event["event_type"] == "shot_detected"]
    assert list(shots[0])[:5] == ["type", "event_type", "timestamp", "device_id", "data"]
    assert list(shots[0]["data"])[:5] == ["shot_state", "current_shot", "current_time", "split_time", "event_detail"]
    assert shots[-1]["device_time"]["error_seconds"] < 0.1
    impacts = [event for event in events if event["event_type"] == "impact_detected"]
    assert list(impacts[0])[:5] == ["type", "event_type", "timestamp", "sensor_id", "data"]
    assert impacts[0]["data"]["magnitude"] > 20

    completed = [event for event in events if event["event_type"] == "run_completed"]
    for event in completed:
        run = get_json(gateway, f"/api/runs/{event['run_id']}")
        assert run["state"] == "completed"
        assert len(run["shots"]) == run["summary"]["shots"] == event["data"]["shots"]
        own = [each["id"] for each in events if each.get("run_id") == event["run_id"]]
        assert [number for number in run["events"] if number in own] == own

    # The list of runs, paginated and as CSV.
    latest = completed[-1]["run_id"]
    page = get_json(gateway, "/api/runs?state=completed&limit=1")
    older = get_json(gateway, f"/api/runs?state=completed&before={page['next_before']}")
    assert {run["run_id"] for run in page["runs"] + older["runs"]} >= {event["run_id"] for event in completed}
    table = list(csv.DictReader(io.StringIO(gateway.get(f"/api/runs/{latest}?format=csv")[2].decode())))
    assert {int(row["shot"]) for row in table if row["shot"]} == set(range(1, len(run["shots"]) + 1))
    assert {row["run_id"] for row in table} == {latest}
    assert {row["final"] for row in table} == {"true"}

    # Renaming requires the token.
    names = {"shooter_name": "Ann, \"the\" Ace", "stage_name": "Stage 1", "par_times": [2, 60]}
    assert gateway.request("PATCH", f"/api/runs/{latest}", names)[0] == 401
    status, named = gateway.request("PATCH", f"/api/runs/{latest}", names, token=token)
    assert status == 200 and named["shooter_name"] == names["shooter_name"]
    assert named["summary"]["par_times"][1] == {"time": 60.0, "shots": len(named["shots"])}
    assert [run["run_id"] for run in get_json(gateway, "/api/runs?stage=Stage%201")["runs"]] == [latest]
    rows = list(csv.DictReader(io.StringIO(gateway.get("/api/runs?format=csv&stage=Stage+1")[2].decode())))
    assert {row["shooter_name"] for row in rows} == {names["shooter_name"]}

    # Export.
    exported = get_json(gateway, "/api/runs/export?state=completed")["runs"]
    assert {run["run_id"] for run in exported} >= {event["run_id"] for event in completed}
    assert next(run for run in exported if run["run_id"] == latest) == named
    exported = gateway.get("/api/runs/export?format=csv&stage=Stage+1")[2].decode()
    assert list(csv.DictReader(io.StringIO(exported))) == rows

    # Explanations lead from events back to the raw bytes.
    timer_event = explain(gateway, shots[-1]["id"])
    assert timer_event["driver"] == "amg-commander" and bytes.fromhex(timer_event["raw"][0]["hex"])[0] == 1
    impact_event = explain(gateway, impacts[-1]["id"])
    assert impact_event["driver"] == "bt50" and all(raw["hex"].startswith("5561") for raw in impact_event["raw"])
    finding = impact_event["finding"]
    assert finding["likelihood"] >= 0.5 and finding["decided_by"] in ("velocity", "displacement", "acceleration")
    assert set(finding["limits"]) >= {"velocity", "displacement"}
    hits = [event for event in events if event["event_type"] == "hit"]
    if hits:
        paired = explain(gateway, hits[-1]["id"])
        assert {cause["kind"] for cause in paired["causes"]} <= {"impact", "timer"}
        assert all(cause["raw"] for cause in paired["causes"])
    assert gateway.get("/api/events/999999999/explain")[0] == 404
    assert gateway.get("/api/events/nonsense/explain")[0] == 400

    assert gateway.request("DELETE", f"/api/runs/{latest}", token=token) == (204, None)
    assert gateway.get(f"/api/runs/{latest}")[0] == 404
    assert gateway.request("DELETE", f"/api/runs/{latest}", token=token)[0] == 404
    assert gateway.metrics.value("leadville_range_store_healthy") == 1


def explain(gateway, number):
    return get_json(gateway, f"/api/events/{number}/explain")


@pytest.mark.parametrize("kill", [False, True])
def test_a_string_continues_after_a_restart(demo, kill):
    gateway = demo()
    with gateway.live() as client:
        before = follow(client, until="shot")
    run = before[-1]["run_id"]
    # A read returns after pending writes, so the run is stored now.
    get_json(gateway, "/api/runs")
    if kill:
        gateway.kill()
    else:
        gateway.terminate()
    again = demo()
    again.log.wait_for(rf"Run {run} of .* continues")
    listed = get_json(again, f"/api/runs/{run}")
    assert listed["state"] == "running" and listed["shots"][0]["time"] == before[-1]["data"]["time"]
    # The virtual range and its timer restart: the run ends when the next one starts.
    with again.live() as client:
        received = follow(client, until="run_started")
    ended = [event["event_type"] for event in received if event.get("run_id") == run]
    assert ended and ended[-1] in {"run_unknown", "run_interrupted", "run_updated"}
    numbers = [event["id"] for event in received if "id" in event]
    assert numbers == sorted(numbers) and numbers[0] > before[-1]["id"]


def test_targets_and_sensors(demo, tmp_path):
    gateway = demo()
    sensors = eventually(lambda: [sensor for sensor in get_json(gateway, "/api/sensors")["sensors"] if sensor["baseline"]])
    sensor = sensors[0]["id"]
    status, target = gateway.post("/api/targets", {
        "name": "Popper 1, left", "location": {"x": 2.3, "y": 1.8}, "rack": "left", "sensors": [sensor]})
    assert (status, target["id"], target["sensors"]) == (201, "popper-1-left", [sensor])
    assert gateway.post("/api/targets", {"name": "Popper 1, left"})[0] == 409
    for wrong in ({}, {"name": "x", "locatoin": {}}, {"name": "x", "sensors": ["nobody"]}, {"id": "a/b"}, {"name": 5},
                  {"name": "x", "location": {"x": 1}}, [1], "nonsense"):
        status, answer = gateway.post("/api/targets", wrong)
        assert 400 <= status < 500 and answer["error"], wrong
    status, answer = gateway.request("PUT", f"/api/sensors/{sensor}/thresholds", {"onset": 12, "peak": 25})
    assert status == 200 and answer["thresholds"]["peak"] == 25
    assert gateway.request("PUT", f"/api/sensors/{sensor}/thresholds", {"onset": 50, "peak": 25})[0] == 400
    assert gateway.request("PUT", "/api/sensors/nobody/thresholds", {"peak": 25})[0] == 404

    with gateway.live() as client:
        while (event := receive(client))["event_type"] != "impact_detected" or event["sensor_id"] != sensor:
            pass
    assert event["data"]["location"] == {"x": 2.3, "y": 1.8} and event["data"]["target"] == "popper-1-left"

    # Other thresholds give other results for the same samples.
    status, dry = gateway.post(f"/api/sensors/{sensor}/dry-run", {"thresholds": {"onset": 100, "peak": 30000}})
    assert status == 200 and dry["impacts"] == 0 and dry["impacts_with_present_thresholds"] >= 1
    assert dry["samples"] > 100
    assert gateway.post(f"/api/sensors/{sensor}/dry-run", {"recording": "none"})[0] == 404

    status, started = gateway.post(f"/api/sensors/{sensor}/recording/start", {"name": "by hand"})
    assert (status, started) == (201, {"recording": "by hand"})
    assert gateway.post(f"/api/sensors/{sensor}/recording/start", {})[0] == 409
    status, stopped = eventually(lambda: recorded(gateway, sensor))
    assert status == 200 and stopped["bytes"] > 0
    assert "by hand" in [recording["name"] for recording in get_json(gateway, "/api/recordings")["recordings"]]
    capture = tmp_path / "capture.hex"
    capture.write_bytes(gateway.get("/api/recordings/by%20hand")[2])
    decoded = subprocess.run(
        [PROGRAM, "decode", "bt50", str(capture)], capture_output=True, text=True, check=True, timeout=TIMEOUT)
    assert json.loads(decoded.stdout.splitlines()[0])["reading"] == "vibration"

    assert gateway.request("DELETE", "/api/targets/popper-1-left") == (204, None)
    assert "popper-1-left" not in [each["id"] for each in get_json(gateway, "/api/targets")["targets"]]
    assert get_json(gateway, f"/api/sensors/{sensor}")["target"] is None


def recorded(gateway, sensor):
    """Stops the recording after it must contain some samples."""
    before = samples(gateway, sensor)
    eventually(lambda: samples(gateway, sensor) > before + 8)
    return gateway.post(f"/api/sensors/{sensor}/recording/stop", {})


def samples(gateway, sensor):
    return get_json(gateway, f"/api/sensors/{sensor}")["samples"]


def test_timer_commands_are_sent_and_the_next_run_can_be_named(demo):
    gateway = demo()
    status, answer = gateway.post("/api/timers/nobody/start", {})
    assert status == 404 and "nobody" in answer["error"]
    assert gateway.request("PUT", "/api/runs/upcoming", {"shooter_name": "Bob"})[1]["shooter_name"] == "Bob"
    with gateway.live() as client:
        while (event := receive(client))["event_type"] != "run_started":
            pass
    assert event["data"]["shooter_name"] == "Bob"
    assert get_json(gateway, "/api/runs/upcoming")["shooter_name"] is None
    assert gateway.post("/api/timers/any/sensitivity/11", {})[0] == 400
    # The timer accepts settings only while it is stopped, so either status is correct.
    assert gateway.post("/api/timers/any/sensitivity/5", {})[0] in {202, 409}
    # 409 while the timer still handles the command before.
    eventually(lambda: gateway.post("/api/timers/any/stop", {}) == (202, {"status": "sent"}))


def test_timer_commands_without_a_timer_are_rejected(run):
    gateway = run()
    for path in ("/api/timers/any/start", "/api/admin/amg/timers/60:09:C3:1F:DC:1A/remote_start"):
        status, answer = gateway.post(path, {})
        assert 400 <= status <= 503 and answer["error"]
    assert get_json(gateway, "/api/runs") == {"runs": [], "next_before": None}
    for query in ("limit=0", "limit=x", "before=x", "from=yesterday", "fromm=2026-01-01", "format=xml"):
        assert gateway.get(f"/api/runs?{query}")[0] == 400, query
    assert get_json(gateway, "/api/runs?from=2026-01-01&until=2026-01-02T00:00:00Z")["runs"] == []


def test_a_storage_failure_does_not_affect_live_events(demo):
    gateway = demo({"store.file": "/proc/nowhere/gateway.db"})
    gateway.log.wait_for("ERROR - store: /proc/nowhere/gateway.db: ")
    with gateway.live() as client:
        completed = follow(client, until="run_completed")[-1]
    assert get_json(gateway, f"/api/runs/{completed['run_id']}")["state"] == "completed"
    status, _, body = gateway.get("/api/runs")
    assert status == 503 and "cannot be opened" in json.loads(body)["error"]
    assert gateway.metrics.value("leadville_range_store_healthy") == 0


def test_raw_bytes_are_sent_only_on_request(demo):
    gateway = demo()
    with gateway.live() as plain, gateway.live() as raw:
        raw.send(json.dumps({"type": "subscribe", "channels": ["timer_event", "sensor_event"], "raw": True}))
        timer_event = [event for event in follow(raw, until="shot_detected") if event["type"] == "timer_event"][-1]
        assert bytes.fromhex(timer_event["data"]["raw_hex"])[:2] == b"\x01\x03"
        impact_event = [event for event in follow(raw, until="impact_detected") if event["type"] == "sensor_event"][-1]
        assert bytes.fromhex(impact_event["data"]["raw_hex"])[:2] == b"\x55\x61"
        same = [event for event in follow(plain, until="shot_detected") if event["type"] == "timer_event"][-1]
        assert "raw_hex" not in same["data"]


def test_the_explain_command_prints_the_same_as_the_api(demo):
    gateway = demo()
    with gateway.live() as client:
        shot = follow(client, until="shot_detected")[-1]
    def explain_by_command(*arguments, **options):
        return subprocess.run(
            [PROGRAM, "explain", *arguments], capture_output=True, text=True, timeout=TIMEOUT, check=False, **options)
    url = gateway.origin
    text = explain_by_command(str(shot["id"]), "--url", url)
    assert text.returncode == 0, text.stderr
    assert f"Event {shot['id']}" in text.stdout and "amg-commander" in text.stdout
    raw = explain(gateway, shot["id"])["raw"][0]["hex"]
    assert raw in text.stdout.replace(" ", "")
    as_json = explain_by_command(str(shot["id"]), "--url", url, "--json")
    assert json.loads(as_json.stdout) == explain(gateway, shot["id"])
    unknown = explain_by_command("999999999", "--url", url)
    assert unknown.returncode == 1 and "event 999999999 is unknown" in unknown.stderr
    assert explain_by_command("nonsense", "--url", url).returncode == 2
    unreachable = explain_by_command("1", "--url", "http://127.0.0.1:1")
    assert unreachable.returncode == 1 and "no gateway" in unreachable.stderr


def test_invalid_json_bodies_are_rejected_with_an_error_message(run):
    gateway = run()
    connection = http.client.HTTPConnection("127.0.0.1", gateway.http_port, timeout=TIMEOUT)
    for body in (b"{", b"\xff", b"[1]", b"null"):
        connection.request("POST", "/api/targets", body)
        response = connection.getresponse()
        assert response.status == 400 and json.loads(response.read())["error"]
    connection.close()


def test_a_target_is_on_the_disk_before_the_answer(gateway, run):
    """Without a fsync that the answer waits for, a crash right behind it would lose the target."""
    for number in range(20):
        assert gateway.post("/api/targets", {"name": f"Plate {number}"})[0] == 201
    assert gateway.request("DELETE", "/api/targets/plate-0")[0] == 204
    gateway.kill()
    targets = json.loads(run().get("/api/targets")[2])["targets"]
    assert {target["name"] for target in targets} == {f"Plate {number}" for number in range(1, 20)}
