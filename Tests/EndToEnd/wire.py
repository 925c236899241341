"""Raw TCP and WebSocket connections, for byte sequences that a conforming client does not send."""

import base64
import dataclasses
import os
import socket
import struct
import zlib

from waiting import TIMEOUT

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA


@dataclasses.dataclass
class Response:
    status: int
    headers: dict
    body: bytes


class Wire:
    """A TCP connection."""

    def __init__(self, port, *, receive_buffer=None):
        self.socket = socket.socket()
        self.socket.settimeout(TIMEOUT)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(("127.0.0.1", port))
        self.stream = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stream.close()
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data.encode("latin-1") if isinstance(data, str) else data)

    def request(self, line, *headers, body=""):
        self.send("\r\n".join([f"{line} HTTP/1.1", "Host: test", *headers, "", body]))

    def end_sending(self):
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self):
        """Resets the connection, as after a crash of the client."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.stream.close()
        self.socket.close()

    def read(self, count):
        data = self.stream.read(count)
        assert len(data) == count, "the connection ended too early"
        return data

    def response(self, has_body=True):
        """Reads the next response, framed by its Content-Length."""
        status = int(self.stream.readline().split()[1])
        headers = {}
        while line := self.stream.readline().decode("latin-1").rstrip("\r\n"):
            name, value = line.split(": ", 1)
            headers[name] = value
        length = int(headers.get("Content-Length", 0)) if has_body else 0
        return Response(status, headers, self.read(length))

    @property
    def has_ended(self):
        """Whether the peer closes the connection without sending more."""
        try:
            return self.stream.read(1) == b""
        except ConnectionResetError:
            return True


@dataclasses.dataclass
class Frame:
    opcode: int
    payload: bytes
    is_final: bool = True
    is_compressed: bool = False

    @property
    def content(self):
        """The payload, decompressed if necessary."""
        if not self.is_compressed:
            return self.payload
        return zlib.decompressobj(-15).decompress(self.payload + b"\x00\x00\xff\xff")

    @property
    def close(self):
        """Code and reason."""
        assert self.opcode == CLOSE, self
        return struct.unpack("!H", self.payload[:2])[0], self.payload[2:].decode()


def encode(opcode, payload=b"", *, is_final=True, reserved=0, is_masked=True):
    """Encodes a frame."""
    payload = payload.encode() if isinstance(payload, str) else payload
    head = bytes([is_final << 7 | reserved << 4 | opcode])
    mask_bit = is_masked << 7
    if len(payload) < 126:
        head += bytes([mask_bit | len(payload)])
    elif len(payload) < 1 << 16:
        head += bytes([mask_bit | 126]) + struct.pack("!H", len(payload))
    else:
        head += bytes([mask_bit | 127]) + struct.pack("!Q", len(payload))
    if not is_masked:
        return head + payload
    mask = os.urandom(4)
    repeated = (mask * (len(payload) // 4 + 1))[:len(payload)]
    masked = int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")
    return head + mask + masked.to_bytes(len(payload), "big")


class RawWebSocket(Wire):
    """A WebSocket connection whose frames are built by hand."""

    def __init__(self, port, path="/", *headers, receive_buffer=None):
        super().__init__(port, receive_buffer=receive_buffer)
        key = base64.b64encode(os.urandom(16)).decode()
        self.request(
            f"GET {path}", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {key}", *headers)
        self.opening = self.response()
        assert self.opening.status == 101, self.opening

    def send_frame(self, opcode, payload=b"", **bits):
        self.send(encode(opcode, payload, **bits))

    def send_close(self, code, reason=""):
        self.send_frame(CLOSE, struct.pack("!H", code) + reason.encode())

    def frame(self):
        """Reads the next frame."""
        first, second = self.read(2)
        assert not second & 0x80, "a server must not mask"
        length = second
        if length == 126:
            length = struct.unpack("!H", self.read(2))[0]
        elif length == 127:
            length = struct.unpack("!Q", self.read(8))[0]
        return Frame(first & 0xF, self.read(length), bool(first & 0x80), bool(first & 0x40))

    def frame_without_pings(self):
        """Reads the next frame that is not a ping."""
        while (frame := self.frame()).opcode == PING:
            pass
        return frame
