"""Clients of the heartbeat API as its users write them: asyncio websockets, requests, curl, and a script in a browser."""

import asyncio
import json
import os
import shutil
import subprocess

import requests
import websockets
from playwright.sync_api import sync_playwright

from waiting import TIMEOUT


def test_python_with_websockets(gateway):
    requests.post(f"{gateway.origin}/simulation/start", timeout=TIMEOUT).raise_for_status()

    async def monitor(count):
        lines = []
        async with websockets.connect(f"ws://127.0.0.1:{gateway.http_port}/ws/heartbeat", proxy=None, open_timeout=TIMEOUT) as socket:
            while len(lines) < count:
                data = json.loads(await asyncio.wait_for(socket.recv(), TIMEOUT))
                if data.get("type") == "connected":
                    lines.append("Connected!")
                    continue
                features = [data["bpm"], data["variability"], data["stress_level"]]
                assert all(isinstance(feature, (int, float)) for feature in features)
                lines.append(f"BPM: {data['bpm']}, Stress: {data['stress_level']:.3f}")
        return lines
    lines = asyncio.run(monitor(3))
    assert lines[0] == "Connected!" and all(line.startswith("BPM: ") for line in lines[1:])


def test_python_that_polls(gateway):
    url = f"{gateway.origin}/heartbeat/current"
    assert requests.get(url, timeout=TIMEOUT).status_code == 404
    requests.post(f"{gateway.origin}/simulation/start", timeout=TIMEOUT)
    with requests.Session() as session:
        for _ in range(3):
            data = session.get(url, timeout=TIMEOUT).json()
            assert 60 <= data["bpm"] <= 180 and 0 <= data["variability"] <= 1


def test_curl(gateway):
    def curl(*arguments):
        return json.loads(subprocess.run(
            ["curl", "--silent", "--max-time", str(TIMEOUT), *arguments], check=True, capture_output=True).stdout)
    assert curl("-X", "POST", f"{gateway.origin}/simulation/start")["state"] == "running"
    record = curl(f"{gateway.origin}/heartbeat/current")
    assert list(record) == [
        "timestamp", "bpm", "variability", "systolic", "diastolic", "stress_level", "state"]
    for bpm, profile in ((55, "athlete"), (72, "average"), (85, "elevated")):
        assert curl("-X", "POST", f"{gateway.origin}/simulation/set-baseline?baseline_bpm={bpm}")["profile"] == profile
    assert curl("-X", "POST", f"{gateway.origin}/simulation/trigger-stress?stress_level=0.8")["stress_level"] == 0.8
    assert curl("-X", "POST", f"{gateway.origin}/simulation/stop")["state"] == "stopped"


def test_a_page_that_was_opened_from_a_file(run, tmp_path):
    """Its script starts the simulation and draws what the WebSocket sends. EventSource reads the event stream."""
    gateway = run()
    page_file = tmp_path / "monitor.html"
    page_file.write_text(f"""<!DOCTYPE html><p id=bpm></p><p id=event></p><script>
        const ws = new WebSocket('ws://127.0.0.1:{gateway.http_port}/ws/heartbeat');
        ws.onopen = () => fetch('{gateway.origin}/simulation/start', {{ method: 'POST' }});
        ws.onmessage = (event) => {{
            const data = JSON.parse(event.data);
            if (data.bpm) document.getElementById('bpm').textContent = `BPM: ${{data.bpm}} ${{data.variability.toFixed(2)}}`;
        }};
        const source = new EventSource('{gateway.origin}/api/events/stream?channels=status');
        source.onmessage = (event) => {{
            document.getElementById('event').textContent += ` ${{event.lastEventId}}:${{JSON.parse(event.data).event_type}}`;
        }};
        source.onopen = () => document.title = 'open';
        </script>""", encoding="utf-8")
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(TIMEOUT * 1_000)
        page.goto(page_file.as_uri())
        page.wait_for_function("document.getElementById('bpm').textContent.startsWith('BPM: ')")
        page.wait_for_function("document.title == 'open'")
        first = gateway.post("/api/events", {"type": "status", "event_type": "one"})[1]["ids"][0]
        page.wait_for_function("document.getElementById('event').textContent.includes('one')")
        # The browser connects again by itself, and names the last event that it has received.
        gateway.terminate()
        again = run(gateway.settings)
        try:
            second = again.post("/api/events", {"type": "status", "event_type": "two"})[1]["ids"][0]
            page.wait_for_function("document.getElementById('event').textContent.includes('two')")
            assert page.text_content("#event").split() == [f"{first}:one", f"{second}:two"]
        finally:
            browser.close()
