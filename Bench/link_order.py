"""Finds the functions that every event runs through and writes them to a file for the linker, which puts them side by side.

Between two events the processor's caches hold other programs: functions that stand side by side are fetched in a fraction of the
time. Each load runs twice under valgrind, with few events and with many; a function belongs to the list if it is called more
often with more events. Run by tools/link-order.
"""

import argparse
import os
import re
import stat
import tempfile

import motion
import servers
import tls
from loads import Bench
from servers import Running

CLIENTS, RATE = 10, 50
FEW, MANY = 50, 450
# A function that runs for every second event belongs to the list.
LEAST_CALLS = (MANY - FEW) // 2
VALGRIND_START_TIMEOUT_S = 180


class Recorder:
    """A program that runs the gateway under valgrind and leaves the calls of its functions in a file."""

    def __init__(self, gateway, directory):
        self.gateway, self.directory, self.runs = gateway, directory, 0
        self.program = os.path.join(directory, "gateway")
        self.file = None

    def calls(self, load, count):
        """How often each function was called, in the order of the first call."""
        self.runs += 1
        self.file = os.path.join(self.directory, f"calls-{self.runs}")
        with open(self.program, "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\nexec valgrind --quiet --demangle=no --tool=callgrind --callgrind-out-file={self.file} {self.gateway} "$@"\n')
        os.chmod(self.program, stat.S_IRWXU)
        load(self.program, count)
        return read_calls(self.file, self.gateway)


def read_calls(path, gateway):
    """Calls by function of the gateway, from a file of callgrind, which gives each name a number."""
    names, objects, calls = {}, {}, {}

    def name(text, known):
        number, _, given = text.partition(" ")
        return known.setdefault(number, given) if given else known[number]

    current = called = function = None
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            key, _, value = line.rstrip("\n").partition("=")
            if key == "ob":
                current = name(value, objects)
            elif key == "fn":
                name(value, names)
                called = current
            elif key == "cob":
                called = name(value, objects)
            elif key == "cfn":
                function, called = (called, name(value, names)), current
            elif key == "calls":
                calls[function] = calls.get(function, 0) + int(value.split()[0])
    own = {}
    for (place, function), count in calls.items():
        # Recursive calls have names of their own, such as `f'2`; functions without a symbol have an address.
        function = re.sub(r"'\d+$", "", function)
        if place == gateway and not function.startswith("0x"):
            own[function] = own.get(function, 0) + count
    return own


def heart(tools):
    def run(program, count):
        bench = Bench(tools, count / RATE)
        bench.length = 0
        with bench.start(servers.ours("heart", program, "store.enabled=false")) as running:
            bench.load(running, "-n", CLIENTS, "-q", 10_000, "-t", count // RATE + 60,
                       sender=["-f", running.feed(), "-r", RATE, "-c", count])
    return run


def phones(broker):
    def run(program, count):
        with Running(motion.ours("phones", program, broker), 0, 0) as running:
            motion.run(running, broker, 1, count, 10, 1000 // RATE)
    return run


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gateway", required=True, help="the release build, with its symbols but without debug information")
    parser.add_argument("--tools", required=True)
    parser.add_argument("--mosquitto", required=True)
    parser.add_argument("--output", required=True)
    chosen = parser.parse_args()
    servers.START_TIMEOUT_S = VALGRIND_START_TIMEOUT_S
    found = {}
    with tempfile.TemporaryDirectory(prefix="leadville-calls-") as directory, tls.Certificate() as certificate, \
            motion.Broker(chosen.mosquitto, certificate) as broker:
        recorder = Recorder(os.path.abspath(chosen.gateway), directory)
        for title, load in (("heart readings", heart(chosen.tools)), ("phones over MQTT", phones(broker))):
            few, many = recorder.calls(load, FEW), recorder.calls(load, MANY)
            frequent = [function for function, count in many.items() if count - few.get(function, 0) >= LEAST_CALLS]
            print(f"{title}: {len(frequent)} functions", flush=True)
            found.update(dict.fromkeys(frequent))
    with open(chosen.output, "w", encoding="utf-8") as file:
        file.write("".join(f"{function}\n" for function in found))


if __name__ == "__main__":
    main()
