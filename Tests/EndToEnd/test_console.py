"""The console: every page in a real browser, compared with what the API says."""

import datetime
import gzip
import http.client
import json
import pathlib
import re

import pytest
from playwright.sync_api import expect

from programs import free_ports
from waiting import TIMEOUT, eventually

DEMO = {"bluetooth.enabled": "true", "serial.enabled": "true", "serial.probe": "[]"}
PAGES_FOLDER = pathlib.Path(__file__).parents[2] / "Sources/Surfaces/Console/Pages"
PAGES = {
    "/": "#devices article", "/range": "#runs td", "/hearts": "#users article", "/mat": "#map[data-frames]", "/sensor/": "#acceleration",
    "/heartbeat": "#plot", "/targets": "#sensors article", "/events": "#log li", "/log": "#lines li",
    "/settings": "#settings details", "/ws/test": "#log li",
    "/kiosk": "h1[data-run]", "/overlay": ".chip", "/tokens": "#rights",
}


@pytest.fixture(scope="module")
def demo(run_for_module):
    """A gateway with virtual devices, after its first string."""
    gateway = run_for_module(DEMO, "--demo")
    eventually(lambda: [run for run in gateway.read("/api/runs")["runs"] if run["state"] == "completed"])
    return gateway


def connected(page):
    expect(page.locator("#state")).to_have_text("connected")


# MARK: All pages

def test_every_page_loads_fits_a_phone_and_is_accessible(demo, visit):
    for scheme, viewport in (("light", {"width": 360, "height": 740}), ("dark", {"width": 1280, "height": 800})):
        # Contrast is measured when nothing fades in.
        each = visit("about:blank", color_scheme=scheme, viewport=viewport, reduced_motion="reduce")
        for path, content in PAGES.items():
            each.page.goto(demo.origin + path)
            expect(each.page.locator(content).first).to_be_visible()
            assert each.page.title() != "", path
            each.check_accessible((path, scheme))
        each.check()


def test_every_page_survives_a_restart_and_shows_nothing_stale_meanwhile(run, visit):
    gateway = run(DEMO, "--demo")
    pages = {path: visit(gateway.origin + path).page for path in ("/", "/range", "/hearts", "/mat", "/heartbeat", "/targets", "/events", "/log")}
    expect(pages["/hearts"].locator("#users .live").first).to_be_visible()
    for page in pages.values():
        connected(page)
    settings = gateway.settings
    gateway.terminate()
    for path, page in pages.items():
        expect(page.locator("#state")).to_have_text(re.compile(r"^reconnecting in [\d.]+ s$|^connecting$"))
        for live in page.locator(".live").all():
            expect(live).to_be_hidden()
    again = run(settings, "--demo")
    for page in pages.values():
        connected(page)
    expect(pages["/hearts"].locator("#users .live").first).to_be_visible()
    frames = int(pages["/mat"].locator("#map").get_attribute("data-frames") or 0)
    pages["/mat"].wait_for_function("before => Number(document.getElementById('map').dataset.frames) > before", arg=frames)
    assert again.read("/api/devices")["devices"]


def test_the_first_visit_is_small_and_needs_few_requests(demo, visit):
    each = visit("about:blank")
    sizes, order = {}, []

    def finished(request):
        size = request.sizes()
        path = request.url.removeprefix(demo.origin)
        sizes[path] = size["responseHeadersSize"] + size["responseBodySize"]

    each.page.on("request", lambda request: order.append(request.url.removeprefix(demo.origin)))
    each.page.on("requestfinished", finished)
    each.page.goto(demo.origin + "/")
    expect(each.page.locator("#devices article").first).to_be_visible()
    expect(each.page.locator(".tile").first).to_be_visible()
    # A page shows an answer before the browser says that it has ended.
    while not set(order[:5]) <= set(sizes):
        each.page.wait_for_event("requestfinished")
    # The frame of the page needs three, the devices and the gateway's state one more each.
    assert order[:3] == ["/", "/style.css", "/console/overview.js"]
    assert sorted(order[3:5]) == ["/api/devices", "/api/overview"]
    code = sum(sizes[path] for path in order[:3])
    assert code < 30_000, sizes
    assert sum(sizes[path] for path in order[:5]) < 60_000, sizes


