"""What LeadVille's pages ask of their backend: each path, its status, its members, and its effect on the range."""

import datetime
import http.client
import json
import re
import signal
import time

import pytest

from clients import connect, receive, request
from programs import HTTPClient
from waiting import TIMEOUT, eventually

SENSORS = ["AA:BB:CC:00:00:01", "AA:BB:CC:00:00:02", "AA:BB:CC:00:00:03"]
TIMER = "60:09:C3:1F:DC:1A"
OTHER_TIMER = "AA:BB:CC:00:00:09"
DEMO = {"bluetooth.enabled": "true", "heart.enabled": "false"}


class Pages(HTTPClient):
    """A page's view of the gateway: one of the two ports."""

    def __init__(self, gateway, port=None):
        self.gateway = gateway
        self.http_port = port or gateway.pages_port

    def ok(self, method, path, value=None):
        status, answer = self.request(method, path, value)
        assert status == 200, (method, path, status, answer)
        return answer

    def read(self, path):
        return self.ok("GET", path)

    def rejected(self, method, path, value=None):
        """Returns the status of a rejection, whose text is there twice."""
        status, answer = self.request(method, path, value)
        assert status >= 400 and answer["error"] == answer["detail"] and answer["error"], (path, status, answer)
        return status

    def pair(self, address, label):
        return self.ok("POST", "/api/admin/devices/pair", {"mac_address": address, "label": label})["sensor_id"]

    def device(self, address):
        devices = self.read("/api/admin/devices")["devices"]
        return next(device for device in devices if device["address"] == address)

    def targets(self):
        """The gateway's own view: its targets with their sensors."""
        listed = self.gateway.request("GET", "/api/targets")[1]["targets"]
        return {target["id"]: target["sensors"] for target in listed if target["sensors"]}

    def configured(self):
        """The address on each target."""
        targets = self.read("/api/admin/bridge/config")["targets"]
        return {int(name.removeprefix("target_")): target["address"] for name, target in targets.items()}

    def socket(self, path, **options):
        return connect(f"ws://127.0.0.1:{self.http_port}{path}", **options)


@pytest.fixture
def pages(gateway):
    return Pages(gateway)


@pytest.fixture
def demo(run):
    return Pages(run(DEMO, "--demo"))


def is_time(text):
    return datetime.datetime.fromisoformat(text).tzinfo is not None


def test_both_ports_serve_all_paths_and_can_be_closed(run):
    gateway = run()
    for port in (gateway.pages_port, gateway.timer_pages_port):
        health = Pages(gateway, port).read("/api/health")
        assert health["status"] == "healthy" and is_time(health["timestamp"]) and health["project"] and health["version"]
        assert Pages(gateway, port).read("/api/admin/amg/timers")["total_count"] == 0
        with connect(f"ws://127.0.0.1:{port}/ws/live") as live:
            assert receive(live)["type"] == "connection_established"
    closed = run({"leadville.port": 0, "leadville.timer_port": 0})
    assert gateway.output.wait_for("LeadVille's pages")
    closed.terminate()
    assert "LeadVille's" not in closed.output.all()


def test_pages_of_other_ports_may_change_something(pages):
    origin = f"http://127.0.0.1:{pages.http_port + 1}"

    def send(method, path, body, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", pages.http_port, timeout=TIMEOUT)
        connection.request(method, path, body, {"Origin": origin} | headers)
        response = connection.getresponse()
        response.read()
        return response.status, response.headers

    for method in ("GET", "PUT", "POST", "DELETE"):
        asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "content-type"}
        status, headers = send("OPTIONS", "/api/admin/bridge/config", None, **asked)
        assert status in (200, 204) and method in headers["Access-Control-Allow-Methods"]
        assert headers["Access-Control-Allow-Headers"] == "content-type"
    status, headers = send("DELETE", "/api/admin/bridge/timer/unassign", b'{"bridge_id":1}',
                           **{"Content-Type": "application/json"})
    assert status == 200 and headers["Access-Control-Allow-Origin"] in ("*", origin)
    # No body, but the type of one.
    status, _ = send("POST", "/api/admin/devices/discovery/reset", None, **{"Content-Type": "application/json"})
    assert status == 200


