"""The programs under test: started, observed while they run, queried over HTTP and stopped by process id."""

import contextlib
import http.client
import json
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import threading

from clients import HeartBoard, connect
from exposition import Exposition
from waiting import TIMEOUT

REPOSITORY = pathlib.Path(__file__).parents[2]
PROGRAM = os.environ.get("GATEWAY_PROGRAM", str(REPOSITORY / ".build/debug/leadville-gateway"))
ARCHIVER = str(pathlib.Path(PROGRAM).with_name("leadville-gateway-mongodb"))
TESTBED = str(pathlib.Path(PROGRAM).with_name("web-testbed"))

# The environment without anything that configures the gateway.
PLAIN_ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("LEADVILLE_", "MQTT_"))}


class Lines:
    """The lines that a program has written so far, collected by a background thread."""

    def __init__(self, stream):
        self.text = ""
        self._ended = False
        self._changed = threading.Condition()
        threading.Thread(target=self._follow, args=(stream,), daemon=True).start()

    def _follow(self, stream):
        for line in stream:
            with self._changed:
                self.text += line
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def wait_for(self, pattern):
        """Waits for the first match and returns it, or None if the program exits without one."""
        def found():
            return re.search(pattern, self.text, re.MULTILINE)
        with self._changed:
            assert self._changed.wait_for(lambda: found() or self._ended, TIMEOUT), (
                f"timed out waiting for {pattern!r}; the output was:\n{self.text}")
            return found()

    def count(self, pattern):
        return len(re.findall(pattern, self.text, re.MULTILINE))

    def all(self):
        """Waits until the program exits and returns its whole output."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._ended, TIMEOUT), f"timed out waiting for the program to exit; the output was:\n{self.text}"
            return self.text


class Process:
    """A running program. A wrapper is a command that ends by executing the program, so that the process is the same."""

    def __init__(self, *command, environment=None, user=None, wrapper=()):
        self.process = subprocess.Popen(
            (*wrapper, *command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1,
            env=PLAIN_ENVIRONMENT | (environment or {}), user=user)
        self.exit_was_expected = False
        self.output = Lines(self.process.stdout)
        self.log = Lines(self.process.stderr)

    @property
    def pid(self):
        return self.process.pid

    @property
    def is_running(self):
        return self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self):
        """Waits for the program to exit and returns its exit status."""
        self.exit_was_expected = True
        return self.process.wait(TIMEOUT)

    def terminate(self):
        self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self):
        self.process.kill()
        return self.wait()

    @property
    def resident_bytes(self):
        pages = int(pathlib.Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGESIZE")

    @property
    def open_files(self):
        """The targets of the process's file descriptors."""
        folder = pathlib.Path(f"/proc/{self.pid}/fd")
        links = []
        for name in os.listdir(folder):
            with contextlib.suppress(FileNotFoundError):  # The program closed it since.
                links.append(os.readlink(folder / name))
        return links

    @property
    def open_descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))


class HTTPClient:
    """HTTP requests to a program that serves on `http_port` of the loopback interface."""

    http_port = 0

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.http_port}"

    def get(self, path):
        """Returns status, headers and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=TIMEOUT)
        connection.request("GET", path)
        response = connection.getresponse()
        answer = response.status, response.headers, response.read()
        connection.close()
        return answer

    def read(self, path):
        """The JSON that a path answers."""
        status, _, body = self.get(path)
        assert status == 200, (path, status)
        return json.loads(body)

    def post(self, path, value, **options):
        """Posts JSON; returns the status and the JSON body."""
        return self.request("POST", path, value, **options)

    def request(self, method, path, value=None, *, token=None):
        """Sends a request with an optional JSON body; returns the status and the JSON body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=TIMEOUT)
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        connection.request(method, path, None if value is None else json.dumps(value), headers)
        response = connection.getresponse()
        body = response.read()
        answer = response.status, json.loads(body) if body else None
        connection.close()
        return answer

    @property
    def metrics(self):
        return Exposition(self.get("/metrics")[2].decode())

    def live(self, **options):
        """Connects a client to the live socket."""
        return connect(f"ws://127.0.0.1:{self.http_port}/ws/live", **options)


class Server(Process, HTTPClient):
    """A running program with an HTTP server."""


class Gateway(Server):
    """The daemon itself."""

    PORT_KEYS = ("http.port", "live.port", "heart.websocket_port", "heart.udp_port", "leadville.port", "leadville.timer_port",
                 "pressure.port")

    def __init__(self, settings, *arguments, **options):
        # Real devices attached to the test machine must not affect the tests.
        defaults = {key: port for key, port in zip(self.PORT_KEYS, free_ports(len(self.PORT_KEYS)))} | {
            "serial.enabled": "false", "bluetooth.enabled": "false"}
        self.settings = defaults | settings
        (self.http_port, self.live_port, self.heart_port, self.board_port, self.pages_port, self.timer_pages_port,
         self.pressure_port) = (
            int(self.settings[key]) for key in self.PORT_KEYS)
        assignments = [word for key, value in self.settings.items() for word in ("--set", f"{key}={value}")]
        super().__init__(PROGRAM, "run", *assignments, *arguments, **options)

    def has_started(self):
        """Waits for the start; False if the gateway has exited instead."""
        return self.output.wait_for("serves:") is not None

    def heart(self, path="/", host="127.0.0.1", **options):
        """Connects a client to the heart broadcast."""
        return connect(f"ws://{host}:{self.heart_port}{path}", **options)

    def board(self, host="127.0.0.1", source=None):
        return HeartBoard(host, self.board_port, source)


class Testbed(Server):
    """The web server for tests, controlled by commands; see Tests/Tools/WebTestbed."""

    __test__ = False

    def __init__(self, *arguments):
        super().__init__(TESTBED, *arguments)
        self._answers = 0
        self.http_port = int(self._answer().removeprefix("port "))

    def send_command(self, command):
        self.process.stdin.write(command + "\n")
        return self._answer()

    def publish(self, kind, count=1):
        """Publishes events, all in one iteration of the server's loop."""
        assert self.send_command(f"publish {kind} {count}") == f"published {count}"

    def publish_together(self, *kinds):
        """Publishes one event of each kind in a single loop iteration: commands of one write are executed together."""
        self.process.stdin.write("".join(f"publish {kind}\n" for kind in kinds))
        for _ in kinds:
            assert self._answer() == "published 1"

    def answer(self, text):
        """Answers the oldest pending request to /later."""
        assert self.send_command(f"answer {text}") == "answered"

    @property
    def waiting(self):
        """The number of pending requests to /later."""
        return int(self.send_command("waiting").removeprefix("waiting "))

    @property
    def allocations(self):
        return int(self.send_command("allocations").removeprefix("allocations "))

    def _answer(self):
        self._answers += 1
        return self.output.wait_for(rf"\A(?:.*\n){{{self._answers - 1}}}(.*)\n").group(1)


def free_ports(count):
    """Returns ports that are currently free for both TCP and UDP.

    They are none of those that the kernel gives to clients and to servers without a wish, so that only another call of
    this function can take one before its use, and a client that connects to one where nobody listens cannot reach itself."""
    ephemeral = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()[0])
    ports = []
    with contextlib.ExitStack() as held:
        while len(ports) < count:
            port = random.randrange(10_000, max(ephemeral, 20_000))
            with contextlib.suppress(OSError):
                held.enter_context(socket.create_server(("", port)))
                held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)).bind(("", port))
                ports.append(port)
    return ports
