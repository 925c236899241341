"""LeadVille's own pages: the shot log of a long season, twenty pages that poll as the originals do, and how long after the
gateway's own clients those pages hear of an event.

As a program, it is the load of the other functions: leadville.py pages HTTP PAGES TIMER_PAGES SECONDS
                                                    leadville.py watch HTTP PAGES TIMER_PAGES SECONDS
"""

import asyncio
import base64
import contextlib
import json
import os
import selectors
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

import radio
import servers
from loads import LOAD_CPU, SERVER_CPU
from ports import cpu_seconds, total, value, wait_until
from servers import Running, free_port, pin

STORED_SHOTS, SHOTS_IN_STRING = 100_000, 10
QUERY, ROWS, REQUESTS = "/api/shot-log?limit=100", 100, 1_000
TIMER = "60:09:C3:1F:DC:1A"
SUBSCRIBE = {"type": "subscribe", "channels": ["timer_events", "health_status", "session_updates"]}
EVERYTHING = {"type": "subscribe", "channels": ["timer_event", "sensor_event", "run_update"]}
STRINGS = 200
# How many of each page are open; what it polls, in seconds between requests; and its sockets.
PAGES = {
    "Console": (4, {"/api/logs?limit=50": 2}, ["/ws/logs"]),
    "Live Log": (4, {"/api/shot-log?limit=100": 5, "/api/logs?limit=100": 2}, ["/ws/logs"]),
    "Dashboard": (4, {}, ["/ws/live"]),
    "Timer Dashboard": (3, {}, ["/ws"]),
    "enhanced dashboard": (2, {"/api/health": 30, "/api/shot-log?limit=5": 30}, ["/ws/live"]),
    "kiosk": (2, {"/v1/kiosk/status": 2}, []),
    # An endless loop of the original page.
    "Range Officer": (1, {"/api/stages/USPSA/Steel_Challenge_5to_Go": 1 / 60}, []),
}


def shot_log(bench, gateway_path):
    """The time of a request for the latest 100 rows of the shot log, with 100,000 shots stored."""
    with tempfile.TemporaryDirectory(prefix="leadville-shots-") as directory:
        server, port = with_pages("shot log", gateway_path, f"state_directory={directory}")
        # The gateway creates its store, and stops.
        with Running(server, bench.length, SERVER_CPU):
            pass
        store_shots(os.path.join(directory, "gateway.db"))
        with Running(server, bench.length, SERVER_CPU) as running:
            used = cpu_seconds(running.process.pid)
            delays, rows = ask(port, QUERY, REQUESTS)
            used = cpu_seconds(running.process.pid) - used
    if rows != ROWS:
        raise RuntimeError(f"{QUERY} has {rows} rows")
    return {"stored": STORED_SHOTS, "requests": len(delays), "delay_us": quantiles(delays),
            "cpu_us_per_request": used * 1e6 / len(delays)}


def pages(bench, gateway_path):
    """The processor time of twenty pages, while strings are shot, and how long after the gateway's own clients they hear of
    an event. `gateway_path` is range-load, whose virtual devices run in a process of their own."""
    numbers = [free_port() for _ in range(2)]
    with whole_range(bench, gateway_path, numbers) as running:
        ports = [running.place.other, *numbers]
        alone = processor_share(running, lambda: time.sleep(bench.seconds))
        with load("pages", ports, 3 * bench.seconds + 2) as browsers:
            browsers.stdout.readline()
            with load("watch", ports, bench.seconds * 2) as watcher:
                together = processor_share(running, watcher.wait)
                heard = json.loads(watcher.stdout.read())
            requests = json.loads(browsers.communicate(timeout=60)[0])
    return {"pages": sum(count for count, *_ in PAGES.values()), "cpu_share": max(0, together - alone),
            "cpu_share_without": alone, "requests_per_s": requests["requests"] / requests["seconds"], "heard": heard}


def with_pages(name, program, *settings):
    """A gateway that serves LeadVille's pages, and the port where it does."""
    port = free_port()
    return servers.ours(name, program, "bluetooth.enabled=false", "serial.enabled=false", *settings,
                        f"leadville.port={port}"), port