def test_a_second_visit_transfers_no_code(demo, visit):
    each = visit(demo.origin + "/")
    connected(each.page)
    statuses = []
    each.page.on("response", lambda response: statuses.append((response.url.removeprefix(demo.origin), response.status)))
    each.page.reload()
    connected(each.page)
    tag = demo.get("/style.css")[1]["ETag"]
    assert tag and {status for path, status in statuses if path in ("/", "/style.css", "/console/overview.js")} <= {200, 304}
    for path in ("/", "/style.css", "/console/overview.js"):
        connection = http.client.HTTPConnection("127.0.0.1", demo.http_port, timeout=TIMEOUT)
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        first = connection.getresponse()
        body = first.read()
        assert first.headers["Content-Encoding"] == "gzip" and gzip.decompress(body) == demo.get(path)[2]
        connection.request("GET", path, headers={"Accept-Encoding": "gzip", "If-None-Match": first.headers["ETag"]})
        second = connection.getresponse()
        assert (second.status, second.read()) == (304, b"")
        connection.close()


def test_files_are_those_of_the_source_tree_compressed_or_not(demo):
    surfaces = PAGES_FOLDER.parents[1]
    files = {"/style.css": "Console", "/client.js": "Console", "/icon.svg": "Console", "/tls": "TLS"}
    files |= dict.fromkeys(("/docs", "/redoc", "/docs/docs.js", "/docs/docs.css", "/docs/swagger.js", "/docs/redoc.js"), "Documents")
    names = {"/tls": "tls.html", "/docs": "docs.html", "/redoc": "docs.html"}
    for path, folder in files.items():
        expected = (surfaces / folder / "Pages" / names.get(path, path.rpartition("/")[2])).read_bytes()
        _, plain, content = demo.get(path)
        assert content == expected and plain["Content-Encoding"] is None, path
        connection = http.client.HTTPConnection("127.0.0.1", demo.http_port, timeout=TIMEOUT)
        connection.request("GET", path, headers={"Accept-Encoding": "gzip", "If-None-Match": plain["ETag"]})
        compressed = connection.getresponse()
        assert gzip.decompress(compressed.read()) == expected and compressed.headers["Content-Encoding"] == "gzip", path
        assert compressed.headers["Content-Type"] == plain["Content-Type"], path
        connection.close()


def test_a_hidden_page_draws_nothing(demo, visit):
    page = visit(demo.origin + "/mat").page
    page.wait_for_function("Number(document.getElementById('map').dataset.frames) > 3")
    page.evaluate("""() => {
        Object.defineProperty(document, 'hidden', { get: () => window.isHidden });
        window.isHidden = true;
        window.draws = 0;
        for (const name of ['drawImage', 'putImageData', 'stroke']) {
            const draw = CanvasRenderingContext2D.prototype[name];
            CanvasRenderingContext2D.prototype[name] = function (...values) { window.draws += 1; return draw.apply(this, values); };
        }
    }""")
    # A frame that was asked for before may still be drawn.
    page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    before = page.evaluate("draws")
    with page.expect_response("**/api/devices"):
        pass
    assert page.evaluate("draws") == before
    page.evaluate("() => { window.isHidden = false; document.dispatchEvent(new Event('visibilitychange')); }")
    page.wait_for_function("before => draws > before + 3", arg=before)


# MARK: Overview

def test_the_overview_shows_the_values_of_the_api(demo, visit):
    each = visit(demo.origin + "/")
    page = each.page
    devices = [device for device in demo.read("/api/devices")["devices"] if device["state"] != "forgotten"]
    assert len(devices) > 5
    expect(page.locator("#devices article")).to_have_count(len(devices))
    for device in devices:
        card = page.locator(f"#devices [data-id='{device['id']}']")
        expect(card.locator("h3")).to_have_text(device["name"])
        expect(card).to_contain_text(f"{device['family']} · {device['transport']}")
        if device["battery"] is not None:
            expect(card).to_contain_text(f"{device['battery']} %")
    overview = demo.read("/api/overview")
    tile = page.locator
    expect(tile("[data-tile=version] strong")).to_have_text(overview["version"])
    # The pages of earlier tests and this one may still come and go.
    eventually(lambda: tile("[data-tile=clients] strong").inner_text() == str(sum(demo.read("/api/overview")["clients"].values())))
    expect(tile("[data-tile=store] strong")).to_have_text("works")
    expect(tile("[data-tile=adapter]")).to_contain_text(overview["bluetooth"]["adapter"]["address"])
    assert overview["store"]["enabled"] and overview["store"]["healthy"] and overview["warnings"] == []
    each.check()


