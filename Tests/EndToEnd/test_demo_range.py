"""The range of the demonstration: virtual devices that enter by the radio, as real ones do, and what clients hear of it."""

import urllib.parse

import pytest

from clients import hear
from patience import eventually

SETTINGS = {"bluetooth.enabled": "true", "store.enabled": "false"}
CONNECTED = {"amg-commander": 1, "bt50": 3, "heart-rate-strap": 1, "pressure-mat": 1}


@pytest.fixture(name="gateway")
def demo(run, tmp_path):
    return run(SETTINGS | {"state_directory": str(tmp_path)}, "--demo")


def test_everybody_is_found_and_connected_and_a_string_is_shot(gateway):
    def links():
        return {family: gateway.metrics.value("leadville_bluetooth_links", device=family) for family in CONNECTED}
    eventually(lambda: links() == CONNECTED)
    assert gateway.metrics.value("leadville_bluetooth_adapter_ready") == 1
    # The beep, and some shots.
    eventually(lambda: gateway.metrics.value("leadville_timer_actions_total", source="pushed") >= 3)
    eventually(lambda: gateway.metrics.value("leadville_sensor_samples_total") > 500)


def devices(gateway, family):
    """The devices of a family, once all of them are connected."""
    def connected():
        listed = [device for device in gateway.ask("GET", "/api/devices")[1]["devices"] if device["family"] == family]
        return len(listed) == CONNECTED[family] and all(device["link"] == "connected" for device in listed) and listed
    return eventually(connected)


def address(device, *more):
    return "/".join(["/api/devices", urllib.parse.quote(device["id"], safe=""), *more])


def changes(client, device):
    """What the live socket tells of a device, one after the other."""
    while True:
        event = hear(client)
        if event["type"] == "status" and event.get("data", {}).get("device_id") == device["id"]:
            yield event["event_type"], event["data"]


def test_a_device_is_let_go_when_it_is_forgotten_and_called_when_it_is_adopted(gateway):
    sensor = devices(gateway, "bt50")[0]
    assert (sensor["transport"], sensor["role"], sensor["own_name"]) == ("bluetooth", "sensor", "WTVB01-BT50")
    with gateway.live() as client:
        told = changes(client, sensor)
        assert gateway.post(address(sensor), {"forget": True})[0] == 200
        assert next(told) == ("device_lost", {
            "device_id": sensor["id"], "family": "bt50", "name": "WTVB01-BT50", "reason": "released"})
        assert gateway.post(address(sensor), {"adopt": True})[0] == 200
        assert next(told)[0] == "device_connected"
    assert devices(gateway, "bt50")


def test_how_full_its_battery_is_and_how_near_it_is(gateway):
    sensor = devices(gateway, "bt50")[0]
    eventually(lambda: 80 <= (gateway.ask("GET", address(sensor))[1]["battery"] or 0) <= 100)
    assert -90 < gateway.ask("GET", address(sensor))[1]["signal"] < -40


def test_a_sensor_is_set_to_another_rate_by_whoever_may(run, tmp_path):
    token = "sesame-sesame-sesame"
    gateway = run(SETTINGS | {"state_directory": str(tmp_path), "http.token": token}, "--demo")
    sensor = devices(gateway, "bt50")[0]
    assert gateway.post(address(sensor, "settings"), {"rate_hz": 10})[0] == 401
    assert gateway.post(address(sensor, "settings"), {"rate_hz": 11}, token=token)[0] == 400
    assert gateway.post(address({"id": "nobody"}, "settings"), {"rate_hz": 10}, token=token)[0] == 404
    assert gateway.post(address(sensor, "settings"), {"rate_hz": 10}, token=token) == (202, {"status": "sent"})
    eventually(lambda: [note["note"] for note in gateway.ask("GET", address(sensor))[1]["notes"]] == ["slow_rate"])


def test_with_no_adapter_that_is_said_and_all_else_runs(run, tmp_path):
    gateway = run({"bluetooth.enabled": "true", "bluetooth.adapter": "hci77", "state_directory": str(tmp_path)})
    # On a machine without Bluetooth its kernel says so, on another one there is no such adapter.
    assert gateway.log.wait_for("No Bluetooth|The Bluetooth management is not to be had")
    assert gateway.get("/health")[0] == 200
    assert gateway.metrics.value("leadville_bluetooth_adapter_ready") == 0
    assert gateway.terminate() == 0


