"""The demo range: virtual Bluetooth devices, and the events that clients receive from them."""

import urllib.parse

import pytest

from clients import receive
from waiting import eventually

SETTINGS = {"bluetooth.enabled": "true", "store.enabled": "false"}
CONNECTED = {"amg-commander": 1, "bt50": 3, "heart-rate-strap": 1, "pressure-mat": 1}


@pytest.fixture(name="gateway")
def demo(run, tmp_path):
    return run(SETTINGS | {"state_directory": str(tmp_path)}, "--demo")


def test_all_devices_are_connected_and_a_string_is_shot(gateway):
    def links():
        return {family: gateway.metrics.value("leadville_bluetooth_links", device=family) for family in CONNECTED}
    eventually(lambda: links() == CONNECTED)
    assert gateway.metrics.value("leadville_bluetooth_adapter_ready") == 1
    # The beep, and some shots.
    eventually(lambda: gateway.metrics.value("leadville_timer_actions_total", source="pushed") >= 3)
    eventually(lambda: gateway.metrics.value("leadville_sensor_samples_total") > 500)


def devices(gateway, family):
    """Waits until all devices of a family are connected and returns them."""
    def connected():
        listed = [device for device in gateway.request("GET", "/api/devices")[1]["devices"] if device["family"] == family]
        return len(listed) == CONNECTED[family] and all(device["link"] == "connected" for device in listed) and listed
    return eventually(connected)


def address(device, *more):
    return "/".join(["/api/devices", urllib.parse.quote(device["id"], safe=""), *more])


def changes(client, device):
    """Yields the device events that the live socket sends about a device."""
    while True:
        event = receive(client)
        if event["type"] == "status" and event.get("data", {}).get("device_id") == device["id"]:
            yield event["event_type"], event["data"]


def test_forgetting_disconnects_a_device_and_adopting_connects_it(gateway):
    sensor = devices(gateway, "bt50")[0]
    assert (sensor["transport"], sensor["role"], sensor["own_name"]) == ("bluetooth", "sensor", "WTVB01-BT50")
    with gateway.live() as client:
        events = changes(client, sensor)
        assert gateway.post(address(sensor), {"forget": True})[0] == 200
        assert next(events) == ("device_lost", {
            "device_id": sensor["id"], "family": "bt50", "name": "WTVB01-BT50", "reason": "released"})
        assert gateway.post(address(sensor), {"adopt": True})[0] == 200
        assert next(events)[0] == "device_connected"
    assert devices(gateway, "bt50")


def test_a_sensor_reports_battery_level_and_signal_strength(gateway):
    sensor = devices(gateway, "bt50")[0]
    eventually(lambda: 80 <= (gateway.request("GET", address(sensor))[1]["battery"] or 0) <= 100)
    assert -90 < eventually(lambda: gateway.request("GET", address(sensor))[1]["signal"]) < -40


def test_a_sensor_rate_can_be_set_with_the_token(run, tmp_path):
    token = "sesame-sesame-sesame"
    gateway = run(SETTINGS | {"state_directory": str(tmp_path), "http.token": token}, "--demo")
    sensor = devices(gateway, "bt50")[0]
    assert gateway.post(address(sensor, "settings"), {"rate_hz": 10})[0] == 401
    assert gateway.post(address(sensor, "settings"), {"rate_hz": 11}, token=token)[0] == 400
    assert gateway.post(address({"id": "nobody"}, "settings"), {"rate_hz": 10}, token=token)[0] == 404
    assert gateway.post(address(sensor, "settings"), {"rate_hz": 10}, token=token) == (202, {"status": "sent"})
    eventually(lambda: [note["note"] for note in gateway.request("GET", address(sensor))[1]["notes"]] == ["slow_rate"])


