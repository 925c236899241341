"""The device API: listing, adopting, renaming and forgetting devices, and persistence."""

import json
import pathlib
import shutil
import urllib.parse

import pytest

from clients import receive
from waiting import eventually

DEMO = {"serial.enabled": "true", "serial.probe": "[]"}
BOARD, MAT = "usb-virtual-heart-board", "usb-virtual-mat"


def devices(gateway):
    """All devices by id."""
    status, body = gateway.request("GET", "/api/devices")
    assert status == 200
    return {device["id"]: device for device in body["devices"]}


def update_device(gateway, device, body, **options):
    return gateway.post(f"/api/devices/{urllib.parse.quote(device, safe='')}", body, **options)


def demo(run, *settings, **options):
    """Starts a gateway with virtual devices and waits until the serial ones are connected."""
    gateway = run(DEMO | dict(settings), "--demo", **options)
    eventually(lambda: all(devices(gateway).get(id, {}).get("link") == "connected" for id in (BOARD, MAT)))
    return gateway


def test_devices_are_listed(run):
    gateway = demo(run)
    mat = devices(gateway)[MAT]
    assert mat["name"] == mat["own_name"] == "virtual mat"
    assert (mat["family"], mat["transport"], mat["role"], mat["state"]) == ("pressure-mat", "serial", "mat", "in_use")
    assert mat["given_name"] is mat["target"] is mat["last_loss"] is None
    assert mat["first_seen"] <= mat["last_seen"] and mat["last_seen"].endswith("Z")
    eventually(lambda: devices(gateway)[MAT]["frames"] > mat["frames"])
    eventually(lambda: devices(gateway)[BOARD]["frames"] > 0)
    board = eventually(lambda: devices(gateway).get("heart-board-1"))
    assert (board["family"], board["transport"], board["link"]) == ("esp32-heart", "network", "connected")
    assert gateway.request("GET", f"/api/devices/{MAT}")[1]["id"] == MAT
    assert gateway.metrics.value("leadville_devices", adoption="use") >= 3


def test_a_name_survives_a_crash(run):
    gateway = demo(run)
    status, device = update_device(gateway, MAT, {"name": "Matte links 🎯"})
    assert (status, device["name"], device["id"]) == (200, "Matte links 🎯", MAT)
    # The response is sent after the name has been stored.
    gateway.kill()
    second = demo(run)
    assert devices(second)[MAT]["given_name"] == "Matte links 🎯"
    assert second.log.wait_for("New device: ") is None or BOARD not in second.log.text.split("New device: ")[1]
    assert update_device(second, MAT, {"name": None})[1]["name"] == "virtual mat"


def test_a_forgotten_device_is_disconnected_until_it_is_adopted_again(run):
    gateway = demo(run)
    update_device(gateway, MAT, {"name": "Left"})
    with gateway.live() as client:
        status, device = update_device(gateway, MAT, {"forget": True})
        assert (status, device["state"], device["given_name"]) == (200, "forgotten", None)
        while (message := receive(client)).get("event_type") != "device_lost":
            pass
        assert message["data"]["device_id"] == MAT and message["data"]["reason"] == "released"
    assert gateway.terminate() == 0

    second = run(DEMO, "--demo")
    eventually(lambda: devices(second)[BOARD]["link"] == "connected")
    ports = {port["id"]: port for port in second.request("GET", "/api/serial")[1]["ports"]}
    assert ports[MAT]["state"] == "resting" and "is not adopted" in ports[MAT]["because"]
    assert devices(second)[MAT]["state"] == "forgotten"
    assert update_device(second, MAT, {"adopt": True})[1]["state"] == "in_use"
    eventually(lambda: devices(second)[MAT]["link"] == "connected")


def test_new_devices_wait_for_adoption_if_configured(run):
    gateway = run(DEMO | {"devices.adopt": "ask"}, "--demo")
    board = eventually(lambda: devices(gateway).get(BOARD))
    assert (board["state"], board["link"]) == ("waiting", "seen")
    with gateway.live() as client:
        assert update_device(gateway, BOARD, {"adopt": True, "name": "Anna's board"})[0] == 200
        while (message := receive(client)).get("event_type") != "device_connected":
            pass
        assert message["data"]["device_id"] == BOARD
    assert update_device(gateway, BOARD, {"adopt": False})[1]["state"] == "listed"
    eventually(lambda: devices(gateway)[BOARD]["link"] == "absent")
    assert gateway.log.wait_for(rf"127\.0\.0\.1:\d+: device {BOARD} \(Anna's board\) adopted, renamed")


def test_a_network_board_becomes_stale_and_recovers(run):
    gateway = run({"heart.stale_after": "500 ms"})
    board = gateway.board()
    board.send(user=7, bpm=70, signal_strength=-48)
    device = eventually(lambda: devices(gateway).get("heart-board-7"))
    assert (device["link"], device["signal"]) == ("connected", -48)
    eventually(lambda: devices(gateway)["heart-board-7"]["last_loss"] == "silent")
    board.send(user=7, bpm=70)
    eventually(lambda: devices(gateway)["heart-board-7"]["reconnects"] == 1)
    assert update_device(gateway, "heart-board-7", {"user": 7})[1]["user"] == 7
    assert update_device(gateway, "heart-board-7", {"forget": True}) == (200, {"id": "heart-board-7", "state": "forgotten"})
    assert "heart-board-7" not in devices(gateway)


