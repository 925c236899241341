#!/usr/bin/env python3
"""Attacks the gateway and measures what honest devices and clients notice; see README.md.

    attack.py --program range-load --tools DIR [--only KEY,KEY] [--seconds S] [--results FILE.json] [--report FILE.md]

Needs root: it creates network namespaces. Everything is bounded in time and count, stays in these namespaces and is
stopped at the end.
"""

import argparse
import json
import os
import pathlib
import resource
import shutil
import signal
import sys
import time

import network
import report
from attacks import ATTACKS, Attack
from trial import Trial

# As many as the unit gives the gateway.
DESCRIPTORS = 16_384
NONE = Attack("none", "no attack", lambda host: [["sleep", str(host.seconds)]])


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True, help="the release build of range-load: gateway, and virtual devices")
    parser.add_argument("--tools", required=True, help="the directory of streamflood, udpflood, serialflood and honest")
    parser.add_argument("--only", help="some of the attacks: names or parts of names, separated by commas")
    parser.add_argument("--seconds", type=int, default=4, help="the duration of each attack, 2 to 20 (default 4)")
    parser.add_argument("--results", default=".run/attack/results.json")
    parser.add_argument("--report", help="the Markdown page to write")
    parser.add_argument("--list", action="store_true", help="list the attacks and exit")
    chosen = parser.parse_args()
    if not 2 <= chosen.seconds <= 20:
        parser.error("--seconds must be from 2 to 20")
    chosen.attacks = [attack for attack in ATTACKS if not chosen.only or any(
        part in attack.key for part in chosen.only.split(","))]
    if not chosen.attacks:
        parser.error(f"no attack is called {chosen.only}; available: {', '.join(attack.key for attack in ATTACKS)}")
    chosen.program, chosen.tools = os.path.abspath(chosen.program), os.path.abspath(chosen.tools)
    chosen.results = os.path.abspath(chosen.results)
    chosen.directory = pathlib.Path(chosen.results).parent / "state"
    return chosen


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that `with` blocks stop started programs
    chosen = options()
    if chosen.list:
        print("\n".join(f"{attack.key:20} {attack.title}" for attack in ATTACKS))
        return 0
    if os.geteuid() != 0:
        sys.exit("make attack: network namespaces need root; run it as root or with sudo")
    network.enter()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, DESCRIPTORS) if hard > 0 else DESCRIPTORS, hard))
    shutil.rmtree(chosen.directory, ignore_errors=True)
    chosen.directory.mkdir(parents=True)
    began, pending, results = time.monotonic(), [], []
    limit = "none"
    try:
        for number, attack in enumerate([NONE, *chosen.attacks], 1):
            trial = Trial(attack, number, chosen)
            pending.append(trial)
            print(f"{attack.key}: {attack.title}", flush=True)
            try:
                trial.run()
            except (RuntimeError, OSError, ValueError) as problem:  # a failure of one attack is a result
                trial.result["problems"].append(str(problem))
            limit = trial.gateway.confinement.description if hasattr(trial, "gateway") else limit
            print(f"    {report.summary(trial.result)}", flush=True)
            # Gateways settle while the next attacks run.
            while pending and ready(pending[0]):
                results.append(pending.pop(0).finish())
        while pending:
            results.append(pending.pop(0).finish())
    finally:
        for trial in pending:
            trial.finish(settle=False)
        write(chosen, {"seconds": chosen.seconds, "limit": limit, "trials": results,
                       "took_s": time.monotonic() - began})
    return 0


def ready(trial):
    return trial.result.get("died", True) or time.monotonic() > trial.ended + 30


def write(chosen, results):
    page, verdict = report.page(results)
    with open(chosen.results, "w", encoding="utf-8") as file:
        json.dump(results, file, indent=1)
    if chosen.report:
        with open(chosen.report, "w", encoding="utf-8") as file:
            file.write(page)
    print("\n" + verdict)


if __name__ == "__main__":
    sys.exit(main())
