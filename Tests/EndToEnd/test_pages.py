"""The web pages in a real browser: headless Chromium, driven by Playwright."""

import datetime
import json
import math
import re
import subprocess
import urllib.request

import pytest
from playwright.sync_api import expect

from browsers import Visit
from programs import Gateway
from waiting import TIMEOUT

CHANNELS = ["status", "sensor_event", "timer_event", "run_update", "heart_rate"]


@pytest.fixture
def visit(browser):
    visit = Visit(browser)
    yield visit
    visit.context.close()


@pytest.fixture
def page(visit):
    """A page that must cause no errors and no requests to other hosts."""
    yield visit.page
    visit.check()


def log_of(page, kind, text):
    """Expects the newest log line of this kind that contains the text."""
    return expect(page.locator(f"#log li.{kind}").filter(has_text=text).first)


# MARK: /ws/test

def test_the_test_page_connects_sends_subscribes_and_logs(testbed, page):
    page.goto(f"{testbed.origin}/ws/test")
    state = page.locator("#state")
    expect(state).to_have_text("connected")
    log_of(page, "status", "connection_established").to_be_visible()

    page.get_by_role("button", name="Ping", exact=True).click()
    log_of(page, "sent", '{"type":"ping"}').to_be_visible()
    log_of(page, "status", '"event_type": "pong"').to_be_visible()

    page.get_by_label("Message").fill('{"type": "nonsense"}')
    page.get_by_role("button", name="Send").click()
    log_of(page, "status", "Unknown message type: nonsense").to_be_visible()

    page.get_by_role("button", name="Get status").click()
    log_of(page, "status", "system_status_update").to_be_visible()

    page.get_by_role("button", name="Subscribe", exact=True).click()
    log_of(page, "status", json.dumps(CHANNELS)[1:-1]).to_be_visible()
    for kind in ("timer", "impact", "run", "heart"):
        testbed.publish(kind)
    for text in ("shot_detected", "impact_detected", "run_started", "heart_rate_measured"):
        log_of(page, "event", text).to_be_visible()
    testbed.publish("device")
    log_of(page, "status", "device_connected").to_be_visible()

    page.get_by_label("timer_event").uncheck()
    page.get_by_role("button", name="Unsubscribe").click()
    log_of(page, "status", '"remaining": ["timer_event"]').to_be_visible()

    page.get_by_role("button", name="Disconnect").click()
    expect(state).to_have_text("disconnected")
    page.get_by_role("button", name="Ping", exact=True).click()
    log_of(page, "trouble", 'not connected, not sent: {"type":"ping"}').to_be_visible()
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(state).to_have_text("connected")

    page.get_by_role("button", name="Clear log").click()
    expect(page.locator("#log li")).to_have_count(0)


def test_the_log_escapes_messages(testbed, page):
    page.goto(f"{testbed.origin}/ws/test")
    expect(page.locator("#state")).to_have_text("connected")
    page.get_by_label("Message").fill('{"type": "<img src=x onerror=document.title=1>"}')
    page.get_by_role("button", name="Send").click()
    log_of(page, "status", "Unknown message type: <img src=x").to_be_visible()
    assert page.title() == "LeadVille live socket"


def test_the_test_page_reconnects_with_back_off(run, visit):
    """The delay starts at 2 s, grows by half each time up to 30 s, and starts again after a success. The test controls
    the page's clock."""
    gateway = run()
    ports = {key: gateway.settings[key] for key in Gateway.PORT_KEYS}
    page = visit.page
    page.clock.install(time=datetime.datetime(2026, 1, 1, 12))
    page.goto(f"{gateway.origin}/ws/test")
    page.clock.pause_at(datetime.datetime(2026, 1, 1, 13))
    state = page.locator("#state")
    failures = page.locator("#log li.trouble")
    expect(state).to_have_text("connected")

    gateway.kill()
    delays = [2_000, 3_000, 4_500, 6_750, 10_125, 15_187.5, 22_781.25, 30_000, 30_000]
    for attempt, delay in enumerate(delays, 1):
        expect(failures).to_have_count(attempt)
        # Rounded by the browser, from the same number.
        expect(state).to_have_text(f"reconnecting in {page.evaluate(f'({delay} / 1000).toFixed(1)')} s")
        page.clock.fast_forward(math.floor(delay) - 1)
        expect(failures).to_have_count(attempt)
        page.clock.fast_forward(2)

    expect(failures).to_have_count(len(delays) + 1)
    second = run(ports)
    page.clock.fast_forward(30_000)
    expect(state).to_have_text("connected")
    log_of(page, "status", "connection_established").to_be_visible()
    second.kill()
    expect(state).to_have_text("reconnecting in 2.0 s")


