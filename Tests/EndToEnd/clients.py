"""Peers of the gateway in these tests: heart boards and WebSocket clients based on Python's `websockets`."""

import json
import socket

import websockets.sync.client

from waiting import TIMEOUT


def connect(url, **options):
    """A `websockets` client with default settings, except for the timeouts and an unbounded receive queue."""
    return websockets.sync.client.connect(
        url, open_timeout=TIMEOUT, close_timeout=TIMEOUT, max_queue=None, proxy=None, **options)


def receive(client):
    """Returns the next message."""
    return json.loads(client.recv(TIMEOUT))


def request(client, command):
    """Sends a command and returns the next message, which must be its answer."""
    client.send(command if isinstance(command, (str, bytes)) else json.dumps(command))
    return receive(client)


class HeartBoard:
    """Sends datagrams as a heart board does."""

    def __init__(self, host, port, source=None):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        if source:
            self.socket.bind((source, 0))
        self.socket.connect((host, port))

    def send(self, datagram=None, **members):
        """Sends bytes or text unchanged; without a datagram, sends a JSON object of the members."""
        if datagram is None:
            datagram = json.dumps(members, separators=(",", ":"))
        self.socket.send(datagram.encode() if isinstance(datagram, str) else datagram)
