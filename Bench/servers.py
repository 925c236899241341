"""The measured servers: the daemon, the C programs that set the ceiling, and common brokers."""

import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

HERE = os.path.dirname(os.path.abspath(__file__))
START_TIMEOUT_S = 15


@dataclass
class Server:
    """A server under test. `command` returns its command line for a Place; the other fields configure the load."""

    name: str
    command: object
    url: str = "ws://127.0.0.1:{port}/"
    feed: str = "udp:127.0.0.1:{input}"
    pads_input: bool = False
    load: list = field(default_factory=list)
    has_metrics: bool = False


@dataclass
class Place:
    """The ports and the temporary directory of one run of a server."""

    directory: str
    port: int
    input: int
    other: int
    length: int

    def write(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Running:
    """A running server, which is stopped at the end of the `with` block."""

    def __init__(self, server, length, cpu, inherited=()):
        self.server = server
        self.inherited = inherited
        directory = tempfile.mkdtemp(prefix="leadville-bench-")
        self.place = Place(directory, free_port(), free_port(), free_port(), length)
        self.cpu = cpu
        self.process = None
        self.start_s = None

    def __enter__(self):
        command = self.server.command(self.place)
        log = open(os.path.join(self.place.directory, "log"), "wb")
        began = time.monotonic()
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.place.directory,
            start_new_session=True, pass_fds=self.inherited, preexec_fn=lambda: pin(self.cpu))
        log.close()
        waiting = [self.place.port] + ([self.place.other] if self.server.has_metrics else [])
        try:
            while waiting:
                if self.process.poll() is not None:
                    raise RuntimeError(f"{self.server.name} exited during the start: {self.log()}")
                if time.monotonic() - began > START_TIMEOUT_S:
                    raise RuntimeError(f"{self.server.name} did not open port {waiting[0]}: {self.log()}")
                if answers(waiting[0]):
                    waiting.pop(0)
                else:
                    time.sleep(0.002)
        except BaseException:
            self.__exit__()
            raise
        self.start_s = time.monotonic() - began
        time.sleep(0.3)
        return self

    def __exit__(self, *_):
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, number)
                self.process.wait(5)
                break
            except subprocess.TimeoutExpired:
                continue
            except ProcessLookupError:
                break
        shutil.rmtree(self.place.directory, ignore_errors=True)

    def log(self):
        with open(os.path.join(self.place.directory, "log"), encoding="utf-8", errors="replace") as file:
            return file.read()[-400:].strip() or "the log is empty"

    def url(self):
        return self.server.url.format(port=self.place.port, other=self.place.other)

    def feed(self):
        return self.server.feed.format(input=self.place.input)


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def pin(cpu):
    """Pins server and load to different processors, if there are two."""
    usable = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {usable[cpu % len(usable)]})


def raise_descriptor_limit(wanted):
    """Raises the limit for child processes: a thousand clients need as many descriptors on either side."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        sys.exit(f"bench: {wanted} open files are needed, the limit is {hard} (see `ulimit -Hn`)")
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def ours(name, daemon, *settings):
    def command(place):
        values = [
            "http.host=127.0.0.1", f"http.port={place.other}", "live.port=0", "leadville.port=0", "leadville.timer_port=0",
            "heart.udp_host=127.0.0.1", f"heart.udp_port={place.input}",
            "heart.websocket_host=127.0.0.1", f"heart.websocket_port={place.port}",
            f"state_directory={place.directory}", *settings,
        ]
        return [daemon, "run", *(part for value in values for part in ("--set", value))]

    return Server(name, command, has_metrics=True)


def complete(name, daemon):
    """The gateway with every surface, on free ports."""
    keys = ("live.port", "leadville.port", "leadville.timer_port", "pressure.port")

    def command(place):
        return [*ours(name, daemon).command(place), *(part for key in keys for part in ("--set", f"{key}={free_port()}"))]

    return Server(name, command, has_metrics=True)


def ceiling(tools, name, batch):
    return Server(name, lambda place: [f"{tools}/fanlimit", "-p", str(place.port), "-u", str(place.input),
                                       "-l", str(place.length), "-b", str(batch)])


def nats(binary):
    def command(place):
        return [binary, "-c", place.write("nats.conf", f"""
            listen: "127.0.0.1:{place.input}"
            max_connections: 20000
            websocket {{ listen: "127.0.0.1:{place.port}", no_tls: true }}
        """)]

    return Server("nats-server", command, feed="nats:127.0.0.1:{input}/live", pads_input=True,
                  load=["-s", 'CONNECT {"verbose":false}\r\nSUB live 1\r\n'])


def mosquitto(binary):
    def command(place):
        return [binary, "-c", place.write("mosquitto.conf", "\n".join([
            f"listener {place.input} 127.0.0.1", f"listener {place.port} 127.0.0.1", "protocol websockets",
            "allow_anonymous true", "set_tcp_nodelay true", "log_type error", ""]))]

    connect, subscribe = "100c00044d515454040200000000", "8209000100046c69766500"
    return Server("mosquitto", command, feed="mqtt:127.0.0.1:{input}/live", pads_input=True,
                  load=["-p", "mqtt", "-x", connect, "-x", subscribe])


def python_websockets(python):
    return Server("python websockets", lambda place: [
        python, f"{HERE}/websockets_broker.py", str(place.port), str(place.input), str(place.length)])
