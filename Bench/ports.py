"""Serial loads: pressure mats at the pace of USB, and heart readings measured from port to client."""

import json
import os
import subprocess
import tempfile
import time
import urllib.request

import servers
from loads import LOAD_CPU, SERVER_CPU, buckets_of, difference
from servers import Running, pin

# The largest mat with a decoder.
FORM, LENGTH, TRAILER, BAUD = "jq-64x64", 4100, "aa550399", 3_000_000
FRAME_HISTOGRAM = "leadville_mat_frame_seconds"
FRAMES_COUNTED = "leadville_mat_frames_total"


class Player:
    """`portplay`: virtual devices on pseudo terminals, whose links are in a temporary directory."""

    def __init__(self, tools, *options, frames=b""):
        self.directory = tempfile.TemporaryDirectory(prefix="leadville-ports-")
        self.process = subprocess.Popen(
            [f"{tools}/portplay", *map(str, options), self.directory.name], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, preexec_fn=lambda: pin(LOAD_CPU))
        self._send(frames and frames + bytes(4))
        if self.process.stdout.readline() != b"ready\n":
            raise RuntimeError("portplay did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(10)
        self.directory.cleanup()

    def ports(self, count):
        return [os.path.join(self.directory.name, f"port-{number}") for number in range(count)]

    def begin(self):
        self._send(b"go\n")

    def report(self):
        return json.loads(self.process.stdout.readline())

    def _send(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()


def play(bench, speed, count):
    frames = subprocess.run([speed, f"mat-{FORM}", "--frames"], stdout=subprocess.PIPE, timeout=60, check=True).stdout
    return Player(bench.tools, "-n", count, "-r", BAUD, "-t", bench.seconds, frames=frames)


def mats_read_in_c(bench, speed, count):
    """The cost of a C program that only reads and counts frames."""
    with play(bench, speed, count) as player:
        # The number of frames that portplay sends in that time.
        wanted = count * (BAUD // 10 * bench.seconds // LENGTH)
        reader = subprocess.Popen(
            [f"{bench.tools}/portcount", str(LENGTH), TRAILER, str(wanted), *player.ports(count)],
            stdout=subprocess.PIPE, preexec_fn=lambda: pin(SERVER_CPU))
        try:
            reader.stdout.readline()
            player.begin()
            played = player.report()
            counted = json.loads(reader.communicate(timeout=30)[0])
        finally:
            if reader.poll() is None:
                reader.kill()
                reader.wait()
    return row(played, counted["frames"], counted["cpu_s"])


def mats(bench, daemon, speed, count):
    """The same for the daemon, which turns frames into events."""
    with play(bench, speed, count) as player:
        rules = ",".join(f"{port} pressure-mat {FORM} {BAUD}" for port in player.ports(count))
        with Running(server(daemon, rules), bench.length, SERVER_CPU) as running:
            wait_until(lambda: value(running, "leadville_serial_ports", 'state="reading"') == count)
            before, used = buckets_of(running, FRAME_HISTOGRAM), cpu_seconds(running.process.pid)
            player.begin()
            played = player.report()
            wait_until(lambda: total(running, FRAMES_COUNTED) >= played["frames"], 5)
            used = cpu_seconds(running.process.pid) - used
            measured = row(played, total(running, FRAMES_COUNTED), used)
            measured["inside"] = difference(buckets_of(running, FRAME_HISTOGRAM), before)
            return measured


def readings(bench, daemon, rate):
    """The delay from the last byte of a heart board's line on its port to a client of the broadcast."""
    with Player(bench.tools, "-b", rate, "-t", bench.seconds) as player:
        with Running(server(daemon, f"{player.ports(1)[0]} esp32-heart"), bench.length, SERVER_CPU) as running:
            wait_until(lambda: value(running, "leadville_serial_ports", 'state="reading"') == 1)
            return bench.load(running, "-n", 1, "-W", rate // 2, "-q", 1000, "-t", bench.seconds + 10,
                              when_ready=player.begin)


def readings_read_in_c(bench, rate):
    """The same for a program that only reads: the delay of the terminal itself."""
    with Player(bench.tools, "-b", rate, "-t", bench.seconds) as player:
        reader = subprocess.Popen(
            [f"{bench.tools}/portdelay", str(rate * bench.seconds), player.ports(1)[0]], stdout=subprocess.PIPE,
            preexec_fn=lambda: pin(SERVER_CPU))
        try:
            reader.stdout.readline()
            player.begin()
            return json.loads(reader.communicate(timeout=bench.seconds + 20)[0])
        finally:
            if reader.poll() is None:
                reader.kill()
                reader.wait()


def server(daemon, rules):
    return servers.ours(
        "serial", daemon, "store.enabled=false", "bluetooth.enabled=false", "serial.probe=[]", f"serial.ports={rules}")


def row(played, frames, seconds_of_cpu):
    return {
        "frames": frames, "missing": played["frames"] - frames, "frames_per_s": frames / played["seconds"],
        "cpu_us_per_frame": seconds_of_cpu * 1e6 / max(1, frames), "cpu_share": seconds_of_cpu / played["seconds"],
        "most_behind": played["most_behind"],
    }


def cpu_seconds(pid):
    """The CPU time of all threads of a process, from its CPU clock."""
    return time.clock_gettime((~pid << 3) | 2)


def metrics(running):
    with urllib.request.urlopen(f"http://127.0.0.1:{running.place.other}/metrics", timeout=10) as answer:
        return answer.read().decode().splitlines()


def value(running, name, labels):
    return next((float(line.split()[-1]) for line in metrics(running) if line.startswith(f"{name}{{{labels}}}")), None)


def total(running, name):
    return sum(int(line.split()[-1]) for line in metrics(running) if line.startswith((name + "{", name + " ")))


def wait_until(question, seconds=10, interval=0.02):
    end = time.monotonic() + seconds
    while not question():
        if time.monotonic() > end:
            return
        time.sleep(interval)
