"""The heartbeat API beside FastAPI and nginx, and the events that a client missed."""

import http.client
import json
import re
import socket
import subprocess
import sys
import threading
import time

import servers
from loads import LOAD_CPU, SERVER_CPU
from ports import cpu_seconds, total, wait_until
from servers import HERE, Running, Server, pin

CONNECTIONS, LISTENERS, HERTZ = 16, 1_000, 2
MISSED, MISSED_RATE = 10_000, 2_500
OTHERS, OTHERS_RATE = 10, 500
FASTAPI, NGINX = "FastAPI and uvicorn", "nginx, a static file"
# A record of the API: the static file has the same length.
RECORD = ('{"timestamp":"2026-11-20T20:51:47.378067","bpm":73,"systolic":117,"diastolic":79,"stress_level":0.0,'
          '"state":"running"}')
NGINX_CONFIGURATION = """
daemon off; master_process off; worker_processes 1; pid {directory}/pid; error_log stderr;
events {{ worker_connections 4096; }}
http {{
    access_log off; keepalive_requests 1000000000; client_body_temp_path {directory}; proxy_temp_path {directory};
    fastcgi_temp_path {directory}; uwsgi_temp_path {directory}; scgi_temp_path {directory};
    server {{
        listen 127.0.0.1:{port}; root {directory}; default_type application/json;
        location /heartbeat/ {{ try_files /current =404; }}
    }}
}}
"""


def ours(name, daemon, *settings):
    """The gateway with the API at the measured port."""
    found = servers.ours(name, daemon, "bluetooth.enabled=false", "serial.enabled=false", *settings)

    def command(place):
        return [*found.command(place), "--set", f"http.port={place.port}",
                "--set", f"heart.websocket_port={place.other}"]

    return Server(name, command, url="ws://127.0.0.1:{port}/ws/heartbeat")


def fastapi(python):
    return Server(FASTAPI, lambda place: [python, f"{HERE}/originals/heartbeat_fastapi.py", str(place.port)],
                  url="ws://127.0.0.1:{port}/ws/heartbeat")


def nginx(binary):
    def command(place):
        place.write("current", RECORD)
        configuration = NGINX_CONFIGURATION.format(directory=place.directory, port=place.port)
        return [binary, "-p", place.directory, "-c", place.write("nginx.conf", configuration)]

    return Server(NGINX, command)


def start_simulation(running):
    if running.server.name in (FASTAPI, NGINX):
        return
    connection = http.client.HTTPConnection("127.0.0.1", running.place.port, timeout=10)
    connection.request("POST", "/simulation/start")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"POST /simulation/start was answered {answer.status}")


def requests(bench, server):
    """GET /heartbeat/current over connections that are kept open."""
    with Running(server, bench.length, SERVER_CPU) as running:
        start_simulation(running)
        url = f"http://127.0.0.1:{running.place.port}/heartbeat/current"
        used, began = cpu_seconds(running.process.pid), time.monotonic()
        done = subprocess.run(
            ["wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{bench.seconds}s", url], stdout=subprocess.PIPE, text=True,
            timeout=bench.seconds + 30, check=True, preexec_fn=lambda: pin(LOAD_CPU))
        seconds = time.monotonic() - began
        used = cpu_seconds(running.process.pid) - used
    count = int(re.search(r"(\d+) requests in", done.stdout).group(1))
    if "Non-2xx" in done.stdout or not count:
        raise RuntimeError(f"{server.name} rejected requests: {done.stdout[-300:]}")
    return {"requests_per_s": float(re.search(r"Requests/sec:\s*([\d.]+)", done.stdout).group(1)),
            "requests_per_cpu_s": count / used, "server_share": used / seconds}


def listeners(bench, server):
    """The cost of a thousand clients of the WebSocket."""
    with Running(server, bench.length, SERVER_CPU) as running:
        start_simulation(running)
        report = bench.load(running, "-n", LISTENERS, "-k", "none", "-q", 100_000, "-t", bench.seconds)
    return {"cpu_share": report["server"]["cpu_s"] / bench.seconds, "messages": report["messages"],
            "wanted": LISTENERS * HERTZ * bench.seconds}


