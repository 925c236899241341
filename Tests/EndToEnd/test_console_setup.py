"""The console's pages that set things up: settings, thresholds on the waveform, places of targets, assignment of sensors."""

import json
import re

import pytest
from playwright.sync_api import expect

from waiting import eventually

DEMO = {"bluetooth.enabled": "true", "serial.enabled": "false"}


@pytest.fixture(scope="module")
def demo(run_for_module):
    """A gateway with a virtual range whose three sensors measure."""
    gateway = run_for_module(DEMO, "--demo")
    eventually(lambda: len([sensor for sensor in gateway.read("/api/sensors")["sensors"] if sensor["samples"] > 200]) == 3)
    return gateway


def test_settings_show_value_source_and_how_to_change_them(run, visit, tmp_path):
    file = tmp_path / "gateway.yaml"
    file.write_text("heart:\n  smoothing:\n    alpha: 0.25\nhttp:\n  token: very-secret-very-secret\n", encoding="utf-8")
    gateway = run(None, "--config", str(file), environment={"LEADVILLE_DEVICES_BATTERY_LOW_PERCENT": "30"})
    each = visit(gateway.origin + "/settings", permissions=["clipboard-read", "clipboard-write"])
    page = each.page
    answer = gateway.read("/api/settings")
    assert "very-secret" not in json.dumps(answer)
    by_path = {setting["path"]: setting for setting in answer["settings"]}
    assert by_path["heart.smoothing.alpha"] | {"value": "0.25", "source": "file", "place": f"{file}:3:5", "changed": True} == by_path["heart.smoothing.alpha"]
    assert by_path["devices.battery_low_percent"]["source"] == "environment" and by_path["devices.battery_low_percent"]["value"] == "30"
    assert by_path["http.port"]["source"] == "option" and by_path["http.port"]["value"] == str(gateway.http_port)
    assert by_path["http.token"]["secret"] and by_path["http.token"]["value"] == "(a secret)"

    expect(page.locator("#settings details")).to_have_count(len(by_path))
    for path, setting in by_path.items():
        card = page.locator(f"#settings [data-setting='{path}']")
        expect(card.locator("summary code")).to_have_text("(empty)" if setting["value"] == '""' else setting["value"])
        assert card.locator(".changed").is_visible() == setting["changed"], path
    page.get_by_label("Search").fill("smoothing.alpha")
    expect(page.locator("#settings details")).to_have_count(1)
    card = page.locator("#settings [data-setting='heart.smoothing.alpha']")
    card.locator("summary").click()
    expect(card).to_contain_text(by_path["heart.smoothing.alpha"]["text"])
    expect(card).to_contain_text(f"the file: {file}:3:5")
    card.get_by_role("button", name=f"Copy: heart.smoothing.alpha, In {file}").click()
    expect(card.get_by_text("Copied", exact=True)).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "heart:\n  smoothing:\n    alpha: 0.25"

    # The lines are those of a file that says the same.
    page.get_by_label("Search").fill("")
    page.get_by_label("changed ones only").check()
    changed = [setting for setting in answer["settings"] if setting["changed"]]
    expect(page.locator("#settings details")).to_have_count(len(changed))
    each.check()


def test_a_setting_that_waits_for_a_restart_is_marked(run, visit, tmp_path):
    file = tmp_path / "gateway.yaml"
    file.write_text("range:\n  maximum_runs: 500\n", encoding="utf-8")
    gateway = run(None, "--config", str(file))
    page = visit(gateway.origin + "/settings").page
    card = page.locator("#settings [data-setting='serial.tare_frames']")
    card.locator("summary").click()
    expect(card.locator(".pending")).to_be_hidden()
    file.write_text("serial:\n  tare_frames: 77\n", encoding="utf-8")
    gateway.signal(1)
    expect(card.locator(".pending")).to_have_text("The configuration says 77: this applies after a restart.")


