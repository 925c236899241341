"""Slow clients: other clients are unaffected, memory stays bounded, and lost events are reported."""

import contextlib
import json

from clients import request, receive
from waiting import eventually
from wire import TEXT, RawWebSocket, Wire, encode

# The test server keeps this much for a client; the kernel keeps about as much again.
QUEUE = 256 << 10


class Subscriber(RawWebSocket):
    """A client of the live socket that reads nothing until it is asked to."""

    def __init__(self, testbed, *channels, **options):
        super().__init__(testbed.http_port, "/ws/live", **options)
        self.frame()
        self.send_frame(TEXT, json.dumps({"type": "subscribe", "channels": channels}))
        self.frame_without_pings()

    def message(self):
        frame = self.frame_without_pings()
        assert frame.opcode == TEXT, frame
        return json.loads(frame.payload)


def stalled(testbed, *channels):
    return Subscriber(testbed, *channels, receive_buffer=16_384)


@contextlib.contextmanager
def quick_client(testbed):
    """A client that reads heart rates and shots immediately."""
    with testbed.live() as client:
        receive(client)
        request(client, {"type": "subscribe", "channels": ["heart_rate", "timer_event"]})
        yield client


def publish(testbed, kind, first, count, *quick):
    """Publishes events in one loop iteration of the server. The quick clients receive them all, in order."""
    testbed.publish(kind, count)
    for client in quick:
        assert [receive(client)["id"] for _ in range(count)] == list(range(first, first + count))


def test_a_stalled_client_receives_the_number_of_dropped_events(testbed):
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
        # The oldest and the newest events arrive; those between are dropped, and their number is reported.
        assert (ids[0], ids[-1]) == (1, total)
        assert notice["event_type"] == "events_dropped"
        assert notice["dropped"] == total - len(ids) > 0
        assert f"{notice['dropped']} telemetry events were dropped" in notice["message"]
        dropped = testbed.metrics.value("leadville_websocket_dropped_frames_total", server="test")
        assert dropped == notice["dropped"]

        # From then on the client receives everything again.
        testbed.publish("heart", 10)
        assert [slow.message()["id"] for _ in range(10)] == list(range(total + 1, total + 11))


def test_a_stalled_client_is_closed_instead_of_missing_a_shot(testbed):
    published = 0
    with stalled(testbed, "timer_event") as slow, quick_client(testbed) as quick:
        while testbed.metrics.value("leadville_websocket_too_slow_total", server="test") == 0:
            publish(testbed, "timer", published + 1, 100, quick)
            published += 100
        received = 0
        while (frame := slow.frame_without_pings()).opcode == TEXT:
            received += 1
            assert json.loads(frame.payload)["id"] == received
        assert frame.close == (1008, "Too slow for events that must not be dropped")
        assert slow.has_ended
        assert received == published


def test_dropping_heart_rates_does_not_extend_the_queue_for_shots(testbed):
    kinds, published = ("timer", "heart") * 50, 0
    with stalled(testbed, "heart_rate", "timer_event"), quick_client(testbed) as quick:
        while testbed.metrics.value("leadville_websocket_too_slow_total", server="test") == 0:
            testbed.publish_together(*kinds)
            assert [receive(quick)["id"] for _ in kinds] == list(range(published + 1, published + len(kinds) + 1))
            published += len(kinds)
            assert testbed.metrics.value("leadville_web_queued_bytes", server="test") < 2 * QUEUE


def test_memory_stays_bounded(testbed):
    """Stalled clients share queued bytes, so an unbounded queue would be counted only once in memory."""
    count, iterations, size = 5, 100, 16_384
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(stalled(testbed, "heart_rate")) for _ in range(4)]
        before = testbed.resident_bytes
        for _ in range(iterations):
            testbed.publish("large-heart", count)
        queued = testbed.metrics.value("leadville_web_queued_bytes", server="test")
        assert count * iterations * size > 20 * QUEUE
        assert QUEUE / 2 < queued / len(clients) < QUEUE + count * 2 * size
        assert testbed.resident_bytes - before < 3 << 20


