#!/usr/bin/env python3
"""Measures the daemon against its targets and against other servers, in alternating rounds; see README.md.

    bench.py --daemon PATH --decoder-speed PATH --range-load PATH --tools DIR [--nats PATH] [--mosquitto PATH] [--nginx PATH]
             [--originals PYTHON] [--rounds N] [--seconds S] [--only LOAD,LOAD] [--results FILE.json] [--report FILE.md]

All traffic stays on the loopback interface, every load is bounded in time, and every started server is stopped.
"""

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import time

import heartbeat
import leadville
import machine
import motion
import ports
import pressure
import radio
import report
import servers
import tls
from loads import Bench
from results import JOINED, OURS, PLAIN, READER, WITH_JOURNAL

RATE, CLIENTS = 1000, 10
BURSTS = (100, 1000)
STALLED_RATE, STALLED_AMONG = 500, 100
IDLE_CLIENTS, IDLE_SECONDS, STARTS = 1000, 3, 5
# The two servers that the target of the steady load compares differ by less than their rounds do, so they run more often.
STEADY_PAIRS = 3
LOADS = ("steady", "burst", "stalled", "idle", "decoders", "ports", "range", "complete", "heartbeat", "resume", "pressure",
         "leadville", "motion", "tls")
MATS, READINGS_RATE = (1, 10), 100


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--daemon", required=True, help="the release build of leadville-gateway")
    parser.add_argument("--decoder-speed", required=True, help="the release build of decoder-speed")
    parser.add_argument("--range-load", required=True, help="the release build of range-load")
    parser.add_argument("--tools", required=True, help="the directory of wsload, evsend, fanlimit and framecopy")
    parser.add_argument("--nats", help="the nats-server to compare with")
    parser.add_argument("--mosquitto", help="the mosquitto to compare with")
    parser.add_argument("--nginx", help="the nginx to compare with")
    parser.add_argument("--originals", help="a Python with the packages of Bench/requirements.txt, for the servers in originals/")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--only", default=",".join(LOADS))
    parser.add_argument("--results", default=".run/bench/results.json")
    parser.add_argument("--report", help="the Markdown page to write")
    chosen = parser.parse_args()
    if not 1 <= chosen.rounds <= 50 or not 1 <= chosen.seconds <= 120:
        parser.error("rounds must be from 1 to 50, seconds from 1 to 120")
    chosen.only = chosen.only.split(",")
    if unknown := set(chosen.only) - set(LOADS):
        parser.error(f"unknown load {', '.join(sorted(unknown))}; available: {', '.join(LOADS)}")
    for name in ("daemon", "tools", "decoder_speed", "range_load", "originals"):
        if path := getattr(chosen, name):
            setattr(chosen, name, os.path.abspath(path))
    return chosen


def competitors(chosen):
    found = [
        servers.ours(OURS, chosen.daemon, "store.enabled=false"),
        servers.ours(WITH_JOURNAL, chosen.daemon),
        servers.ceiling(chosen.tools, JOINED, 64),
        servers.ceiling(chosen.tools, PLAIN, 1),
    ]
    if chosen.nats:
        found.append(servers.nats(chosen.nats))
    if chosen.mosquitto:
        found.append(servers.mosquitto(chosen.mosquitto))
    found.append(servers.python_websockets(sys.executable))
    return found


