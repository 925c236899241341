"""The programs under test: started, listened to while they run, asked over HTTP, ended by their process id."""

import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading

from clients import Board, connect
from exposition import Exposition
from patience import PATIENCE

REPOSITORY = pathlib.Path(__file__).parents[2]
PROGRAM = os.environ.get("GATEWAY_PROGRAM", str(REPOSITORY / ".build/debug/leadville-gateway"))
TESTBED = str(pathlib.Path(PROGRAM).with_name("web-testbed"))

# The environment without anything that configures the gateway.
PLAIN_ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("LEADVILLE_")}


class Lines:
    """What a program writes, line by line, as it comes."""

    def __init__(self, stream):
        self.text = ""
        self._ended = False
        self._news = threading.Condition()
        threading.Thread(target=self._follow, args=(stream,), daemon=True).start()

    def _follow(self, stream):
        for line in stream:
            with self._news:
                self.text += line
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    def wait_for(self, pattern):
        """The first match, now or later; none if the program ends without."""
        def found():
            return re.search(pattern, self.text, re.MULTILINE)
        with self._news:
            assert self._news.wait_for(lambda: found() or self._ended, PATIENCE), (
                f"no {pattern!r} came, only:\n{self.text}")
            return found()

    def count(self, pattern):
        return len(re.findall(pattern, self.text, re.MULTILINE))

    def all(self):
        """Everything, once the program has ended."""
        with self._news:
            assert self._news.wait_for(lambda: self._ended, PATIENCE), f"no end came, only:\n{self.text}"
            return self.text


class Process:
    """A running program."""

    def __init__(self, *command, environment=None, user=None):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1,
            env=PLAIN_ENVIRONMENT | (environment or {}), user=user)
        self.was_awaited = False
        self.output = Lines(self.process.stdout)
        self.log = Lines(self.process.stderr)

    @property
    def pid(self):
        return self.process.pid

    @property
    def runs(self):
        return self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self):
        """The exit status."""
        self.was_awaited = True
        return self.process.wait(PATIENCE)

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
        """What its descriptors lead to."""
        folder = pathlib.Path(f"/proc/{self.pid}/fd")
        # One may be closed while it is looked at.
        return [os.readlink(folder / name) for name in os.listdir(folder) if os.path.lexists(folder / name)]

    @property
    def open_descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))


class Pages:
    """What asks a program for its pages, which it serves on `http_port` of this machine."""

    http_port = 0

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.http_port}"

    def get(self, path):
        """Status, headers and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=PATIENCE)
        connection.request("GET", path)
        response = connection.getresponse()
        answer = response.status, response.headers, response.read()
        connection.close()
        return answer

    def post(self, path, value, **options):
        """Status and body, both ways as JSON."""
        return self.ask("POST", path, value, **options)

    def ask(self, method, path, value=None, *, token=None):
        """Status and body of any request, both ways as JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=PATIENCE)
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
        """A client of the live socket."""
        return connect(f"ws://127.0.0.1:{self.http_port}/ws/live", **options)


class Server(Process, Pages):
    """A running program that serves pages."""


class Gateway(Server):
    """The daemon itself."""

    PORT_KEYS = ("http.port", "live.port", "heart.websocket_port", "heart.udp_port")

    def __init__(self, settings, *arguments, **options):
        # Whoever runs the tests may have something plugged in, or in the air, that is none of our business.
        defaults = {key: port for key, port in zip(self.PORT_KEYS, free_ports(4))} | {
            "serial.enabled": "false", "bluetooth.enabled": "false"}
        self.settings = defaults | settings
        self.http_port, self.live_port, self.heart_port, self.board_port = (
            int(self.settings[key]) for key in self.PORT_KEYS)
        assignments = [word for key, value in self.settings.items() for word in ("--set", f"{key}={value}")]
        super().__init__(PROGRAM, "run", *assignments, *arguments, **options)

    def starts(self):
        """Whether it serves now; otherwise it has ended."""
        return self.output.wait_for("serves:") is not None

    def heart(self, path="/", host="127.0.0.1", **options):
        """A client of the heart broadcast."""
        return connect(f"ws://{host}:{self.heart_port}{path}", **options)

    def board(self, host="127.0.0.1"):
        return Board(host, self.board_port)


class Testbed(Server):
    """The web server for tests, which does what it is told, see Tests/Tools/WebTestbed."""

    __test__ = False

    def __init__(self, *arguments):
        super().__init__(TESTBED, *arguments)
        self._answers = 0
        self.http_port = int(self._answer().removeprefix("port "))

    def tell(self, command):
        self.process.stdin.write(command + "\n")
        return self._answer()

    def publish(self, kind, count=1):
        """Publishes events, all in one turn of the server's loop."""
        assert self.tell(f"publish {kind} {count}") == f"published {count}"

    def publish_together(self, *kinds):
        """Publishes an event of each kind, all in one turn: what comes in one write is done in one turn."""
        self.process.stdin.write("".join(f"publish {kind}\n" for kind in kinds))
        for _ in kinds:
            assert self._answer() == "published 1"

    def answer(self, text):
        """Answers the request to /later that has waited longest."""
        assert self.tell(f"answer {text}") == "answered"

    @property
    def waiting(self):
        """How many requests to /later wait for their answer."""
        return int(self.tell("waiting").removeprefix("waiting "))

    @property
    def allocations(self):
        return int(self.tell("allocations").removeprefix("allocations "))

    def _answer(self):
        self._answers += 1
        return self.output.wait_for(rf"\A(?:.*\n){{{self._answers - 1}}}(.*)\n").group(1)


def free_ports(count):
    """Ports that nobody uses at this moment, neither for TCP nor for UDP. Somebody else may be quicker to take one."""
    ports, held = [], []
    while len(ports) < count:
        stream = socket.create_server(("", 0))
        datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        held += [stream, datagrams]
        port = stream.getsockname()[1]
        try:
            datagrams.bind(("", port))
            ports.append(port)
        except OSError:
            pass
    for each in held:
        each.close()
    return ports