def test_a_missing_adapter_is_reported_and_the_gateway_keeps_running(run, tmp_path):
    gateway = run({"bluetooth.enabled": "true", "bluetooth.adapter": "hci77", "state_directory": str(tmp_path)})
    # The reason depends on whether the kernel of the test machine supports Bluetooth.
    assert gateway.log.wait_for("Bluetooth unavailable|Bluetooth management socket unavailable")
    assert gateway.get("/health")[0] == 200
    assert gateway.metrics.value("leadville_bluetooth_adapter_ready") == 0
    assert gateway.terminate() == 0


def until(client, event_type):
    """Receives events up to and including the first one of this type."""
    received = []
    while not received or received[-1]["event_type"] != event_type:
        received.append(receive(client))
    return received


def test_shots_and_hits_reach_the_live_socket(gateway):
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
    # Each sensor is assigned to a target.
    assert len({sensor["target"] for sensor in sensors}) == len(sensors)
    targets = {target["id"]: target for target in gateway.request("GET", "/api/targets")[1]["targets"]}
    assert {sensor["target"]: [sensor["id"]] for sensor in sensors} == {
        id: target["sensors"] for id, target in targets.items()}
    for hit in hits:
        assert hit["data"]["location"] == targets[hit["data"]["target"]]["location"]


def test_target_changes_survive_a_restart(run, tmp_path):
    settings = {"bluetooth.enabled": "true", "state_directory": str(tmp_path)}
    gateway = run(settings, "--demo")
    sensor = devices(gateway, "bt50")[0]
    assert gateway.request("DELETE", f"/api/targets/{sensor['target']}") == (204, None)
    gateway.terminate()
    again = run(settings, "--demo")
    assert [device["target"] for device in devices(again, "bt50")].count(None) == 1
    assert len(again.request("GET", "/api/targets")[1]["targets"]) == 2


def test_the_timer_can_be_started_and_stopped_remotely(gateway):
    devices(gateway, "amg-commander")
    with gateway.live() as client:
        until(client, "timer_stopped")
        assert gateway.post("/api/timers/any/start", {})[0] == 202
        until(client, "timer_started")
        assert gateway.post("/api/timers/any/stop", {})[0] == 202
        stopped = until(client, "timer_stopped")
    assert all(event["event_type"] != "timer_started" for event in stopped)


def test_leadville_admin_routes_show_and_disconnect_the_timer(gateway):
    timer = devices(gateway, "amg-commander")[0]
    path = "/api/admin/amg/timers/" + urllib.parse.quote(timer["id"], safe="")
    with gateway.live() as client:
        until(client, "timer_stopped")
        status = gateway.request("GET", f"{path}/status")[1]["status"]
        assert (status["hw_addr"], status["connected"]) == (timer["id"], True)
        assert len(status["shot_sequence"]) == status["current_shots"] >= 3
        assert status["last_time"] == status["shot_sequence"][-1]
        assert gateway.post(f"{path}/request_data?data_type=screen", {})[0] == 200
        events = changes(client, timer)
        assert gateway.post(f"{path}/disconnect", {}) == (200, {
            "hw_addr": timer["id"], "connected": False, "message": "The timer will not be connected"})
        assert next(events)[0] == "device_lost"
        assert gateway.post(f"{path}/remote_start", {})[0] == 404
        assert gateway.post(f"{path}/connect", {})[0] == 200
        assert next(events)[0] == "device_connected"
    assert gateway.request("GET", "/api/timers")[1]["timers"][0]["connected"]


def test_the_strap_appears_in_the_heart_broadcast(gateway):
    with gateway.heart() as client:
        while True:
            message = receive(client)
            if ":" in str(message.get("user", "")):
                break
    assert 30 <= message["bpm_raw"] <= 220 or message["no_heart_rate"]


def test_the_insole_is_handled_as_a_mat(gateway):
    frames = eventually(lambda: gateway.metrics.value("leadville_mat_frames_total", mat="C0:DE:00:00:00:30"))
    eventually(lambda: gateway.metrics.value("leadville_mat_frames_total", mat="C0:DE:00:00:00:30") > frames)
    assert gateway.post("/api/mats/tare", {"mat": "C0:DE:*"}) == (200, {"tared": 1})