def test_a_client_that_does_not_read_answers_cannot_queue_more(gateway):
    """Short requests cause long answers: a client that does not read them must not exhaust memory."""
    with gateway.heart() as client:
        receive(client)
        send_large_readings(gateway, client, range(100))
    with RawWebSocket(gateway.heart_port, receive_buffer=16_384) as requester:
        while b'"status"' not in requester.frame().payload:
            pass
        before = gateway.resident_bytes
        for _ in range(1_000):
            requester.send_frame(TEXT, '{"type": "get_status"}')
        # Other clients are served meanwhile.
        with gateway.heart() as client:
            while receive(client).get("type") != "status":
                pass
        assert gateway.resident_bytes - before < 32 << 20
        # The client receives every answer once it reads.
        for _ in range(5):
            assert b'"status_response"' in requester.frame().payload[:40]


def test_a_client_that_does_not_read_pages_cannot_queue_more(testbed):
    with Wire(testbed.http_port, receive_buffer=16_384) as requester:
        requester.send("GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n" * 1_000)
        requester.end_sending()
        page = len(testbed.get("/metrics")[2])
        assert 1_000 * page > 4 * QUEUE
        assert testbed.metrics.value("leadville_web_queued_bytes", server="test") < QUEUE + 2 * page
        assert {requester.response().status for _ in range(1_000)} == {200}
        assert requester.has_ended


def test_a_new_client_that_does_not_read_queues_only_a_part_of_the_latest_readings(gateway):
    users = range(200)
    with gateway.heart() as client:
        receive(client)
        send_large_readings(gateway, client, users)
    with RawWebSocket(gateway.heart_port, receive_buffer=16_384) as newcomer:
        # 200 readings of 5 KB are a megabyte.
        assert gateway.metrics.value("leadville_web_queued_bytes", server="heart") < 128 << 10
        # What happens meanwhile follows the reading that it replaces, and is not repeated.
        board = gateway.board()
        board.send(user=199, bpm=99)
        messages = []
        while (message := json.loads(newcomer.frame_without_pings().payload)).get("type") != "status":
            messages.append((message["user"], message["bpm_raw"]))
        assert [user for user, bpm in messages if bpm == 72] in (list(users), list(users)[:-1])
        assert messages.count((199, 99)) == 1
        assert messages.index((199, 99)) > 0


def test_long_replies_arrive_in_the_order_of_the_requests(gateway):
    with gateway.heart() as client, gateway.heart() as other:
        receive(client), receive(other)
        send_large_readings(gateway, client, range(100))
        while receive(other)["user"] != 99:
            pass
        for each in (client, other):
            each.send('{"type": "get_status"}')
            each.send('{"type": "get_latest", "user_id": 5}')
            each.send('{"type": "get_all_statistics"}')
        for each in (client, other):
            status, latest, statistics = [receive(each) for _ in range(3)]
            assert list(status["latest_data"]) == [str(user) for user in range(100)]
            assert status["latest_data"]["7"]["bpm_raw"] == 72
            assert latest["user"] == 5
            assert list(statistics["user_statistics"]) == [str(user) for user in range(100)]


def test_unfinished_messages_cannot_take_the_memory_of_the_gateway(run):
    gateway = run({"web.maximum_memory_bytes": "4 MiB"})
    with contextlib.ExitStack() as stack:
        honest = stack.enter_context(gateway.heart())
        receive(honest)
        unfinished = encode(TEXT, b"x" * 700_000)[:-1]
        greedy = [stack.enter_context(RawWebSocket(gateway.heart_port)) for _ in range(12)]
        for client in greedy:
            with contextlib.suppress(ConnectionError):
                client.send(unfinished)
        eventually(lambda: gateway.metrics.value("leadville_web_evicted_total") >= 6)
        assert gateway.metrics.value("leadville_web_memory_bytes") <= 4 << 20
        assert gateway.log.wait_for("Closed the connection of 127.0.0.1:.* together hold more than 4096 KiB")
        gateway.board().send(user=1, bpm=72)
        assert receive(honest)["user"] == 1
    eventually(lambda: gateway.metrics.value("leadville_web_memory_bytes") == 0)


def test_a_message_that_trickles_in_ends_the_connection(run):
    gateway = run({"web.request_timeout": "500 ms"})
    with RawWebSocket(gateway.heart_port) as client:
        client.frame()
        client.send(encode(TEXT, b'{"type": "get_status"}')[:-1])
        assert client.frame_without_pings().close == (1008, "a message or frame did not arrive completely in time")
        assert client.has_ended


def send_large_readings(gateway, client, users):
    board = gateway.board()
    for user in users:
        board.send(user=user, bpm=72, padding="x" * 5_000)
        receive(client)
