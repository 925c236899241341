"""A slow link: what a server sends arrives late, and as slowly as a phone far from the next mast receives it.

Chrome's own throttling delays what a page receives, but not the times that it reports of it: there, the first byte has come
before the delay.
"""

import contextlib
import queue
import socket
import threading
import time

PART = 1_024


class SlowLink:
    """`port` leads to the server's port, with this delay in seconds and so many bytes a second for all connections together."""

    def __init__(self, server_port, delay, rate):
        self.server_port, self.delay, self.rate = server_port, delay, rate
        self.free_at = 0
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client = self.listener.accept()[0]
                server = socket.create_connection(("127.0.0.1", self.server_port))
                for end in (client, server):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                parts = queue.Queue()
                for target, arguments in ((self.receive, (server, parts)), (self.deliver, (parts, client)), (self.forward, (client, server))):
                    threading.Thread(target=target, args=arguments, daemon=True).start()

    def forward(self, client, server):
        with contextlib.suppress(OSError):
            while data := client.recv(65_536):
                server.sendall(data)
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_WR)

    def receive(self, server, parts):
        with contextlib.suppress(OSError):
            while data := server.recv(PART):
                parts.put((time.monotonic() + self.delay, data))
        parts.put((time.monotonic() + self.delay, b""))

    def deliver(self, parts, client):
        with contextlib.suppress(OSError):
            while True:
                due, data = parts.get()
                with self.lock:
                    begin = max(due, self.free_at)
                    self.free_at = begin + len(data) / self.rate
                    ends = self.free_at
                time.sleep(max(0, ends - time.monotonic()))
                if not data:
                    break
                client.sendall(data)
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_WR)