def store_shots(path):
    """Writes shots into the journal of a gateway that does not run, in the form in which it stores them."""
    def row(number, kind, data):
        moment = begin + number * 1_000_000_000
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(moment // 1_000_000_000))
        body = {"type": "timer_event", "event_type": kind, "timestamp": stamp, "device_id": TIMER, "data": data,
                "id": number}
        return number, moment, "timer", TIMER, json.dumps(body, separators=(",", ":"))

    def rows():
        number = first
        for string in range(STORED_SHOTS // SHOTS_IN_STRING):
            yield row(number, "timer_started", {"shot_state": "START", "string": string, "current_shot": 0})
            for shot in range(1, SHOTS_IN_STRING + 1):
                yield row(number + shot, "shot_detected", {
                    "shot_state": "ACTIVE", "current_shot": shot, "current_time": shot * 0.5, "split_time": 0.5,
                    "event_detail": f"Shot {shot}: {shot * 0.5:.2f}s"})
            number += SHOTS_IN_STRING + 1
            yield row(number, "timer_stopped", {
                "shot_state": "STOPPED", "current_shot": SHOTS_IN_STRING, "current_time": SHOTS_IN_STRING * 0.5})
            number += 1

    with contextlib.closing(sqlite3.connect(path)) as store, store:
        first = (store.execute("SELECT max(seq) FROM event").fetchone()[0] or 0) + 1
        count = STORED_SHOTS + 2 * STORED_SHOTS // SHOTS_IN_STRING
        begin = time.time_ns() - (first + count) * 1_000_000_000
        store.executemany("INSERT INTO event(seq, t_ns, kind, source, body) VALUES(?, ?, ?, ?, ?)", rows())


def ask(port, path, count):
    """The times of requests on one connection in µs, and the number of rows in the last answer."""
    delays = []
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream = connection.makefile("rb")
        for _ in range(count):
            began = time.monotonic_ns()
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            body = read_answer(stream)
            delays.append((time.monotonic_ns() - began) / 1000)
    return delays, json.loads(body)["count"]


def read_answer(stream):
    status = stream.readline()
    length = 0
    while (line := stream.readline()) not in (b"\r\n", b""):
        name, _, text = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(text)
    if b" 200 " not in status:
        raise RuntimeError(status.decode().strip())
    return stream.read(length)


@contextlib.contextmanager
def whole_range(bench, program, numbers):
    """A gateway on two ports of pages, with six sensors and a timer whose strings follow each other quickly."""
    extra = [f"leadville.port={numbers[0]}", f"leadville.timer_port={numbers[1]}"]
    pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(radio.SENSORS + 2)]
    for near, far in pairs:
        near.setblocking(False)
        far.setblocking(False)
    gateway_ends, device_ends = ([end.fileno() for end in ends] for ends in zip(*pairs))
    plain = radio.server(program, gateway_ends)
    server = servers.Server("pages", lambda place: [*plain.command(place), *extra], url=plain.url, has_metrics=True)
    devices = None
    try:
        with Running(server, bench.length, SERVER_CPU, inherited=gateway_ends) as running:
            devices = subprocess.Popen(
                [program, "devices", ",".join(map(str, device_ends)), str(STRINGS)], pass_fds=device_ends,
                preexec_fn=lambda: pin(LOAD_CPU))
            for near, far in pairs:
                near.close()
                far.close()
            wait_until(lambda: value(running, "leadville_bluetooth_links", 'device="bt50"') == radio.SENSORS, 20)
            # The first string.
            wait_until(lambda: total(running, "leadville_range_statements_total") > 0, 8)
            yield running
    finally:
        if devices:
            devices.kill()
            devices.wait()


@contextlib.contextmanager
def load(what, ports, seconds):
    process = subprocess.Popen(
        [sys.executable, os.path.abspath(__file__), what, *map(str, ports), str(seconds)], stdout=subprocess.PIPE,
        text=True, preexec_fn=lambda: pin(LOAD_CPU))
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def processor_share(running, work):
    used, began = cpu_seconds(running.process.pid), time.monotonic()
    work()
    return (cpu_seconds(running.process.pid) - used) / (time.monotonic() - began)


def quantiles(values):
    values = sorted(values)
    return {"p50": values[len(values) // 2], "p99": values[min(len(values) - 1, len(values) * 99 // 100)],
            "max": values[-1]} if values else None


# The load, in processes of its own.


def handshake(path):
    return (f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: bGVhZHZpbGxlLWdhdGV3YQ==\r\n\r\n").encode()


def frame(message):
    text = json.dumps(message).encode()
    # A mask of zeros leaves the text as it is.
    return bytes([0x81, 0x80 | len(text)]) + bytes(4) + text


class Watcher:
    """A WebSocket client that notes when each event arrives."""

    def __init__(self, port, path, first=None):
        self.connection = socket.create_connection(("127.0.0.1", port), 10)
        self.connection.sendall(handshake(path))
        self.data = b""
        while b"\r\n\r\n" not in self.data:
            self.data += self.connection.recv(4096)
        head, _, self.data = self.data.partition(b"\r\n\r\n")
        if b" 101 " not in head:
            raise RuntimeError(f"{path}: {head[:40]}")
        if first:
            self.connection.sendall(frame(first))
        self.heard = {}

    def read(self):
        now = time.monotonic_ns()
        self.data += self.connection.recv(65536)
        while (message := self.next_message()) is not None:
            event = json.loads(message)
            number = event["data"].get("log_id") if event.get("type") == "timer_event" and "log_id" in event.get(
                "data", {}) else event.get("id")
            if number is not None and event.get("type") in ("timer_event", "sensor_event", "run_update"):
                self.heard.setdefault(number, now)

    def next_message(self):
        if len(self.data) < 2:
            return None
        length, begin = self.data[1], 2
        if length == 126:
            length, begin = int.from_bytes(self.data[2:4], "big"), 4
        elif length == 127:
            length, begin = int.from_bytes(self.data[2:10], "big"), 10
        if len(self.data) < begin + length:
            return None
        kind, message = self.data[0] & 15, self.data[begin:begin + length]
        self.data = self.data[begin + length:]
        return message if kind == 1 else b"{}"


def watch(http, pages_port, timer_pages, seconds):
    """How long after the gateway's own socket LeadVille's sockets have an event, in µs."""
    own = Watcher(http, "/ws/live", EVERYTHING)
    others = {"/ws/live": Watcher(pages_port, "/ws/live", SUBSCRIBE), "/ws": Watcher(timer_pages, "/ws")}
    selector = selectors.DefaultSelector()
    for watcher in (own, *others.values()):
        selector.register(watcher.connection, selectors.EVENT_READ, watcher)
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        for key, _ in selector.select(left):
            key.data.read()
    return {path: quantiles([(moment - own.heard[number]) / 1000 for number, moment in watcher.heard.items()
                             if number in own.heard]) for path, watcher in others.items()}


async def open_pages(http, pages_port, timer_pages, seconds):
    """Opens all pages; returns how many requests they made."""
    made = 0

    async def poll(path, interval):
        nonlocal made
        reader, writer = await asyncio.open_connection("127.0.0.1", pages_port)
        while True:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(line.split(b":")[1]) for line in head.lower().splitlines()
                          if line.startswith(b"content-length:"))
            await reader.readexactly(length)
            made += 1
            await asyncio.sleep(interval)

    async def listen(path):
        port = timer_pages if path == "/ws" else pages_port
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(handshake(path))
        await reader.readuntil(b"\r\n\r\n")
        if path == "/ws/live":
            writer.write(frame(SUBSCRIBE))
        while await reader.read(65536):
            pass

    tasks = [asyncio.create_task(work) for count, polls, sockets in PAGES.values() for _ in range(count)
             for work in [*(poll(path, interval) for path, interval in polls.items()), *map(listen, sockets)]]
    await asyncio.sleep(1)
    print("ready", flush=True)
    made, began = 0, time.monotonic()
    await asyncio.sleep(seconds)
    ended = [task for task in tasks if task.done()]
    for task in tasks:
        task.cancel()
    if ended:
        raise RuntimeError(f"{len(ended)} of {len(tasks)} connections were closed")
    return {"requests": made, "seconds": time.monotonic() - began, "http": http}


def main():
    what, *numbers = sys.argv[1:]
    numbers = [int(number) for number in numbers]
    result = watch(*numbers) if what == "watch" else asyncio.run(open_pages(*numbers))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