# MARK: /client.js

def test_the_client_has_the_default_reconnect_delays(testbed, page):
    page.goto(f"{testbed.origin}/ws/test")
    url = f"ws://127.0.0.1:{testbed.http_port}/ws/live"
    delays = page.evaluate("""async (url) => {
        const socket = new ReconnectingWebSocket(url);
        const delays = [socket.delay, socket.firstDelay, socket.maximumDelay];
        await new Promise((connected) => { socket.onstate = (state) => state === 'connected' && connected(); });
        socket.disconnect();
        return delays;
    }""", url)
    assert delays == [2_000, 2_000, 30_000]


def test_the_reconnect_delay_grows_up_to_the_maximum(visit, testbed):
    visit.page.goto(f"{testbed.origin}/ws/test")
    delays = visit.page.evaluate("""() => new Promise((resolve) => {
        const delays = [];
        const socket = new ReconnectingWebSocket('ws://127.0.0.1:9', { firstDelay: 1, maximumDelay: 20 });
        socket.onstate = (state, delay) => {
            if (state === 'waiting' && delays.push(delay) === 10) { socket.disconnect(); resolve(delays); }
        };
    })""")
    assert delays == [min(1.5 ** attempt, 20) for attempt in range(10)]


def test_the_client_subscribes_again_after_a_reconnect(run, visit):
    gateway = run()
    ports = {key: gateway.settings[key] for key in Gateway.PORT_KEYS}
    page = visit.page
    page.goto(f"{gateway.origin}/ws/test")
    page.evaluate("""(url) => {
        window.events = [];
        window.mine = new ReconnectingWebSocket(url, { firstDelay: 10, maximumDelay: 50 });
        mine.onevent = (event) => events.push(event);
        mine.subscribe(['heart_rate']);
    }""", f"ws://127.0.0.1:{gateway.http_port}/ws/live")
    confirmed = "() => events.filter((event) => event.event_type === 'subscription_confirmed').length"
    page.wait_for_function(f"({confirmed})() === 1")
    gateway.kill()
    second = run(ports)
    page.wait_for_function(f"({confirmed})() === 2")
    second.board().send(user=1, bpm=72)
    page.wait_for_function("() => events.some((event) => event.type === 'heart_rate' && event.data.bpm === 72)")
    assert page.evaluate("() => events.at(-1).user") == 1


def test_the_client_receives_what_it_missed_during_a_restart(run, visit):
    gateway = run()
    page = visit.page
    page.goto(f"{gateway.origin}/ws/test")
    page.evaluate("""(url) => {
        window.ids = [];
        window.mine = new ReconnectingWebSocket(url, { firstDelay: 10, maximumDelay: 50 });
        mine.onevent = (event) => { if (event.id !== undefined) ids.push(event.id); };
        mine.subscribe(['status']);
    }""", f"ws://127.0.0.1:{gateway.http_port}/ws/live")
    page.wait_for_function("() => mine.isOpen")

    def publish(count):
        return gateway.post("/api/events", [{"type": "status"}] * count)[1]["ids"]
    published = publish(2)
    page.wait_for_function("() => ids.length === 2")
    # It misses these, because it is offline.
    page.evaluate("() => mine.disconnect()")
    published += publish(3)
    gateway.terminate()
    gateway = run(gateway.settings)
    published += publish(2)
    page.evaluate("() => mine.connect()")
    page.wait_for_function("() => ids.length === 7")
    published += publish(1)
    page.wait_for_function("() => ids.length === 8")
    assert page.evaluate("() => ids") == published



