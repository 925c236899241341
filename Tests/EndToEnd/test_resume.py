"""Clients that continue where they were: `since` on the live socket, `Last-Event-ID` in the event stream."""

import contextlib
import http.client
import json
import random
import signal
import socket
import sqlite3
import threading

from clients import receive, request
from waiting import TIMEOUT, eventually
from wire import TEXT, RawWebSocket


class EventSource:
    """A reader of server-sent events, as far as a browser's: data, id, and no other fields."""

    def __init__(self, gateway, query="", last_event_id=None, receive_buffer=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", gateway.http_port, timeout=TIMEOUT)
        if receive_buffer is not None:
            self.connection.sock = socket.socket()
            self.connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            self.connection.sock.settimeout(TIMEOUT)
            self.connection.sock.connect(("127.0.0.1", gateway.http_port))
        headers = {} if last_event_id is None else {"Last-Event-ID": str(last_event_id)}
        self.connection.request("GET", f"/api/events/stream{query}", headers=headers)
        self.response = self.connection.getresponse()
        self.status = self.response.status

    def next(self):
        """Returns the id and the data of the next event."""
        id, data = None, []
        while True:
            line = self.response.readline().decode()
            assert line, "the stream ended"
            line = line.removesuffix("\n")
            if line.startswith("id: "):
                id = int(line[4:])
            elif line.startswith("data: "):
                data.append(line[6:])
            elif not line and data:
                return id, json.loads("\n".join(data))

    def close(self):
        self.connection.sock and self.connection.sock.close()
        self.connection.close()


def publish(gateway, count, name="step", kind="status"):
    """Publishes events of an application; returns their ids."""
    ids = []
    while len(ids) < count:
        events = [{"type": kind, "event_type": name} for _ in range(min(100, count - len(ids)))]
        status, answer = gateway.post("/api/events", events)
        assert status == 200, answer
        ids += answer["ids"]
    return ids


def publish_much(gateway, kind):
    """Publishes more than sockets and memory hold; over one connection, because a client that reads nothing for long is closed."""
    connection = http.client.HTTPConnection("127.0.0.1", gateway.http_port, timeout=TIMEOUT)
    published = []
    for _ in range(40):
        events = [{"type": kind, "event_type": "step", "data": {"text": "x" * 14_000}}] * 4
        connection.request("POST", "/api/events", json.dumps(events), {"Content-Type": "application/json"})
        published += json.load(connection.getresponse())["ids"]
    connection.close()
    return published


def resume(client, since, channels=("status",)):
    """Subscribes with `since`; returns the messages up to the end of the replay."""
    client.send(json.dumps({"type": "subscribe", "channels": list(channels), "since": since}))
    messages = [receive(client)]
    while messages[-1].get("event_type") != "replay_complete":
        messages.append(receive(client))
    return messages


def ids(messages):
    return [message["id"] for message in messages if "id" in message]


def is_confirmation(message):
    return message.get("event_type") == "subscription_confirmed"


@contextlib.contextmanager
def greeted(gateway):
    with gateway.live() as client:
        assert receive(client)["event_type"] == "connection_established"
        yield client


def test_missed_events_come_first_then_live_ones(gateway):
    first = publish(gateway, 250)
    with greeted(gateway) as client:
        replay = resume(client, first[99])
        assert [replay[0]["event_type"], replay[-1]["event_type"]] == ["subscription_confirmed", "replay_complete"]
        assert ids(replay) == first[100:] and replay[-1]["events"] == 150
        assert replay[1] | {"timestamp": ""} == {
            "type": "status", "event_type": "step", "timestamp": "", "data": {"event_type": "step"},
            "source": "application", "id": first[100]}
        later = publish(gateway, 3)
        assert [receive(client)["id"] for _ in later] == later
        # Everything since then was sent already.
        assert ids(resume(client, first[99])) == []
        # … but not what is older.
        assert ids(resume(client, first[49])) == first[50:100]


def test_a_channel_that_is_subscribed_later_is_replayed_alone(gateway):
    with greeted(gateway) as client:
        request(client, {"type": "subscribe", "channels": ["status"]})
        start = publish(gateway, 1)[0]
        shots = publish(gateway, 3, kind="timer_event")
        assert receive(client)["id"] == start
        statuses = publish(gateway, 2)
        assert [receive(client)["id"] for _ in statuses] == statuses
        assert ids(resume(client, start, ["timer_event"])) == shots


def test_events_between_the_connection_and_the_subscription_come_once_and_in_order(gateway):
    def between():
        """What is sent and what should be; None if the machine is so busy that the gateway did not wait for the subscription."""
        before = publish(gateway, 5)
        with greeted(gateway) as client:
            after = publish(gateway, 5)
            replay = resume(client, before[1])
            return (ids(replay), before[2:] + after) if is_confirmation(replay[0]) else None
    sent, expected = eventually(between)
    assert sent == expected


def test_a_passive_client_receives_what_happens_right_after_its_connection_and_not_again(gateway):
    before = publish(gateway, 2)
    with greeted(gateway) as client:
        published = publish(gateway, 3)
        assert [receive(client)["id"] for _ in published] == published
        assert ids(resume(client, 0)) == before


def test_what_happens_during_a_replay_follows_it(gateway):
    """Also of a channel that the client has received until then. The client does not read, so that the replay takes long."""
    with RawWebSocket(gateway.http_port, "/ws/live", receive_buffer=4_096) as client:
        def until(event_type):
            messages = []
            while not messages or messages[-1]["event_type"] != event_type:
                messages.append(json.loads(client.frame_without_pings().payload))
            return messages

        client.send_frame(TEXT, json.dumps({"type": "subscribe", "channels": ["status"]}))
        until("subscription_confirmed")
        missed = publish_much(gateway, "timer_event")
        client.send_frame(TEXT, json.dumps({"type": "subscribe", "channels": ["status", "timer_event"], "since": 0}))
        until("subscription_confirmed")
        meanwhile = publish(gateway, 3)
        replay = until("replay_complete")
        client.send_frame(TEXT, '{"type": "ping"}')
        assert ids(replay + until("pong")) == missed + meanwhile


def test_commands_wait_for_the_replay(gateway):
    published = publish(gateway, 300)
    with greeted(gateway) as client:
        client.send(json.dumps({"type": "subscribe", "channels": ["status"], "since": 0}))
        client.send(json.dumps({"type": "ping"}))
        messages = [receive(client)]
        while messages[-1]["event_type"] != "pong":
            messages.append(receive(client))
        assert messages[-2]["event_type"] == "replay_complete" and ids(messages) == published
        assert all("id" not in message for message in messages if message["event_type"] != "step")


def test_an_id_that_is_unknown_or_invalid(gateway):
    latest = publish(gateway, 1)[0]
    with greeted(gateway) as client:
        replay = resume(client, 10_000)
        assert [message["event_type"] for message in replay] == [
            "subscription_confirmed", "events_missed", "replay_complete"]
        assert (replay[1]["since"], replay[1]["latest_event_id"]) == (10_000, latest)
        for since in (-1, "5", 1.5, True, []):
            assert request(client, {"type": "subscribe", "channels": ["status"], "since": since})["reason"] == "invalid"
    assert gateway.get("/api/events/stream?since=x")[0] == 400
    assert gateway.get("/api/events/stream?channels=nonsense")[0] == 400


def test_without_a_store_nothing_is_kept_and_clients_are_informed(run):
    gateway = run({"store.enabled": "false"})
    published = publish(gateway, 5)
    with greeted(gateway) as client:
        replay = resume(client, published[1])
        missed = replay[1]
        assert (missed["event_type"], missed["since"], missed["through"]) == ("events_missed", published[1], published[4])
        assert ids(replay) == []


def test_deleted_events_are_reported(run):
    gateway = run()
    published = publish(gateway, 20)
    gateway.terminate()
    # What retention does, and records.
    with sqlite3.connect(f"{gateway.settings['state_directory']}/gateway.db") as database:
        database.execute("DELETE FROM event WHERE kind = 'application' AND seq <= ?", (published[9],))
        database.execute("INSERT INTO meta(key, value) VALUES('deleted_telemetry', ?)", (published[9],))
    gateway = run()
    with greeted(gateway) as client:
        replay = resume(client, published[2])
        assert (replay[1]["event_type"], replay[1]["since"], replay[1]["through"]) == (
            "events_missed", published[2], published[9])
        assert ids(replay) == published[10:]
        assert "events_missed" not in [message["event_type"] for message in resume(client, published[9])]
    stream = EventSource(gateway, f"?channels=status&since={published[2]}")
    id, notice = stream.next()
    assert (id, notice["event_type"], notice["through"]) == (None, "events_missed", published[9])
    assert stream.next()[0] == published[10]
    stream.close()


def test_the_event_stream_continues_where_a_browser_was(gateway):
    first = publish(gateway, 120)
    stream = EventSource(gateway, f"?channels=status&since={first[9]}")
    assert stream.response.headers["Content-Type"] == "text/event-stream"
    assert [stream.next()[0] for _ in range(110)] == first[10:]
    live = publish(gateway, 2)
    assert [stream.next()[0] for _ in live] == live
    stream.close()
    publish(gateway, 2, kind="timer_event")
    missed = publish(gateway, 3)
    # The header counts more than the address, which still names the first id.
    stream = EventSource(gateway, f"?channels=status&since={first[9]}", last_event_id=live[-1])
    seen = [stream.next() for _ in missed]
    assert [id for id, _ in seen] == missed and [message["id"] for _, message in seen] == missed
    stream.close()
    # That a reader is gone is noticed when it is sent something.
    eventually(lambda: publish(gateway, 1) and gateway.metrics.value("leadville_clients", surface="event_stream") == 0)


def test_streams_end_when_the_gateway_stops(gateway):
    stream = EventSource(gateway)
    gateway.signal(signal.SIGTERM)
    assert b"data:" not in stream.response.read()
    stream.close()
    assert gateway.wait() == 0


def test_a_reader_of_the_stream_that_is_slow_misses_nothing(run):
    """It stops reading until far more has happened than sockets and memory hold: the rest comes from the journal."""
    gateway = run()
    stream = EventSource(gateway, "?channels=status", receive_buffer=4_096)
    published = publish_much(gateway, "status")
    assert [stream.next()[0] for _ in published] == published
    stream.close()


def journal(gateway, kinds):
    path = f"{gateway.settings['state_directory']}/gateway.db"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        marks = ",".join("?" * len(kinds))
        return [row[0] for row in database.execute(
            f"SELECT seq FROM event WHERE kind IN ({marks}) ORDER BY seq", kinds)]


def test_a_client_that_always_resumes_sees_exactly_the_journal(run):
    """Random drops of the connection, restarts and kills of the gateway, while events are published. What the client
    has seen afterwards is what the journal holds: everything once, in order."""
    generator = random.Random(20_261_129)
    state = {}
    seen = {"live": [], "stream": []}
    gateway = run()
    for _ in range(6):
        stopping = threading.Event()

        def produce():
            board = gateway.board()
            number = 0
            while not stopping.is_set():
                number += 1
                try:
                    board.send(user=number % 3, bpm=60 + number % 50)
                    publish(gateway, 1 + number % 3)
                except (OSError, http.client.HTTPException):
                    return
                stopping.wait(0.002)

        producer = threading.Thread(target=produce)
        producer.start()
        for _ in range(3):
            follow_live(gateway, seen["live"], generator.randrange(1, 120))
            follow_stream(gateway, seen["stream"], generator.randrange(1, 120))
        kill = generator.random() < 0.5
        if kill:
            gateway.kill()
        stopping.set()
        producer.join()
        if not kill:
            gateway.terminate()
        settings = {key: value for key, value in gateway.settings.items() if key.endswith("port") or "." not in key}
        gateway = run(settings)
    # Nothing happens any more.
    for name, follow in (("live", follow_live), ("stream", follow_stream)):
        known = seen[name]
        latest = publish(gateway, 1)[0]
        follow(gateway, known, until=latest)
        kept = journal(gateway, ["application", "heart"])
        # After a kill, events may have been seen that were not stored yet; their numbers are not used again.
        extra = set(known) - set(kept)
        assert [id for id in known if id not in extra] == [id for id in kept if id <= latest]
        assert known == sorted(set(known))
        state[name] = len(known)
    assert min(state.values()) > 100


def follow_live(gateway, seen, count=None, until=None):
    with contextlib.ExitStack() as stack:
        while True:
            client = stack.enter_context(gateway.live())
            receive(client)
            client.send(json.dumps({
                "type": "subscribe", "channels": ["status", "heart_rate"], "since": seen[-1] if seen else 0}))
            if is_confirmation(receive(client)):
                break
            # On a busy machine the gateway did not wait for the subscription: the order would be another one.
            stack.close()
        begin = len(seen)
        while (len(seen) - begin < count) if count else seen[-1] < until:
            message = receive(client)
            if "id" in message:
                seen.append(message["id"])


def follow_stream(gateway, seen, count=None, until=None):
    stream = EventSource(gateway, "?channels=status,heart_rate", last_event_id=seen[-1] if seen else 0)
    begin = len(seen)
    while (len(seen) - begin < count) if count else seen[-1] < until:
        id, _ = stream.next()
        if id is not None:
            seen.append(id)
    stream.close()
