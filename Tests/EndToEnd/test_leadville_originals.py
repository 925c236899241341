"""LeadVille's own pages, unmodified, in a browser.

They are read from a clone of LeadVille's repository, which LEADVILLE_REPOSITORY names; it is not part of this one. Its React
app is bundled with Debian's esbuild and React, and with stand-ins for the packages that Debian does not have."""

import functools
import http.server
import mimetypes
import os
import pathlib
import re
import shutil
import subprocess
import threading

import pytest
from playwright.sync_api import expect, sync_playwright

from test_leadville_pages import DEMO, Pages
from waiting import TIMEOUT, eventually

REPOSITORY = os.environ.get("LEADVILLE_REPOSITORY")
pytestmark = pytest.mark.skipif(
    not REPOSITORY, reason="LEADVILLE_REPOSITORY does not name a clone of LeadVille's repository, so its pages are not tested")

PACKAGES = pathlib.Path("/usr/share/nodejs")
needs_bundler = pytest.mark.skipif(
    not shutil.which("esbuild") or not (PACKAGES / "react-dom").exists(),
    reason="the React app is not tested without the Debian packages esbuild, node-react and node-react-dom")

MAIN = "907dd1c"
SENSORS = ["AA:BB:CC:00:00:01", "AA:BB:CC:00:00:02"]


