"""Start, signals, end: what clients, logs and exit statuses say of it."""

import contextlib
import json
import re
import signal
import socket
import sqlite3

import pytest
import websockets

from clients import connect, hear
from patience import PATIENCE, eventually
from programs import Gateway
from wire import CLOSE, TEXT, RawWebSocket, Wire

FAREWELL = (1001, "The gateway is shutting down")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_and_everybody_is_told(gateway, number):
    with gateway.live() as one, connect(f"ws://127.0.0.1:{gateway.live_port}") as two, gateway.heart() as three:
        for client in (one, two, three):
            hear(client)
        gateway.signal(number)
        for client in (one, two, three):
            with pytest.raises(websockets.ConnectionClosed) as closed:
                client.recv(PATIENCE)
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == FAREWELL
        assert gateway.wait() == 0
    assert [line.split(" - ", 1)[1] for line in gateway.log.all().splitlines()][-1] == "INFO - Stopped"


def stalled_heart_client(gateway, readings):
    """A raw client that has not read the readings yet. Another one has."""
    raw = RawWebSocket(gateway.heart_port, receive_buffer=16_384)
    board = gateway.board()
    with gateway.heart() as quick:
        hear(quick)
        for number in range(readings):
            board.send(user=1, bpm=72, padding="x" * 4_000)
            hear(quick)
    return raw


def test_what_waits_for_a_client_is_sent_before_the_end(run):
    gateway = run({"shutdown_timeout": "2 min"})
    with stalled_heart_client(gateway, 100) as slow:
        assert gateway.metrics.value("leadville_web_queued_bytes", server="heart") > 100_000
        gateway.signal(signal.SIGTERM)
        assert gateway.log.wait_for(" - INFO - Stopping")
        assert json.loads(slow.frame().payload)["type"] == "status"
        assert [json.loads(slow.frame().payload)["event_id"] for _ in range(100)] == list(range(1, 101))
        assert slow.frame().close == FAREWELL
        slow.send_close(1001)
        assert slow.has_ended
    assert gateway.wait() == 0


def test_who_does_not_read_is_waited_for_no_longer_than_configured(run):
    gateway = run({"shutdown_timeout": "300 ms"})
    with stalled_heart_client(gateway, 100), RawWebSocket(gateway.heart_port), Wire(gateway.http_port) as half:
        half.send("GET / HTTP/1.1\r\n")
        assert gateway.terminate() == 0


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_it_at_once(run, second):
    gateway = run({"shutdown_timeout": "10 min"})
    with stalled_heart_client(gateway, 100):
        gateway.signal(signal.SIGTERM)
        assert gateway.log.wait_for(" - INFO - Stopping")
        assert gateway.runs
        gateway.signal(second)
        assert gateway.wait() == 128 + second


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_can_be_ended_before_it_serves(tmp_path, number):
    file = tmp_path / "gateway.db"
    with contextlib.closing(sqlite3.connect(file)) as other:
        # Somebody else's lock makes the start take its time.
        other.execute("BEGIN EXCLUSIVE")
        gateway = Gateway({"state_directory": tmp_path})
        eventually(lambda: str(file) in gateway.open_files)
        gateway.signal(number)
        assert gateway.wait() == 0
    assert "serves:" not in gateway.output.all()


def test_no_new_clients_while_it_ends(run):
    gateway = run({"shutdown_timeout": "10 min"})
    with stalled_heart_client(gateway, 100):
        gateway.signal(signal.SIGTERM)
        assert gateway.log.wait_for(" - INFO - Stopping")

        def is_refused():
            try:
                socket.create_connection(("127.0.0.1", gateway.heart_port), PATIENCE).close()
            except OSError:
                return True
            return False

        eventually(is_refused)


@pytest.mark.parametrize("key, what, kind", [
    ("http.port", "web", socket.SOCK_STREAM),
    ("live.port", "live socket", socket.SOCK_STREAM),
    ("heart.websocket_port", "heart broadcast", socket.SOCK_STREAM),
    ("heart.udp_port", "heart boards", socket.SOCK_DGRAM),
])
def test_a_port_that_is_taken_is_named_with_its_key(tmp_path, key, what, kind):
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("", 0))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        port = taken.getsockname()[1]
        gateway = Gateway({"state_directory": tmp_path, key: port})
        assert gateway.wait() == 1
    assert re.search(
        rf" - ERROR - {what} \({re.escape(key)}\): port {port} is already in use; "
        "stop the other program or configure another port\n", gateway.log.all())
    assert gateway.output.all() == ""


def test_a_restarted_gateway_has_its_ports_back_at_once(run):
    first = run()
    ports = {key: first.settings[key] for key in Gateway.PORT_KEYS}
    with first.heart() as client, first.live() as other:
        hear(client)
        hear(other)
        first.kill()
        second = run(ports)
        assert second.get("/health")[0] == 200


def test_the_log_has_a_time_a_level_and_a_message(gateway):
    gateway.board().send(b"nonsense")
    assert gateway.log.wait_for("WARNING")
    gateway.terminate()
    for line in gateway.log.all().splitlines():
        assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z - (INFO|WARNING) - \S.*", line)


def test_it_says_what_it_serves(gateway):
    assert gateway.output.wait_for(rf"console +http://localhost:{gateway.http_port}/")
    assert gateway.output.wait_for(rf"live socket +ws://localhost:{gateway.http_port}/ws/live")
    assert gateway.output.wait_for(rf"metrics +http://localhost:{gateway.http_port}/metrics")
    assert gateway.output.wait_for(rf"live socket, alone +ws://localhost:{gateway.live_port}/")
    assert gateway.output.wait_for(rf"heart broadcast +ws://localhost:{gateway.heart_port}/")
    assert gateway.output.wait_for(rf"heart boards send to +udp localhost:{gateway.board_port}")


def test_demo_brings_hearts(run):
    gateway = run({}, "--demo")
    with gateway.heart() as client:
        heard = set()
        while heard != {1, 2, 3}:
            heard |= {hear(client).get("user")} - {None}


def test_demo_plugs_devices_in(run):
    gateway = run({"serial.enabled": "true"}, "--demo")
    with gateway.heart() as client:
        while hear(client).get("user") != 4:
            pass
    eventually(lambda: gateway.metrics.value("leadville_mat_frames_total", mat="usb-virtual-mat") >= 10)
    assert gateway.metrics.value("leadville_serial_ports", state="reading") == 2
    assert gateway.terminate() == 0


def test_descriptors_are_given_back(gateway):
    with gateway.live() as client:
        hear(client)
    # What is opened for the first requests of all may stay.
    gateway.get("/metrics")
    eventually(lambda: gateway.metrics.value("leadville_web_connections", server="http") == 1)
    before = gateway.open_descriptors
    for number in range(250):
        Wire(gateway.http_port).reset()
        with Wire(gateway.http_port) as wire:
            wire.request("GET /health")
            assert wire.response().status == 200
        with RawWebSocket(gateway.heart_port) as raw:
            if number % 2:
                raw.send_close(1000)
                while raw.frame().opcode != CLOSE:
                    pass
        with RawWebSocket(gateway.live_port) as raw:
            assert raw.frame().opcode == TEXT
            raw.reset()
    # A few may come for good meanwhile: the journal opens its files when it first writes. A thousand connections that
    # leaked would show.
    eventually(lambda: gateway.open_descriptors <= before + 5)
    connections = sum(
        gateway.metrics.value("leadville_web_connections_total", server=name) for name in ("http", "live", "heart"))
    assert connections >= 1_000
