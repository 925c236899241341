"""Measures the console in Chromium: the first visit on a slow phone, frames per second with a large mat and six sensors, the heap
after an hour of events that are played faster, and what twenty open pages cost the gateway. Prints a line for each.

    .venv/bin/python Bench/console.py [visit] [frames] [heap] [pages]

It needs what `make test` installs, and measures GATEWAY_PROGRAM, or the release build if there is one.
"""

import contextlib
import json
import os
import pathlib
import statistics
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).parents[1]
RELEASE = ROOT / ".build/release/leadville-gateway"
if RELEASE.exists():
    os.environ.setdefault("GATEWAY_PROGRAM", str(RELEASE))
sys.path.insert(0, str(ROOT / "Tests/EndToEnd"))

from browsers import open_browser  # noqa: E402
from clients import receive  # noqa: E402
from conftest import starter  # noqa: E402
from slowlink import SlowLink  # noqa: E402

# The delay and the rate of Chrome's profile "Slow 3G", in seconds and in bytes a second; a fourth of this machine's speed.
SLOW_3G = (0.4, 50_000)
SLOWER = 4
PHONE = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2}
DEMO = {"bluetooth.enabled": "true", "serial.enabled": "true", "serial.probe": "[]"}

# Keeps the page's socket, so that events can be played into it.
KEEP_SOCKET = """
const Original = WebSocket;
window.WebSocket = class extends Original { constructor(...values) { super(...values); window.socket = this; } };
"""


def report(name, value, wanted=""):
    print(f"{name:58} {value}{f'   (wanted: {wanted})' if wanted else ''}", flush=True)


@contextlib.contextmanager
def page_of(browser, *, slower=1, script=None, **options):
    context = browser.new_context(**options)
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    if slower > 1:
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    if script:
        page.add_init_script(script)
    yield page, devtools
    page.unroute_all(behavior="ignoreErrors")
    context.close()


def measure_visit(gateway, browser):
    times, contents, until_paint, until_devices, transferred = [], [], [], [], []
    link = SlowLink(gateway.http_port, *SLOW_3G)
    for _ in range(5):
        with page_of(browser, slower=SLOWER, **PHONE) as (page, _):
            sizes, started = {}, []
            page.on("request", lambda request, started=started: started.append(request.url))
            page.on("requestfinished", lambda request, sizes=sizes: sizes.update({request.url: request.sizes()}))
            page.goto(f"http://127.0.0.1:{link.port}/")
            page.locator("#devices article").first.wait_for()
            contents.append(page.evaluate("performance.now() - performance.getEntriesByType('navigation')[0].responseStart"))
            until_devices.append(len(started))
            page.wait_for_function("performance.getEntriesByType('paint').length === 2")
            # The page's own request is the first.
            paint, before = page.evaluate("""() => {
                const paint = performance.getEntriesByName('first-contentful-paint')[0].startTime;
                return [paint - performance.getEntriesByType('navigation')[0].responseStart,
                    1 + performance.getEntriesByType('resource').filter((each) => each.startTime < paint).length];
            }""")
            times.append(paint)
            until_paint.append(before)
            # The targets come last.
            page.locator("#targets article").first.wait_for()
            page.wait_for_load_state("networkidle")
            transferred.append(sum(size["responseHeadersSize"] + size["responseBodySize"] for size in sizes.values()))
    link.close()
    phone = f"slow 3G, processor {SLOWER} × slower"
    report(f"overview, first paint after the first byte, {phone}", f"{statistics.median(times):.0f} ms", "500 ms")
    report(f"overview, devices shown after the first byte, {phone}", f"{statistics.median(contents):.0f} ms")
    report("overview, requests before the first paint", max(until_paint), "4")
    report("overview, requests until the devices are shown", max(until_devices))
    report("overview, transferred at the first visit", f"{max(transferred) / 1000:.1f} kB", "60 kB")


# Plays frames of 64 × 64 cells, sixty a second, as the gateway sends them (docs/clients.md), and counts what is drawn.
PLAY_MAT = """async (seconds) => {
    const name = new TextEncoder().encode('large');
    const frame = (number) => {
        const view = new DataView(new ArrayBuffer(28 + name.length + 2 * 64 * 64));
        [0x50, 1, 2, name.length].forEach((byte, place) => view.setUint8(place, byte));
        view.setBigUint64(4, BigInt(1e9 + number), true);
        view.setFloat64(12, Date.now(), true);
        view.setUint32(20, number, true);
        view.setUint16(24, 64, true);
        view.setUint16(26, 64, true);
        new Uint8Array(view.buffer).set(name, 28);
        for (let cell = 0; cell < 64 * 64; cell += 1) {
            const [x, y] = [cell % 64, Math.floor(cell / 64)];
            view.setInt16(28 + name.length + 2 * cell, Math.round(5000 + 5000 * Math.sin((x * y + number * 9) / 90)), true);
        }
        return view.buffer;
    };
    const frames = Array.from({ length: 60 }, (_, number) => frame(number));
    let [sent, painted, longest, last] = [0, 0, 0, performance.now()];
    const begin = last;
    return new Promise((done) => {
        const tick = (now) => {
            painted += 1;
            longest = Math.max(longest, now - last);
            last = now;
            if (now - begin > 1000 * seconds) return done([painted / seconds, longest]);
            socket.onmessage({ data: frames[sent++ % frames.length] });
            requestAnimationFrame(tick);
        };
        requestAnimationFrame(tick);
    });
}"""

COUNT_FRAMES = """(seconds) => new Promise((done) => {
    let [painted, longest, last] = [0, 0, performance.now()];
    const begin = last;
    const tick = (now) => {
        painted += 1;
        longest = Math.max(longest, now - last);
        last = now;
        if (now - begin > 1000 * seconds) return done([painted / seconds, longest]);
        requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
})"""


