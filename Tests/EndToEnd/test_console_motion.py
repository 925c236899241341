"""The console's mat and motion pages: regions, workouts and their replay, the undo of a tare, recordings and swings."""

import re
import subprocess

import pytest
from playwright.sync_api import expect

from programs import PROGRAM
from test_workouts import create, request
from waiting import TIMEOUT, eventually


def matrix(number, rows=12, columns=8):
    return [[(7 * row + 3 * column + 11 * number) % 100 for column in range(columns)] for row in range(rows)]


@pytest.fixture(scope="module")
def gateway(run_for_module):
    return run_for_module()


@pytest.fixture(scope="module")
def workout(gateway):
    """A workout of 300 frames, so that they come in two parts; and what the gateway says of each."""
    stored = create(gateway, name="Left <foot>")
    frames = []
    for number in range(300):
        status, _, answer = request(gateway, "POST", "/stats", {"session_id": stored["_id"], "matrix": matrix(number)})
        assert status == 200
        frames.append(answer["data"])
    return stored["_id"], frames


def test_workouts_and_regions_are_served_on_the_port_of_the_console_too(gateway, workout):
    identity, _ = workout
    for path in ("/workouts", f"/workouts/{identity}", f"/workouts/{identity}/frames?from=3&limit=2"):
        assert gateway.read("/api" + path) == request(gateway, "GET", path)[2]
    regions = gateway.read("/api/mats/regions?rows=12&columns=8")["regions"]
    assert regions[0] == {"name": "Toe1", "rows": [0, 2], "columns": [0, 3]}
    assert regions[-1] == {"name": "Lat Heel", "rows": [9, 12], "columns": [4, 8]}
    for query in ("", "?rows=12", "?rows=0&columns=8", "?rows=12&columns=2000"):
        assert gateway.get(f"/api/mats/regions{query}")[0] == 400


def test_a_long_download_shows_how_far_it_is_and_can_be_stopped(gateway, workout, visit):
    identity, _ = workout
    path = f"/api/workouts/{identity}/frames?format=csv"
    each = visit(gateway.origin + "/mat")
    page = each.page
    link = page.locator(f"#workouts [data-workout='{identity}']").get_by_role("link", name="Left <foot> as CSV")
    expect(link).to_be_visible()
    devtools = each.context.new_cdp_session(page)
    devtools.send("Network.enable")
    slow = {"offline": False, "latency": 0, "downloadThroughput": 4_000, "uploadThroughput": 50_000}
    devtools.send("Network.emulateNetworkConditions", slow)
    link.click()
    dialog = page.get_by_role("dialog", name="Download")
    expect(dialog).to_contain_text(re.compile(r"[1-9]\d* kB received"))
    each.check_accessible("download")
    dialog.get_by_role("button", name="Stop").click()
    expect(dialog).to_have_count(0)

    devtools.send("Network.emulateNetworkConditions", slow | {"downloadThroughput": -1, "uploadThroughput": -1})
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == f"workout-{identity}.csv"
    assert download.value.path().read_bytes() == gateway.get(path)[2]

    # Why it fails is said on the page.
    page.route("**/frames?format=csv", lambda route: route.fulfill(status=503, json={"error": "too many downloads at a time"}))
    link.click()
    expect(page.get_by_role("alert")).to_have_text("too many downloads at a time")


