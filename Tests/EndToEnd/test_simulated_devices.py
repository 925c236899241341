"""`simulate DEVICE`: `decode` reads its output, also through a pseudo terminal and over HTTP."""

import http.server
import json
import os
import select
import subprocess
import threading
import time

import pytest

from waiting import TIMEOUT
from programs import PROGRAM, Process

SCRIPT = """\
at 3 s: string of 6 shots, first after 1.2 s, every 350 ms, hits 480 ms later on sensor 2
at 20 s: fault no-contact for 4 s   # a timer does not care
"""
SHOTS = [1.2, 1.55, 1.9, 2.25, 2.6, 2.95]
DEVICES = [
    "amg-commander", "bt50", "cycling-sensor", "esp32-heart", "heart-rate-strap", "pressure-mat", "sensor-logger", "sg-timer",
    "specialpie"]


def simulate(*arguments):
    return subprocess.run([PROGRAM, "simulate", *arguments], capture_output=True, timeout=60, check=False)


def piped(device, *arguments, decode=()):
    """Pipes `simulate` into `decode`; returns the readings and the rejects."""
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
    """Starts simulations in the background; they are stopped after the test."""
    processes = []

    def start(*arguments):
        processes.append(Process(PROGRAM, "simulate", *arguments))
        return processes[-1]

    yield start
    for process in processes:
        process.kill()


@pytest.mark.parametrize("device", DEVICES)
def test_decode_reads_the_simulated_bytes(device):
    readings, rejects = piped(device, "--seed", "7", "--seconds", "12")
    assert readings
    # A mat prints text at power-on, which is not a frame.
    assert [reject["reject"] for reject in rejects] == (["resynchronised"] if device == "pressure-mat" else [])


@pytest.mark.parametrize("device", DEVICES)
def test_the_same_seed_produces_the_same_output(device):
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


@pytest.mark.parametrize("sensor, hits", [("1", 0), ("2", 6)])
def test_sensors_play_the_script(script, sensor, hits):
    readings, _ = piped("bt50", "--script", script, "--sensor", sensor)
    speeds = [reading["velocity"][2] for reading in readings]
    assert sum(after > before + 20 for before, after in zip(speeds, speeds[1:])) == hits


def test_straps_play_the_script(script):
    readings, _ = piped("heart-rate-strap", "--script", script)
    assert sum(reading["contact"] != "good" for reading in readings) == 4


@pytest.mark.parametrize("form", ["grid-12x8", "jq-32x32", "run-length-16x16", "text"])
def test_streams_can_be_written_as_raw_bytes(form):
    readings, _ = piped("pressure-mat", "--binary", "--form", form, "--seconds", "5",
                        decode=["--binary", "--form", form])
    assert len(readings) > 20


@pytest.mark.parametrize("device", DEVICES)
def test_every_fault_can_be_injected(device):
    listing = simulate(device, "--list").stdout.decode()
    names = [] if listing.startswith("Nothing") else [line.split()[0] for line in listing.splitlines()]
    assert names or device == "sg-timer"
    # Faults of messages and frames occur every few seconds; links are lost about once a minute.
    seconds = "12" if device in ("pressure-mat", "sensor-logger") else "60"
    faultless = simulate(device, "--fast", "--seed", "3", "--seconds", seconds).stdout
    for name in names:
        assert simulate(device, "--fast", "--seed", "3", "--seconds", seconds, "--fault", name).stdout != faultless, name


@pytest.mark.parametrize("arguments, status, line", [
    (["bt50", "--fault", "rest"], 2, "--fault: expected one of small-mtu, dropped-bytes, mode-switch, reset, but found "
                                     '"rest"; did you mean reset?'),
    (["bt50", "--script", "/nonexistent"], 1, "/nonexistent: No such file or directory"),
    (["bt50", "--script", "/dev/null", "--fast", "--form", "x"], 2, "unknown option --form"),
])
def test_invalid_arguments_are_rejected(arguments, status, line):
    result = simulate(*arguments)
    assert result.stderr.decode().splitlines()[0] == f"leadville-gateway: {line}"
    assert (result.returncode, result.stdout) == (status, b"")