def test_the_client_decodes_frames_of_mats(testbed, page):
    page.goto(f"{testbed.origin}/ws/test")
    page.evaluate("""(url) => {
        window.sockets = {};
        for (const encoding of ['json', 'binary']) {
            const events = [];
            sockets[encoding] = new ReconnectingWebSocket(url);
            sockets[encoding].subscribe(['pressure'], { encoding });
            sockets[encoding].onevent = (event, data) => events.push({ event, isText: typeof data === 'string' });
            sockets[encoding].events = events;
        }
        window.received = (type) => Object.values(sockets).map((socket) => socket.events.filter(({ event }) => event.type === type || event.event_type === type));
    }""", f"ws://127.0.0.1:{testbed.http_port}/ws/live")
    page.wait_for_function("received('subscription_confirmed').every((events) => events.length === 1)")
    for count in (1, 2):
        testbed.publish("pressure")
        page.wait_for_function("count => received('pressure').every((events) => events.length === count)", arg=count)
    for text, binary in zip(*page.evaluate("received('pressure')")):
        assert (text["isText"], binary["isText"]) == (True, False)
        assert binary["event"] == text["event"] and text["event"]["data"]["matrix"] == [[0, -1, 100], [12.35, 50.5, 1]]
    # What is no frame is passed on, and the socket lives on.
    page.evaluate("sockets.binary.socket.onmessage({ data: new Uint8Array([0x50, 1, 1]).buffer })")
    assert page.evaluate("sockets.binary.events.at(-1).event.type") == "text"
    assert page.evaluate("sockets.binary.isOpen")


def test_the_client_decodes_frames_of_whole_numbers(run, page):
    gateway = run({"serial.enabled": "true", "serial.probe": "[]"}, "--demo")
    page.goto(f"{gateway.origin}/ws/test")
    page.evaluate("""(url) => {
        window.frames = { json: new Map(), binary: new Map() };
        for (const encoding of ['json', 'binary']) {
            const live = new ReconnectingWebSocket(url);
            live.subscribe(['pressure'], { encoding });
            live.onevent = (event, data) => {
                if (event.type !== 'pressure') return;
                window.frames[encoding].set(event.id, { event, cellBytes: typeof data === 'string' ? 0 : new Uint8Array(data)[2] });
            };
        }
        window.both = () => [...window.frames.json.keys()].filter((id) => window.frames.binary.get(id)?.cellBytes === 1);
    }""", f"ws://127.0.0.1:{gateway.http_port}/ws/live")
    page.wait_for_function("both().length >= 3")
    for text, binary in page.evaluate("both().map((id) => [window.frames.json.get(id).event, window.frames.binary.get(id).event])"):
        assert binary == text


# MARK: /

def card_of(page, device):
    return page.locator(f"#devices [data-id='{device}']")


def settings_of(page, device):
    """Opens the settings of a device and returns the dialogue."""
    card_of(page, device).get_by_role("button", name="Settings of").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    return dialog


def test_devices_can_be_renamed_ignored_forgotten_and_used_again(run, page):
    gateway = run({"serial.enabled": "true", "serial.probe": "[]"}, "--demo")
    page.goto(f"{gateway.origin}/")
    card = card_of(page, "usb-virtual-mat")
    expect(card).to_contain_text("pressure-mat · serial")
    expect(card).to_contain_text("connected")
    expect(page.get_by_text("No devices yet.")).to_be_hidden()
    dialog = settings_of(page, "usb-virtual-mat")
    name = dialog.get_by_label("Name", exact=True)
    expect(name).to_have_attribute("placeholder", "virtual mat")
    expect(dialog.get_by_label("Target")).to_have_count(0)
    name.fill("Left <b>foot</b>")
    name.press("Enter")
    device = f"{gateway.origin}/api/devices/usb-virtual-mat"
    page.wait_for_function("async (url) => (await (await fetch(url)).json()).given_name === 'Left <b>foot</b>'", arg=device)
    expect(card.get_by_role("heading")).to_have_text("Left <b>foot</b>")

    settings_of(page, "usb-virtual-mat").get_by_role("button", name="Leave alone").click()
    expect(card).to_contain_text("listed only")
    settings_of(page, "usb-virtual-mat").get_by_role("button", name="Use", exact=True).click()
    expect(card).to_contain_text("connected")
    expect(card).to_contain_text("Left <b>foot</b>")

    page.on("dialog", lambda question: question.accept())
    settings_of(page, "usb-virtual-mat").get_by_role("button", name="Forget").click()
    expect(card).to_be_hidden()
    page.get_by_label("Show forgotten devices").check()
    expect(card).to_contain_text("forgotten")
    dialog = settings_of(page, "usb-virtual-mat")
    expect(dialog.get_by_label("Name", exact=True)).to_have_value("")
    dialog.get_by_role("button", name="Use", exact=True).click()
    expect(card).to_contain_text("connected")