def test_rejections_say_why_twice(run):
    pages = Pages(run({"http.token": "secret-of-this-test"}))
    assert pages.rejected("PUT", "/api/admin/bridge", {"name": "A", "bridge_id": "b"}) == 401
    assert pages.rejected("GET", "/api/stages/USPSA/Steel_Challenge_5to_Go") == 404
    assert pages.rejected("DELETE", "/api/admin/leagues") == 405
    assert pages.read("/api/admin/leagues")["leagues"]


def test_unknown_paths_are_not_logged(pages):
    log = pages.gateway.log

    def mark(number):
        pages.gateway.signal(signal.SIGHUP)
        eventually(lambda: log.count("Reloaded: no changes") == number)

    mark(1)
    for _ in range(100):
        assert pages.rejected("GET", "/api/stages/USPSA/Steel_Challenge_5to_Go") == 404
    assert pages.read("/api/health")
    mark(2)
    first, second = (number for number, line in enumerate(log.text.splitlines()) if "Reloaded: no changes" in line)
    assert second == first + 1


def test_pairing_and_removing(pages):
    first = pages.ok("POST", "/api/admin/devices/pair", {"mac_address": SENSORS[0], "label": "Plate 1", "bridge_id": 1})
    assert first["status"] == "paired" and first["bridge_id"] == 1 and isinstance(first["sensor_id"], int)
    again = pages.ok("POST", "/api/admin/devices/pair", {"mac_address": SENSORS[0], "label": "Other"})
    assert again["status"] == "already_paired" and again["sensor_id"] == first["sensor_id"]
    second = pages.pair(TIMER, "Lab Commander")
    assert second != first["sensor_id"]
    third = pages.pair(OTHER_TIMER, "Range TIMER")
    listed = pages.read("/api/admin/devices")
    assert listed["count"] == 3
    device = pages.device(SENSORS[0])
    assert list(device) == ["id", "address", "label", "type", "battery", "rssi", "last_seen", "status", "target_id",
                            "target_name", "target_config_id", "created_at", "updated_at"]
    assert device["label"] == "Plate 1" and device["type"] == "sensor" and device["status"] == "never_connected"
    assert device["last_seen"] is None and device["target_config_id"] is None and is_time(device["created_at"])
    assert "bridge_id" not in device
    assert [pages.device(address)["type"] for address in (TIMER, OTHER_TIMER)] == ["timer", "timer"]
    own = pages.gateway.request("GET", f"/api/devices/{SENSORS[0]}")[1]
    assert own["name"] == "Plate 1" and own["state"] == "in_use" and own["first_seen"] is None

    assert pages.ok("DELETE", f"/api/admin/devices/{first['sensor_id']}")["status"] == "removed"
    assert pages.rejected("DELETE", f"/api/admin/devices/{first['sensor_id']}") == 404
    assert pages.rejected("DELETE", "/api/admin/devices/x") == 422
    assert [device["id"] for device in pages.read("/api/admin/devices")["devices"]].count(first["sensor_id"]) == 0
    assert pages.pair("AA:BB:CC:00:00:77", "New") > third, "numbers are not reused"
    for body in ({}, {"mac_address": SENSORS[0]}, {"mac_address": "", "label": "x"}, {"mac_address": "60", "label": "x"}):
        assert pages.rejected("POST", "/api/admin/devices/pair", body) == 400
    assert pages.rejected("POST", "/api/admin/devices/pair", [1]) == 422


