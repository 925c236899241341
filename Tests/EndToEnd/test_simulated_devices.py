"""`simulate DEVICE`: what comes out of it is what `decode` reads, at a terminal and over HTTP as well."""

import http.server
import json
import os
import select
import subprocess
import threading
import time

import pytest

from patience import PATIENCE
from programs import PROGRAM, Process

SCRIPT = """\
at 3 s: string of 6 shots, first after 1.2 s, every 350 ms, hits 480 ms later on sensor 2
at 20 s: fault no-contact for 4 s   # a timer does not care
"""
SHOTS = [1.2, 1.55, 1.9, 2.25, 2.6, 2.95]
DEVICES = [
    "amg-commander", "bt50", "esp32-heart", "heart-rate-strap", "pressure-mat", "sensor-logger", "sg-timer", "specialpie"]


def simulate(*arguments):
    return subprocess.run([PROGRAM, "simulate", *arguments], capture_output=True, timeout=60, check=False)


def piped(device, *arguments, decode=()):
    """The readings and rejects that `decode` makes of what `simulate` writes, in one pipe."""
    with subprocess.Popen([PROGRAM, "simulate", device, "--fast", *arguments], stdout=subprocess.PIPE) as source:
        decoded = subprocess.run([PROGRAM, "decode", device, *decode, "-"], stdin=source.stdout, capture_output=True,
                                 timeout=60, check=False)
        source.stdout.close()
        assert source.wait(timeout=60) == 0
    assert decoded.returncode == 0, decoded.stderr
    lines = [json.loads(line) for line in decoded.stdout.splitlines()]
    return [line for line in lines if "reading" in line], [line for line in lines if "reject" in line]


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "script.txt"
    path.write_text(SCRIPT)
    return str(path)


@pytest.fixture
def start():
    """Starts simulations that go on for a while."""
    processes = []

    def start(*arguments):
        processes.append(Process(PROGRAM, "simulate", *arguments))
        return processes[-1]

    yield start
    for process in processes:
        process.kill()


@pytest.mark.parametrize("device", DEVICES)
def test_decode_reads_what_is_simulated(device):
    readings, rejects = piped(device, "--seed", "7", "--seconds", "12")
    assert readings
    # What a mat says when it is switched on is no frame.
    assert [reject["reject"] for reject in rejects] == (["resynchronised"] if device == "pressure-mat" else [])


@pytest.mark.parametrize("device", DEVICES)
def test_the_same_seed_writes_the_same(device):
    def write(seed):
        return simulate(device, "--fast", "--seed", seed, "--seconds", "12").stdout
    assert write("7") == write("7") != write("8")


@pytest.mark.parametrize("device", ["amg-commander", "specialpie", "sg-timer"])
def test_timers_play_the_script(device, script):
    readings, rejects = piped(device, "--script", script)
    pushed = [reading["time"] for reading in readings
              if reading["reading"] == "shot" or reading.get("state") == "shot"]
    assert pushed == SHOTS and not rejects
    if device == "amg-commander":
        assert [reading["times"] for reading in readings if reading["reading"] == "list"] == [SHOTS]


@pytest.mark.parametrize("sensor, blows", [("1", 0), ("2", 6)])
def test_sensors_feel_what_the_script_says(script, sensor, blows):
    readings, _ = piped("bt50", "--script", script, "--sensor", sensor)
    speeds = [reading["velocity"][2] for reading in readings]
    assert sum(after > before + 20 for before, after in zip(speeds, speeds[1:])) == blows


def test_straps_play_the_script(script):
    readings, _ = piped("heart-rate-strap", "--script", script)
    assert sum(reading["contact"] != "good" for reading in readings) == 4


@pytest.mark.parametrize("form", ["grid-12x8", "jq-32x32", "run-length-16x16", "text"])
def test_streams_can_be_had_as_bytes(form):
    readings, _ = piped("pressure-mat", "--binary", "--form", form, "--seconds", "5",
                        decode=["--binary", "--form", form])
    assert len(readings) > 20


@pytest.mark.parametrize("device", DEVICES)
def test_every_fault_can_be_asked_for(device):
    listing = simulate(device, "--list").stdout.decode()
    names = [] if listing.startswith("Nothing") else [line.split()[0] for line in listing.splitlines()]
    assert names or device == "sg-timer"
    # What goes wrong with messages and frames does so every few seconds; links are lost once in a minute.
    seconds = "12" if device in ("pressure-mat", "sensor-logger") else "60"
    quiet = simulate(device, "--fast", "--seed", "3", "--seconds", seconds).stdout
    for name in names:
        assert simulate(device, "--fast", "--seed", "3", "--seconds", seconds, "--fault", name).stdout != quiet, name