def test_editing_a_name_is_not_disturbed_by_updates(run, page):
    gateway = run({"serial.enabled": "true", "serial.probe": "[]"}, "--demo")
    page.goto(f"{gateway.origin}/")
    name = settings_of(page, "usb-virtual-mat").get_by_label("Name", exact=True)
    name.fill("half a na")
    gateway.post("/api/devices/usb-virtual-mat", {"name": "Somebody else's"})
    # The page has shown the new name behind the dialogue.
    expect(card_of(page, "usb-virtual-mat").locator("h3")).to_have_text("Somebody else's")
    expect(name).to_have_value("half a na")
    name.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(card_of(page, "usb-virtual-mat").locator("h3")).to_have_text("half a na")
    gateway.post("/api/devices/usb-virtual-mat", {"name": "Somebody else's again"})
    expect(card_of(page, "usb-virtual-mat").locator("h3")).to_have_text("Somebody else's again")


def test_the_page_asks_for_the_access_token_once(run, visit):
    gateway = run({"serial.enabled": "true", "serial.probe": "[]", "http.token": "a-long-enough-secret-token"}, "--demo")
    page = visit.page
    page.goto(f"{gateway.origin}/")
    card = card_of(page, "usb-virtual-mat")
    settings_of(page, "usb-virtual-mat").get_by_role("button", name="Leave alone").click()
    question = page.get_by_role("dialog", name="Access token")
    expect(question).to_contain_text("require the access token")
    question.get_by_label("Token", exact=True).fill("not-the-right-token-at-all")
    question.get_by_role("button", name="Continue").click()
    expect(question).to_contain_text("rejects this token")
    question.get_by_label("Token", exact=True).fill("a-long-enough-secret-token")
    question.get_by_role("button", name="Continue").click()
    expect(card).to_contain_text("listed only")
    settings_of(page, "usb-virtual-mat").get_by_role("button", name="Use", exact=True).click()
    expect(card).to_contain_text("connected")
    expect(question).to_have_count(0)
    # Kept as long as the tab, and no longer.
    assert page.evaluate("[sessionStorage.length, localStorage.token ?? null]") == [1, None]


def test_the_hearts_page_draws_the_rate_of_every_user(gateway, page):
    board = gateway.board()
    # However long the page takes, these readings are the present ones.
    page.clock.set_fixed_time(datetime.datetime.now())
    board.send(user=1, bpm=60)
    page.goto(f"{gateway.origin}/hearts")
    expect(page.locator("#state")).to_have_text("connected")
    one, anna = (page.locator(f"#users [data-user='{name}']") for name in ("1", "anna <b>"))
    # Readings from before the visit are shown at once.
    expect(one.locator(".pulse strong")).to_have_text("60.0")
    for bpm in (62, 70):
        board.send(user=1, bpm=bpm)
    for bpm in (100, 0):
        board.send(user="anna <b>", bpm=bpm)
    expect(one).to_contain_text("heart-board-1")
    expect(one.locator(".pulse strong")).to_have_text("70.0")
    expect(one.locator("dd").nth(1)).to_have_text("64.0")
    expect(anna.locator(".pulse strong")).to_have_text("--")
    # The scale covers all rates, and the plot is not empty.
    expect(page.locator("#plot")).to_have_attribute("data-low", "55")
    expect(page.locator("#plot")).to_have_attribute("data-high", "105")
    page.wait_for_function("""() => {
        const canvas = document.getElementById('plot');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return new Set(new Uint32Array(data.buffer)).size > 10;
    }""")


def test_beats_are_not_shown_as_readings(run, page):
    gateway = run({"serial.enabled": "true", "serial.probe": "[]"}, "--demo")
    # Counts the beats that reach the page.
    page.add_init_script("""
        window.beats = 0;
        window.WebSocket = class extends WebSocket {
            constructor(url) {
                super(url);
                this.addEventListener('message', (message) => { beats += message.data.includes('"heart_beat"'); });
            }
        };
    """)
    page.goto(f"{gateway.origin}/hearts")
    page.wait_for_function("count => window.beats >= count", arg=3)
    cards = page.locator("#users > *")
    expect(cards.filter(has_text="heart-board-4")).to_have_count(1)
    expect(cards.filter(has_text="undefined")).to_have_count(0)


