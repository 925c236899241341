"""`leadville-gateway listen`: against the gateway, and against a server made with Python's `websockets`."""

import contextlib
import json
import subprocess
import threading

import pytest
import websockets.sync.server

from clients import connect, receive
from programs import PROGRAM
from waiting import TIMEOUT, eventually


def listen(*arguments, **options):
    return subprocess.Popen(
        [PROGRAM, "listen", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def result(process):
    output, errors = process.communicate(timeout=TIMEOUT)
    return process.returncode, output, errors


@contextlib.contextmanager
def server(handler, port=0):
    with websockets.sync.server.serve(handler, "127.0.0.1", port) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        try:
            yield running.socket.getsockname()[1]
        finally:
            running.shutdown()
            thread.join()


def publish_when_listening(gateway, *events, clients=1):
    eventually(lambda: gateway.metrics.value("leadville_clients", surface="live") == clients)
    for event in events:
        assert gateway.post("/api/events", event)[0] == 200


SHOT = {"type": "timer_event", "event_type": "shot_detected", "device_id": "T1",
        "data": {"current_shot": 2, "event_detail": "Shot 2: 2.72s"}}
STATUS = {"type": "status", "event_type": "system_startup", "message": "Ready\x1b[31m", "n": 1}


def test_it_prints_a_line_for_each_event(gateway):
    process = listen(f"ws://127.0.0.1:{gateway.http_port}/ws/live", "--count", "2")
    publish_when_listening(gateway, SHOT, STATUS)
    status, output, errors = result(process)
    assert (status, errors) == (0, "")
    first, second = output.splitlines()
    assert first.split("  ")[1:] == ["timer_event", "shot_detected", "T1", "Shot 2: 2.72s"]
    # Nothing that controls the terminal.
    assert second.split("  ")[1:] == ["status", "system_startup", "Ready?[31m"]


@pytest.mark.parametrize("port", ["http_port", "live_port"])
def test_it_prints_json_of_the_channels_asked_for(gateway, port):
    path = "/ws/live" if port == "http_port" else ""
    process = listen(
        f"ws://127.0.0.1:{getattr(gateway, port)}{path}", "--channels", "timer_events, weather", "--json", "--count", "1")
    # The answer about the unknown channel comes after the subscription.
    assert "unknown channels: weather" in process.stderr.readline()
    publish_when_listening(gateway, STATUS, SHOT)
    status, output, _ = result(process)
    assert status == 0
    (event,) = map(json.loads, output.splitlines())
    assert (event["type"], event["id"]) == ("timer_event", 2)


def test_a_table_has_a_header(gateway):
    process = listen(f"ws://127.0.0.1:{gateway.http_port}/ws/live", "--table", "--count", "1")
    publish_when_listening(gateway, SHOT)
    _, output, _ = result(process)
    header, row = output.splitlines()
    assert header.split() == ["TIME", "(UTC)", "TYPE", "EVENT", "FROM", "DETAIL"]
    assert row.index("shot_detected") == header.index("EVENT")
    assert row.index("Shot 2") == header.index("DETAIL")


def limited(*arguments):
    """The result with the shortest time that suffices to connect: a busy machine needs longer."""
    for seconds in ("0.3", "2", "10"):
        status, output, errors = result(listen(*arguments, "--for", f"{seconds} s"))
        if "was not reached" not in errors:
            break
    return status, output, errors


def test_the_time_limits_it(gateway):
    url = f"ws://127.0.0.1:{gateway.http_port}/ws/live"
    assert limited(url) == (0, "", "")
    status, output, errors = limited(url, "--count", "3")
    assert (status, output) == (1, "")
    assert "received 0 of 3 events in time" in errors


def test_a_rejected_connection_is_not_tried_again(gateway):
    status, _, errors = result(listen(f"ws://127.0.0.1:{gateway.http_port}/nothing"))
    assert status == 1 and "the server answered with status 404" in errors


def test_a_server_that_is_not_reached_is_an_error(gateway):
    port = gateway.http_port
    gateway.terminate()
    status, _, errors = result(listen(f"ws://127.0.0.1:{port}", "--for", "500 ms"))
    assert status == 1
    assert "cannot connect" in errors and "connecting again in 2 s" in errors and "was not reached" in errors


def test_it_connects_and_subscribes_again_after_a_lost_connection():
    subscriptions = []

    def handler(client):
        subscriptions.append(json.loads(client.recv(TIMEOUT)))
        # Original servers send no ids.
        client.send(json.dumps({"type": "subscription_ack", "channels": ["status"]}))
        client.send(json.dumps({"type": "status", "event_type": "system_status", "data": {"n": len(subscriptions)}}))
        client.ping()
        client.close(1012, "restart")

    with server(handler) as port:
        process = listen(f"ws://127.0.0.1:{port}", "--channels", "status", "--count", "2")
        status, output, errors = result(process)
    assert status == 0
    assert [line.split("  ") for line in output.splitlines()] == [
        ["status", "system_status", "n 1"], ["status", "system_status", "n 2"]]
    assert "connecting again in 2 s" in errors
    assert subscriptions == [{"type": "subscribe", "channels": ["status"]}] * 2


@pytest.mark.parametrize("size", [10, 200, 70_000, 3_000_000])
def test_messages_of_every_size_arrive_unchanged(size):
    text = json.dumps({"type": "status", "text": "é" * (size // 2)}, ensure_ascii=False)

    def handler(client):
        client.send(text)
        client.send([text[:5], text[5:]])
        for _ in client:
            pass

    with server(handler) as port:
        status, output, _ = result(listen(f"ws://127.0.0.1:{port}/", "--json", "--count", "2"))
    assert status == 0
    assert output.splitlines() == [text, text]


def test_it_answers_pings():
    answered = threading.Event()

    def handler(client):
        if client.ping().wait(TIMEOUT):
            answered.set()
        client.send('{"type": "status"}')

    with server(handler) as port:
        assert result(listen(f"ws://127.0.0.1:{port}/", "--count", "1"))[0] == 0
    assert answered.is_set()


def test_a_second_client_is_not_disturbed(gateway):
    with connect(f"ws://127.0.0.1:{gateway.http_port}/ws/live") as client:
        receive(client)
        process = listen(f"ws://127.0.0.1:{gateway.http_port}/ws/live", "--count", "1")
        eventually(lambda: gateway.metrics.value("leadville_clients", surface="live") == 2)
        process.kill()
        process.communicate()
        publish_when_listening(gateway, STATUS)
        assert receive(client)["event_type"] == "system_startup"


def test_since_prints_what_was_missed_also_across_a_restart(run):
    gateway = run()
    ids = [gateway.post("/api/events", STATUS | {"event_type": f"step_{number}"})[1]["ids"][0] for number in range(4)]
    process = listen(
        f"ws://127.0.0.1:{gateway.http_port}/ws/live", "--since", str(ids[1]), "--channels", "status", "--count", "6",
        "--json")
    eventually(lambda: gateway.metrics.value("leadville_clients", surface="live") == 1)
    gateway.post("/api/events", STATUS | {"event_type": "step_4"})
    assert [json.loads(process.stdout.readline())["event_type"] for _ in range(3)] == ["step_2", "step_3", "step_4"]
    gateway.terminate()
    gateway = run(gateway.settings)
    for number in range(5, 8):
        assert gateway.post("/api/events", STATUS | {"event_type": f"step_{number}"})[0] == 200
    status, output, _ = result(process)
    assert status == 0
    assert [json.loads(line)["event_type"] for line in output.splitlines()] == ["step_5", "step_6", "step_7"]