def test_a_threshold_is_dragged_tried_and_applied(demo, visit):
    each = visit(demo.origin + "/range")
    page = each.page
    sensor = demo.read("/api/sensors")["sensors"][0]
    panel = page.locator(f"#waveforms [data-sensor='{sensor['id']}']")
    panel.locator("summary").click()
    peak = panel.get_by_role("slider", name="peak")
    expect(peak).to_have_attribute("aria-valuenow", f"{sensor['thresholds']['peak']:.1f}")
    # Something was measured, and it is drawn.
    eventually(lambda: [value for value in demo.read(f"/api/sensors/{sensor['id']}/waveform")["values"] if value is not None])

    peak.press("PageUp")
    expect(panel.get_by_role("status")).to_contain_text("This would have found")
    wanted = float(peak.get_attribute("aria-valuenow"))
    assert wanted > sensor["thresholds"]["peak"]
    # With the pointer: upwards is more.
    def dragged():
        box = peak.bounding_box()
        page.mouse.move(box["x"] + 200, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + 200, box["y"] - 20, steps=4)
        page.mouse.up()
        return float(peak.get_attribute("aria-valuenow")) > wanted
    # What is above it grows with each shot, and then the pointer misses it.
    eventually(dragged)
    assert demo.read(f"/api/sensors/{sensor['id']}")["thresholds"] == sensor["thresholds"], "nothing is changed by trying"

    panel.get_by_role("button", name="Discard").click()
    expect(peak).to_have_attribute("aria-valuenow", f"{sensor['thresholds']['peak']:.1f}")
    before = f"{sensor['thresholds']['onset']:.1f}"
    panel.get_by_role("slider", name="onset").press("ArrowUp")
    expect(panel.get_by_role("slider", name="onset")).not_to_have_attribute("aria-valuenow", before)
    onset = float(panel.get_by_role("slider", name="onset").get_attribute("aria-valuenow"))
    questions = []
    page.once("dialog", lambda question: (questions.append(question.message), question.accept()))
    panel.get_by_role("button", name="Apply").click()
    expect(panel.get_by_role("status")).to_have_text("Applied.")
    changed = demo.read(f"/api/sensors/{sensor['id']}")["thresholds"]
    assert (changed["onset"], changed["peak"]) == (onset, sensor["thresholds"]["peak"]) and onset > sensor["thresholds"]["onset"]
    assert len(questions) == 1 and f"an onset of {onset:g}" in questions[0]
    each.check()


def test_a_trial_that_takes_long_can_be_stopped(demo, visit):
    page = visit(demo.origin + "/range").page
    held = []
    page.route("**/dry-run", lambda route: held.append(route))
    panel = page.locator("#waveforms details").first
    panel.locator("summary").click()
    peak = panel.get_by_role("slider", name="peak")
    expect(peak).to_have_attribute("aria-valuenow", re.compile(r"^\d"))
    peak.press("ArrowUp")
    expect(panel.get_by_role("progressbar")).to_be_visible()
    panel.get_by_role("button", name="Stop").click()
    expect(panel.get_by_role("progressbar")).to_be_hidden()
    assert len(held) == 1
    page.unroute("**/dry-run")
    peak.press("ArrowUp")
    expect(panel.get_by_role("status")).to_contain_text("This would have found")


@pytest.mark.parametrize("query", ["?seconds=0", "?seconds=121", "?points=9", "?points=many"])
def test_a_waveform_with_invalid_limits_is_rejected(demo, query):
    sensor = demo.read("/api/sensors")["sensors"][0]
    assert demo.get(f"/api/sensors/{sensor['id']}/waveform{query}")[0] == 400