def test_every_link_of_the_start_page_is_valid(testbed, page):
    page.goto(f"{testbed.origin}/")
    expect(page.locator("nav a").first).to_be_attached()
    links = page.locator("a").evaluate_all("links => links.map((link) => link.href.split('#')[0])")
    assert len(links) >= 10
    for link in links:
        assert testbed.get(link.removeprefix(testbed.origin))[0] == 200, link


# MARK: /range

def test_the_range_page_follows_a_string_and_lists_the_runs(run, tmp_path, page):
    gateway = run({"bluetooth.enabled": "true", "heart.enabled": "false", "state_directory": str(tmp_path)}, "--demo")
    page.goto(f"{gateway.origin}/range")
    expect(page.locator("#state")).to_have_text("connected")
    expect(page.locator("#title")).to_have_text(re.compile(r"^run_\d{3}$"))
    expect(page.locator("#shots tr").first.locator("td").first).to_have_text("1")
    # The next string may begin at any time, so what belongs together is read at once.
    completed = page.wait_for_function("""() => {
      const [title, shots] = [document.querySelector('#title'), document.querySelectorAll('#shots td.number:first-child')];
      const row = document.querySelector(`#runs tr[data-run="${title.textContent}"]`);
      if (title.dataset.state !== 'completed' || row?.cells[7].textContent !== 'completed') return false;
      return {name: title.textContent, shots: shots.length, listed: row.cells[4].textContent};
    }""").json_value()
    assert completed["listed"] == str(completed["shots"])
    name = completed["name"]

    # Names entered meanwhile are shown, with markup escaped, and a reload shows the same.
    assert gateway.request("PATCH", f"/api/runs/{name}", {"shooter_name": "<b>Ann</b>"})[0] == 200
    for _ in range(2):
        shown = page.wait_for_function("""name => {
          const row = document.querySelector(`#runs tr[data-run="${name}"]`);
          if (row?.cells[2].textContent !== '<b>Ann</b>') return false;
          if (document.querySelector('#title').textContent !== name) return void row.querySelector('button').click();
          if (document.querySelector('#names').textContent !== '<b>Ann</b>') return false;
          return document.querySelectorAll('#shots td.number:first-child').length.toString();
        }""", arg=name).json_value()
        assert shown == str(completed["shots"])
        page.reload()


# MARK: /sensor/

def test_the_motion_page_draws_the_latest_points_of_a_phone(run, page):
    gateway = run()
    start = datetime.datetime.now().timestamp()

    def post(number):
        readings = [
            {"name": name, "time": int((start + number + index / 100) * 1e9),
             "values": {"x": math.sin(index / 5) * size, "y": size / 2, "z": 0}}
            for index in range(100) for name, size in (("accelerometer", 40), ("gyroscope", 20))]
        body = json.dumps({"messageId": number, "deviceId": "Anna", "payload": readings}).encode()
        with urllib.request.urlopen(f"{gateway.origin}/data", body, TIMEOUT) as answer:
            assert answer.read() == b"success"

    post(0)
    page.goto(f"{gateway.origin}/sensor/")
    expect(page.locator("#state")).to_have_text("connected")
    expect(page.locator("#phone")).to_have_value("Anna")
    expect(page.locator("#acceleration")).to_have_attribute("data-points", "100")
    # Messages that arrive together are decimated together, so their number is not fixed.
    number = 1
    while page.locator("#acceleration").get_attribute("data-points") != "200":
        post(number)
        number += 1
    expect(page.locator("#rotation")).to_have_attribute("data-points", "200")
    expect(page.locator("#clock")).to_contain_text("the gateway's")
    expect(page.locator("#url")).to_have_text(f"{gateway.origin}/data")


RECONNECTING_CLIENT = """
url => {
  window.received = [];
  const connect = (delay) => {
    const socket = new WebSocket(url);
    socket.onopen = () => {
      delay = 2000;
      socket.send(JSON.stringify({type: 'subscribe', channels: ['timer_events', 'health_status', 'session_updates']}));
    };
    socket.onmessage = (message) => window.received.push(JSON.parse(message.data).type);
    socket.onclose = () => setTimeout(() => connect(Math.min(delay * 1.5, 30000)), delay);
  };
  connect(2000);
}
"""