def test_numbers_and_choices_survive_a_restart(run):
    first = Pages(run())
    numbers = {address: first.pair(address, f"Plate {address[-1]}") for address in SENSORS}
    first.ok("PUT", "/api/admin/bridge", {"name": "Bay 3", "bridge_id": "bay-3"})
    first.ok("PUT", "/api/admin/bridge/stage", {"bridge_id": 1, "stage_config_id": 16, "preserve_assignments": False})
    first.ok("PUT", "/api/admin/bridge/target/2/assign", {"device_address": SENSORS[1]})
    assert first.gateway.terminate() == 0
    second = Pages(run())
    assert {device["address"]: device["id"] for device in second.read("/api/admin/devices")["devices"]} == numbers
    bridge = second.read("/api/admin/bridge")["bridge"]
    assert (bridge["name"], bridge["bridge_id"], bridge["current_stage_name"]) == ("Bay 3", "bay-3", "Roundabout")
    assert second.configured() == {2: SENSORS[1]}


def test_names_cannot_become_script(pages):
    pages.pair(SENSORS[0], "<img src=x onerror=\"a('b')\">`&")
    pages.pair(SENSORS[1], "O'Brien's plate")
    pages.ok("PUT", "/api/admin/bridge", {"name": "<b>", "bridge_id": "'x'"})
    labels = [pages.device(address)["label"] for address in SENSORS[:2]]
    labels += [pages.read("/api/admin/bridge")["name"], pages.read("/api/admin/bridge")["bridge"]["bridge_id"]]
    labels += [pages.request("PUT", "/api/admin/bridge/target/1/assign", {"device_address": "<script>"})[1]["error"]]
    assert not re.search("[<>&\"'`]", "".join(labels)) and "Brien" in labels[1]


def test_health_reports_and_removal_from_a_target(pages):
    number = pages.pair(SENSORS[0], "Plate 1")
    answer = pages.ok("PUT", f"/api/admin/devices/{SENSORS[0]}/health", {"rssi": -55})
    assert answer == {"status": "updated", "sensor_id": number, "battery": None, "rssi": -55}
    assert pages.device(SENSORS[0])["rssi"] is None, "the gateway measures itself"
    assert pages.rejected("PUT", f"/api/admin/devices/{SENSORS[1]}/health", {"rssi": -55}) == 400
    pages.ok("PUT", "/api/admin/bridge/target/1/assign", {"device_address": SENSORS[0]})
    assert pages.ok("POST", f"/api/admin/devices/{number}/unassign")["status"] == "unassigned"
    assert pages.configured() == {} and pages.targets() == {}
    assert pages.rejected("POST", "/api/admin/devices/999/unassign") == 400


def test_the_configuration_is_replaced_as_a_whole(pages):
    empty = pages.read("/api/admin/bridge/config")
    assert empty["bridge_id"] == 1 and (empty["stage_config_id"], empty["stage_name"]) == (1, "Exclamation")
    assert empty["timer"] == {"address": None, "status": "not_configured", "device_info": None}
    assert empty["sensors"] == [] and empty["targets"] == {} and not empty["summary"]["timer_configured"]
    for address in SENSORS:
        pages.pair(address, f"Plate {address[-1]}")
    saved = pages.ok("PUT", "/api/admin/bridge/config", {"timer": TIMER, "sensors": SENSORS[:2]})
    assert saved["status"] == "success" and saved["config"] == {"timer": TIMER, "sensors": SENSORS[:2], "targets": {}}
    assert pages.configured() == {1: SENSORS[0], 2: SENSORS[1]}
    assert pages.targets() == {"target-1": [SENSORS[0]], "target-2": [SENSORS[1]]}
    config = pages.read("/api/admin/bridge/config")
    assert config["timer"]["address"] == TIMER and config["timer"]["status"] == "configured"
    assert config["timer"]["device_info"]["type"] == "timer"
    first = config["sensors"][0]
    assert (first["label"], first["target_number"], first["status"]) == ("Plate 1", 1, "paired")
    assert config["targets"]["target_1"] == first
    assert config["summary"] == {
        "timer_configured": True, "sensors_count": 2, "sensors_paired": 2, "targets_assigned": 2}

    pages.ok("PUT", "/api/admin/bridge/config", {
        "timer": None, "sensors": [SENSORS[0]], "targets": {"1": SENSORS[2], "2": None, "4": SENSORS[0]}})
    assert pages.configured() == {1: SENSORS[2], 4: SENSORS[0]}
    assert pages.read("/api/admin/bridge/config")["timer"]["address"] is None
    pages.ok("PUT", "/api/admin/bridge/config", {"timer": None, "sensors": ["AA:BB:CC:00:00:55"]})
    assert pages.configured() == {1: "AA:BB:CC:00:00:55"}, "an address that was never paired"
    for body, status in [({"sensors": "x"}, 400), ([1], 422), ({"sensors": [SENSORS[0], SENSORS[0].lower()]}, 400),
                         ({"targets": {"11": SENSORS[0]}}, 400), ({"sensors": [TIMER]}, 400)]:
        assert pages.rejected("PUT", "/api/admin/bridge/config", body) == status
    assert pages.configured() == {1: "AA:BB:CC:00:00:55"}, "a rejected request changes nothing"