def listeners_of_c(bench, server):
    """The same messages from the C program, which only copies each datagram to every client: what the kernel takes."""
    with Running(server, len(RECORD), SERVER_CPU) as running:
        count = HERTZ * bench.seconds
        report = bench.load(running, "-n", LISTENERS, "-W", 0, "-q", 2000, "-t", bench.seconds + 10,
                            sender=["-f", running.feed(), "-r", HERTZ, "-c", count, "-l", len(RECORD)])
    return {"cpu_share": report["server"]["cpu_s"] / bench.seconds, "messages": report["messages"], "wanted": LISTENERS * count}


# MARK: Missed events

def broadcast(daemon):
    """The gateway with the broadcast at the measured port, and the live socket beside it."""
    found = servers.ours("resume", daemon, "bluetooth.enabled=false", "serial.enabled=false", "store.retention_days=1")
    return Server("resume", found.command, has_metrics=True)


def store_missed(bench, running):
    """Sends readings until the journal has enough of them."""
    subprocess.run([f"{bench.tools}/evsend", "-f", running.feed(), "-r", str(MISSED_RATE), "-c", str(MISSED)],
                   stdout=subprocess.DEVNULL, check=True, timeout=60, preexec_fn=lambda: pin(LOAD_CPU))
    wait_until(lambda: total(running, "leadville_journal_entries_total") >= MISSED, 10)


def resume(running):
    """Subscribes as a client that missed everything; returns the events and the seconds until the last one came."""
    with socket.create_connection(("127.0.0.1", running.place.other), timeout=20) as client:
        client.sendall(b"GET /ws/live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        client.recv(4096)
        text = json.dumps({"type": "subscribe", "channels": ["heart_rate"], "since": 0}).encode()
        began = time.monotonic()
        client.sendall(bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text)
        events, rest, mark = 0, b"", b'"type":"heart_rate"'
        while events < MISSED:
            data = client.recv(1 << 20)
            if not data:
                raise RuntimeError(f"the connection ended after {events} events")
            data = rest + data
            events += data.count(mark)
            last = data.rfind(mark)
            rest = data[max(len(data) - len(mark) + 1, last + len(mark) if last >= 0 else 0):]
        return events, time.monotonic() - began


def missed_events(bench, daemon):
    """How fast missed events come, and what others notice of that."""
    with Running(broadcast(daemon), bench.length, SERVER_CPU) as running:
        store_missed(bench, running)
        pace = []
        for _ in range(5):
            events, seconds = resume(running)
            pace.append(events / seconds)
        count = OTHERS_RATE * bench.seconds
        options = ("-n", OTHERS, "-W", OTHERS_RATE // 2, "-q", 1000, "-t", bench.seconds + 10)
        sender = ["-f", running.feed(), "-r", OTHERS_RATE, "-c", count]
        calm = bench.load(running, *options, sender=sender)
        over, resumed = threading.Event(), []

        def again():
            while not over.is_set():
                resumed.append(resume(running))
                over.wait(0.2)

        thread = threading.Thread(target=again)
        thread.start()
        try:
            busy = bench.load(running, *options, sender=sender)
        finally:
            over.set()
            thread.join()
        return {"resumed_per_s": max(pace), "calm_p99_us": calm["delay_us"]["p99"], "busy_p99_us": busy["delay_us"]["p99"],
                "calm_p50_us": calm["delay_us"]["p50"], "busy_p50_us": busy["delay_us"]["p50"], "resumes": len(resumed)}


if __name__ == "__main__":
    from loads import Bench
    bench = Bench(sys.argv[2], 3)
    servers.raise_descriptor_limit(3000)
    for s in [ours("ours", sys.argv[1]), fastapi(sys.argv[3]), nginx(sys.argv[4])]:
        print(s.name, requests(bench, s))
        if s.name != NGINX:
            print(listeners(bench, s))
    print(missed_events(bench, sys.argv[1]))