def test_the_broker_is_shown_as_a_source(demo, visit):
    overview = demo.read("/api/overview")
    each = visit("about:blank")
    known = {"broker": "broker.local:1883", "since": overview["time"], "topic": "sensor-logger", "tls": True, "messages_received": 7,
             "messages_sent": 5, "messages_dropped": 0}
    failure = {"reason": "refused", "message": "no broker listens at broker.local:1883", "failures": 3, "retry_seconds": 4}
    answers = [known | {"state": "connected", "failure": None}, known | {"state": "waiting", "failure": failure}, {"state": "disabled"}]

    def answer(route):
        failure = answers[0].get("failure")
        warnings = [f"MQTT broker broker.local:1883: {failure['message']}"] if failure else []
        route.fulfill(json=overview | {"mqtt": answers[0], "warnings": warnings})

    each.page.route("**/api/overview", answer)
    each.page.goto(demo.origin + "/")
    tile, card = each.page.locator("[data-tile=mqtt]"), each.page.locator("#devices [data-id=mqtt]")
    for place in (tile, card):
        expect(place).to_contain_text("connected")
        expect(place).to_contain_text("broker.local:1883")
    expect(card).to_contain_text("7 received, 5 sent")
    expect(card.locator(".reason")).to_be_hidden()
    del answers[0]
    for place in (tile, card):
        expect(place).to_have_attribute("data-level", "bad")
    # What is wrong and what helps, once as a problem and once on the card.
    cure = "Start the broker, or correct mqtt.host and mqtt.port."
    problem = each.page.locator(".problem").filter(has_text="no broker listens")
    expect(problem).to_have_count(1)
    expect(problem).to_contain_text(cure)
    expect(card.locator(".reason")).to_have_text(f"No broker listens at broker.local:1883. {cure}")
    expect(card).to_contain_text("3 failed, next in 4 s")
    del answers[0]
    expect(tile).to_have_count(0)
    expect(card).to_have_count(0)


def test_a_lost_broker_is_shown_at_once_with_a_remedy(run, visit):
    # Nothing listens at a port that was free a moment ago.
    port, = free_ports(1)
    gateway = run({"mqtt.host": "127.0.0.1", "mqtt.port": str(port)})
    page = visit(gateway.origin + "/").page
    card = page.locator("#devices [data-id=mqtt]")
    failure = eventually(lambda: gateway.read("/api/mqtt")["failure"])
    expect(card.locator(".reason")).to_contain_text(failure["message"][1:])
    expect(card.locator(".reason")).to_contain_text("Start the broker")
    page.get_by_role("button", name="Show the settings").click()
    expect(page.get_by_label("Search")).to_have_value("mqtt.")
    expect(page.locator("[data-setting='mqtt.host']")).to_be_visible()
    # Every reason has its cure.
    reasons = gateway.read("/openapi.json")["components"]["schemas"]["Broker"]["properties"]["failure"]
    cures = re.search(r"cures: {(.*?)} }", (PAGES_FOLDER / "texts.js").read_text(encoding="utf-8"), re.DOTALL).group(1)
    names = set(re.findall(r"(\w+): '", cures))
    assert names == set(re.findall(r"'([a-z_]+)'", str(next(
        schema for schema in reasons["anyOf"] if schema.get("type") == "object")["properties"]["reason"]["enum"])))


def test_the_quality_of_the_clock_is_said(demo, visit):
    overview = demo.read("/api/overview")
    assert (overview["clock"]["error_seconds"] is not None) == overview["clock"]["synchronised"]
    each = visit("about:blank")
    answers = [{"synchronised": True, "error_seconds": 0.0123}, {"synchronised": True, "error_seconds": 2.4}, {"synchronised": False, "error_seconds": None}]
    each.page.route("**/api/overview", lambda route: route.fulfill(json=overview | {"clock": answers[0]}))
    each.page.goto(demo.origin + "/")
    tile = each.page.locator("[data-tile=clock]")
    expect(tile).to_contain_text("off by at most 13 ms")
    del answers[0]
    expect(tile).to_contain_text("off by at most 2.4 s")
    del answers[0]
    expect(tile).to_contain_text("not synchronised")


