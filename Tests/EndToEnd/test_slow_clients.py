"""Clients that do not keep up: nobody else notices, memory stays bounded, and nothing is lost without a word."""

import contextlib
import json

from clients import ask, hear
from wire import TEXT, RawWebSocket, Wire

# The test server keeps this much for a client; the kernel keeps about as much again.
QUEUE = 256 << 10


class Subscriber(RawWebSocket):
    """A client of the live socket that reads nothing until it is asked to."""

    def __init__(self, testbed, *channels, **options):
        super().__init__(testbed.http_port, "/ws/live", **options)
        self.frame()
        self.send_frame(TEXT, json.dumps({"type": "subscribe", "channels": channels}))
        self.frame_beside_pings()

    def message(self):
        frame = self.frame_beside_pings()
        assert frame.opcode == TEXT, frame
        return json.loads(frame.payload)


def stalled(testbed, *channels):
    return Subscriber(testbed, *channels, receive_buffer=16_384)


@contextlib.contextmanager
def quick_client(testbed):
    """Hears heart rates and shots, as python `websockets` does it."""
    with testbed.live() as client:
        hear(client)
        ask(client, {"type": "subscribe", "channels": ["heart_rate", "timer_event"]})
        yield client


def publish(testbed, kind, first, count, *quick):
    """Publishes events in one turn of the server's loop. The quick clients hear them all, in order."""
    testbed.publish(kind, count)
    for client in quick:
        assert [hear(client)["id"] for _ in range(count)] == list(range(first, first + count))


def test_a_stalled_client_is_told_how_much_it_missed_and_nobody_else_misses_anything(testbed):
    turns, total = range(1, 4_001, 100), 4_000
    with stalled(testbed, "heart_rate") as slow, quick_client(testbed) as quick, quick_client(testbed) as other:
        for first in turns:
            publish(testbed, "heart", first, 100, quick, other)

        ids, notice = [], None
        while notice is None:
            message = slow.message()
            if message["type"] == "heart_rate":
                ids.append(message["id"])
            else:
                notice = message
        assert ids == sorted(ids)
        # The oldest and the newest are there, and what lies between them is missing, as it is told.
        assert (ids[0], ids[-1]) == (1, total)
        assert notice["event_type"] == "events_dropped"
        assert notice["dropped"] == total - len(ids) > 0
        assert f"{notice['dropped']} heart rate events were dropped" in notice["message"]
        dropped = testbed.metrics.value("leadville_websocket_dropped_frames_total", server="test")
        assert dropped == notice["dropped"]

        # From then on it hears everything again.
        testbed.publish("heart", 10)
        assert [slow.message()["id"] for _ in range(10)] == list(range(total + 1, total + 11))


def test_a_stalled_client_never_misses_a_shot_but_is_closed(testbed):
    published = 0
    with stalled(testbed, "timer_event") as slow, quick_client(testbed) as quick:
        while testbed.metrics.value("leadville_websocket_too_slow_total", server="test") == 0:
            publish(testbed, "timer", published + 1, 100, quick)
            published += 100
        heard = 0
        while (frame := slow.frame_beside_pings()).opcode == TEXT:
            heard += 1
            assert json.loads(frame.payload)["id"] == heard
        assert frame.close == (1008, "Too slow for events that must not be dropped")
        assert slow.has_ended
        assert heard == published


def test_dropping_heart_rates_makes_no_endless_room_for_shots(testbed):
    kinds, published = ("timer", "heart") * 50, 0
    with stalled(testbed, "heart_rate", "timer_event"), quick_client(testbed) as quick:
        while testbed.metrics.value("leadville_websocket_too_slow_total", server="test") == 0:
            testbed.publish_together(*kinds)
            assert [hear(quick)["id"] for _ in kinds] == list(range(published + 1, published + len(kinds) + 1))
            published += len(kinds)
            assert testbed.metrics.value("leadville_web_queued_bytes", server="test") < 2 * QUEUE


def test_memory_stays_bounded(testbed):
    """Stalled clients share the bytes that wait for them: what is sent would stay in memory once, without a bound."""
    count, turns, size = 5, 100, 16_384
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(stalled(testbed, "heart_rate")) for _ in range(4)]
        before = testbed.resident_bytes
        for _ in range(turns):
            testbed.publish("large-heart", count)
        queued = testbed.metrics.value("leadville_web_queued_bytes", server="test")
        assert count * turns * size > 20 * QUEUE
        assert QUEUE / 2 < queued / len(clients) < QUEUE + count * 2 * size
        assert testbed.resident_bytes - before < 3 << 20


def test_a_client_that_reads_no_answers_may_not_ask_for_more(gateway):
    """A few bytes ask for a lot: whoever does not read it must not fill our memory with it."""
    board = gateway.board()
    with gateway.heart() as client:
        hear(client)
        for user in range(100):
            board.send(user=user, bpm=72, padding="x" * 5_000)
            hear(client)
    with RawWebSocket(gateway.heart_port, receive_buffer=16_384) as greedy:
        while b'"status"' not in greedy.frame().payload:
            pass
        before = gateway.resident_bytes
        for _ in range(1_000):
            greedy.send_frame(TEXT, '{"type": "get_status"}')
        # Another one is served meanwhile.
        with gateway.heart() as client:
            while hear(client).get("type") != "status":
                pass
        assert gateway.resident_bytes - before < 32 << 20
        # And it gets every answer when it reads.
        for _ in range(5):
            assert b'"status_response"' in greedy.frame().payload[:40]


def test_a_client_that_reads_no_pages_may_not_ask_for_more(testbed):
    with Wire(testbed.http_port, receive_buffer=16_384) as greedy:
        greedy.send("GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n" * 1_000)
        greedy.end_sending()
        page = len(testbed.get("/metrics")[2])
        assert 1_000 * page > 4 * QUEUE
        assert testbed.metrics.value("leadville_web_queued_bytes", server="test") < QUEUE + 2 * page
        assert {greedy.response().status for _ in range(1_000)} == {200}
        assert greedy.has_ended
