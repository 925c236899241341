"""What talks to the gateway in these tests: boards, and clients of python `websockets`."""

import json
import socket

import websockets.sync.client

from patience import PATIENCE


def connect(url, **options):
    """A client of python `websockets` with its defaults, but for patience: it reads all that comes, always."""
    return websockets.sync.client.connect(
        url, open_timeout=PATIENCE, close_timeout=PATIENCE, max_queue=None, proxy=None, **options)


def hear(client):
    """The next message."""
    return json.loads(client.recv(PATIENCE))


def ask(client, command):
    """The answer to a command. Nothing else may be on its way."""
    client.send(command if isinstance(command, (str, bytes)) else json.dumps(command))
    return hear(client)


class Board:
    """Sends datagrams as a heart board does."""

    def __init__(self, host, port):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.connect((host, port))

    def send(self, datagram=None, **members):
        """Bytes and text as they are; otherwise an object of the members."""
        if datagram is None:
            datagram = json.dumps(members, separators=(",", ":"))
        self.socket.send(datagram.encode() if isinstance(datagram, str) else datagram)