def test_a_refused_configuration_leaves_nothing_behind(pages):
    def state():
        read = pages.gateway.request
        devices = [(device["id"], device["state"]) for device in read("GET", "/api/devices")[1]["devices"]]
        return devices, read("GET", "/api/targets")[1]["targets"], pages.read("/api/admin/bridge/config")

    unknown = "AA:BB:CC:00:00:77"
    pages.pair(SENSORS[0], "Plate 1")
    pages.ok("PUT", "/api/admin/bridge/stage", {"stage_config_id": 1})
    pages.ok("PUT", "/api/admin/bridge/config", {"timer": TIMER, "sensors": [SENSORS[0]]})
    before = state()
    for body in ({"sensors": [unknown, "no address"]}, {"sensors": [unknown, OTHER_TIMER, TIMER]},
                 {"timer": "no address", "sensors": [unknown]}, {"timer": unknown, "sensors": [unknown.lower()]}):
        assert pages.rejected("PUT", "/api/admin/bridge/config", body) == 400
        assert state() == before, body
    for number in range(256 - len(before[1])):
        assert pages.gateway.request("POST", "/api/targets", {"id": f"own-{number}", "name": "Own"})[0] == 201
    before = state()
    assert pages.rejected("PUT", "/api/admin/bridge/config", {"sensors": [SENSORS[0], unknown]}) == 409
    assert state() == before, "there is no room for a second target"
    pages.ok("PUT", "/api/admin/bridge/config", {"sensors": [unknown]})
    assert pages.configured() == {1: unknown}