def plan(bench, everyone, chosen, stack):
    """Yields (key, server, action) in the order of one round. The same load runs on one server after the other, so that
    other activity on the machine affects them equally."""
    us, wanted = everyone[0], chosen.only
    neighbours = [s for s in everyone if s.name not in (JOINED, PLAIN, WITH_JOURNAL)]
    if "steady" in wanted:
        compared = [s for s in everyone if s.name in (us.name, JOINED)]
        for s in everyone + (STEADY_PAIRS - 1) * compared:
            yield "steady", s, lambda s=s: bench.steady(s, CLIENTS, RATE)
    if "burst" in wanted:
        for n in BURSTS:
            for s in everyone:
                if s.name == WITH_JOURNAL:
                    continue
                yield f"burst/{n}", s, lambda s=s, n=n: bench.burst(s, n)
    if "stalled" in wanted:
        for stalled in (0, 1):
            yield f"stalled/{stalled}", us, lambda stalled=stalled: bench.steady(us, STALLED_AMONG, STALLED_RATE, stalled)
    if "idle" in wanted:
        for s in neighbours:
            yield "idle", s, lambda s=s: bench.idle(s, IDLE_CLIENTS, IDLE_SECONDS)
        for _ in range(STARTS):
            yield "start", us, lambda: bench.started(us)
    if "decoders" in wanted:
        for load in report.DECODERS:
            yield f"decoders/{load}", us, lambda load=load: bench.decoder(chosen.decoder_speed, load)
    if "ports" in wanted:
        reader = servers.Server(READER, None)
        for n in MATS:
            yield f"mats/{n}", us, lambda n=n: ports.mats(bench, chosen.daemon, chosen.decoder_speed, n)
            yield f"mats/{n}", reader, lambda n=n: ports.mats_read_in_c(bench, chosen.decoder_speed, n)
        yield "cable", us, lambda: ports.readings(bench, chosen.daemon, READINGS_RATE)
        yield "cable", reader, lambda: ports.readings_read_in_c(bench, READINGS_RATE)
    if "range" in wanted:
        yield "range", us, lambda: radio.whole_range(bench, chosen.range_load)
    yield from surfaces(bench, us, chosen, stack)


def surfaces(bench, us, chosen, stack):
    """The surfaces, each beside the servers that it stands in for."""
    wanted, daemon, python = chosen.only, chosen.daemon, chosen.originals
    if "complete" in wanted:
        yield "complete", us, lambda: bench.complete(servers.complete(OURS, daemon))
    if "heartbeat" in wanted:
        api = heartbeat.ours(OURS, daemon)
        fastapi = [heartbeat.fastapi(python)] if python else []
        for s in [api, *fastapi, *([heartbeat.nginx(chosen.nginx)] if chosen.nginx else [])]:
            yield "heartbeat/requests", s, lambda s=s: heartbeat.requests(bench, s)
        for s in [api, *fastapi]:
            yield "heartbeat/listeners", s, lambda s=s: heartbeat.listeners(bench, s)
        c = servers.ceiling(chosen.tools, PLAIN, 1)
        yield "heartbeat/listeners", c, lambda: heartbeat.listeners_of_c(bench, c)
    if "resume" in wanted:
        yield "resume", us, lambda: heartbeat.missed_events(bench, daemon)
    if "pressure" in wanted:
        sessions = [pressure.ours(OURS, daemon, "store.enabled=false"), *(pressure.originals(python) if python else [])]
        for size in pressure.SIZES:
            for s in sessions:
                yield f"pressure/{size}", s, lambda s=s, size=size: pressure.sessions(bench, s, size)
            yield f"pressure/steady/{size}", us, lambda size=size: pressure.steady(bench, daemon, size)
        yield "pressure/stored", us, lambda: pressure.stored(bench, daemon)
        yield "pressure/list", us, lambda: pressure.listing(bench, daemon)
    if "leadville" in wanted:
        yield "leadville/shot_log", us, lambda: leadville.shot_log(bench, daemon)
        yield "leadville/pages", us, lambda: leadville.pages(bench, chosen.range_load)
    if "motion" in wanted and chosen.mosquitto:
        certificate = stack.enter_context(tls.Certificate())
        broker = stack.enter_context(motion.Broker(chosen.mosquitto, certificate))
        phones = motion.ours(OURS, daemon, broker)
        for s in [phones, *([motion.original(python, broker)] if python else [])]:
            yield "motion/flood", s, lambda s=s: motion.flood(bench, s, broker)
            yield "motion/phones", s, lambda s=s: motion.phones(bench, s, broker)
        yield "motion/delay", us, lambda: motion.delay(bench, phones, broker)
    if "tls" in wanted:
        yield from tls.rounds(bench, daemon, chosen.tools, stack.enter_context(tls.Certificate()))


