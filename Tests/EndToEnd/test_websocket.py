"""WebSocket on the wire, against the requirements of RFC 6455 and RFC 7692 for servers."""

import contextlib
import json
import os

import pytest

from clients import connect, receive
from waiting import TIMEOUT, eventually
from wire import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Frame, RawWebSocket, Wire, encode


@pytest.fixture
def echo(testbed):
    with RawWebSocket(testbed.http_port, "/echo") as echo:
        yield echo


def faults(server):
    return {
        dict(labels)["reason"]: count for (name, labels), count in server.metrics.samples.items()
        if name == "leadville_websocket_faults_total"}


def test_a_ping_between_fragments_is_answered_at_once(echo):
    echo.send_frame(TEXT, "first, ", is_final=False)
    echo.send_frame(PING, "are you there?")
    assert echo.frame() == Frame(PONG, b"are you there?")
    echo.send_frame(CONTINUATION, "", is_final=False)
    echo.send_frame(CONTINUATION, "second")
    assert echo.frame() == Frame(TEXT, b"first, second")


def test_a_character_may_be_split_between_fragments(echo):
    first, second = "ü".encode()[:1], "ü".encode()[1:]
    echo.send_frame(TEXT, first, is_final=False)
    echo.send_frame(CONTINUATION, second)
    assert echo.frame().payload.decode() == "ü"


def test_many_messages_in_one_packet_are_all_received(echo):
    messages = [bytes([number]) * number for number in range(200)]
    echo.send(b"".join(encode(BINARY, message) for message in messages))
    assert [echo.frame().payload for _ in messages] == messages


@pytest.mark.parametrize("name, code, send", [
    ("unmasked_frame", 1002, lambda echo: echo.send_frame(TEXT, "x", is_masked=False)),
    ("reserved_bits", 1002, lambda echo: echo.send_frame(TEXT, "x", reserved=0b010)),
    ("reserved_bits", 1002, lambda echo: echo.send_frame(TEXT, "x", reserved=0b100)),
    ("reserved_opcode", 1002, lambda echo: echo.send_frame(0x3, "x")),
    ("reserved_opcode", 1002, lambda echo: echo.send_frame(0xB, "x")),
    ("fragmented_control_frame", 1002, lambda echo: echo.send_frame(PING, is_final=False)),
    ("oversized_control_frame", 1002, lambda echo: echo.send_frame(PING, "x" * 126)),
    ("continuation_of_nothing", 1002, lambda echo: echo.send_frame(CONTINUATION, "x")),
    ("truncated_close_frame", 1002, lambda echo: echo.send_frame(CLOSE, b"\x03")),
    ("invalid_close_code", 1002, lambda echo: echo.send_close(1005)),
    ("text_not_utf8", 1007, lambda echo: echo.send_frame(TEXT, b"\xc0\xaf")),
    ("text_not_utf8", 1007, lambda echo: echo.send_frame(TEXT, b"\xed\xa0\x80", is_final=False)),
    ("close_reason_not_utf8", 1007, lambda echo: echo.send_frame(CLOSE, b"\x03\xe8\xff")),
])
def test_a_protocol_violation_closes_the_connection(testbed, echo, name, code, send):
    send(echo)
    assert echo.frame().close[0] == code
    assert echo.has_ended
    assert faults(testbed) == {name: 1}


def test_the_message_size_is_limited(gateway):
    limit = 1 << 20
    with gateway.live() as client:
        receive(client)
        client.send(" " * limit)
        assert receive(client)["message"] == "Invalid JSON format"
    with RawWebSocket(gateway.live_port) as raw:
        raw.frame()
        raw.send_frame(TEXT, " " * limit, is_final=False)
        raw.send_frame(CONTINUATION, " ")
        assert raw.frame().close[0] == 1009
        assert raw.has_ended
    assert faults(gateway) == {"message_too_big": 1}