def test_what_needs_a_person_is_on_top_with_a_button_that_mends_it(run, visit):
    gateway = run(DEMO | {"devices.adopt": "ask"}, "--demo")
    page = visit(gateway.origin + "/").page
    problem = page.locator(".problem").filter(has_text="waits for a decision").first
    expect(problem).to_be_visible()
    expect(page.locator("h1")).to_contain_text("need attention")
    # Another device that is found meanwhile may become the first.
    name = problem.locator("strong").inner_text().removesuffix(" was found and waits for a decision")
    page.get_by_role("button", name=f"Use it: {name}", exact=True).click()
    expect(page.locator(".problem").filter(has_text=f"{name} was found")).to_have_count(0)
    assert [device["state"] for device in gateway.read("/api/devices")["devices"] if device["name"] == name] == ["in_use"]
    problem = page.locator(".problem").filter(has_text="waits for a decision").first
    name = problem.locator("strong").inner_text().removesuffix(" was found and waits for a decision")
    page.get_by_role("button", name=f"Leave it alone: {name}", exact=True).click()
    eventually(lambda: "listed" in [device["state"] for device in gateway.read("/api/devices")["devices"] if device["name"] == name])
    # Other pages link to it.
    page.goto(gateway.origin + "/hearts")
    expect(page.locator(".attention")).to_have_text(re.compile(r"^\d+ problems?$"))


def test_a_sensor_without_a_target_is_assigned_from_the_overview(demo, visit):
    each = visit("about:blank")
    devices = demo.read("/api/devices")["devices"]
    sensor = next(device for device in devices if device["role"] == "sensor")
    shown = [device | {"target": None} if device["id"] == sensor["id"] else device for device in devices]
    each.page.route("**/api/devices", lambda route: route.fulfill(json={"devices": shown}))
    each.page.goto(demo.origin + "/")
    problem = each.page.locator(".problem").filter(has_text="has no target")
    problem.get_by_role("button", name=f"Assign: {sensor['name']}").click()
    dialog = each.page.get_by_role("dialog", name=sensor["name"])
    dialog.get_by_label("Target").select_option(sensor["target"])
    with each.page.expect_request(lambda request: request.method == "POST") as request:
        dialog.get_by_role("button", name="Save").click()
    assert request.value.post_data_json["target"] == sensor["target"]
    expect(dialog).to_have_count(0)


def test_a_problem_that_was_seen_stays_away(demo, visit):
    each = visit("about:blank")
    # The answer of a gateway whose timer went away with an empty battery.
    devices = demo.read("/api/devices")["devices"]
    timer = next(device for device in devices if device["role"] == "timer")
    lost = timer | {"link": "absent", "battery": 4, "last_seen": "2026-01-01T00:00:00Z"}
    answer = json.dumps({"devices": [lost if device["id"] == timer["id"] else device for device in devices]})
    each.page.route("**/api/devices", lambda route: route.fulfill(body=answer, content_type="application/json"))
    each.page.goto(demo.origin + "/")
    problem = each.page.locator(".problem").filter(has_text="its battery was at 4 %")
    expect(problem).to_be_visible()
    problem.get_by_role("button", name="Seen").click()
    expect(problem).to_have_count(0)
    each.page.reload()
    expect(each.page.locator("#devices article").first).to_be_visible()
    expect(problem).to_have_count(0)


# MARK: Range

