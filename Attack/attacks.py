"""The attacks: for each, what it needs first, the programs that run it, and how to describe its rate."""

from dataclasses import dataclass, field
from typing import Callable

import payloads as p
from gateway import PORTS
from network import ATTACKER, ATTACKER_ADDRESSES, GATEWAY_FOR_ATTACKER

LARGE = 16_000
MANY_USERS = 989  # ten honest ones and one of the strap: 1,000
EVERYWHERE = f"{ATTACKER}+{ATTACKER_ADDRESSES}"


class Host:
    """The attacker's host: its programs, and the files that they send."""

    def __init__(self, tools, directory, seconds):
        self.tools, self.directory, self.seconds = tools, directory, seconds
        self.count = 0

    def file(self, data):
        self.count += 1
        path = self.directory / f"payload-{self.count}"
        path.write_bytes(data)
        return str(path)

    def stream(self, port, connections, *options, opening=b"", payload=b"", addresses=ATTACKER):
        words = [f"{self.tools}/streamflood", "-c", f"{GATEWAY_FOR_ATTACKER}:{PORTS[port]}", "-n", connections,
                 "-t", self.seconds, "-s", addresses, *options]
        words += ["-o", self.file(opening)] if opening else []
        words += ["-p", self.file(payload)] if payload else []
        return [str(word) for word in words]

    def web_sockets(self, port, connections, *options, payload=b"", first=b"", opening=None, addresses=ATTACKER):
        """The same on WebSocket connections; `first` is sent once on each."""
        opening = opening or p.upgrade("/ws/live" if port == "http" else "/")
        waits = [] if first else ["-w"]
        return self.stream(port, connections, *waits, *options, opening=opening + first, payload=payload,
                           addresses=addresses)

    def udp(self, data, rate=0, seconds=None, addresses=ATTACKER):
        return [f"{self.tools}/udpflood", "-c", f"{GATEWAY_FOR_ATTACKER}:{PORTS['boards']}", "-f", self.file(data),
                "-r", str(rate), "-t", str(seconds or self.seconds), "-s", addresses]


@dataclass
class Attack:
    key: str
    title: str
    start: Callable
    # Run to their end before the attack.
    prepare: Callable = lambda host: []
    settings: list = field(default_factory=list)
    # Other checks of the running gateway: methods of `Trial`.
    checks: tuple = ()
    # Whether honest readings compete with a flood of datagrams.
    floods_datagrams: bool = False
    fills_journal: bool = False
    serial: bool = False
    # Runs that the store holds before, as many copies of the first one without an attack.
    stored_runs: int = 0


def thousand_users(host):
    """A thousand users with some history."""
    return [host.udp(p.readings(MANY_USERS), rate=8_000, seconds=2)]


def large_readings(host):
    return [host.udp(p.readings(MANY_USERS, padding=LARGE), rate=1_000, seconds=2)]


def pipelined(path, method="GET"):
    return lambda host, connections: host.stream(
        "http", connections, payload=p.repeated(p.request(f"{method} {path}")))


METRICS = pipelined("/metrics")
PATHS = ("/api/runs", "/api/runs?format=csv", "/api/devices", "/no/such/path", "/api/events/1/explain", "/api/targets",
         "/range")
DRY_RUN = "/api/sensors/C0:DE:00:00:01:02/dry-run"
LISTS = ("/api/runs?limit=500", "/api/runs?limit=500&format=csv", "/api/runs?format=json", "/api/runs?shooter=nobody")
ASK = p.repeated(p.command(type="get_all_statistics"), 16 << 10)
ASK_STATUS = p.repeated(p.command(type="get_status"), 16 << 10)
CHANNELS = ["heart_rate", "timer_event", "sensor_event", "run_update", "pressure"]
SUBSCRIBE = p.command(type="subscribe", channels=CHANNELS)
RESUBSCRIBE = p.command(type="unsubscribe", channels=["pressure"]) + p.command(type="subscribe", channels=[], raw=True)
TARGET = b'{"id":"t","name":"t"}'
CHANGES = (p.post("/api/targets", TARGET) + p.request("DELETE /api/targets/t") + p.request("GET /api/targets"))
DEEP = (b"[" * 60_000, '{"type":"subscribe","channels":[' + '"a",' * 8_000 + '"b"]}', b'{"type":' + b"9" * 60_000 + b"}")
BODY = b"x" * ((1 << 20) - 1)
COMPRESSED = "Sec-WebSocket-Extensions: permessage-deflate"

