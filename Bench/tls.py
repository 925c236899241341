"""TLS: what it costs for each event, handshake and client, beside a C program with OpenSSL."""

import re
import subprocess
import sys
import tempfile
import time

import servers
from loads import LOAD_CPU, SERVER_CPU
from ports import cpu_seconds
from results import JOINED
from servers import Running, Server, pin

CLIENTS, RATE, BURST, IDLE_CLIENTS = 10, 1_000, 100, 1_000
PLAIN, TLS, CEILING = "leadville-gateway, plain", "leadville-gateway, TLS", "C with OpenSSL, joined sends"


class Certificate:
    """A certificate for this machine, in a temporary directory."""

    def __enter__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="leadville-tls-")
        self.certificate, self.key, self.both = (f"{self.directory.name}/{name}" for name in ("cert.pem", "key.pem", "both.pem"))
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", self.key,
             "-out", self.certificate], check=True, stderr=subprocess.DEVNULL, timeout=30)
        with open(self.both, "wb") as both:
            for path in (self.certificate, self.key):
                with open(path, "rb") as part:
                    both.write(part.read())
        return self

    def __exit__(self, *_):
        self.directory.cleanup()


def plain(daemon):
    return servers.ours(PLAIN, daemon, "store.enabled=false")


def encrypted(daemon, certificate):
    found = servers.ours(TLS, daemon, "store.enabled=false", f"tls.certificate={certificate.certificate}",
                         f"tls.key={certificate.key}")
    return Server(TLS, found.command, url="wss://127.0.0.1:{port}/", has_metrics=True)


def ceiling(tools, certificate):
    return Server(CEILING, lambda place: [
        f"{tools}/fanlimit", "-p", str(place.port), "-u", str(place.input), "-l", str(place.length), "-b", "64",
        "-T", certificate.both], url="wss://127.0.0.1:{port}/")


def idle(bench, server):
    """Memory for each idle client."""
    return bench.idle(server, IDLE_CLIENTS, 1)


def handshakes(bench, server):
    """Connections a second whose sessions are resumed, with a request each."""
    with Running(server, bench.length, SERVER_CPU) as running:
        used, began = cpu_seconds(running.process.pid), time.monotonic()
        done = subprocess.run(
            ["openssl", "s_time", "-connect", f"127.0.0.1:{running.place.port}", "-reuse", "-tls1_2",
             "-time", str(bench.seconds)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=bench.seconds + 60, check=True, preexec_fn=lambda: pin(LOAD_CPU))
        used, seconds = cpu_seconds(running.process.pid) - used, time.monotonic() - began
    found = re.findall(r"(\d+) connections in (\d+) real seconds", done.stdout)
    if not found or int(found[0][0]) == 0:
        raise RuntimeError(f"s_time made no connection: {done.stdout[-300:]}")
    count, real = int(found[0][0]), int(found[0][1])
    return {"handshakes_per_s": count / real, "handshakes_per_cpu_s": count / used, "server_share": used / seconds}


def rounds(bench, daemon, tools, certificate):
    """Yields (key, server, action) in the order of one round."""
    with_tls, limit = encrypted(daemon, certificate), ceiling(tools, certificate)
    for s in (plain(daemon), with_tls, servers.ceiling(tools, JOINED, 64), limit):
        yield "tls/steady", s, lambda s=s: bench.steady(s, CLIENTS, RATE)
    for s in (with_tls, limit):
        yield "tls/burst", s, lambda s=s: bench.burst(s, BURST)
    for s in (plain(daemon), with_tls):
        yield "tls/idle", s, lambda s=s: idle(bench, s)
    yield "tls/handshakes", with_tls, lambda: handshakes(bench, with_tls)


if __name__ == "__main__":
    from loads import Bench
    bench = Bench(sys.argv[2], 3)
    servers.raise_descriptor_limit(3000)
    with Certificate() as certificate:
        for key, server, action in rounds(bench, sys.argv[1], sys.argv[2], certificate):
            print(key, server.name, action())