def test_the_range_page_shows_the_numbers_of_the_run(demo, visit):
    each = visit("about:blank")
    # A finished run, so that nothing changes while it is compared.
    run = next(run for run in demo.read("/api/runs")["runs"] if run["state"] == "completed")
    each.page.goto(demo.origin + "/range")
    page = each.page
    names = {target["id"]: target["name"] for target in demo.read("/api/targets")["targets"]}
    row = page.locator(f"#runs tr[data-run={run['run_id']}]")
    row.get_by_role("button", name=run["run_id"], exact=True).click()
    expect(page.locator("#title")).to_have_text(run["run_id"])
    expect(page.locator("#title")).to_have_attribute("data-state", "completed")
    shots = run["shots"]
    expect(page.locator("#numbers strong").nth(0)).to_have_text(f"{shots[-1]['time']:.2f}")
    expect(page.locator("#numbers strong").nth(1)).to_have_text(f"{shots[-1]['split']:.2f}")
    expect(page.locator("#numbers strong").nth(2)).to_have_text(str(len(shots)))
    expect(page.locator("#numbers strong").nth(3)).to_have_text(str(run["summary"]["hits"]))
    for index, shot in enumerate(shots):
        cells = page.locator("#shots tr").nth(index).locator("td")
        expect(cells.nth(1)).to_have_text(f"{shot['time']:.2f}")
        hits = [names.get(hit["target"], hit["target"]) or hit["sensor_id"] for hit in run["hits"] if hit["shot"] == shot["shot"]]
        for target in hits:
            expect(cells.nth(3)).to_contain_text(target)
    expect(page.locator(".timeline .shot")).to_have_count(len(shots))
    expect(page.locator(".timeline .hit")).to_have_count(len(run["hits"]))
    expect(page.locator(".timeline .pair")).to_have_count(len([hit for hit in run["hits"] if hit["shot"] is not None]))

    page.locator("#shots .hit-button").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Decision: hit of shot")
    expect(dialog).to_contain_text("Shots that were considered")
    dialog.get_by_role("button", name="Close").click()

    page.get_by_role("button", name="Change the names").click()
    names = page.get_by_role("dialog", name=f"Names of {run['run_id']}")
    names.get_by_label("Shooter").fill("Zoe <b>")
    names.get_by_label("Stage").fill("Stage 9")
    names.get_by_role("button", name="Save").click()
    expect(names).to_have_count(0)
    changed = demo.read(f"/api/runs/{run['run_id']}")
    assert (changed["shooter_name"], changed["stage_name"]) == ("Zoe <b>", "Stage 9")

    page.on("dialog", lambda question: question.accept())
    row.get_by_role("button", name=f"Delete {run['run_id']}").click()
    expect(row).to_have_count(0)
    assert demo.get(f"/api/runs/{run['run_id']}")[0] == 404


def test_the_controls_of_the_range_command_the_timer_and_name_the_next_run(demo, visit):
    page = visit(demo.origin + "/range").page
    page.get_by_label("Shooter").fill("Ann")
    page.get_by_label("Stage").fill("Stage 1")
    page.get_by_label("Par times, s").fill("1.5, 3")

    def is_save(response):
        return response.url.endswith("/api/runs/upcoming") and response.request.method == "PUT"
    with page.expect_response(is_save) as saved:
        page.get_by_role("button", name="Save", exact=True).click()
    assert saved.value.json() == {"shooter_name": "Ann", "stage_name": "Stage 1", "par_times": [1.5, 3]}
    expect(page.get_by_text("Saved.")).to_be_visible()

    def names():
        """Of the next run; of one that has begun meanwhile, which has got them."""
        runs = [demo.read("/api/runs/upcoming"), *demo.read("/api/runs")["runs"]]
        return ("Ann", "Stage 1") in [(run["shooter_name"], run["stage_name"]) for run in runs]
    assert eventually(names)
    expect(page.locator(".timeline .par")).to_have_count(2)
    page.get_by_label("Par times, s").fill("-1")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Par times are positive numbers")

    def sends(name, path):
        with page.expect_response(lambda response: response.url.endswith(path)) as response:
            page.get_by_role("button", name=name, exact=True).click()
        # 409 while the timer still handles the command before.
        assert response.value.status in (202, 409), path
        return response.value.status == 202

    page.get_by_label("Sensitivity").fill("7")
    for name, path in (("Start", "/start"), ("Set", "/sensitivity/7"), ("Stop", "/stop")):
        eventually(lambda name=name, path=path: sends(name, path))


# MARK: Hearts

