"""The loads. Each starts a server, loads it, stops it, and returns the report of the tools as a dictionary."""

import json
import os
import statistics
import subprocess
import time
import urllib.request

from servers import Running, pin

SERVER_CPU, LOAD_CPU = 0, 1
DECODER_SECONDS = 2
HISTOGRAM = "leadville_event_delivery_seconds"


class Bench:
    def __init__(self, tools, seconds):
        self.tools = tools
        self.seconds = seconds
        self.length = 400

    def start(self, server):
        return Running(server, self.length, SERVER_CPU)

    def pad(self, server):
        return ["-l", str(self.length)] if server.pads_input else []

    def load(self, running, *options, sender=None, when_ready=None):
        """Runs wsload. When its clients are ready, calls `when_ready` if given, and lets evsend begin if `sender` is given;
        evsend connects before them, so that it is the owner of a session that all join."""
        command = [f"{self.tools}/wsload", *map(str, options), *running.server.load,
                   "-P", str(running.process.pid), running.url()]
        feeder = run = None
        try:
            if sender:
                feeder = subprocess.Popen(
                    [f"{self.tools}/evsend", "-w", *map(str, sender)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                    preexec_fn=lambda: pin(LOAD_CPU))
                if feeder.stdout.readline() != b"ready\n":
                    raise RuntimeError("evsend did not connect")
            run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   preexec_fn=lambda: pin(LOAD_CPU))
            if sender or when_ready:
                for line in run.stderr:
                    if line.startswith("ready"):
                        break
            if when_ready:
                when_ready()
            if feeder:
                feeder.stdin.write(b"go\n")
                feeder.stdin.flush()
            out, err = run.communicate(timeout=180)
        finally:
            for process in (run, feeder):
                if process and process.poll() is None:
                    process.kill()
                    process.wait()
        if not out.strip():
            raise RuntimeError(err.strip()[-300:] or "wsload printed nothing")
        return json.loads(out)

    def message_length(self, server):
        """The mean length of a server's messages; the other servers are padded to it."""
        with self.start(server) as running:
            report = self.load(running, "-n", 1, "-d", running.feed(), "-w", 1, "-W", 100, "-e", 2000, "-t", 20)
        if not report["messages"]:
            raise RuntimeError(f"{server.name} delivered nothing: {report}")
        return round(report["bytes"] / report["messages"])

    def burst(self, server, clients, window=32):
        with self.start(server) as running:
            return self.load(running, "-n", clients, "-d", running.feed(), "-w", window, "-W", max(20, 20000 // clients),
                             "-t", self.seconds, *self.pad(server))

    def steady(self, server, clients, rate, stalled=0):
        """Events at a steady rate; the results exclude the first half second."""
        with self.start(server) as running:
            seconds = self.seconds + 2 * bool(stalled)
            before = delivery_histogram(running) if server.has_metrics else None
            report = self.load(
                running, "-n", clients, "-S", stalled, "-W", rate // 2, "-q", 1000, "-t", seconds + 10,
                sender=["-f", running.feed(), "-r", rate, "-c", rate * seconds, *self.pad(server)])
            if before is not None:
                report["inside"] = difference(delivery_histogram(running), before)
            report["missing"] = (rate * seconds - rate // 2) * (clients - stalled) - report["events"]
            return report

    def started(self, server):
        with self.start(server) as running:
            return {"start_s": running.start_s}

    def complete(self, server):
        """Memory and start of a gateway that nobody uses."""
        with self.start(server) as running:
            time.sleep(1)
            with open(f"/proc/{running.process.pid}/smaps_rollup", encoding="utf-8") as file:
                memory = next(int(line.split()[1]) for line in file if line.startswith("Rss:"))
            return {"start_s": running.start_s, "rss_idle_kib": memory}

    def idle(self, server, clients, seconds):
        """Memory without and with idle clients, wake-ups per second, and the start time."""
        with self.start(server) as running:
            alone = wakeups(running.process.pid, seconds)
            report = self.load(running, "-n", clients, "-d", running.feed(), "-w", 1, "-e", 5, "-t", 20)
            memory = report["server"]
            return {
                "start_s": running.start_s,
                "wakeups_per_s": alone,
                "connected": report["connected"],
                "rss_idle_kib": memory["rss_idle_kib"],
                "kib_per_client": (memory["rss_ready_kib"] - memory["rss_idle_kib"]) / max(1, report["connected"]),
                "kib_per_client_after_events":
                    (memory["rss_end_kib"] - memory["rss_idle_kib"]) / max(1, report["connected"]),
            }

    def decoder(self, program, load):
        """One decoder on its device's frames, and a C loop that only copies the same frames."""
        def run(*command, **options):
            done = subprocess.run(command, stdout=subprocess.PIPE, timeout=180, check=True,
                                  preexec_fn=lambda: pin(SERVER_CPU), **options)
            return done.stdout

        seconds = str(min(self.seconds, DECODER_SECONDS))
        frames = run(program, load, "--frames")
        row = json.loads(run(program, load, "--seconds", seconds))
        if row["refused"]:
            raise RuntimeError(f"{load}: the decoder rejected {row['refused']} valid frames")
        row["copy"] = json.loads(run(f"{self.tools}/framecopy", seconds, input=frames))
        return row


def wakeups(pid, seconds):
    """Voluntary context switches of all threads per second; each is one wake-up."""
    def count():
        total = 0
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/status", encoding="utf-8") as file:
                total += sum(int(line.split()[1]) for line in file if line.startswith("voluntary_ctxt_switches"))
        return total

    before = count()
    time.sleep(seconds)
    return (count() - before) / seconds


def delivery_histogram(running):
    return buckets_of(running, HISTOGRAM)


def buckets_of(running, name):
    """A histogram of the daemon, as {upper bound in seconds: cumulative count}."""
    with urllib.request.urlopen(f"http://127.0.0.1:{running.place.other}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    buckets = {}
    for line in text.splitlines():
        if line.startswith(name + "_bucket{"):
            labels, value = line.split("{", 1)[1].rsplit("}", 1)
            bound = labels.split('le="', 1)[1].split('"', 1)[0]
            bound = float("inf") if bound == "+Inf" else float(bound)
            buckets[bound] = buckets.get(bound, 0) + float(value.split()[0])
    if not buckets:
        raise RuntimeError(f"/metrics has no {name}")
    return buckets


def difference(after, before):
    return sorted((bound, count - before.get(bound, 0)) for bound, count in after.items())


def quantile(buckets, share):
    """An upper bound of the quantile in seconds: the end of its bucket."""
    total = buckets[-1][1]
    for bound, count in buckets:
        if count >= share * total:
            return bound
    return float("inf")


def median(values):
    values = [value for value in values if value is not None]
    return statistics.median(values) if values else None