def test_a_script_error_names_the_line(tmp_path):
    path = tmp_path / "script.txt"
    path.write_text("at 3 s: swing\nat 3 s: dance\n")
    result = simulate("bt50", "--script", str(path))
    assert result.stderr.decode() == (
        f'leadville-gateway: {path}:2: expected one of string, hit, swing, fault, sensor, but found "dance"\n')
    assert result.returncode == 1


def test_output_is_written_in_real_time(start):
    process = start("bt50", "--seed", "7")
    assert process.output.wait_for(r"^55 61 .* # 0\.0\d\d s$")
    assert process.is_running
    assert process.terminate() == 0


def read_port(path, size):
    """Reads at least this many bytes from a terminal, as a serial program does."""
    descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        received, end = b"", time.monotonic() + TIMEOUT
        while len(received) < size and time.monotonic() < end:
            if select.select([descriptor], [], [], 1)[0]:
                received += os.read(descriptor, 4096)
        return received
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("device, form, decode, kind", [
    ("pressure-mat", "grid-12x8", "grid-12x8", "pressure"),
    ("esp32-heart", "serial", "serial", "contact"),
])
def test_a_device_can_be_simulated_on_a_terminal(start, device, form, decode, kind):
    process = start(device, "--form", form, "--pty", "--seed", "7")
    path = process.output.wait_for(r"^(/dev/pts/\d+)$").group(1)
    received = read_port(path, 6000)
    decoded = subprocess.run([PROGRAM, "decode", device, "--form", decode, "--binary", "-"], input=received,
                             capture_output=True, timeout=60, check=True)
    kinds = [json.loads(line).get("reading") for line in decoded.stdout.splitlines()]
    assert kinds.count(kind) >= 5
    assert process.terminate() == 0
    assert process.output.wait_for(r"^sent \d+ bytes")


def test_a_mat_that_needs_a_start_command_waits_for_it(start):
    process = start("pressure-mat", "--form", "pico-28x56", "--pty")
    path = process.output.wait_for(r"^(/dev/pts/\d+)$").group(1)
    descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        assert not select.select([descriptor], [], [], 0.3)[0]
        os.write(descriptor, b"start_reading\n")
        assert select.select([descriptor], [], [], TIMEOUT)[0]
    finally:
        os.close(descriptor)


class Collector(http.server.BaseHTTPRequestHandler):
    """Collects messages; answers the first one with an error."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, self.headers["Content-Type"], json.loads(body)))
        self.send_response(503 if len(self.server.received) == 1 else 200)
        self.end_headers()

    def log_message(self, *_):
        pass


def test_a_phone_posts_its_messages(start):
    with http.server.HTTPServer(("127.0.0.1", 0), Collector) as server:
        server.received = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/data?x=1"
        process = start("sensor-logger", "--to", url, "--seconds", "3.5")
        assert process.output.wait_for(r"^posted 2 messages, 1 not accepted$")
        assert process.wait() == 0
        server.shutdown()
    assert [path for path, *_ in server.received] == ["/data?x=1"] * 3
    assert {kind for _, kind, _ in server.received} == {"application/json"}
    assert [message["messageId"] for *_, message in server.received] == [0, 1, 2]
    latest = max(reading["time"] for reading in server.received[-1][2]["payload"])
    assert abs(latest / 1e9 - time.time()) < 3600


def test_a_phone_reports_an_unreachable_server(start):
    process = start("sensor-logger", "--to", "http://127.0.0.1:9/data", "--seconds", "2.5")
    assert process.output.wait_for(r"^posted 0 messages, 2 not accepted$")
    assert "Connection refused" in process.log.all()
    assert process.wait() == 0