def test_the_hearts_page_begins_with_the_readings_of_the_gateway(run, visit):
    gateway = run()
    board = gateway.board()
    for bpm in range(60, 120):
        board.send(user=7, bpm=bpm)
    def measured():
        users = gateway.read("/api/hearts")["users"]
        return users[0] if users and users[0]["history_raw"][-1:] == [119] else None
    user = eventually(measured)
    assert user["history_raw"] == list(range(60, 120)) and len(user["history"]) == 60
    page = visit("about:blank").page
    # However long the page takes, these readings are the present ones.
    page.clock.set_fixed_time(datetime.datetime.now())
    page.goto(gateway.origin + "/hearts")
    card = page.locator("#users [data-user='7']")
    expect(card.locator(".pulse strong")).to_have_text(f"{user['bpm']:.1f}")
    for index, value in enumerate([user["bpm_raw"], *(user["statistics"][name] for name in ("mean", "std", "min", "max"))]):
        expect(card.locator("dd").nth(index)).to_have_text(page.evaluate("value => value.toFixed(1)", value))
    expect(page.locator("#plot")).to_have_attribute("data-points", "50")
    page.get_by_label("Readings shown").fill("60")
    expect(page.locator("#plot")).to_have_attribute("data-points", "60")

    page.get_by_role("button", name="Big numbers").click()
    expect(page.locator("#plot")).to_be_hidden()
    expect(card.locator(".pulse strong")).to_be_visible()


def test_a_user_has_the_same_colour_at_every_visit(run, visit):
    gateway = run()
    board = gateway.board()
    for user in (10, 2, 1):
        board.send(user=user, bpm=60 + user)
    eventually(lambda: len(gateway.read("/api/hearts")["users"]) == 3)
    for _ in range(2):
        page = visit(gateway.origin + "/hearts").page
        for number, user in enumerate((1, 2, 10)):
            expect(page.locator(f"#users [data-user='{user}']")).to_have_attribute("style", f"--user: var(--series-{number});")


# MARK: Mat, heartbeat, targets

def test_the_mat_page_draws_each_frame_and_tares(demo, visit):
    each = visit("about:blank")
    page = each.page
    messages = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda message: messages.append(message)))
    page.goto(demo.origin + "/mat")
    page.wait_for_function("Number(document.getElementById('map').dataset.frames) > 5")
    expect(page.locator("#mat-state")).to_contain_text("cells")
    # Frames come as binary messages.
    assert [message for message in messages if isinstance(message, bytes)]
    assert not [message for message in messages if isinstance(message, str) and "pressure_frame" in message]
    # Between two steps nobody stands on the mat.
    page.wait_for_function("""() => {
        const canvas = document.getElementById('map');
        // Chrome warns of a canvas that is read again and again.
        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
        copy.drawImage(canvas, 0, 0);
        const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
        return new Set(new Uint32Array(data.buffer)).size > 20;
    }""")
    with page.expect_response("**/api/mats/tare") as response:
        page.get_by_role("button", name="Tare").click()
    assert response.value.json() == {"tared": 1}
    each.check()


def test_the_heartbeat_monitor_controls_the_simulation(run, visit):
    gateway = run()
    page = visit(gateway.origin + "/heartbeat").page
    connected(page)
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#simulation-state")).to_have_text("running")
    page.wait_for_function("Number(document.getElementById('plot').dataset.points) > 2")
    page.get_by_role("button", name="Raise stress").click()
    eventually(lambda: gateway.read("/heartbeat/current")["stress_level"] > 0.5)
    with page.expect_response(lambda response: "/simulation/stress-test" in response.url) as response:
        page.get_by_role("button", name="Stress test, 5 s").click()
    assert response.value.ok
    page.locator("#baseline").fill("55")
    page.get_by_role("button", name="Set", exact=True).click()
    eventually(lambda: gateway.read("/heartbeat/baseline")["baseline_bpm"] == 55)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#simulation-state")).to_have_text("stopped")
    assert gateway.read("/health")["simulation_state"] == "stopped"
    record = gateway.read("/heartbeat/current")
    expect(page.locator("#bpm")).to_have_text(str(record["bpm"]))
    expect(page.get_by_text(f"{record['systolic']}/{record['diastolic']}")).to_be_visible()