def test_targets_are_moved_to_their_places(demo, visit):
    page = visit(demo.origin + "/range").page
    target = next(each for each in demo.read("/api/targets")["targets"] if each["id"] == "plate")
    place = page.locator(".targetmap [data-target='plate']")
    place.press("ArrowRight")

    def location():
        return next(each for each in demo.read("/api/targets")["targets"] if each["id"] == "plate")["location"]

    moved = eventually(lambda: location() != target["location"] and location())
    assert moved == {"x": pytest.approx(target["location"]["x"] + 0.1), "y": target["location"]["y"]}
    box = place.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 - 60, box["y"] + 40, steps=5)
    page.mouse.up()
    eventually(lambda: location()["x"] < moved["x"] and location()["y"] < moved["y"])
    # Its sensor stays.
    assert next(each for each in demo.read("/api/targets")["targets"] if each["id"] == "plate")["sensors"] == target["sensors"]


def test_a_sensor_is_assigned_on_the_overview_by_dragging_by_the_keyboard_and_by_a_tap(demo, visit):
    # Sensors and targets are on the screen together.
    each = visit("about:blank", viewport={"width": 1280, "height": 2400})
    page = each.page
    sockets = []
    # What the gateway sends is passed on, and more can be sent.
    page.route_web_socket("**/ws/live", lambda socket: sockets.append((socket, socket.connect_to_server())))
    demo.post("/api/targets", {"id": "new", "name": "New <plate>"})
    page.goto(demo.origin + "/")

    def sensors():
        return next(target for target in demo.read("/api/targets")["targets"] if target["id"] == "new")["sensors"]

    target = page.locator("#targets [data-target='new']")
    expect(target).to_contain_text("No sensor.")
    identities = [sensor["id"] for sensor in demo.read("/api/sensors")["sensors"]]
    page.locator(f"#devices [data-id='{identities[0]}']").drag_to(target)
    eventually(lambda: sensors() == [identities[0]])
    expect(target).to_contain_text("Sensor: ")
    target.get_by_label("Sensor of New <plate>").select_option(value=identities[1])
    eventually(lambda: sensors() == [identities[1]])
    target.get_by_label("Sensor of New <plate>").select_option(value="")
    eventually(lambda: sensors() == [])

    target.get_by_role("button", name="Tap the plate: the sensor that feels it is assigned to New <plate>").click()
    expect(page.locator("#tap")).to_have_text("Tap New <plate> now: the sensor that feels it is assigned.")
    impact = {"type": "sensor_event", "event_type": "impact_detected", "sensor_id": identities[2]}
    sockets[-1][0].send(json.dumps(impact))
    expect(page.locator("#tap")).to_have_text(re.compile(r"felt it: it is assigned to New <plate>\.$"))
    eventually(lambda: sensors() == [identities[2]])
    # Only the first one.
    sockets[-1][0].send(json.dumps(impact | {"sensor_id": identities[0]}))
    expect(page.locator(f"#devices [data-id='{identities[0]}']")).to_have_class(re.compile("felt"))
    assert sensors() == [identities[2]]
    assert demo.request("DELETE", "/api/targets/new")[0] in (200, 204)
    each.check()


@pytest.mark.parametrize(("scheme", "viewport"), [("light", {"width": 360, "height": 740}), ("dark", {"width": 1280, "height": 800})])
def test_what_opens_on_the_pages_is_accessible_and_fits_a_phone(demo, visit, scheme, viewport):
    each = visit("about:blank", color_scheme=scheme, viewport=viewport, reduced_motion="reduce")
    page = each.page
    page.goto(demo.origin + "/range")
    page.locator("#waveforms summary").first.click()
    peak = page.locator("#waveforms").get_by_role("slider", name="peak").first
    expect(peak).to_have_attribute("aria-valuenow", re.compile(r"^\d"))
    peak.press("ArrowUp")
    expect(page.get_by_text(re.compile("This would have found")).first).to_be_visible()
    each.check_accessible(("waveform", scheme))
    page.goto(demo.origin + "/settings")
    page.locator("#settings summary").nth(3).click()
    each.check_accessible(("setting", scheme))
    page.goto(demo.origin + "/")
    page.locator("#targets").get_by_role("button").first.click()
    expect(page.locator("#tap")).to_contain_text("now: the sensor that feels it")
    each.check_accessible(("tap", scheme))
    each.check()


