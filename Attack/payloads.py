"""The bytes of the attacks."""

import json
import os
import struct
import zlib

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
TEXT, CLOSE, PING = 1, 8, 9

# Every route that changes something.
TIMER = "/api/admin/amg/timers/any"
CHANGING_ROUTES = [
    ("POST", "/data"), ("POST", "/api/devices/any"), ("POST", "/api/devices/any/settings"), ("POST", "/api/mats/tare"),
    ("POST", "/api/serial/release"), ("POST", "/api/serial/tare"), ("POST", "/api/targets"), ("PUT", "/api/targets/any"),
    ("DELETE", "/api/targets/any"), ("PUT", "/api/runs/upcoming"), ("PATCH", "/api/runs/run_001"),
    ("DELETE", "/api/runs/run_001"), ("PUT", "/api/sensors/any/target"), ("PUT", "/api/sensors/any/thresholds"),
    ("POST", "/api/sensors/any/calibrate"), ("POST", "/api/sensors/any/recording/start"),
    ("POST", "/api/sensors/any/recording/stop"), ("POST", "/api/timers/any/start"), ("POST", "/api/timers/any/stop"),
    ("POST", "/api/timers/any/sensitivity/5"), ("POST", f"{TIMER}/connect"), ("POST", f"{TIMER}/disconnect"),
    ("POST", f"{TIMER}/start_monitoring"), ("POST", f"{TIMER}/stop_monitoring"), ("POST", f"{TIMER}/remote_start"),
    ("POST", f"{TIMER}/sensitivity/5"), ("POST", f"{TIMER}/request_data")]


def request(line, *headers, body=b"", host="gateway"):
    return "\r\n".join([f"{line} HTTP/1.1", f"Host: {host}", *headers, "", ""]).encode() + body


def foreign_changes():
    """Requests that a foreign page's script, or a page of a rebound name, can send without asking first."""
    for method, path in CHANGING_ROUTES:
        for host, origin in (("gateway", ["Origin: http://evil.example"]), ("rebound.example", [])):
            headers = [*origin, "Content-Type: text/plain", "Content-Length: 2"]
            yield request(f"{method} {path}", *headers, body=b"{}", host=host)


def post(path, body):
    return request(f"POST {path}", f"Content-Length: {len(body)}", body=body)


def repeated(unit, size=64 << 10):
    return unit * max(1, size // len(unit))


def upgrade(path="/", *headers):
    return request(f"GET {path}", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                   f"Sec-WebSocket-Key: {KEY}", *headers)


def frame(opcode, payload=b"", *, final=True, compressed=False, mask=b"\x11\x22\x33\x44"):
    payload = payload.encode() if isinstance(payload, str) else payload
    head = bytes([final << 7 | compressed << 6 | opcode])
    if len(payload) < 126:
        head += bytes([0x80 | len(payload)])
    elif len(payload) < 1 << 16:
        head += bytes([0xFE]) + struct.pack("!H", len(payload))
    else:
        head += bytes([0xFF]) + struct.pack("!Q", len(payload))
    pad = (mask * (len(payload) // 4 + 1))[:len(payload)]
    return head + mask + (int.from_bytes(payload, "big") ^ int.from_bytes(pad, "big")).to_bytes(len(payload), "big")


def command(**members):
    return frame(TEXT, json.dumps(members))


def bomb(size=(1 << 20) - 1):
    """A compressed message that unpacks to just under the limit."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packer.compress(b" " * size) + packer.flush(zlib.Z_SYNC_FLUSH)
    return frame(TEXT, data[:-4], compressed=True)


def unfinished_message(size=(1 << 20) - 1):
    """A message of this size in two frames, of which the second never comes."""
    return frame(TEXT, b"x" * size, final=False)


def one_byte_fragments(count=4000):
    return frame(TEXT, b"[", final=False) + frame(0, b" ", final=False) * count + frame(0, b"]")


def one_byte_chunks(count=4000):
    return request("POST /api/targets", "Transfer-Encoding: chunked", body=b"1\r\n \r\n" * count + b"0\r\n\r\n")


def large_heads():
    """Heads near the limit, of which each kind needs another part of the parser."""
    return [
        request("GET /health", *(f"X-Field-{number:02}: {'v' * 140}" for number in range(95))),
        upgrade("/ws/live", "Sec-WebSocket-Extensions: " + ", ".join(["permessage-deflate; client_max_window_bits=9"] * 300)),
        request("GET " + "/a" * 3900),
        request("GET /api/runs?" + "&".join(f"shooter=%4{number % 10}%C3%A9" for number in range(420)))]


def client_hello():
    """The beginning of a TLS connection."""
    body = b"\x03\x03" + os.urandom(32) + b"\0" + b"\0\x02\x13\x01" + b"\x01\0" + b"\0\0"
    handshake = b"\x01" + struct.pack("!I", len(body))[1:] + body
    return b"\x16\x03\x01" + struct.pack("!H", len(handshake)) + handshake


def datagrams(texts):
    """A file for udpflood."""
    encoded = [text.encode() if isinstance(text, str) else text for text in texts]
    return b"".join(struct.pack("!H", len(text)) + text for text in encoded)


def readings(users, first=1000, padding=0):
    """Valid readings; `padding` bytes in two members, because a string is limited to 8 KiB."""
    members = {"pad": "x" * (padding // 2), "more": "x" * (padding // 2)} if padding else {}
    return datagrams(
        json.dumps({"user": first + number, "bpm": 60 + number % 60} | members, separators=(",", ":"))
        for number in range(users))


# As many members as a client may send, in nearly as many bytes.
LARGE_OBJECT = ('{"name":"a",' + ",".join(f'"\\u0061{number}":{number}' for number in range(50_000)) + "}").encode()
LARGE_SUBSCRIPTION = '{"type":"subscribe","channels":[' + ",".join(f'"\\u0063{number}"' for number in range(60_000)) + "]}"


def escaped_keys(count=250):
    members = ",".join(f'"\\u0061{number:03}":1' for number in range(1, count))
    return f'{{"user":5,"bpm":70,{members}}}'


def invalid_datagrams():
    deep = '{"user":1,"bpm":' + "[" * 5000
    long_number = '{"user":1,"bpm":' + "9" * 15_000 + "}"
    exponent = '{"user":1,"bpm":1e999999999,"x":-0.000000000000000000000000000001e-99999}'
    return [deep, long_number, exponent, "{" * 8000, '"' + "\\u00e9" * 2500, os.urandom(1400), b"\xff" * 16_000,
            '{"user":1,"bpm":' + '{"a":' * 4000, "[" + "1," * 7000, "nul", "", " " * 16_000]