def test_dragging_devices_onto_targets(pages):
    for address in SENSORS:
        pages.pair(address, f"Plate {address[-1]}")
    timer = pages.pair(TIMER, "Commander")
    answer = pages.ok("PUT", "/api/admin/bridge/target/1/assign", {"device_address": SENSORS[0], "bridge_id": 1})
    assert answer["assignment"] == {"device_address": SENSORS[0], "device_label": "Plate 1", "device_type": "sensor",
                                    "target_number": 1, "bridge_id": 1}
    pages.ok("PUT", "/api/admin/bridge/target/1/assign", {"device_address": SENSORS[1]})
    assert pages.configured() == {1: SENSORS[1]}
    pages.ok("PUT", "/api/admin/bridge/target/10/assign", {"device_address": SENSORS[1]})
    assert pages.configured() == {10: SENSORS[1]} and pages.targets() == {"target-10": [SENSORS[1]]}
    assert pages.device(SENSORS[1])["target_config_id"] is not None
    for target in ("timer", "3"):
        answer = pages.ok("PUT", f"/api/admin/bridge/target/{target}/assign", {"device_address": TIMER})
        assert answer["assignment"] == {
            "device_address": TIMER, "device_label": "Commander", "target": "timer", "bridge_id": 1}
    assert pages.read("/api/admin/bridge/config")["timer"]["address"] == TIMER
    assert pages.rejected("PUT", "/api/admin/bridge/target/1/assign", {}) == 400
    for target, address, status in [("0", SENSORS[0], 400), ("11", SENSORS[0], 400), ("x", SENSORS[0], 400),
                                    ("1", "AA:BB:CC:00:00:99", 404)]:
        assert pages.rejected("PUT", f"/api/admin/bridge/target/{target}/assign", {"device_address": address}) == status

    gone = pages.ok("DELETE", "/api/admin/bridge/target/10/unassign")
    assert gone["unassigned"] == {"device_address": SENSORS[1], "device_label": "Plate 2", "target_number": 10}
    assert pages.rejected("DELETE", "/api/admin/bridge/target/10/unassign") == 404
    assert pages.ok("DELETE", "/api/admin/bridge/timer/unassign", {"bridge_id": 1})["unassigned_timer"] == TIMER
    assert list(pages.ok("DELETE", "/api/admin/bridge/timer/unassign")) == ["message"]
    assert pages.device(TIMER)["id"] == timer, "it is still received"
    pages.ok("PUT", "/api/admin/bridge/config", {"sensors": SENSORS})
    gone = pages.ok("DELETE", "/api/admin/bridge/sensors/unassign_all", {"bridge_id": 1})
    assert gone["unassigned_sensors"][0] == {"address": SENSORS[0], "label": "Plate 1", "target": 1}
    assert len(gone["unassigned_sensors"]) == 3 and pages.targets() == {}
    assert list(pages.ok("DELETE", "/api/admin/bridge/sensors/unassign_all")) == ["message"]


def test_what_is_assigned_elsewhere_is_seen_here(pages):
    pages.pair(SENSORS[0], "Plate 1")
    pages.gateway.request("PUT", "/api/targets/target-3", {"name": "Third", "sensors": [SENSORS[0]]})
    assert pages.configured() == {3: SENSORS[0]}
    target = pages.read("/api/admin/stages/1")["stage"]["targets"][2]
    assert target["sensor"]["hw_addr"] == SENSORS[0]
    assert pages.device(SENSORS[0])["target_config_id"] == target["id"]
    assigned = pages.read("/api/admin/devices/assignments")
    assert assigned["assignments"]["target_3"]["sensor_address"] == SENSORS[0]
    assert (assigned["total_assigned"], assigned["total_sensors"], assigned["total_targets"]) == (1, 1, 5)
    # Targets that people have made themselves are a stage of their own.
    pages.gateway.request("POST", "/api/targets", {"name": "Popper", "sensors": [SENSORS[0]]})
    assert pages.read("/api/admin/bridge/config")["stage_name"] == "Own targets"
    assert pages.configured() == {1: SENSORS[0]}
    league = pages.read("/api/admin/leagues")["leagues"][2]
    stage, = pages.read(f"/api/admin/leagues/{league['id']}/stages")["stages"]
    assert stage["targets"][0]["sensor"]["label"] == "Plate 1" and stage["targets"][0]["shape"]


def test_leagues_and_stages(pages):
    leagues = pages.read("/api/admin/leagues")["leagues"]
    assert [(league["id"], league["name"], league["abbreviation"]) for league in leagues] == [
        (1, "SASP", "SASP"), (2, "Steel Challenge", "SC")]
    assert all(league["description"] == f"{league['name']} competition stages" for league in leagues)
    listed = pages.read("/api/admin/leagues/2/stages")
    assert listed["league"] == {"id": 2, "name": "Steel Challenge", "abbreviation": "SC"}
    assert [stage["id"] for stage in listed["stages"]] == list(range(9, 17))
    assert [stage["stage_number"] for stage in listed["stages"]] == list(range(1, 9))
    assert all(stage["target_count"] == len(stage["targets"]) == 5 for stage in listed["stages"])
    stage = pages.read("/api/admin/stages/8")["stage"]
    assert stage["name"] == "Popquiz" and stage["league"]["name"] == "SASP"
    gong = stage["targets"][2]
    assert gong == {"id": gong["id"], "target_number": 3, "shape": '18"x24" Rectangle', "type": "Gong",
                    "category": "Penalty", "distance_feet": 40, "offset_feet": 0, "height_feet": 5, "sensor": None}
    assert pages.rejected("GET", "/api/admin/leagues/9/stages") == 404
    assert pages.rejected("GET", "/api/admin/stages/99") == 404
    assert pages.rejected("GET", "/api/admin/stages/undefined") == 422