def test_an_oversized_frame_is_rejected_from_its_header(gateway):
    with RawWebSocket(gateway.live_port) as raw:
        raw.frame()
        raw.send(b"\x81\xff" + (1 << 40).to_bytes(8, "big") + b"mask")
        assert raw.frame().close[0] == 1009


@pytest.mark.parametrize("code, reason", [(1000, ""), (1001, "going"), (1011, ""), (3000, "x" * 123), (4999, "own")])
def test_a_close_is_answered_with_the_same_code(echo, code, reason):
    echo.send_close(code, reason)
    assert echo.frame().close == (code, "")
    assert echo.has_ended


def test_a_close_without_a_code_is_answered_without_one(echo):
    echo.send_frame(CLOSE)
    assert echo.frame() == Frame(CLOSE, b"")
    assert echo.has_ended


def test_messages_before_a_close_are_answered_before_it(echo):
    for number in range(100):
        echo.send_frame(TEXT, str(number))
    echo.send_close(1000)
    assert [echo.frame().payload for _ in range(100)] == [str(number).encode() for number in range(100)]
    assert echo.frame().close == (1000, "")


def test_a_client_that_does_not_answer_pings_is_closed(start_testbed):
    testbed = start_testbed("impatient")
    with RawWebSocket(testbed.http_port, "/ws/live") as silent:
        assert silent.frame().opcode == TEXT
        assert silent.frame() == Frame(PING, b"")
        assert silent.frame().close == (1011, "a ping was not answered in time")
        assert silent.has_ended
    assert faults(testbed) == {"no_answer_to_ping": 1}
    assert testbed.metrics.value("leadville_clients", surface="live") == 0


def test_a_client_that_answers_pings_stays_connected(start_testbed):
    testbed = start_testbed("impatient")
    with RawWebSocket(testbed.http_port, "/ws/live") as raw:
        assert raw.frame().opcode == TEXT
        for _ in range(5):
            assert raw.frame() == Frame(PING, b"")
            raw.send_frame(PONG)
        raw.send_frame(TEXT, '{"type": "ping"}')
        assert b"pong" in raw.frame_without_pings().payload
    assert faults(testbed) == {}


def test_any_data_resets_the_ping_timeout(start_testbed):
    testbed = start_testbed("impatient")
    with RawWebSocket(testbed.http_port, "/ws/live") as raw:
        assert raw.frame().opcode == TEXT
        for _ in range(3):
            assert raw.frame() == Frame(PING, b"")
            raw.send_frame(TEXT, '{"type": "ping"}')
            assert b"pong" in raw.frame_without_pings().payload


@pytest.mark.parametrize("disappear", [RawWebSocket.reset, RawWebSocket.end_sending])
def test_clients_that_disappear_do_not_affect_others(testbed, disappear):
    with contextlib.ExitStack() as stack:
        raws = [stack.enter_context(RawWebSocket(testbed.http_port, "/ws/live")) for _ in range(20)]
        for raw in raws:
            raw.frame()
        with testbed.live() as client:
            receive(client)
            for raw in raws[::2]:
                disappear(raw)
            testbed.publish("timer", 100)
            for raw in raws[1::2]:
                disappear(raw)
            testbed.publish("timer", 100)
            assert [receive(client)["id"] for _ in range(200)] == list(range(1, 201))
        eventually(lambda: testbed.metrics.value("leadville_clients", surface="live") == 0)
        eventually(lambda: testbed.metrics.value("leadville_web_connections", server="test") == 1)


# MARK: The opening handshake

@pytest.mark.parametrize("port", ["heart_port", "live_port"])
def test_a_plain_http_request_is_answered_with_upgrade_required(gateway, port):
    with Wire(getattr(gateway, port)) as wire:
        wire.request("GET /")
        response = wire.response()
        assert response.status == 426
        assert response.headers["Upgrade"] == "websocket"
        assert b"ws://" in response.body
        wire.request("POST /", "Content-Length: 0")
        response = wire.response()
        assert (response.status, response.headers["Allow"]) == (405, "GET")