def test_targets_are_added_given_a_sensor_and_deleted(demo, visit):
    page = visit(demo.origin + "/targets").page
    sensor = demo.read("/api/sensors")["sensors"][0]
    card = page.locator(f"[data-sensor='{sensor['id']}']")
    expect(card).to_contain_text("connected")
    page.get_by_label("New target").fill("Popper <9>")
    page.get_by_role("button", name="Add").click()
    target = page.locator("#targets article").filter(has_text="Popper <9>")
    expect(target).to_contain_text("No sensor.")
    card.get_by_role("combobox").select_option(label="Popper <9>")
    expect(target).to_contain_text("Sensor: ")
    added = next(each for each in demo.read("/api/targets")["targets"] if each["name"] == "Popper <9>")
    assert added["sensors"] == [sensor["id"]]

    # Another threshold: what it would have found, and then its effect. What replaces something asks first.
    questions = []
    page.on("dialog", lambda question: (questions.append(question.message), question.accept()))
    card.get_by_role("slider").fill("55")
    expect(card.locator("p[role=status]")).to_contain_text("This would have found")
    card.get_by_role("button", name="Save the threshold").click()
    expect(card.locator("p[role=status]")).to_have_text("Saved.")
    assert demo.read(f"/api/sensors/{sensor['id']}")["thresholds"]["peak"] == 55
    assert len(questions) == 1 and "55 mm/s" in questions[0]

    card.get_by_role("button", name="Calibrate with 5 taps").click()
    expect(card.locator("p[role=status]")).to_contain_text(re.compile("Tap the target: . of 5|Calibrated with"))

    # A calibration that is stopped leaves the threshold as it was.
    def stopped():
        if card.get_by_role("button", name="Calibrate with 5 taps").is_visible():
            card.get_by_role("button", name="Calibrate with 5 taps").click()
        expect(card.get_by_role("button", name="Stop")).to_be_visible()
        before = demo.read(f"/api/sensors/{sensor['id']}")
        card.get_by_role("button", name="Stop").click()
        expect(card.get_by_role("progress")).to_be_hidden()
        # The virtual range may have tapped five times meanwhile.
        return card.locator("p[role=status]").inner_text().startswith("Stopped") and before

    before = eventually(stopped)
    present = demo.read(f"/api/sensors/{sensor['id']}")
    assert "calibration" not in present and present["thresholds"] == before["thresholds"]
    assert "replace its thresholds" in questions[1]
    target.get_by_role("button", name="Delete Popper <9>").click()
    expect(target).to_have_count(0)


# MARK: Events and log

def test_events_begin_with_what_happened_before_the_visit(demo, visit):
    assert demo.post("/api/events", {"type": "status", "message": "before the visit"})[0] == 200
    each = visit(demo.origin + "/events")
    page = each.page
    expect(page.locator("#log li").filter(has_text="before the visit")).to_have_count(1)
    # Targets and sensors have the names that people gave them.
    names = {target["id"]: target["name"] for target in demo.read("/api/targets")["targets"]}
    hit = page.locator("#log li[data-event=hit]").first
    expect(hit).to_contain_text(re.compile("|".join(re.escape(name) for name in names.values())))
    expect(page.locator("#count")).to_have_text(re.compile(r"^\d+ of the latest \d+ events$"))
    each.check()


def test_events_can_be_filtered_paused_explained_and_copied(demo, visit):
    each = visit(demo.origin + "/events", permissions=["clipboard-read", "clipboard-write"])
    page = each.page
    connected(page)
    demo.post("/api/events", {"type": "status", "message": "first <b>"})
    first = page.locator("#log li").filter(has_text="first <b>")
    expect(first).to_be_visible()
    page.get_by_label("Filter").fill("nothing of the kind")
    expect(page.locator("#log li")).to_have_count(0)
    page.get_by_label("Filter").fill("first <b>")
    expect(page.locator("#log li")).to_have_count(1)
    page.get_by_label("Filter").fill("")

    page.get_by_role("button", name="Pause").click()
    demo.post("/api/events", {"type": "status", "message": "second"})
    expect(page.locator("#count")).to_have_text(re.compile(r"Paused: [1-9]\d* events"))
    expect(page.locator("#log li").filter(has_text="second")).to_have_count(0)
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("#log li").filter(has_text="second")).to_be_visible()

    latest = page.locator("#log li[data-event=shot_detected]").first
    expect(latest).to_be_visible()
    number = re.search(r"#(\d+)", latest.inner_text()).group(1)
    # There may be a later one by now.
    shot = page.locator("#log li[data-event=shot_detected]").filter(has=page.get_by_text(f"#{number}", exact=True))
    shot.locator("summary").click()
    shot.get_by_role("button", name="Copy").click()
    expect(shot.get_by_role("button", name="Copied")).to_be_visible()
    assert json.loads(page.evaluate("navigator.clipboard.readText()"))["id"] == int(number)
    shot.get_by_role("button", name="Explain").click()
    dialog = page.get_by_role("dialog", name=f"Event {number}")
    expect(dialog).to_contain_text("hex")
    dialog.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#log li").filter(has_text="second")).to_have_count(0)
    each.check()


