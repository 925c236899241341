"""Timers, sensors and straps on the kernel's Bluetooth: discovery, connection and delivery without losses."""

import json

import pytest

from bluetooth_helpers import MAT, STRAP, TIMER, frames, notified, sensor, wait_for_links
from clients import receive
from waiting import eventually

STRING = "at 1 s: string of 6 shots, first after 1.2 s, every 350 ms, stop after 5 s"
# One start, six shots and one stop.
ACTIONS = 8
# The size of a sample in a notification, in hex digits.
SAMPLE = 64
SENSORS = [sensor(number) for number in range(1, 7)]


def actions(gateway):
    return gateway.metrics.value("leadville_timer_actions_total", source="pushed")


@pytest.mark.parametrize("profile", ["le42", "le50"])
def test_all_devices_in_range_are_connected(gateway, air, profile):
    air.start({"adapter": {"profile": profile}, "devices": [TIMER, sensor(1), STRAP]})
    wait_for_links(gateway, amg_commander=1, bt50=1, heart_rate_strap=1)
    devices = {device["name"]: device for device in air("status")["devices"]}
    assert devices["sensor-1"]["mtu"] == 247
    for device in devices.values():
        # The gateway's connection parameters; the kernel's defaults are 50 ms and 420 ms.
        assert device["interval_ms"] <= 15 and device["timeout_ms"] >= 2000, device


def test_a_string_of_fire_becomes_a_run(gateway, air, tmp_path):
    air.start({"devices": [TIMER, *SENSORS[:2]]})
    wait_for_links(gateway, amg_commander=1, bt50=2)
    script = STRING + ", hits 480 ms later on sensor 1"
    recorded = {
        "timer": frames("amg-commander", "--seed", "3", script=script, folder=tmp_path),
        "sensor-1": frames("bt50", "--seed", "1", "--sensor", "1", script=script, folder=tmp_path),
        "sensor-2": frames("bt50", "--seed", "2", "--sensor", "2", script=script, folder=tmp_path),
    }
    with gateway.live() as client:
        for name, notifications in recorded.items():
            air("replay", device=name, frames=notifications)
        events = {"timer_event": [], "sensor_event": [], "run_update": []}
        while "run_completed" not in events["run_update"]:
            message = receive(client)
            if message["type"] in events:
                events[message["type"]].append(message["event_type"])
    assert events["timer_event"] == ["timer_started"] + ["shot_detected"] * 6 + ["timer_stopped"]
    assert gateway.log.wait_for(f"Timer {TIMER['address']} pushes its events")
    run, = json.loads(gateway.get("/api/runs")[2])["runs"]
    assert run["state"] == "completed"
    whole = json.loads(gateway.get(f"/api/runs/{run['run_id']}")[2])
    assert len(whole["shots"]) == 6
    assert {hit["sensor_id"] for hit in whole["hits"]} == {"F0:AB:00:00:00:11"}


def test_six_sensors_at_100_hz_a_timer_and_a_strap_lose_nothing(gateway, air, tmp_path):
    air.start({"devices": SENSORS + [TIMER, STRAP]})
    wait_for_links(gateway, bt50=6, amg_commander=1, heart_rate_strap=1)
    samples = {device["name"]: frames("bt50", "--seed", str(seed), "--seconds", "12")
               for seed, device in enumerate(SENSORS)}
    shots = frames("amg-commander", "--seed", "3", script=STRING, folder=tmp_path)
    beats = frames("heart-rate-strap", "--seed", "3", "--seconds", "12")
    for name, notifications in (samples | {"timer": shots, "strap": beats}).items():
        air("replay", device=name, frames=notifications)
    for name in (*samples, "timer", "strap"):
        air("wait_for_playback", device=name)
    # Each sensor also answered register reads; those notifications contain no samples.
    sent = sum(notified(air, name) for name in samples)
    count = sum(len(data) // SAMPLE for notifications in samples.values() for _, data in notifications)
    assert sent > sum(map(len, samples.values())) and count >= 6 * 12 * 99
    eventually(lambda: gateway.metrics.value("leadville_sensor_notifications_total") >= sent)
    assert gateway.metrics.value("leadville_sensor_notifications_total") == sent
    assert gateway.metrics.value("leadville_sensor_samples_total") == count
    eventually(lambda: actions(gateway) == ACTIONS)
    # The strap's first notification reports that no heart rate is available yet.
    eventually(lambda: gateway.metrics.value("leadville_heart_readings_total", transport="bluetooth") >= len(beats) - 1)
    assert not gateway.log.count("Disconnected: ")


def test_a_strap_appears_in_the_heart_broadcast(gateway, air):
    air.start({"devices": [STRAP]})
    wait_for_links(gateway, heart_rate_strap=1)
    with gateway.heart() as client:
        air("replay", device="strap", frames=frames("heart-rate-strap", "--seed", "3", "--seconds", "5"))
        # The first notification reports that no heart rate is available yet.
        message = receive(client)
        while not message.get("bpm_raw"):
            message = receive(client)
        assert 30 < message["bpm_raw"] < 220


def test_the_api_describes_a_device(gateway, air):
    def device():
        found, = json.loads(gateway.get("/api/devices")[2])["devices"]
        return found

    air.start({"devices": [sensor(1, rssi=-71)]})
    wait_for_links(gateway, bt50=1)
    # 4.12 V
    eventually(lambda: device()["battery"])
    known = device()
    assert (known["id"], known["family"], known["link"]) == ("F0:AB:00:00:00:11", "bt50", "connected")
    assert known["own_name"] == "WTVB01-BT50" and known["battery"] > 90
    # A connected device does not advertise, so the signal strength is read from the kernel.
    air("rssi", device="sensor-1", dbm=-93)
    eventually(lambda: -93 in device().values())


def test_a_mat_can_send_frames_over_bluetooth(gateway, air):
    air.start({"devices": [MAT]})
    wait_for_links(gateway, pressure_mat=1)
    # Each frame begins with these bytes and is sent in four notifications; the virtual mat first prints a greeting.
    pieces = frames("pressure-mat", "--form", "grid-12x8", "--seed", "7", "--seconds", "3")
    sent = sum(data.startswith("efbe") for _, data in pieces)
    # Three frames are used for recognition; all later ones are delivered, including the last one.
    for expected in (sent - 3, sent - 3 + sent):
        air("replay", device="mat", frames=pieces)
        air("wait_for_playback", device="mat")
        eventually(lambda: gateway.metrics.value(
            "leadville_mat_frames_total", mat=MAT["address"]) == expected)  # pylint: disable=cell-var-from-loop
    assert gateway.log.wait_for(f"{MAT['address']} recognised as mat grid-12x8")