@pytest.mark.parametrize("status, replaced, by", [
    (426, "Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 8"),
    (400, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Key: short"),
    (400, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Nothing: here"),
    (400, "Connection: Upgrade", "Connection: keep-alive"),
    (426, "Upgrade: websocket", "Upgrade: h2c"),
])
def test_an_invalid_handshake_is_rejected(gateway, status, replaced, by):
    headers = [
        "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
    with Wire(gateway.heart_port) as wire:
        wire.request("GET /", *[by if header == replaced else header for header in headers])
        response = wire.response()
        assert response.status == status
        assert response.headers.get("Sec-WebSocket-Version", "13") == "13"
        # The same connection may try again (RFC 6455 §4.2.2).
        wire.request("GET /", *headers)
        response = wire.response()
        assert response.status == 101
        assert response.headers["Sec-WebSocket-Accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def test_garbage_is_rejected_and_other_clients_are_served(gateway):
    with gateway.heart() as client:
        receive(client)
        for garbage in (b"\x16\x03\x01\x02\x00", os.urandom(100), b"\0" * 1_000, b"\r\n" * 100):
            with Wire(gateway.heart_port) as wire:
                wire.send(garbage)
                # The server may have closed the connection already.
                with contextlib.suppress(OSError):
                    wire.end_sending()
                with contextlib.suppress(ConnectionResetError):
                    answer = wire.stream.read()
                    assert not answer or answer.startswith(b"HTTP/1.1 4")
        gateway.board().send(user=1, bpm=72)
        assert receive(client)["user"] == 1


def test_other_origins_can_be_rejected(run):
    gateway = run({"http.cors_origins": "http://good.example"})
    with gateway.heart(origin="http://good.example") as client:
        assert receive(client)["type"] == "status"
    with Wire(gateway.heart_port) as wire:
        wire.request(
            "GET /", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Origin: http://evil.example")
        assert wire.response().status == 403


# MARK: Compression

def test_compression_is_negotiated_when_offered(gateway):
    with gateway.heart() as client:
        assert client.response.headers["Sec-WebSocket-Extensions"].startswith("permessage-deflate")
    with gateway.heart(compression=None) as client:
        assert "Sec-WebSocket-Extensions" not in client.response.headers


def test_only_large_messages_are_compressed(gateway):
    with gateway.heart() as feed, RawWebSocket(
            gateway.heart_port, "/", "Sec-WebSocket-Extensions: permessage-deflate") as raw:
        receive(feed)
        assert not raw.frame().is_compressed
        board = gateway.board()
        for number in range(100):
            board.send(user=1, bpm=70 + number % 10)
            text = feed.recv(TIMEOUT)
            frame = raw.frame()
            assert (frame.payload.decode(), frame.is_compressed) == (text, False)
        raw.send_frame(TEXT, '{"type": "get_signal_history", "user_id": 1}')
        frame = raw.frame()
        assert frame.is_compressed
        assert len(frame.payload) < len(frame.content)
        assert len(json.loads(frame.content)["history"]) == 100
        board.send(user=1, bpm=72, padding="large " * 1_000)
        text = feed.recv(TIMEOUT)
        frame = raw.frame()
        assert (frame.content.decode(), frame.is_compressed) == (text, True)


def test_compression_can_be_disabled(run):
    gateway = run({"web.compression.enabled": "false"})
    with gateway.heart() as client:
        assert "Sec-WebSocket-Extensions" not in client.response.headers


@pytest.mark.parametrize("size", [0, 1, 1_000, 1 << 20])
@pytest.mark.parametrize("compression", [None, "deflate"])
def test_compressed_messages_are_accepted(testbed, size, compression):
    with connect(f"ws://127.0.0.1:{testbed.http_port}/echo", compression=compression, max_size=None) as client:
        for message in ("x" * size, os.urandom(size), "größer " * (size // 8)):
            client.send(message)
            assert client.recv(TIMEOUT) == message