def test_setting_up_a_stage(pages):
    sensors = [pages.pair(address, f"Plate {address[-1]}") for address in SENSORS]
    answer = pages.ok("POST", "/api/admin/stages/2/assign_sensor", {"sensor_id": sensors[0], "target_number": 3})
    assert answer["assignment"] == {"sensor_id": sensors[0], "sensor_label": "Plate 1", "stage_name": "V",
                                    "target_number": 3, "target_type": "Plate", "target_category": "Stop"}
    assert answer["message"] and pages.targets() == {"target-3": [SENSORS[0]]}
    stage = pages.read("/api/admin/stages/2")["stage"]
    assert stage["targets"][2]["sensor"]["id"] == sensors[0]
    assert pages.device(SENSORS[0])["target_config_id"] == stage["targets"][2]["id"]
    assert pages.ok("POST", "/api/admin/stages/2/unassign_sensor", {"target_number": 3})["target_number"] == 3
    assert pages.ok("POST", "/api/admin/stages/2/unassign_sensor", {"target_number": 3})["status"] == "success"
    assert pages.targets() == {} and pages.device(SENSORS[0])["target_config_id"] is None
    for path, body, status in [("2/assign_sensor", {"sensor_id": sensors[0]}, 400),
                               ("99/assign_sensor", {"sensor_id": sensors[0], "target_number": 1}, 404),
                               ("2/assign_sensor", {"sensor_id": sensors[0], "target_number": 9}, 404),
                               ("2/assign_sensor", {"sensor_id": 999, "target_number": 1}, 404),
                               ("2/unassign_sensor", {}, 400), ("2/unassign_sensor", {"target_number": 9}, 404)]:
        assert pages.rejected("POST", f"/api/admin/stages/{path}", body) == status


def test_changing_the_stage(pages):
    for address in SENSORS:
        pages.pair(address, f"Plate {address[-1]}")
    pages.ok("PUT", "/api/admin/bridge/config", {"timer": TIMER, "sensors": SENSORS})
    answer = pages.ok("PUT", "/api/admin/bridge/stage", {
        "bridge_id": 1, "stage_config_id": 16, "preserve_assignments": True})
    assert answer["stage"] == {"stage_config_id": 16, "stage_name": "Roundabout"} and answer["assignments_preserved"]
    assert len(pages.configured()) == 3
    assert pages.gateway.request("GET", "/api/runs/upcoming")[1]["stage_name"] == "Steel Challenge - Roundabout"
    answer = pages.ok("PUT", "/api/admin/bridge/stage", {"stage_config_id": 5, "preserve_assignments": False})
    assert not answer["assignments_preserved"] and pages.configured() == {} and pages.targets() == {}
    config = pages.read("/api/admin/bridge/config")
    assert config["timer"]["address"] is None and "+" in pages.read("/api/admin/bridge")["stage_name"]
    assert pages.rejected("PUT", "/api/admin/bridge/stage", {}) == 400
    assert pages.rejected("PUT", "/api/admin/bridge/stage", {"stage_config_id": 99}) == 404

    bridge = pages.read("/api/admin/bridge")
    assert "id" not in bridge and bridge["bridge"]["id"] == 1 and bridge["bridge"]["current_stage_id"] == 5
    assert bridge["bridge"]["match_id"] is None and is_time(bridge["bridge"]["created_at"])
    answer = pages.ok("POST", "/api/admin/bridge/assign_stage", {"stage_id": 2})
    assert answer["assignment"] == {"bridge_id": 1, "bridge_name": bridge["name"], "stage_id": 2, "stage_name": "V",
                                    "sensors_updated": 0}
    assert pages.read("/api/admin/bridge/config")["stage_config_id"] == 2
    assert pages.rejected("POST", "/api/admin/bridge/assign_stage", {}) == 400
    assert pages.rejected("POST", "/api/admin/bridge/assign_stage", {"stage_id": 99}) == 404
    answer = pages.ok("PUT", "/api/admin/bridge", {"name": "Bay 3", "bridge_id": "bay-3"})
    assert answer["bridge"]["name"] == "Bay 3" and answer["bridge"]["current_stage_name"] == "V"
    assert pages.rejected("PUT", "/api/admin/bridge", {"name": "Bay 3", "bridge_id": ""}) == 400
    assert pages.rejected("POST", "/api/admin/services/restart") == 501