def test_the_log_is_live_and_can_be_searched(run, visit):
    gateway = run()
    each = visit(gateway.origin + "/log")
    page = each.page
    lines = page.locator("#lines li")
    logged = gateway.read("/api/logs")
    for line in logged[:5]:
        expect(lines.filter(has_text=line["message"]).first).to_be_attached()
    assert gateway.post("/api/events", {"type": "status", "message": "x"})[0] == 200
    gateway.board().send("no JSON <b>")
    line = lines.filter(has_text="Invalid heart reading").first
    expect(line).to_be_visible()
    page.get_by_label("Search").fill("heart reading from")
    expect(lines).to_have_count(1)
    page.get_by_label("Search").fill("")
    page.get_by_label("Least level").select_option("error")
    expect(line).to_have_count(0)
    each.check()


# MARK: Kiosk and overlay

def test_the_wall_screen_and_the_overlay_show_the_last_run(run, visit):
    gateway = run(DEMO, "--demo")
    kiosk = visit(gateway.origin + "/kiosk").page
    overlay = visit(gateway.origin + "/overlay?show=shot,count,hits,heart&user=4&align=right&size=90").page
    expect(overlay.locator(".chip")).to_have_count(4)

    def same():
        runs = gateway.read("/api/runs?limit=1")["runs"]
        if not runs:
            return False
        run = runs[0]
        shown = overlay.locator("[data-show=shot] strong").inner_text(), kiosk.locator("#run .huge strong").first.text_content()
        wanted = f"{run['shots'][-1]['time']:.2f}" if run["shots"] else "0.00"
        return shown == (wanted, wanted) and kiosk.locator("h1[data-run]").get_attribute("data-run") == run["run_id"]

    eventually(same)
    expect(overlay.locator("[data-show=heart] strong")).to_have_text(re.compile(r"^\d+\.\d$"))
    assert overlay.evaluate("getComputedStyle(document.body).backgroundColor") == "rgba(0, 0, 0, 0)"
    assert overlay.evaluate("getComputedStyle(document.querySelector('.chip')).fontSize") == "90px"
    gateway.terminate()
    expect(overlay.locator(".chip").first).to_be_hidden()


# MARK: /tokens

def sign_in(page, token):
    question = page.get_by_role("dialog", name="Access token")
    question.get_by_label("Token", exact=True).fill(token)
    question.get_by_role("button", name="Continue").click()


def test_an_administrator_makes_and_revokes_a_token(run, visit):
    gateway = run({"http.token": "the-secret-of-this-test"})
    page = visit(gateway.origin + "/tokens").page
    expect(page.locator("#rights")).to_contain_text("Not signed in: may read")
    page.get_by_role("button", name="Sign in").click()
    sign_in(page, "the-secret-of-this-test")
    expect(page.locator("#rights")).to_contain_text("Signed in with the token http.token: may administer")
    connected(page)
    page.get_by_label("For", exact=True).fill("Scoreboard")
    page.get_by_label("May", exact=True).select_option("read")
    page.get_by_role("button", name="Make a token").click()
    text = page.get_by_label("The token").input_value()
    assert text.startswith("lvg_") and gateway.request("GET", "/api/login", token=text)[1]["role"] == "read"
    page.get_by_role("button", name="Close").click()
    page.on("dialog", lambda dialog: dialog.accept())
    row = page.locator("[data-token='Scoreboard']")
    expect(row).to_contain_text("read")
    row.get_by_role("button", name="Revoke Scoreboard").click()
    expect(row).to_have_count(0)
    assert gateway.request("GET", "/api/login", token=text)[1]["role"] is None
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("#rights")).to_contain_text("Not signed in")


def test_a_page_asks_for_a_token_where_reading_needs_one(run, visit):
    gateway = run({"http.token": "the-secret-of-this-test", "http.protect": "everything"})
    page = visit(gateway.origin + "/hearts").page
    sign_in(page, "a-wrong-secret-of-this-test")
    expect(page.get_by_role("dialog")).to_contain_text("rejects this token")
    sign_in(page, "the-secret-of-this-test")
    connected(page)