def until(client, event_type):
    """Everything up to the first event of this type, which comes last."""
    heard = []
    while not heard or heard[-1]["event_type"] != event_type:
        heard.append(hear(client))
    return heard


def test_shots_of_the_timer_and_hits_of_the_sensors_come_to_the_live_socket(gateway):
    timer, sensors = devices(gateway, "amg-commander")[0], devices(gateway, "bt50")
    with gateway.live() as client:
        until(client, "timer_started")
        string = until(client, "timer_stopped")
    shots = [event["data"] for event in string if event["event_type"] == "shot_detected"]
    assert [shot["current_shot"] for shot in shots] == list(range(1, len(shots) + 1)) and 3 <= len(shots) <= 8
    assert all(event["device_id"] == timer["id"] for event in string if event["type"] == "timer_event")
    hits = [event for event in string if event["type"] == "sensor_event"]
    assert 1 <= len(hits) <= len(shots)
    assert {hit["sensor_id"] for hit in hits} <= {sensor["id"] for sensor in sensors}
    # Each sensor is on a target, as if somebody had put it there.
    assert len({sensor["target"] for sensor in sensors}) == len(sensors)
    targets = {target["id"]: target for target in gateway.ask("GET", "/api/targets")[1]["targets"]}
    assert {sensor["target"]: [sensor["id"]] for sensor in sensors} == {
        id: target["sensors"] for id, target in targets.items()}
    for hit in hits:
        assert hit["data"]["location"] == targets[hit["data"]["target"]]["location"]


def test_what_somebody_decides_about_its_targets_stays_decided(run, tmp_path):
    settings = {"bluetooth.enabled": "true", "state_directory": str(tmp_path)}
    gateway = run(settings, "--demo")
    sensor = devices(gateway, "bt50")[0]
    assert gateway.ask("DELETE", f"/api/targets/{sensor['target']}") == (204, None)
    gateway.terminate()
    again = run(settings, "--demo")
    assert [device["target"] for device in devices(again, "bt50")].count(None) == 1
    assert len(again.ask("GET", "/api/targets")[1]["targets"]) == 2


def test_the_timer_is_started_and_stopped_from_afar(gateway):
    devices(gateway, "amg-commander")
    with gateway.live() as client:
        until(client, "timer_stopped")
        assert gateway.post("/api/timers/any/start", {})[0] == 202
        until(client, "timer_started")
        assert gateway.post("/api/timers/any/stop", {})[0] == 202
        stopped = until(client, "timer_stopped")
    assert all(event["event_type"] != "timer_started" for event in stopped)


def test_leadvilles_own_pages_find_the_timer_and_let_go_of_it(gateway):
    timer = devices(gateway, "amg-commander")[0]
    path = "/api/admin/amg/timers/" + urllib.parse.quote(timer["id"], safe="")
    with gateway.live() as client:
        until(client, "timer_stopped")
        status = gateway.ask("GET", f"{path}/status")[1]["status"]
        assert (status["hw_addr"], status["connected"]) == (timer["id"], True)
        assert len(status["shot_sequence"]) == status["current_shots"] >= 3
        assert status["last_time"] == status["shot_sequence"][-1]
        assert gateway.post(f"{path}/request_data?data_type=screen", {})[0] == 200
        told = changes(client, timer)
        assert gateway.post(f"{path}/disconnect", {}) == (200, {
            "hw_addr": timer["id"], "connected": False, "message": "It is left alone from now on"})
        assert next(told)[0] == "device_lost"
        assert gateway.post(f"{path}/remote_start", {})[0] == 404
        assert gateway.post(f"{path}/connect", {})[0] == 200
        assert next(told)[0] == "device_connected"
    assert gateway.ask("GET", "/api/timers")[1]["timers"][0]["connected"]


def test_the_strap_is_a_heart_like_any_other(gateway):
    with gateway.heart() as client:
        while True:
            message = hear(client)
            if ":" in str(message.get("user", "")):
                break
    assert 30 <= message["bpm_raw"] <= 220 or message["no_heart_rate"]


def test_the_insole_is_a_mat_like_any_other(gateway):
    frames = eventually(lambda: gateway.metrics.value("leadville_mat_frames_total", mat="C0:DE:00:00:00:30"))
    eventually(lambda: gateway.metrics.value("leadville_mat_frames_total", mat="C0:DE:00:00:00:30") > frames)
    assert gateway.post("/api/mats/tare", {"mat": "C0:DE:*"}) == (200, {"tared": 1})