def test_a_workout_is_replayed_and_its_regions_are_those_of_the_gateway(gateway, workout, visit):
    identity, frames = workout
    each = visit(gateway.origin + "/mat")
    page = each.page
    row = page.locator(f"#workouts [data-workout='{identity}']")
    expect(row).to_contain_text("300")
    row.get_by_role("button", name="Replay Left <foot>").click()
    # It plays to the end.
    expect(page.get_by_text(re.compile(r"^frame 300 of 300, "))).to_be_visible()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    each.check_accessible("replay")
    scrubber = page.get_by_label("Place in the workout")
    for number in (0, 7, 299, 128):
        scrubber.fill(str(number))
        expect(page.get_by_text(re.compile(rf"^frame {number + 1} of 300, "))).to_be_visible()
        statistics = frames[number]["raw_stats"]
        expect(page.locator("#regions tbody tr")).to_have_count(len(statistics))
        for name, values in statistics.items():
            cells = page.locator("#regions tr").filter(has=page.get_by_role("rowheader", name=name, exact=True)).locator("td")
            expect(cells.nth(0)).to_have_text(page.evaluate("value => value.toFixed(1)", values["mean"]))
            expect(cells.nth(1)).to_have_text(page.evaluate("value => value.toFixed(1)", values["max"]))
    # With the keyboard, and played faster.
    scrubber.press("ArrowRight")
    expect(page.get_by_text(re.compile(r"^frame 130 of 300, "))).to_be_visible()
    scrubber.fill("290")
    page.get_by_label("Speed").select_option("4")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.get_by_text(re.compile(r"^frame 300 of 300, "))).to_be_visible()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.get_by_role("button", name="Back to now").click()
    expect(scrubber).to_be_hidden()

    page.on("dialog", lambda question: question.accept())
    row.get_by_role("button", name="Delete Left <foot>").click()
    expect(row).to_have_count(0)
    assert request(gateway, "GET", f"/workouts/{identity}")[0] == 404
    each.check()


def test_the_last_tare_can_be_undone(run, visit):
    gateway = run({"serial.enabled": "true", "serial.probe": "[]"}, "--demo")
    page = visit(gateway.origin + "/mat").page
    page.wait_for_function("Number(document.getElementById('map').dataset.frames) > 5")
    undo = page.get_by_role("button", name="Undo the tare")
    expect(undo).to_be_hidden()
    page.get_by_role("button", name="Tare", exact=True).click()
    with page.expect_response("**/api/mats/tare/undo") as response:
        undo.click()
    assert response.value.json() == {"restored": 1}
    expect(undo).to_be_hidden()
    assert gateway.post("/api/mats/tare/undo", {"mat": "*"})[0] == 404


def test_the_mat_page_begins_with_what_was_there_before_the_visit(run, visit):
    gateway = run({"serial.enabled": "true", "serial.probe": "[]"}, "--demo")
    known = eventually(lambda: next((mat for mat in gateway.read("/api/mats")["mats"] if len(mat["trail"]) > 20), None))
    assert known["connected"] and len(known["matrix"]) == known["rows"] and {len(row) for row in known["matrix"]} == {known["columns"]}
    assert all(0 <= part <= 1 for point in known["trail"] for part in point)
    each = visit("about:blank")
    page = each.page
    # No frame comes over the socket.
    page.route_web_socket("**/ws/live", lambda socket: None)

    def centre():
        """Where it is in the frame that the page has received; None while nobody stands there."""
        with page.expect_response("**/api/mats") as response:
            page.goto(gateway.origin + "/mat")
        mat, = response.value.json()["mats"]
        cells = [(x + 0.5, y + 0.5, value) for y, row in enumerate(mat["matrix"]) for x, value in enumerate(row)]
        least = max(0.02 * mat["scale"], 0.05 * max(value for _, _, value in cells))
        cells = [cell for cell in cells if cell[2] > least]
        total = sum(value for _, _, value in cells)
        return total and (sum(x * value for x, _, value in cells) / total / mat["columns"], sum(y * value for _, y, value in cells) / total / mat["rows"])

    x, y = (page.evaluate("share => Math.round(100 * share)", part) for part in eventually(centre))
    expect(page.locator("#map")).to_have_attribute("data-frames", "0")
    expect(page.get_by_text(f"{x} % from left, {y} % from top")).to_be_visible()
    expect(page.locator("#mat-state")).to_contain_text(re.compile("has sent nothing for|cells"))
    colours = page.evaluate("""() => {
        const canvas = document.getElementById('map');
        return new Set(new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size;
    }""")
    assert colours > 1
    each.check()


