"""Socket.IO clients for tests: python-socketio, the official JavaScript client, and raw Engine.IO requests."""

import http.client
import json
import os
import pathlib
import queue
import socket
import subprocess
import sysconfig
import threading
import time
import urllib.parse

import engineio
import socketio

from waiting import TIMEOUT

# The official client, in the bundle that browsers load.
JAVASCRIPT_CLIENT = pathlib.Path(sysconfig.get_paths()["purelib"]) / "nicegui/static/socket.io.min.js"
SEPARATOR = "\x1e"


class Client(socketio.Client):
    """The client of python-socketio, as patient as the tests, and with one thread for all packets: the library has a thread
    for each, which mixes up events, and the parts of a binary event."""

    class Engine(engineio.Client):
        def _trigger_event(self, event, *arguments, **options):
            return super()._trigger_event(event, *arguments, **options | {"run_async": False})

    def __init__(self, **options):
        super().__init__(reconnection=False, request_timeout=TIMEOUT, **options)

    def _engineio_client_class(self):
        return self.Engine


class PythonClient:
    """python-socketio, with the events that it receives as a queue of (event, arguments)."""

    def __init__(self, port, *, transports=None, namespace="/", auth=None, **options):
        self.namespace = namespace
        self.events = queue.Queue()
        self.client = Client()
        self.client.on("*", lambda event, *arguments: self.events.put((event, *arguments)), namespace=namespace)
        self.client.on("question", lambda *arguments: arguments, namespace=namespace)
        self.client.connect(
            f"http://127.0.0.1:{port}", transports=transports, namespaces=[namespace], auth=auth,
            wait_timeout=TIMEOUT, **options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.disconnect()

    @property
    def transport(self):
        return self.client.transport()

    def emit(self, event, *arguments):
        self.client.emit(event, arguments, namespace=self.namespace)

    def call(self, event, *arguments):
        """Emits an event and returns its acknowledgement."""
        return self.client.call(event, arguments, namespace=self.namespace, timeout=TIMEOUT)

    def receive(self, *events):
        """The next event, or the next with one of these names."""
        deadline = time.monotonic() + TIMEOUT
        while True:
            event = self.events.get(timeout=max(0.01, deadline - time.monotonic()))
            if not events or event[0] in events:
                return event


class RawSession:
    """An Engine.IO session over raw polling requests."""

    def __init__(self, port, path="/socket.io/", **headers):
        self.port, self.path, self.headers = port, path, {name.replace("_", "-"): value for name, value in headers.items()}
        status, text = self.request("GET")
        assert status == 200, text
        self.open = json.loads(text[1:])
        self.id = self.open["sid"]

    def request(self, method, body=None, *, headers=None, **parameters):
        """Returns the status and the text of the response."""
        response = self.send(method, body, headers=headers, **parameters).getresponse()
        return response.status, response.read().decode()

    def send(self, method, body=None, *, headers=None, **parameters):
        """Sends a request on a new connection, which it returns."""
        query = {"EIO": "4", "transport": "polling"} | ({"sid": self.id} if hasattr(self, "id") else {}) | parameters
        query = {name: value for name, value in query.items() if value is not None}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        connection.request(method, f"{self.path}?{urllib.parse.urlencode(query)}", body, self.headers | (headers or {}))
        return connection

    def post(self, *packets, **options):
        return self.request("POST", SEPARATOR.join(packets).encode(), **options)

    def poll(self):
        """The packets of the next response."""
        status, text = self.request("GET")
        assert status == 200, text
        return text.split(SEPARATOR)

    def receive(self, count):
        """The next packets except pings, over as many polls as necessary."""
        packets = []
        while len(packets) < count:
            packets += [packet for packet in self.poll() if packet != "2"]
        return packets


def node(script, *arguments):
    """Runs a script with the official client under node; returns what it prints, one JSON value a line."""
    result = subprocess.run(
        ["node", script, str(JAVASCRIPT_CLIENT), *map(str, arguments)], capture_output=True, text=True, timeout=TIMEOUT,
        env=os.environ | {"NODE_PATH": "/usr/share/nodejs"})
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]