@pytest.mark.parametrize("arguments, status, line", [
    (["bt50", "--fault", "rest"], 2, "--fault: expected one of small-mtu, dropped-bytes, mode-switch, reset, but found "
                                     '"rest"; did you mean reset?'),
    (["bt50", "--script", "/nonexistent"], 1, "/nonexistent: No such file or directory"),
    (["bt50", "--script", "/dev/null", "--fast", "--form", "x"], 2, "unknown option --form"),
])
def test_what_is_refused(arguments, status, line):
    result = simulate(*arguments)
    assert result.stderr.decode().splitlines()[0] == f"leadville-gateway: {line}"
    assert (result.returncode, result.stdout) == (status, b"")


def test_a_script_that_cannot_be_read_is_named_with_its_line(tmp_path):
    path = tmp_path / "script.txt"
    path.write_text("at 3 s: swing\nat 3 s: dance\n")
    result = simulate("bt50", "--script", str(path))
    assert result.stderr.decode() == (
        f'leadville-gateway: {path}:2: expected one of string, hit, swing, fault, but found "dance"\n')
    assert result.returncode == 1


def test_at_its_own_pace_it_writes_while_it_runs(start):
    process = start("bt50", "--seed", "7")
    assert process.output.wait_for(r"^55 61 .* # 0\.0\d\d s$")
    assert process.runs
    assert process.terminate() == 0


def read_port(path, enough):
    """Reads a terminal as any serial program does, until there is enough."""
    descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        heard, end = b"", time.monotonic() + PATIENCE
        while len(heard) < enough and time.monotonic() < end:
            if select.select([descriptor], [], [], 1)[0]:
                heard += os.read(descriptor, 4096)
        return heard
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("device, form, decode, kind", [
    ("pressure-mat", "grid-12x8", "grid-12x8", "pressure"),
    ("esp32-heart", "serial", "serial", "contact"),
])
def test_a_terminal_is_served(start, device, form, decode, kind):
    process = start(device, "--form", form, "--pty", "--seed", "7")
    path = process.output.wait_for(r"^(/dev/pts/\d+)$").group(1)
    heard = read_port(path, 6000)
    decoded = subprocess.run([PROGRAM, "decode", device, "--form", decode, "--binary", "-"], input=heard,
                             capture_output=True, timeout=60, check=True)
    kinds = [json.loads(line).get("reading") for line in decoded.stdout.splitlines()]
    assert kinds.count(kind) >= 5
    assert process.terminate() == 0
    assert process.output.wait_for(r"^sent \d+ bytes")


def test_a_mat_that_waits_for_a_word_is_silent_until_then(start):
    process = start("pressure-mat", "--form", "pico-28x56", "--pty")
    path = process.output.wait_for(r"^(/dev/pts/\d+)$").group(1)
    descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        assert not select.select([descriptor], [], [], 0.3)[0]
        os.write(descriptor, b"start_reading\n")
        assert select.select([descriptor], [], [], PATIENCE)[0]
    finally:
        os.close(descriptor)


class Collector(http.server.BaseHTTPRequestHandler):
    """Takes messages, and refuses the first of them."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.path, self.headers["Content-Type"], json.loads(body)))
        self.send_response(503 if len(self.server.heard) == 1 else 200)
        self.end_headers()

    def log_message(self, *_):
        pass


def test_a_phone_posts_its_messages(start):
    with http.server.HTTPServer(("127.0.0.1", 0), Collector) as server:
        server.heard = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/data?x=1"
        process = start("sensor-logger", "--to", url, "--seconds", "3.5")
        assert process.output.wait_for(r"^posted 2 messages, 1 not accepted$")
        assert process.wait() == 0
        server.shutdown()
    assert [path for path, *_ in server.heard] == ["/data?x=1"] * 3
    assert {kind for _, kind, _ in server.heard} == {"application/json"}
    assert [message["messageId"] for *_, message in server.heard] == [0, 1, 2]
    latest = max(reading["time"] for reading in server.heard[-1][2]["payload"])
    assert abs(latest / 1e9 - time.time()) < 3600


def test_a_phone_whose_server_is_gone_says_so(start):
    process = start("sensor-logger", "--to", "http://127.0.0.1:9/data", "--seconds", "2.5")
    assert process.output.wait_for(r"^posted 0 messages, 2 not accepted$")
    assert "Connection refused" in process.log.all()
    assert process.wait() == 0