def test_a_page_that_reconnects_receives_events_after_a_restart(run, visit):
    """The page subscribes as LeadVille's React app does, with names that only its own servers use."""
    gateway = run()
    event = {"type": "timer_event", "event_type": "shot_detected", "data": {"current_shot": 1}}

    def wait_for(kind, count):
        visit.page.wait_for_function(
            "([kind, count]) => window.received.filter((each) => each === kind).length === count", arg=[kind, count])

    visit.page.goto(f"{gateway.origin}/health")
    visit.page.evaluate(RECONNECTING_CLIENT, f"ws://127.0.0.1:{gateway.live_port}")
    for restarts in range(2):
        wait_for("subscription_ack", restarts + 1)
        assert gateway.post("/api/events", event)[0] == 200
        wait_for("timer_event", restarts + 1)
        if restarts == 0:
            gateway.terminate()
            gateway = run(gateway.settings)


# MARK: /docs and /redoc

def test_the_documentation_finds_describes_and_sends_requests(run, page):
    gateway = run()
    page.goto(f"{gateway.origin}/docs")
    expect(page.locator("details")).not_to_have_count(0)
    page.get_by_label("Search").fill("post targets")
    expect(page.locator("details:visible")).to_have_count(1)
    expect(page.locator("#state")).to_have_text("1 route")
    route = page.locator("#post_api_targets")
    route.locator("> summary").click()
    route.get_by_label("Body").fill('{"name": "Bob\'s plate"}')
    route.get_by_role("button", name="Send").click()
    expect(route.locator("pre").filter(has_text="201 Created")).to_contain_text('"id": "bob-s-plate"')
    assert gateway.request("GET", "/api/targets")[1]["targets"][0]["name"] == "Bob's plate"

    page.get_by_label("Search").fill("delete targets")
    route = page.locator("#delete_api_targets_id")
    route.locator("> summary").click()
    route.get_by_label("id, path").fill("bob-s-plate")
    route.get_by_role("button", name="Send").click()
    expect(route.locator("pre").filter(has_text="204 No Content")).to_be_visible()

    # The beginning of a stream that never ends.
    page.get_by_label("Search").fill("events stream")
    route = page.locator("#get_api_events_stream")
    route.locator("> summary").click()
    route.get_by_role("button", name="Send").click()
    expect(route.locator("pre").filter(has_text="text/event-stream")).to_contain_text("retry: 2000")


def test_the_documentation_sends_the_token_and_copies_requests(run, browser, visit):
    gateway = run({"http.token": "0123456789abcdef"})
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visit.page
    page.goto(f"{gateway.origin}/docs#post_simulation_set_baseline")
    route = page.locator("#post_simulation_set_baseline")
    send = route.get_by_role("button", name="Send")
    route.get_by_label("baseline_bpm, query").fill("65")
    send.click()
    expect(route.locator("pre").filter(has_text="401")).to_contain_text("missing_token")
    page.get_by_label("Token").fill("0123456789abcdef")
    send.click()
    expect(route.locator("pre").filter(has_text="200 OK")).to_contain_text('"baseline_bpm": 65')
    route.get_by_role("button", name="Copy as curl").click()
    expect(route.get_by_text("copied")).to_be_visible()
    command = page.evaluate("navigator.clipboard.readText()")
    answer = subprocess.run(["sh", "-c", f"{command} --silent"], check=True, capture_output=True, text=True).stdout
    assert json.loads(answer)["baseline_bpm"] == 65


@pytest.mark.parametrize("size", [(1280, 800), (360, 740)])
def test_the_reference_is_complete_small_and_fits_the_screen(run, page, visit, size):
    gateway = run()
    page.set_viewport_size({"width": size[0], "height": size[1]})
    sizes = []
    page.on("response", lambda response: "openapi" in response.url or sizes.append(len(response.body())))
    page.goto(f"{gateway.origin}/redoc")
    expect(page.locator("#state")).to_contain_text("routes")
    described = json.loads(gateway.get("/openapi.json")[2])["paths"]
    count = sum(len(methods) for methods in described.values())
    expect(page.locator("details[open] .body")).to_have_count(count)
    expect(page.get_by_role("button", name="Send")).to_have_count(0)
    assert sum(sizes) < 60_000
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
