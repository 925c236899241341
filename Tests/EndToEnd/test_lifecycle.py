"""Start, signals and exit: clients, logs and exit statuses."""

import contextlib
import json
import re
import signal
import socket
import sqlite3

import pytest
import websockets

from clients import connect, receive
from waiting import TIMEOUT, eventually
from programs import Gateway
from wire import CLOSE, TEXT, RawWebSocket, Wire

REASON = "The gateway is shutting down"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_gateway_and_closes_all_clients(gateway, number):
    with gateway.live() as one, connect(f"ws://127.0.0.1:{gateway.live_port}") as two, gateway.heart() as three:
        for client in (one, two, three):
            receive(client)
        gateway.signal(number)
        # LeadVille's client connects again after 1012, and never after 1001.
        for client, code in ((one, 1012), (two, 1012), (three, 1001)):
            with pytest.raises(websockets.ConnectionClosed) as closed:
                client.recv(TIMEOUT)
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (code, REASON)
        assert gateway.wait() == 0
    assert [line.split(" - ", 1)[1] for line in gateway.log.all().splitlines()][-1] == "INFO - Stopped"


def stalled_heart_client(gateway, readings):
    """Returns a client that has not read any readings yet, after another client has received them all."""
    raw = RawWebSocket(gateway.heart_port, receive_buffer=16_384)
    board = gateway.board()
    with gateway.heart() as quick:
        receive(quick)
        for number in range(readings):
            board.send(user=1, bpm=72, padding="x" * 4_000)
            receive(quick)
    return raw


def test_queued_messages_are_sent_before_the_exit(run):
    gateway = run({"shutdown_timeout": "2 min"})
    with stalled_heart_client(gateway, 100) as slow:
        assert gateway.metrics.value("leadville_web_queued_bytes", server="heart") > 100_000
        gateway.signal(signal.SIGTERM)
        assert gateway.log.wait_for(" - INFO - Stopping")
        assert json.loads(slow.frame().payload)["type"] == "status"
        assert [json.loads(slow.frame().payload)["event_id"] for _ in range(100)] == list(range(1, 101))
        assert slow.frame().close == (1001, REASON)
        slow.send_close(1001)
        assert slow.has_ended
    assert gateway.wait() == 0


def test_the_shutdown_timeout_limits_the_wait_for_stalled_clients(run):
    gateway = run({"shutdown_timeout": "300 ms"})
    with stalled_heart_client(gateway, 100), RawWebSocket(gateway.heart_port), Wire(gateway.http_port) as half:
        half.send("GET / HTTP/1.1\r\n")
        assert gateway.terminate() == 0


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_exits_immediately(run, second):
    gateway = run({"shutdown_timeout": "10 min"})
    with stalled_heart_client(gateway, 100):
        gateway.signal(signal.SIGTERM)
        assert gateway.log.wait_for(" - INFO - Stopping")
        assert gateway.is_running
        gateway.signal(second)
        assert gateway.wait() == 128 + second


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_can_be_stopped_during_the_start(tmp_path, number):
    file = tmp_path / "gateway.db"
    with contextlib.closing(sqlite3.connect(file)) as other:
        # The lock of another connection delays the start. An empty file would be set aside at once.
        other.execute("CREATE TABLE other (x)")
        other.execute("BEGIN EXCLUSIVE")
        gateway = Gateway({"state_directory": tmp_path})
        eventually(lambda: str(file) in gateway.open_files)
        gateway.signal(number)
        assert gateway.wait() == 0
    assert "serves:" not in gateway.output.all()


def test_no_clients_are_accepted_during_shutdown(run):
    gateway = run({"shutdown_timeout": "10 min"})
    with stalled_heart_client(gateway, 100):
        gateway.signal(signal.SIGTERM)
        assert gateway.log.wait_for(" - INFO - Stopping")

        def is_refused():
            try:
                socket.create_connection(("127.0.0.1", gateway.heart_port), TIMEOUT).close()
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
def test_a_port_in_use_is_reported_with_its_configuration_key(tmp_path, key, what, kind):
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


def test_a_restarted_gateway_can_bind_its_ports_immediately(run):
    first = run()
    ports = {key: first.settings[key] for key in Gateway.PORT_KEYS}
    with first.heart() as client, first.live() as other:
        receive(client)
        receive(other)
        first.kill()
        second = run(ports)
        assert second.get("/health")[0] == 200


def test_log_lines_have_a_time_a_level_and_a_message(gateway):
    gateway.board().send(b"nonsense")
    assert gateway.log.wait_for("WARNING")
    gateway.terminate()
    for line in gateway.log.all().splitlines():
        assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z - (INFO|WARNING) - \S.*", line)


def test_the_start_message_lists_the_services(gateway):
    assert gateway.output.wait_for(rf"console +http://localhost:{gateway.http_port}/")
    assert gateway.output.wait_for(rf"live socket +ws://localhost:{gateway.http_port}/ws/live")
    assert gateway.output.wait_for(rf"metrics +http://localhost:{gateway.http_port}/metrics")
    assert gateway.output.wait_for(rf"live socket, own port +ws://localhost:{gateway.live_port}/")
    assert gateway.output.wait_for(rf"heart broadcast +ws://localhost:{gateway.heart_port}/")
    assert gateway.output.wait_for(rf"heart boards send to +udp localhost:{gateway.board_port}")


def test_demo_sends_heart_readings(run):
    gateway = run({}, "--demo")
    with gateway.heart() as client:
        users = set()
        while users != {1, 2, 3}:
            users |= {receive(client).get("user")} - {None}


def test_demo_adds_serial_devices(run):
    gateway = run({"serial.enabled": "true"}, "--demo")
    with gateway.heart() as client:
        while receive(client).get("user") != 4:
            pass
    eventually(lambda: gateway.metrics.value("leadville_mat_frames_total", mat="usb-virtual-mat") >= 10)
    assert gateway.metrics.value("leadville_serial_ports", state="reading") == 2
    assert gateway.terminate() == 0


def test_connections_leak_no_descriptors(gateway):
    with gateway.live() as client:
        receive(client)
    # Descriptors opened for the first request may stay open.
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
    # A few may be added meanwhile, because the journal opens its files on the first write; a leak of a thousand
    # connections would exceed that.
    eventually(lambda: gateway.open_descriptors <= before + 5)
    connections = sum(
        gateway.metrics.value("leadville_web_connections_total", server=name) for name in ("http", "live", "heart"))
    assert connections >= 1_000
