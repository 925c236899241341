"""Bluetooth without a radio: the daemon on one processor and virtual devices on the other, linked by pairs of packet
sockets that behave like the kernel's Bluetooth sockets."""

import socket
import subprocess
import time

import servers
from loads import LOAD_CPU, SERVER_CPU, buckets_of, difference
from ports import cpu_seconds, total, value, wait_until
from servers import Running, pin

SENSORS, HERTZ = 6, 100
DELIVERY, SAMPLES = "leadville_event_delivery_seconds", "leadville_sensor_samples_total"
LIVE = ["-s", '{"type":"subscribe","channels":["status","sensor_event","timer_event","run_update","heart_rate"]}']


def whole_range(bench, program):
    """CPU time for six sensors at 100 Hz, a timer and a strap, and the delay of their events to a live socket client."""
    pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(SENSORS + 2)]
    for near, far in pairs:
        near.setblocking(False)
        far.setblocking(False)
    gateway_ends, device_ends = ([end.fileno() for end in ends] for ends in zip(*pairs))
    devices = None
    try:
        with Running(server(program, gateway_ends), bench.length, SERVER_CPU, inherited=gateway_ends) as running:
            devices = subprocess.Popen(
                [program, "devices", ",".join(map(str, device_ends))], pass_fds=device_ends,
                preexec_fn=lambda: pin(LOAD_CPU))
            for near, far in pairs:
                near.close()
                far.close()
            wait_until(lambda: value(running, "leadville_bluetooth_links", 'device="bt50"') == SENSORS, 20)
            return measure(bench, running)
    finally:
        if devices:
            devices.kill()
            devices.wait()


def measure(bench, running):
    marks = {}

    def begin():
        marks.update(samples=total_of(running), used=cpu_seconds(running.process.pid), time=time.monotonic(),
                     buckets=buckets_of(running, DELIVERY))

    # Live socket events carry formatted times, which wsload cannot evaluate, so it only counts them.
    report = bench.load(
        running, "-n", 1, *LIVE, "-k", "none", "-q", 10_000, "-t", bench.seconds, when_ready=begin)
    seconds = time.monotonic() - marks["time"]
    used = cpu_seconds(running.process.pid) - marks["used"]
    return {
        "samples_per_s": (total_of(running) - marks["samples"]) / seconds, "cpu_share": used / seconds,
        "events": report["messages"], "inside": difference(buckets_of(running, DELIVERY), marks["buckets"]),
    }


def total_of(running):
    return total(running, SAMPLES)


def server(program, links):
    ours = servers.ours("range", program, "store.enabled=false", "serial.enabled=false")

    def command(place):
        _, _, *words = ours.command(place)
        return [program, "gateway", ",".join(map(str, links)), *(word for word in words if word != "--set")]

    return servers.Server("range", command, url="ws://127.0.0.1:{other}/ws/live", has_metrics=True)