ATTACKS = [
    Attack("pipeline-8", "8 connections pipeline `GET /metrics`, 64 KiB of requests at a time",
           lambda h: [METRICS(h, 8)]),
    Attack("pipeline-128", "128 connections do so", lambda h: [METRICS(h, 128)]),
    Attack("pipeline-paths", "56 connections pipeline runs, exports, devices, explanations, pages and unknown paths",
           lambda h: [pipelined(path)(h, 8) for path in PATHS]),
    Attack("stored-runs", "32 connections list and export 2,000 runs, 500 at a time and all of them",
           lambda h: [pipelined(path)(h, 8) for path in LISTS], stored_runs=2_000),
    Attack("dry-runs", "16 connections repeat the detection of impacts on what a sensor sent, and ask for explanations",
           lambda h: [h.stream("http", 8, payload=p.repeated(p.post(DRY_RUN, b'{"seconds":60}'))),
                      h.stream("http", 8, payload=p.repeated(p.request("GET /api/events/600/explain")))]),
    Attack("statistics", "4 clients of 6789 send `get_all_statistics` without a pause, 1,000 users known",
           lambda h: [h.web_sockets("heart", 4, payload=ASK)], thousand_users),
    Attack("statistics-64", "64 clients do so", lambda h: [h.web_sockets("heart", 64, payload=ASK)], thousand_users),
    Attack("unread-broadcast",
           "256 clients of 6789 that never read, after 989 users sent datagrams of 16 KB and while they do",
           lambda h: [h.web_sockets("heart", 256, "-R", payload=ASK_STATUS),
                      h.udp(p.readings(MANY_USERS, padding=LARGE), rate=100)], large_readings),
    Attack("unread-live", "256 clients of `/ws/live` that never read, meanwhile 500 datagrams of 16 KB a second",
           lambda h: [h.web_sockets("http", 256, "-R", "-1", payload=SUBSCRIBE),
                      h.udp(p.readings(MANY_USERS, padding=LARGE), rate=500)], large_readings),
    Attack("unread-pages", "1,000 connections pipeline `GET /metrics` and exports and never read",
           lambda h: [h.stream("http", 500, "-R", payload=p.repeated(p.request("GET /metrics"))),
                      h.stream("http", 500, "-R", payload=p.repeated(p.request("GET /api/runs?format=csv")))]),
    Attack("unfinished-messages", "600 WebSocket messages of 1 MiB of which the end is missing",
           lambda h: [h.web_sockets(port, 300, "-1", payload=p.unfinished_message()) for port in ("heart", "live")]),
    Attack("unfinished-bodies", "600 request bodies of 1 MiB of which the last byte is missing",
           lambda h: [h.stream("http", 600, "-1", payload=p.request(
               "POST /api/targets", f"Content-Length: {len(BODY) + 1}", body=BODY))]),
    Attack("slow-heads", "2,000 request heads that arrive byte by byte",
           lambda h: [h.stream("http", 2000, "-k", 1, "-i", 100, payload=p.request(
               "GET /health", "X-Slow: " + "y" * 4000))]),
    Attack("slow-frames", "2,000 WebSocket frames that arrive byte by byte",
           lambda h: [h.web_sockets(port, 1000, "-k", 1, "-i", 100, payload=p.frame(p.TEXT, "z" * 60_000))
                      for port in ("heart", "live")]),
    Attack("escaped-keys", "500 datagrams a second with 250 keys like `\"\\u0061001\"`",
           lambda h: [h.udp(p.datagrams([p.escaped_keys()]), rate=500)]),
    Attack("escaped-keys-full", "the same as fast as possible", lambda h: [h.udp(p.datagrams([p.escaped_keys()]))],
           floods_datagrams=True),
    Attack("hostile-json",
           "deep nesting, huge numbers and broken text: 5,000 datagrams a second, and 32 WebSocket clients",
           lambda h: [h.udp(p.datagrams(p.invalid_datagrams()), rate=5_000)] + [
               h.web_sockets(port, 16, payload=b"".join(p.frame(p.TEXT, text) for text in DEEP))
               for port in ("heart", "http")]),
    Attack("large-json", "48 connections send JSON of 1 MB: bodies for a target, and WebSocket messages",
           lambda h: [h.stream("http", 16, payload=p.post("/api/targets", p.LARGE_OBJECT))] + [
               h.web_sockets(port, 16, payload=p.frame(p.TEXT, p.LARGE_SUBSCRIPTION)) for port in ("heart", "http")]),
    Attack("large-heads", "48 connections pipeline heads of 15 KB: fields, extensions, segments and parameters",
           lambda h: [h.stream("http", 12, payload=p.repeated(head)) for head in p.large_heads()]),
    Attack("chunks", "32 connections send bodies in chunks of one byte",
           lambda h: [h.stream("http", 32, payload=p.one_byte_chunks())]),
    Attack("udp-valid", "valid datagrams of 900 users from one address, as fast as possible",
           lambda h: [h.udp(p.readings(900))], floods_datagrams=True),
    Attack("udp-valid-64", "the same from 64 addresses", lambda h: [h.udp(p.readings(900), addresses=EVERYWHERE)],
           floods_datagrams=True),
    Attack("udp-large", "valid datagrams of 16 KB from one address, as fast as possible",
           lambda h: [h.udp(p.readings(900, padding=LARGE))], floods_datagrams=True),
    Attack("udp-invalid", "invalid datagrams from one address, as fast as possible",
           lambda h: [h.udp(p.datagrams(["not json", "{}", '{"user":1}', "[1,2,3]"]))], floods_datagrams=True),
    Attack("history", "a flood of valid datagrams against a journal of 8 MB",
           lambda h: [h.udp(p.readings(900))], settings=["store.maximum_megabytes=8"],
           fills_journal=True, floods_datagrams=True),
    Attack("connections", "one address opens 6,000 connections on each TCP port",
           lambda h: [h.stream(port, 6000) for port in ("http", "live", "heart")], checks=("others_connect",)),
    Attack("connections-64", "64 addresses open 6,000 connections on the main port", lambda h: [
        h.stream("http", 6000, addresses=EVERYWHERE)], checks=("loopback_connects",)),
    Attack("sockets", "one address opens 3,000 WebSocket connections on each TCP port and does nothing",
           lambda h: [h.web_sockets(port, 3000, "-w") for port in ("http", "live", "heart")],
           checks=("others_connect",)),
    Attack("handshakes", "a storm of handshakes: each connection is closed when it is open",
           lambda h: [h.web_sockets(port, 64, "-w", "-a", "-m", 1_000_000) for port in ("http", "heart")]),
    Attack("resets", "a storm of connections that are reset in the middle of a request",
           lambda h: [h.stream(port, 64, "-a", "-x", "-m", 1_000_000, opening=p.upgrade()[:-2])
                      for port in ("http", "heart")]),
    Attack("pings", "64 clients send pings without a pause",
           lambda h: [h.web_sockets(port, 32, payload=p.repeated(p.frame(p.PING, b"x" * 125)))
                      for port in ("http", "heart")]),
    Attack("fragments", "64 clients send messages in fragments of one byte",
           lambda h: [h.web_sockets(port, 32, payload=p.one_byte_fragments())
                      for port in ("http", "heart")]),
    Attack("closes", "a storm of connections that are opened and closed by the protocol",
           lambda h: [h.web_sockets(port, 64, "-a", "-1", "-m", 1_000_000, payload=p.frame(p.CLOSE, b"\x03\xe8"))
                      for port in ("http", "heart")]),
    Attack("bombs", "64 clients send compressed messages of 1 KB that unpack to 1 MiB",
           lambda h: [h.web_sockets(port, 32, payload=p.repeated(p.bomb()), opening=p.upgrade(path, COMPRESSED))
                      for port, path in (("http", "/ws/live"), ("heart", "/"))]),
    Attack("subscriptions", "64 clients of `/ws/live` change their subscription without a pause",
           lambda h: [h.web_sockets("http", 64, payload=p.repeated(SUBSCRIBE + RESUBSCRIBE))]),
    Attack("changes", "32 connections create, list and delete targets without a pause",
           lambda h: [h.stream("http", 32, payload=p.repeated(CHANGES))]),
    Attack("foreign-pages", "pages of a foreign origin and of a rebound name change something, on every route",
           lambda h: [h.stream("http", 32, payload=b"".join(p.foreign_changes()))],
           checks=("foreign_pages_are_rejected",), settings=["http.cors_origins=http://pages.example", "serial.enabled=true"]),
    Attack("tls", "TLS handshakes on the plain ports, again and again",
           lambda h: [h.stream(port, 32, "-1", "-a", "-m", 1_000_000, payload=p.client_hello())
                      for port in ("http", "live", "heart")]),
    Attack("serial", "noise on a serial port at full rate", lambda h: [], serial=True),
]
