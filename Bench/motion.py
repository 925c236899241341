"""Phones over MQTT with TLS, beside paho and Flask."""

import asyncio
import json
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import paho.mqtt.client as mqtt
import websockets

import servers
from loads import LOAD_CPU, SERVER_CPU
from phones import message
from ports import cpu_seconds, total, wait_until
from servers import HERE, Running, Server, answers, free_port, pin
from tls import Certificate

TOPIC, READINGS_EACH = "sensor-logger", 2
FLOOD_MESSAGES, FLOOD_SAMPLES = 2_000, 100
PHONES, PHONE_SAMPLES, PHONE_INTERVAL_MS = 10, 84, 100
DELAYS, DELAY_SAMPLES = 300, 10
PAHO = "paho and Flask"


class Broker:
    """mosquitto with a TLS listener for the measured program and a plain one for the phones."""

    def __init__(self, binary, certificate):
        self.port, self.tls_port, self.certificate = free_port(), free_port(), certificate
        self.directory = tempfile.TemporaryDirectory(prefix="leadville-broker-")
        path = f"{self.directory.name}/mosquitto.conf"
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join([
                "allow_anonymous true", "max_queued_messages 0", "set_tcp_nodelay true", "log_type error", "user root",
                f"listener {self.port} 127.0.0.1", f"listener {self.tls_port} 127.0.0.1",
                f"certfile {certificate.certificate}", f"keyfile {certificate.key}", ""]))
        self.process = subprocess.Popen([binary, "-c", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        preexec_fn=lambda: pin(LOAD_CPU))

    def __enter__(self):
        wait_until(lambda: answers(self.tls_port), 10)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.directory.cleanup()


def ours(name, daemon, broker):
    settings = ["mqtt.host=localhost", f"mqtt.port={broker.tls_port}", f"mqtt.topic={TOPIC}", "mqtt.tls.use=always", "mqtt.qos=1",
                f"mqtt.tls.ca_file={broker.certificate.certificate}", "bluetooth.enabled=false", "serial.enabled=false"]
    found = servers.ours(name, daemon, *settings)
    return Server(name, found.command, has_metrics=True)


def original(python, broker):
    return Server(PAHO, lambda place: [
        python, f"{HERE}/originals/motion_paho.py", str(place.port), str(broker.tls_port), broker.certificate.certificate, TOPIC])


def is_connected(running):
    if running.server.name == PAHO:
        return counts(running)["connected"] == 1
    return total(running, "leadville_mqtt_connected") == 1


def messages(running):
    if running.server.name == PAHO:
        return counts(running)["messages"]
    return total(running, "leadville_phone_messages_total")


def counts(running):
    with urllib.request.urlopen(f"http://127.0.0.1:{running.place.port}/counts", timeout=10) as answer:
        return json.load(answer)


def play(broker, *options):
    """Starts the phones; returns the process when their messages are prepared."""
    process = subprocess.Popen(
        [sys.executable, f"{HERE}/phones.py", str(broker.port), TOPIC, *map(str, options)], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, preexec_fn=lambda: pin(LOAD_CPU))
    if process.stdout.readline() != b"ready\n":
        raise RuntimeError("the phones could not connect to the broker")
    return process


def run(running, broker, *options):
    """CPU seconds and seconds until everything that the phones send is handled."""
    wait_until(lambda: is_connected(running), 15)
    process = play(broker, *options)
    wanted = options[0] * options[1]
    before, used, began = messages(running), cpu_seconds(running.process.pid), time.monotonic()
    process.stdin.write(b"go\n")
    process.stdin.flush()
    process.stdout.readline()
    # Rarely: the answer costs the measured server time, too.
    wait_until(lambda: messages(running) - before >= wanted, 60, interval=0.1)
    used, seconds = cpu_seconds(running.process.pid) - used, time.monotonic() - began
    process.wait(10)
    return used, seconds, wanted - (messages(running) - before)


def flood(bench, server, broker):
    """As many readings as the broker delivers."""
    with Running(server, bench.length, SERVER_CPU) as running:
        used, seconds, missing = run(running, broker, 1, FLOOD_MESSAGES, FLOOD_SAMPLES, 0)
    readings = (FLOOD_MESSAGES - missing) * FLOOD_SAMPLES * READINGS_EACH
    return {"readings_per_cpu_s": readings / used, "readings_per_s": readings / seconds, "missing": missing}


def phones(bench, server, broker):
    """Ten phones with 840 samples a second of each quantity."""
    with Running(server, bench.length, SERVER_CPU) as running:
        used, seconds, missing = run(
            running, broker, PHONES, bench.seconds * 1000 // PHONE_INTERVAL_MS, PHONE_SAMPLES, PHONE_INTERVAL_MS)
    return {"cpu_share": used / seconds, "missing": missing}


def delay(bench, server, broker):
    """From the phone's publish until the event reaches a client: through the broker, the gateway and two sockets."""
    with Running(server, bench.length, SERVER_CPU) as running:
        wait_until(lambda: is_connected(running), 15)
        with open(f"/proc/{running.process.pid}/smaps_rollup", encoding="utf-8") as file:
            memory = next(int(line.split()[1]) for line in file if line.startswith("Rss:"))
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        # The delay of the sending phone is not measured: its system would hold a message back until the last one is confirmed.
        client.on_socket_open = lambda client, userdata, opened: opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.connect("127.0.0.1", broker.port)
        client.loop_start()
        delays = asyncio.run(measure(client, f"ws://127.0.0.1:{running.place.other}/ws/live"))
        client.loop_stop()
    delays.sort()
    return {"delay_ms": {"p50": delays[len(delays) // 2], "p99": delays[len(delays) * 99 // 100]}, "rss_kib": memory}


async def measure(client, url):
    async with websockets.connect(url) as socket:
        await socket.send(json.dumps({"type": "subscribe", "channels": ["motion"]}))
        start, found = time.time_ns(), []
        for number in range(-20, DELAYS):
            text = message(0, number + 20, DELAY_SAMPLES, start)
            began = time.monotonic()
            client.publish(TOPIC, text)
            while json.loads(await asyncio.wait_for(socket.recv(), 10)).get("event_type") != "motion_samples":
                pass
            if number >= 0:
                found.append((time.monotonic() - began) * 1e3)
        return found


if __name__ == "__main__":
    from loads import Bench
    bench = Bench(sys.argv[2], 3)
    with Certificate() as certificate, Broker(sys.argv[4], certificate) as broker:
        for server in (ours("ours", sys.argv[1], broker), original(sys.argv[3], broker)):
            print(server.name, flood(bench, server, broker), phones(bench, server, broker))
        print(delay(bench, ours("ours", sys.argv[1], broker), broker))