class Server(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Nothing: the test's output stays readable."""


def answer(content, kind):
    return lambda route: route.fulfill(body=content, content_type=kind)


def content_of(path, commit=MAIN):
    return subprocess.run(["git", "-C", REPOSITORY, "show", f"{commit}:{path}"], capture_output=True, check=True).stdout


@pytest.fixture(name="site")
def serve(tmp_path):
    """Serves files of the repository; returns a function from commit and path to an address."""
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Server, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def address(path, commit=MAIN):
        (tmp_path / os.path.basename(path)).write_bytes(content_of(path, commit))
        return f"http://127.0.0.1:{server.server_port}/{os.path.basename(path)}"

    yield address
    server.shutdown()
    server.server_close()


@pytest.fixture(name="visit")
def browse(site):
    """Opens pages whose backend is a gateway: visit(gateway, path, commit=...). Files in `own` are pages that are served by
    their backend: by name, they replace what the gateway has at that path."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")
    expect.set_options(timeout=TIMEOUT * 1_000)
    with sync_playwright() as playwright:
        browsers = []

        def visit(gateway, path, commit=MAIN, own=None):
            rules = [f"MAP {host}:{port} 127.0.0.1:{own}" for host in ("127.0.0.1", "localhost", "192.168.1.124")
                     for port, own in ((8001, gateway.pages_port), (8002, gateway.timer_pages_port),
                                       (8765, gateway.live_port))]
            browser = playwright.chromium.launch(
                executable_path=chromium, args=[
                    # Pages that the test answers itself have no address, and so could not reach a local one.
                    "--no-sandbox", "--disable-features=LocalNetworkAccessChecks",
                    f"--host-resolver-rules={', '.join(rules)}"])
            browsers.append(browser)
            # Everything fits, so that a drag needs no scrolling.
            page = browser.new_page(viewport={"width": 1600, "height": 4000})
            page.set_default_timeout(TIMEOUT * 1_000)
            page.on("dialog", lambda dialog: dialog.accept())
            # The pages load style sheets and scripts from other hosts, which only affect their looks.
            page.route(lambda url: "127.0.0.1" not in url and "localhost" not in url and "192.168" not in url,
                       lambda route: route.abort())
            for name, content in (own or {}).items():
                page.route(f"http://localhost:8001/{name}", answer(content, mimetypes.guess_type(name)[0] or "text/html"))
            page.goto(f"http://localhost:8001/{path}" if own else site(path, commit), wait_until="domcontentloaded")
            # Some pages poll faster than a network is called idle.
            page.wait_for_load_state("load" if own else "networkidle")
            return page

        yield visit
        for browser in browsers:
            browser.close()


def until(page, condition):
    """Like `eventually`, but lets the page go on: Playwright handles its requests and dialogs only while it is called."""
    def check():
        page.wait_for_timeout(20)
        return condition()
    return eventually(check)


def test_status_page(visit, gateway):
    pages = Pages(gateway)
    numbers = [pages.pair(address, f"Plate {address[-1]}") for address in SENSORS]
    pages.pair("60:09:C3:1F:DC:1A", "Commander")
    page = visit(gateway, "system_status_dashboard.html")
    expect(page.locator("#api-status")).to_have_text("Healthy")
    expect(page.locator("#stage-name")).to_have_text("SASP - Exclamation")
    expect(page.locator("#paired-count")).to_have_text("(3)")
    expect(page.locator("#targets-list [data-target-id]")).to_have_count(5)

    def drag(address, zone):
        page.locator(f'#paired-devices-list [draggable="true"]:has-text("{address}")').first.drag_to(
            page.locator(f'[data-target-id="{zone}"]').first)

    drag(SENSORS[0], "1")
    until(page, lambda: 1 in pages.configured())
    assert pages.configured()[1] == SENSORS[0]
    expect(page.locator("#paired-count")).to_have_text("(2)")
    drag("60:09:C3:1F:DC:1A", "timer")
    until(page, lambda: pages.read("/api/admin/bridge/config")["timer"]["address"] == "60:09:C3:1F:DC:1A")

    page.locator("#change-stage-btn").click()
    page.locator("#league-select").select_option("2")
    page.locator("#stage-select").select_option("9")
    page.get_by_role("button", name="Save").first.click()
    until(page, lambda: pages.read("/api/admin/bridge/config")["stage_name"] == "5 to Go")
    expect(page.locator("#stage-name")).to_have_text("Steel Challenge - 5 to Go")
    assert pages.configured() == {} and len(pages.read("/api/admin/devices")["devices"]) == len(numbers) + 1


def test_device_assignment(visit, gateway):
    pages = Pages(gateway)
    for address in SENSORS:
        pages.pair(address, f"Plate {address[-1]}")
    pages.pair("60:09:C3:1F:DC:1A", "Commander")
    page = visit(gateway, "device_assignment.html")
    boxes = page.locator("input[type=checkbox]")
    expect(boxes).to_have_count(2)
    boxes.nth(0).check()
    boxes.nth(1).check()
    select = page.locator("select").first
    select.select_option("60:09:C3:1F:DC:1A")
    page.get_by_role("button", name="Save").first.click()
    until(page, lambda: sorted(pages.configured().values()) == SENSORS)
    assert pages.read("/api/admin/bridge/config")["timer"]["address"] == "60:09:C3:1F:DC:1A"


def test_enhanced_dashboard_and_timer_dashboard(visit, run):
    gateway = run(DEMO, "--demo")
    timers = visit(gateway, "archive/timer_dashboard_test.html")
    enhanced = visit(gateway, "docs/dashboard/enhanced_system_dashboard.html")
    pages = Pages(gateway)
    shots = until(timers, lambda: [event for event in pages.read("/api/events/latest") if event["event_type"] == "SHOT"])
    expect(timers.locator("body")).to_contain_text(f"Shot #{shots[-1]['shot_number']}")
    expect(timers.locator("body")).to_contain_text("SHOT")
    until(enhanced, lambda: gateway.metrics.value("leadville_clients", surface="live") >= 1)
    expect(enhanced.locator("body")).to_contain_text("shot_detected")
    # It asks for the shots every half minute, and when it is loaded.
    enhanced.reload(wait_until="domcontentloaded")
    expect(enhanced.locator("body")).to_contain_text("Shot #")


def test_search_by_socket(visit, run):
    gateway = run(DEMO | {"devices.adopt": "list"}, "--demo")
    eventually(lambda: gateway.metrics.value("leadville_bluetooth_adapter_ready") == 1)
    page = visit(gateway, "docs/dashboard/unified_bridge_config.html")
    page.evaluate("discoverDevices()")  # its button is behind a step that never worked
    pages = Pages(gateway)
    until(page, lambda: len(pages.read("/api/admin/pool/devices?include_leased=true")["devices"]) == 4)


@pytest.mark.parametrize("path", [
    "docs/dashboard/unified_bridge_config_backup.html", "docs/dashboard/debug_bridge_config.html"])
def test_leagues_and_stages(visit, gateway, path):
    page = visit(gateway, path)
    expect(page.locator("body")).to_contain_text("Steel Challenge")


def test_single_requests(visit, gateway):
    Pages(gateway).pair(SENSORS[0], "Plate 1")
    page = visit(gateway, "test3-device-display.html")
    page.get_by_role("button", name="Load Devices").click()
    expect(page.locator("body")).to_contain_text("Plate 1")


def test_single_requests_of_other_pages(visit, gateway):
    Pages(gateway).pair(SENSORS[0], "Plate 1")
    page = visit(gateway, "test2-api-connection.html")
    # "Test Stages" asks a path that LeadVille never had.
    for button, result in (("Test Health", "health"), ("Test Devices", "devices"), ("Test Bridge Config", "bridge")):
        page.get_by_role("button", name=button).click()
        expect(page.locator(f"#{result}-result")).to_contain_text("✅")
    page = visit(gateway, "docs/dashboard/timer_dashboard_test.html")
    expect(page.locator("body")).to_contain_text("Connected")


def test_live_socket_by_hand(visit, run):
    gateway = run(DEMO, "--demo")
    page = visit(gateway, "archive/websocket_tester.html")
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.locator("#status")).to_contain_text("Connected to")
    page.get_by_role("button", name="Send Ping").click()
    expect(page.locator("#messages")).to_contain_text("pong")
    page.locator("#channelSelect").select_option(index=0)
    page.get_by_role("button", name="Subscribe").click()
    expect(page.locator("#messages")).to_contain_text("subscription_confirmed")


def test_kiosk_page(visit, gateway):
    page = visit(gateway, "kiosk.html", own={"kiosk.html": content_of("kiosk.html", "8a10623")})
    expect(page.locator("#platform")).to_contain_text("Linux")
    expect(page.locator("#python-version")).to_contain_text("LeadVille Gateway")
    expect(page.locator("body")).to_contain_text(re.compile("leadville.gateway", re.IGNORECASE))
    expect(page.locator("body")).not_to_contain_text("Loading...")


def test_range_officer_page(visit, run):
    gateway = run(DEMO, "--demo")
    pages = Pages(gateway)
    eventually(lambda: gateway.request("GET", "/api/runs?state=completed")[1]["runs"])
    files = {name: content_of(name, "de9fc00") for name in ("ro_view.html", "ro_view.js", "ro_view.css")}
    page = visit(gateway, "ro_view.html", own=files)
    stages = pages.read("/v1/ro/stages")
    expect(page.locator("#target-status-grid > *")).to_have_count(len(stages[0]["targets"]))
    expect(page.locator("#history-list")).to_contain_text("hits")
    # A string that the page starts is its own: the page invents hits, and the gateway takes none of them.
    statuses = []
    page.on("response", lambda response: response.url.endswith("/strings/start") and statuses.append(response.status))
    page.locator("#start-string").click()
    until(page, lambda: statuses)
    assert statuses == [409]
    expect(page.locator("#stop-string")).to_be_enabled()


@pytest.fixture(name="app", scope="module")
def bundle_app(tmp_path_factory):
    """The files of the React app: its page and its bundle."""
    folder = tmp_path_factory.mktemp("app")
    archive = subprocess.run(
        ["git", "-C", REPOSITORY, "archive", MAIN, "frontend/src"], capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True)
    parts = "leadville_app.js"
    shutil.copy(pathlib.Path(__file__).with_name(parts), folder)
    subprocess.run(
        ["esbuild", "frontend/src/main.tsx", "--bundle", "--outfile=app.js", "--jsx=automatic", "--loader:.css=empty",
         "--log-level=error", '--define:process.env.NODE_ENV="production"',
         *(f"--alias:{name}=./{parts}" for name in ("react-router-dom", "lucide-react", "@heroicons/react/24/outline"))],
        cwd=folder, env=os.environ | {"NODE_PATH": str(PACKAGES)}, check=True, timeout=60)
    return {"app.html": b'<!DOCTYPE html><div id="root"></div><script src="/app.js"></script>',
            "app.js": (folder / "app.js").read_bytes()}


@needs_bundler
def test_react_app(visit, run, app):
    gateway = run(DEMO, "--demo")
    pages = Pages(gateway)
    eventually(lambda: [row for row in pages.read("/api/shot-log")["logs"] if row["event_type"] == "SHOT"])
    page = visit(gateway, "app.html", own=app)
    for place, texts in APP_PAGES.items():
        page.goto(f"http://localhost:8001/app.html#/{place}")
        for text in texts:
            expect(page.locator("#root")).to_contain_text(text)


# What each page of the app shows when its backend answers.
APP_PAGES = {
    "": ["Connected"],
    "live-log": ["Shot #"],
    "timer-dashboard": ["SHOT"],
    "console": ["Connected via WebSocket"],
    "stage-setup": ["Steel Challenge"],
    "settings": ["Bridge"],
    "device-assignment": ["AMG"],
}