@pytest.mark.parametrize("body, message", [
    ({}, "the object is empty"), ([], "must be an object"), ({"name": 7}, "name must be a text"),
    ({"name": "x" * 10_000}, "too long"), ({"name": "x" * 65}, "at most 64 bytes"), ({"colour": "red"}, "unknown key"),
    ({"adopt": "yes"}, "true or false"), ({"forget": True, "name": "x"}, "cannot be combined"),
    ({"role": "timer"}, "the role cannot be timer: this device is a mat"), ({"target": "T1"}, "only a sensor can have a target"),
    ({"user": 3}, "only a heart rate device"),
])
def test_invalid_requests_are_rejected_and_change_nothing(run, body, message):
    gateway = demo(run)
    before = devices(gateway)[MAT]
    status, answer = update_device(gateway, MAT, body)
    assert status == 400 and message in answer["error"]
    after = devices(gateway)[MAT]
    assert (after["given_name"], after["state"], after["role"]) == (None, "in_use", before["role"])


def test_unknown_devices_and_methods_are_rejected(gateway):
    for device in ("nobody", "60:09:C3:1F:DC:1A", "x" * 500, "ü🎯"):
        assert gateway.request("GET", f"/api/devices/{urllib.parse.quote(device)}") == (
            404, {"error": "no device has this id", "reason": "unknown"})
        assert update_device(gateway, device, {"adopt": True})[0] == 404
    status, headers, _ = gateway.get("/api/devices/")
    assert status == 404
    with pytest.raises(json.JSONDecodeError):
        gateway.request("DELETE", "/api/devices/nobody")


def test_changes_require_the_token(run):
    gateway = demo(run, ("http.token", "a-long-enough-secret-token"))
    assert devices(gateway)[MAT]["state"] == "in_use"
    for token in (None, "wrong-token-of-some-length"):
        assert update_device(gateway, MAT, {"forget": True}, token=token)[0] == 401
    assert devices(gateway)[MAT]["state"] == "in_use"
    assert update_device(gateway, MAT, {"name": "Mine"}, token="a-long-enough-secret-token")[0] == 200


def test_the_list_of_an_earlier_version_is_imported(run, tmp_path):
    fixture = pathlib.Path(__file__).parents[1] / "StoreTests/Fixtures/schema-1/devices.json"
    text = fixture.read_text(encoding="utf-8").replace("usb-virtual-mat", MAT)
    file = tmp_path / "state" / "devices.json"
    file.parent.mkdir()
    file.write_text(text, encoding="utf-8")
    gateway = demo(run)
    assert devices(gateway)[MAT]["given_name"] == "Bay 1"
    assert gateway.terminate() == 0
    assert file.with_name("devices.json.migrated").read_text(encoding="utf-8") == text

    shutil.rmtree(file.parent)
    file.parent.mkdir()
    file.write_text(text[:-40], encoding="utf-8")
    second = demo(run)
    assert second.log.wait_for(r"ERROR - store: .*devices\.json cannot be imported: ")
    assert devices(second)[MAT]["given_name"] is None
    assert file.with_name("devices.json.damaged").read_text(encoding="utf-8") == text[:-40]
    assert second.log.count("cannot be imported") == 1


def test_devices_are_stored_without_a_journal(run, tmp_path):
    for name in (None, "Left"):
        gateway = demo(run, ("store.enabled", "false"))
        assert devices(gateway)[MAT]["given_name"] == name
        assert update_device(gateway, MAT, {"name": "Left"})[0] == 200
        assert gateway.terminate() == 0
    assert not list((tmp_path / "state").glob("gateway.db*"))


def test_acknowledged_changes_survive_repeated_crashes(run, tmp_path):
    names = [f"Name {number}" for number in range(5)]
    for number, name in enumerate(names):
        gateway = demo(run)
        if number:
            assert devices(gateway)[MAT]["given_name"] == names[number - 1]
        for suffix in range(5):
            update_device(gateway, MAT, {"name": f"{name}, once more {suffix}"})
        assert update_device(gateway, MAT, {"name": name})[0] == 200
        gateway.kill()
    assert not list((tmp_path / "state").glob("*.corrupt-*"))


def test_a_write_failure_is_reported(run):
    gateway = demo(run, ("store.file", "/proc/nowhere/gateway.db"))
    status, device = update_device(gateway, MAT, {"name": "Left"})
    assert (status, device["name"]) == (200, "Left")
    assert "mkdir /proc/nowhere" in device["warning"]
    assert gateway.log.count("ERROR - store: ") == 1
    assert gateway.metrics.value("leadville_devices_write_failures_total") > 0