def measure_frames(gateway, browser):
    for slower in (1, SLOWER):
        with page_of(browser, slower=slower, script=KEEP_SOCKET) as (page, _):
            page.goto(gateway.origin + "/mat")
            page.wait_for_function("Number(document.getElementById('map').dataset.frames) > 3")
            page.evaluate(PLAY_MAT, 1)
            page.get_by_label("Mat", exact=True).select_option("large")
            rate, longest = page.evaluate(PLAY_MAT, 10)
        report(f"mat of 64 × 64 cells at 60 Hz, processor {slower} × slower", f"{rate:.0f} frames/s, longest {longest:.0f} ms", "60")
        with page_of(browser, slower=slower) as (page, _):
            # Three virtual sensors, each of them twice.
            def doubled(route):
                answer = route.fetch().json()
                twice = [sensor | {"id": sensor["id"] + suffix} for suffix in ("", "?") for sensor in answer["sensors"]]
                route.fulfill(json={"sensors": twice})
            page.route("**/api/sensors", doubled)
            page.route("**/api/sensors/*/waveform*", lambda route: route.continue_(url=route.request.url.replace("%3F", "")))
            page.goto(gateway.origin + "/range")
            page.locator("#waveforms details").nth(5).wait_for()
            page.evaluate("document.querySelectorAll('#waveforms details').forEach((each) => { each.open = true; })")
            rate, longest = page.evaluate(COUNT_FRAMES, 10)
        report(f"range with six waveforms, processor {slower} × slower", f"{rate:.0f} frames/s, longest {longest:.0f} ms", "60")


def recorded(gateway, channels, seconds):
    """The events of some seconds, as the live socket sends them."""
    with gateway.live() as live:
        live.send(json.dumps({"type": "subscribe", "channels": channels}))
        end, events = time.monotonic() + seconds, []
        while time.monotonic() < end:
            event = receive(live)
            if isinstance(event.get("id"), int):
                events.append(event)
    return events


# Plays recorded events again and again, as new ones: with other ids and runs. Returns how many rounds there was time for.
PLAY_EVENTS = """async ([events, rounds, first, seconds]) => {
    const end = performance.now() + 1000 * seconds;
    for (let round = first; round < first + rounds; round += 1) {
        for (let index = 0; index < events.length; index += 1) {
            const event = { ...events[index], id: events[index].id + round * 1e6 };
            if (event.run_id) event.run_id += `-${round}`;
            socket.onmessage({ data: JSON.stringify(event) });
            if (index % 50 === 49) await new Promise((next) => requestAnimationFrame(next));
        }
        if (performance.now() > end) return round - first + 1;
    }
    return rounds;
}"""


def heap(devtools):
    for _ in range(3):
        devtools.send("HeapProfiler.collectGarbage")
    return devtools.send("Runtime.getHeapUsage")["usedSize"] / 1e6


def measure_heap(gateway, browser):
    seconds, rounds = 30, 120
    pages = {"/range": ["run_update"], "/hearts": ["heart_rate"], "/mat": ["pressure"], "/": ["status", "sensor_event"],
             "/events": ["status", "timer_event", "sensor_event", "run_update", "heart_rate"]}
    every = recorded(gateway, sorted(set(sum(pages.values(), []))), seconds)
    for path, channels in pages.items():
        events = [event for event in every if event["type"] in channels]
        with page_of(browser, script=KEEP_SOCKET) as (page, devtools):
            page.goto(gateway.origin + path)
            page.wait_for_function("document.body.dataset.connection === 'connected'")
            # After ten minutes everything that is kept is full: lists, trails, histories.
            page.evaluate(PLAY_EVENTS, [events, rounds // 6, 1, 60])
            before = heap(devtools)
            played = page.evaluate(PLAY_EVENTS, [events, rounds, 1 + rounds, 180])
            after = heap(devtools)
        report(f"heap of {path}, {played * seconds // 60} minutes of events ({len(events) * played}) later", f"{before:.1f} MB, {after:.1f} MB", "± 2 MB")


def processor_seconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure_pages(gateway, browser):
    def share(seconds, wait=time.sleep):
        before, begin = processor_seconds(gateway), time.monotonic()
        wait(seconds)
        return 100 * (processor_seconds(gateway) - before) / (time.monotonic() - begin)

    before = share(30)
    context, requests = browser.new_context(), []
    context.on("request", lambda request: requests.append(request.url))
    paths = ["/", "/range", "/hearts", "/mat", "/targets", "/log", "/events", "/kiosk", "/sensor/", "/settings"] * 2
    for path in paths:
        page = context.new_page()
        page.goto(gateway.origin + path)
        page.wait_for_function("document.body.dataset.connection === 'connected'")
    requests.clear()
    beside = share(60, lambda seconds: page.wait_for_timeout(1_000 * seconds))
    count = len(requests)
    context.close()
    alone = (before + share(30)) / 2
    report("20 open pages, share of a core that they cost the gateway",
           f"{beside - alone:.1f} % (with {beside:.1f} %, without {alone:.1f} %, {count} requests a minute)", "2 %")


def main(wanted):
    measurements = {"visit": measure_visit, "frames": measure_frames, "heap": measure_heap, "pages": measure_pages}
    unknown = set(wanted) - set(measurements)
    if unknown:
        sys.exit(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(measurements)}")
    with tempfile.TemporaryDirectory() as folder, contextlib.contextmanager(starter)(pathlib.Path(folder)) as run, \
            contextlib.contextmanager(open_browser)() as browser:
        gateway = run(DEMO, "--demo")
        for name in wanted or measurements:
            measurements[name](gateway, browser)


if __name__ == "__main__":
    main(sys.argv[1:])