def test_the_pool(pages):
    added = pages.ok("POST", "/api/admin/pool/devices", {
        "hw_addr": SENSORS[0], "device_type": "sensor", "label": "Plate 1", "vendor": "WitMotion", "model": "BT50"})
    assert added["device"]["hw_addr"] == SENSORS[0] and added["device"]["status"] == "available" and added["message"]
    pages.ok("POST", "/api/admin/pool/devices", {"hw_addr": OTHER_TIMER, "device_type": "timer", "label": "Clock"})
    assert pages.rejected("POST", "/api/admin/pool/devices", {"hw_addr": SENSORS[0]}) == 409
    assert pages.rejected("POST", "/api/admin/pool/devices", {}) == 400
    assert pages.device(OTHER_TIMER)["label"] == "Clock (timer)", "pages know a timer by its label alone"
    pool = pages.read("/api/admin/pool/devices?include_leased=false")
    assert pool["total_count"] == pool["available_count"] == 2
    kinds = {device["hw_addr"]: device["device_type"] for device in pool["devices"]}
    assert kinds == {SENSORS[0]: "sensor", OTHER_TIMER: "timer"}
    number = {device["hw_addr"]: device["id"] for device in pool["devices"]}
    session = pages.ok("POST", "/api/admin/pool/sessions", {"session_name": "Friday", "bridge_id": 1, "stage_id": None})
    assert session["session"]["status"] == "idle" and session["session"]["session_name"] == "Friday"
    path = f"/api/admin/pool/sessions/{session['session']['id']}/lease"
    target = pages.read("/api/admin/stages/1")["stage"]["targets"][3]["id"]
    lease = pages.ok("POST", path, {"device_id": number[SENSORS[0]], "target_assignment": f"target-{target}"})["lease"]
    assert lease["device_hw_addr"] == SENSORS[0] and is_time(lease["leased_at"]) and isinstance(lease["id"], int)
    assert pages.targets() == {"target-4": [SENSORS[0]]}
    pages.ok("POST", path, {"device_id": number[OTHER_TIMER], "target_assignment": "timer"})
    assert pages.read("/api/admin/bridge/config")["timer"]["address"] == OTHER_TIMER
    assert pages.read("/api/admin/pool/devices")["devices"] == []
    leased = pages.read("/api/admin/pool/devices?include_leased=true")
    assert {device["status"] for device in leased["devices"]} == {"leased"} and leased["available_count"] == 0
    assert pages.rejected("POST", path, {"device_id": number[SENSORS[0]], "target_assignment": "target-1"}) == 409
    assert pages.rejected("POST", path, {"device_id": 999, "target_assignment": "timer"}) == 404
    assert pages.rejected("POST", path, {}) == 400
    assert pages.rejected("POST", "/api/admin/pool/sessions/999/lease", {"device_id": 1}) == 404
