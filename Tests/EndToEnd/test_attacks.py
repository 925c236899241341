"""Short forms of the attacks of `make attack`: they count events and answers instead of measuring time."""

import contextlib
import sys
import threading

from clients import receive
from programs import REPOSITORY
from waiting import eventually
from wire import TEXT, RawWebSocket, Wire, encode

sys.path.append(str(REPOSITORY / "Attack"))
import payloads  # noqa: E402


class AnswerCounter:
    """Reads everything that a connection receives, and counts its answers."""

    def __init__(self, wire, mark):
        self.wire, self.mark, self.count = wire, mark, 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        rest = b""
        with contextlib.suppress(OSError):
            while data := self.wire.socket.recv(1 << 18):
                self.count += (rest + data).count(self.mark)
                rest = data[-len(self.mark) + 1:]


def exchange(gateway, client, count):
    """Sends readings, each when the event of the one before has been received."""
    board = gateway.board()
    for number in range(count):
        board.send(user=7, bpm=60 + number % 60, number=number)
        while receive(client).get("number") != number:
            pass


def assert_events_pass_between_answers(gateway, wires, requests, count, mark):
    """Sends requests on several connections at once. Twenty events in turn must not wait for all their answers."""
    with gateway.heart() as client:
        receive(client)
        counters = [AnswerCounter(wire, mark) for wire in wires]
        for wire in wires:
            threading.Thread(target=lambda wire=wire: suppressed(wire.send, requests * count), daemon=True).start()
        eventually(lambda: all(counter.count for counter in counters))
        exchange(gateway, client, 20)
        assert sum(counter.count for counter in counters) < count * len(wires)


def suppressed(action, *arguments):
    with contextlib.suppress(OSError):
        action(*arguments)


def test_events_are_delivered_between_the_answers_of_clients_that_pipeline(gateway):
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(Wire(gateway.http_port)) for _ in range(8)]
        assert_events_pass_between_answers(
            gateway, wires, b"GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n", 1_600, b"HTTP/1.1 200")


def test_events_are_delivered_between_the_statistics_of_many_users(gateway):
    board = gateway.board()
    with gateway.heart() as client:
        for user in range(1_000, 1_300):
            board.send(user=user, bpm=72)
            while receive(client).get("user") != user:
                pass
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(RawWebSocket(gateway.heart_port)) for _ in range(4)]
        command = encode(TEXT, '{"type": "get_all_statistics"}')
        assert_events_pass_between_answers(gateway, wires, command, 1_000, b'"all_statistics_response"')


def test_a_foreign_page_changes_nothing_on_any_route(run):
    gateway = run({
        "serial.enabled": "true", "serial.probe": "[]", "bluetooth.enabled": "true", "bluetooth.adapter": "hci77"})
    for request in payloads.foreign_changes():
        with Wire(gateway.http_port) as wire:
            wire.send(request)
            assert wire.response().status == 403, request


def test_events_are_delivered_between_messages_that_are_costly_to_read(gateway):
    """Compressed messages of 1 KB that unpack to 1 MiB, and messages in fragments of one byte."""
    with contextlib.ExitStack() as stack:
        packed = "Sec-WebSocket-Extensions: permessage-deflate"
        wires = [stack.enter_context(RawWebSocket(gateway.heart_port, "/", packed)) for _ in range(4)]
        counters = [AnswerCounter(wire, b'"error"') for wire in wires]
        for wire in wires:
            messages = payloads.bomb() * 200 + payloads.one_byte_fragments() * 20
            threading.Thread(target=lambda wire=wire: suppressed(wire.send, messages), daemon=True).start()
        with gateway.heart() as client:
            exchange(gateway, client, 20)
        assert sum(counter.count for counter in counters) < 4 * 220


def test_clients_that_never_read_share_one_limit(run):
    """The latest readings of all users are sent to each new client, and again with each status."""
    limit = 8 << 20
    gateway = run({"web.maximum_memory_bytes": str(limit)})
    board = gateway.board()
    with gateway.heart() as client:
        receive(client)
        for user in range(1_000, 1_060):
            board.send(user=user, bpm=72, padding="x" * 8_000, more="x" * 7_000)
            while receive(client).get("user") != user:
                pass
    before = gateway.resident_bytes
    with contextlib.ExitStack() as stack:
        for _ in range(40):
            greedy = stack.enter_context(RawWebSocket(gateway.heart_port, receive_buffer=4_096))
            suppressed(greedy.send, encode(TEXT, '{"type": "get_status"}') * 20)
        with gateway.heart() as client:
            exchange(gateway, client, 20)
        assert gateway.metrics.value("leadville_web_memory_bytes") <= limit
        assert gateway.resident_bytes - before < 6 * limit