def test_a_search_for_devices_shows_its_progress_and_can_be_stopped(run, visit):
    gateway = run(DEMO | {"devices.adopt": "list"}, "--demo")
    eventually(lambda: gateway.metrics.value("leadville_bluetooth_adapter_ready") == 1)
    assert gateway.read("/api/search") == {"searching": False, "seconds": 0, "elapsed_seconds": 0, "found": []}
    for body in ({"seconds": 0}, {"seconds": 121}, {"seconds": "long"}, {"minutes": 1}):
        assert gateway.post("/api/search", body)[0] == 400
    each = visit(gateway.origin + "/", viewport={"width": 360, "height": 740})
    page = each.page
    page.get_by_role("button", name="Search for devices").click()
    dialog = page.get_by_role("dialog", name="Search for devices")
    # As long as the test takes.
    assert gateway.post("/api/search", {"seconds": 120})[0] == 202
    expect(dialog.locator("[data-found]").nth(4)).to_be_visible()
    page.wait_for_function("document.querySelector('dialog progress').value > 0")
    each.check_accessible("search")
    device = next(device for device in gateway.read("/api/search")["found"] if device["role"] == "sensor")
    assert device["state"] == "listed" and device["signal"] < 0
    row = dialog.locator(f"[data-found='{device['id']}']")
    row.get_by_role("button", name=f"Use it: {device['name']}").click()
    expect(row.get_by_role("button")).to_be_hidden()
    eventually(lambda: gateway.read(f"/api/devices/{device['id']}")["state"] == "in_use")
    dialog.get_by_role("button", name="Stop").click()
    expect(dialog.get_by_role("button", name="Search again")).to_be_visible()
    assert not gateway.read("/api/search")["searching"]
    # Nobody searches for a dialogue that is closed.
    dialog.get_by_role("button", name="Search again").click()
    eventually(lambda: gateway.read("/api/search")["searching"])
    dialog.get_by_role("button", name="Close").click()
    eventually(lambda: not gateway.read("/api/search")["searching"])
    # A search ends by itself.
    assert gateway.post("/api/search", {"seconds": 1})[0] == 202
    state = eventually(lambda: (state := gateway.read("/api/search"))["searching"] is False and state)
    assert state["seconds"] == 1 and state["elapsed_seconds"] >= 1
    each.check()


def test_a_search_without_bluetooth_reports_the_reason(gateway, visit):
    assert gateway.post("/api/search", {})[0] == 503
    page = visit(gateway.origin + "/").page
    page.get_by_role("button", name="Search for devices").click()
    expect(page.get_by_role("alert")).to_have_text("Bluetooth is disabled (bluetooth.enabled)")


def test_the_failure_of_a_device_is_stored_until_it_is_acknowledged(demo, visit):
    devices = demo.read("/api/devices")["devices"]
    sensor = next(device for device in devices if device["role"] == "sensor")
    assert sensor["died"] is None
    # The answer of a gateway whose sensor died, and is back.
    shown = [device | {"died": "2026-01-01T12:00:00Z"} if device["id"] == sensor["id"] else device for device in devices]
    each = visit("about:blank")
    each.page.route("**/api/devices", lambda route: route.fulfill(json={"devices": shown}))
    each.page.goto(demo.origin + "/")
    problem = each.page.locator(".problem").filter(has_text="died on low battery at")
    expect(problem).to_contain_text("It is back.")
    with each.page.expect_request(f"**/api/devices/{sensor['id'].replace(':', '%3A')}") as request:
        problem.get_by_role("button", name=re.compile("^Seen")).click()
    assert (request.value.method, request.value.post_data_json) == ("POST", {"seen": True})
    # As long as the gateway says so, another browser's click counts, not this one's.
    expect(problem).to_be_visible()
    each.page.unroute("**/api/devices")
    expect(problem).to_have_count(0)
    assert demo.post(f"/api/devices/{sensor['id']}", {"seen": True})[0] == 200