def test_the_heartbeat_monitor_begins_with_what_was_there_before_the_visit(run, visit):
    gateway = run()
    gateway.post("/simulation/start", {})
    eventually(lambda: len(gateway.read("/heartbeat/history")["records"]) > 4)
    gateway.post("/simulation/stop", {})
    records = gateway.read("/heartbeat/history")["records"]
    assert records[-1] == gateway.read("/heartbeat/current")
    assert gateway.read("/heartbeat/history?person=nobody") == {"records": []}
    page = visit(gateway.origin + "/heartbeat").page
    expect(page.locator("#plot")).to_have_attribute("data-points", str(len(records)))
    expect(page.locator("#bpm")).to_have_text(str(records[-1]["bpm"]))
    # What comes later follows it.
    gateway.post("/simulation/start", {})
    page.wait_for_function("before => Number(document.getElementById('plot').dataset.points) > before", arg=len(records) + 1)


def test_a_swing_is_recorded_judged_step_by_step_renamed_and_deleted(gateway, visit):
    subprocess.run(
        [PROGRAM, "simulate", "sensor-logger", "--seed", "3", "--seconds", "7", "--to", f"{gateway.origin}/data"],
        check=True, timeout=TIMEOUT, capture_output=True)
    each = visit(gateway.origin + "/sensor/")
    page = each.page
    page.get_by_label("Name", exact=True).fill("Swing <1>")
    page.get_by_label("with", exact=True).select_option("30")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.locator("#recording-state")).to_contain_text("Recording “Swing <1>”")
    page.get_by_role("button", name="Stop", exact=True).click()

    dialog = page.get_by_role("dialog", name="Swing <1>")
    expect(dialog).to_be_visible()
    recording, = gateway.read("/api/motion/recordings")["recordings"]
    swing = gateway.read(f"/api/motion/recordings/{recording['id']}/analysis")
    verdicts = {"hips_early": "Hips early", "good_sequence": "Good sequence", "hips_late": "Hips late"}
    expect(dialog.locator(".verdict")).to_have_text(verdicts[swing["verdict"]])
    expect(dialog).to_contain_text(swing["text"])
    for name, member in (("foot_plant", "acceleration"), ("heel_strike", "acceleration"), ("hips", "degrees_per_second"), ("wrist", "degrees_per_second")):
        step = dialog.locator(f"[data-step={name}]")
        expect(step).to_contain_text(page.evaluate("value => value.toFixed(1)", swing[name][member]))
        before = page.evaluate(PICTURES)
        step.get_by_role("button").press("Enter")
        expect(step.get_by_role("button")).to_have_attribute("aria-pressed", "true")
        # The sample is highlighted in the curves, unless it was already.
        if name != "foot_plant":
            page.wait_for_function(f"before => ({PICTURES})() !== before", arg=before)
    expect(dialog).to_contain_text(f"{round(swing['heel_strike_to_hips_seconds'] * 1000)} ms")
    each.check_accessible("swing")
    dialog.get_by_role("button", name="Close").click()

    row = page.locator(f"#recordings [data-recording='{recording['id']}']")
    page.once("dialog", lambda question: question.accept("Best"))
    row.get_by_role("button", name="Rename Swing <1>").click()
    expect(row).to_contain_text("Best")
    with page.expect_download() as download:
        row.get_by_role("link", name="Best as CSV").click()
    assert download.value.path().read_text(encoding="utf-8").startswith("time_ns,quantity,x,y,z")
    page.once("dialog", lambda question: question.accept())
    row.get_by_role("button", name="Delete Best").click()
    expect(row).to_have_count(0)
    assert gateway.read("/api/motion/recordings")["recordings"] == []


# What the canvases of a dialogue show.
PICTURES = "() => [...document.querySelectorAll('dialog canvas')].map((canvas) => canvas.toDataURL()).join()"