def summary(row):
    if "stored" in row or "heard" in row:
        return ", ".join(f"{name} {value}" for name, value in row.items())
    if "requests_per_s" in row or "cpu_us_per_frame" in row and "sent" in row:
        return ", ".join(f"{name} {row[name]:,.1f}" for name in ("requests_per_s", "requests_per_cpu_s", "sent", "cpu_us_per_frame")
                         if name in row)
    if "readings" in row:
        return f"p50 {row['delay_us']['p50']:.0f} p99 {row['delay_us']['p99']:.0f} µs"
    if "delay_us" in row:
        return (f"{row['events_per_s']:.0f} deliveries/s, {row['server']['cpu_us_per_event']:.3f} µs CPU each, "
                f"p50 {row['delay_us']['p50']:.0f} p99 {row['delay_us']['p99']:.0f} µs, missing {row['missing']}")
    if "samples_per_s" in row:
        return (f"{row['samples_per_s']:.0f} samples/s, {row['cpu_share'] * 100:.2f} % of a core, {row['events']} events "
                "to the client")
    if "frames_per_s" in row:
        return (f"{row['frames_per_s']:.0f} frames/s, {row['cpu_us_per_frame']:.1f} µs CPU each, "
                f"{row['cpu_share'] * 100:.2f} % of a core, missing {row['missing']}")
    if "copy" in row:
        return (f"{row['frames'] / row['seconds']:,.0f} frames/s, {row['bytes'] / row['seconds'] / 1e6:,.0f} MB/s, "
                f"{row['allocations']} allocations; C copies {row['copy']['frames'] / row['copy']['seconds']:,.0f} frames/s")
    return ", ".join(f"{name} {value if isinstance(value, dict) else f'{value:.4g}'}" for name, value in row.items())


def run_round(steps, title, results):
    """Adds a row for each step; returns the number of those that failed."""
    failures = 0
    for key, server, action in steps:
        label = f"{title}, {key}, {server.name}"
        try:
            row = action()
            print(f"{label}: {summary(row)}", flush=True)
        except (RuntimeError, OSError, ValueError, subprocess.SubprocessError) as problem:
            # A server's failure is a result, not an abort.
            row = None
            failures += 1
            print(f"{label}: {problem}", file=sys.stderr, flush=True)
        results["runs"].setdefault(key, {}).setdefault(server.name, []).append(row)
    return failures


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that `with` blocks stop started servers
    chosen = options()
    servers.raise_descriptor_limit(IDLE_CLIENTS + 500)
    bench = Bench(chosen.tools, chosen.seconds)
    everyone = competitors(chosen)
    has_servers = chosen.only != ["decoders"]
    if has_servers:
        bench.length = bench.message_length(everyone[0])
        print(f"the gateway's messages have {bench.length} bytes on average; all others are padded to that", flush=True)
    results = {
        "date": time.strftime("%Y-%m-%d"), "commit": machine.commit(), "machine": machine.description(),
        "binary": machine.binary_sizes(chosen.daemon) if has_servers else None,
        "message_bytes": bench.length if has_servers else None, "rounds": chosen.rounds, "seconds": chosen.seconds,
        "servers": [s.name for s in everyone], "runs": {},
    }
    failures = 0
    for number in range(chosen.rounds):
        with contextlib.ExitStack() as stack:
            failures += run_round(plan(bench, everyone, chosen, stack), f"round {number + 1} of {chosen.rounds}", results)
        os.makedirs(os.path.dirname(os.path.abspath(chosen.results)), exist_ok=True)
        with open(chosen.results, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1)
    page, verdict = report.page(results)
    if chosen.report:
        with open(chosen.report, "w", encoding="utf-8") as file:
            file.write(page)
    print("\n" + verdict)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
