"""/metrics and /health: valid according to promtool, and correct."""

import json
import os
import re
import shutil
import subprocess

import pytest

from clients import request, connect, receive
from exposition import Exposition
from waiting import eventually
from wire import RawWebSocket, Wire


def check(text):
    """Runs promtool; returns its exit status and output."""
    promtool = os.environ.get("PROMTOOL") or shutil.which("promtool")
    assert promtool, "promtool is missing: `make test` installs it, or set PROMTOOL"
    result = subprocess.run(
        [promtool, "check", "metrics"], input=text, capture_output=True, text=True, timeout=60, check=False)
    return result.returncode, result.stdout + result.stderr


def use(gateway):
    """Causes every kind of metric to change at least once."""
    board = gateway.board()
    with gateway.heart() as heart, gateway.live() as live, connect(f"ws://127.0.0.1:{gateway.live_port}") as alone:
        for client in (heart, live, alone):
            receive(client)
        request(live, {"type": "subscribe", "channels": ["heart_rate"]})
        for number in range(7):
            board.send(user=number % 2, bpm=72)
            board.send(b"nonsense")
            receive(heart)
            receive(live)
        for client in (heart, live, alone):
            request(client, "nonsense")
            request(client, '{"type": "nonsense"}')
        with Wire(gateway.http_port) as wire:
            wire.request("GET /nothing")
            wire.response()
            wire.send("nonsense\r\n\r\n")
            wire.response()
        with RawWebSocket(gateway.live_port) as raw:
            raw.frame()
            raw.send_frame(0x3)
            raw.frame()
        yield


@pytest.fixture
def used(gateway):
    yield from (gateway for _ in use(gateway))


def test_promtool_accepts_the_metrics(used, testbed):
    for server in (used, testbed):
        status, headers, body = server.get("/metrics")
        assert (status, headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
        assert check(body.decode()) == (0, "")


def test_promtool_rejects_invalid_metrics():
    assert check("# TYPE a counter\na{ 1\n")[0] != 0


def test_counters_are_correct(used):
    def settled():
        return used.metrics.value("leadville_web_connections", server="live") == 1

    eventually(settled)
    metrics = used.metrics
    for name, labels, count in (
            ("leadville_heart_readings_total", {"transport": "udp"}, 7),
            ("leadville_heart_refused_total", {"reason": "not_json"}, 7),
            ("leadville_heart_users", {}, 2),
            ("leadville_events_total", {"kind": "heart"}, 7),
            ("leadville_events_total", {"kind": "timer"}, 0),
            ("leadville_clients", {"surface": "heart"}, 1),
            ("leadville_clients", {"surface": "live"}, 2),
            ("leadville_commands_refused_total", {"surface": "heart", "reason": "invalid_json"}, 1),
            ("leadville_commands_refused_total", {"surface": "heart", "reason": "unknown_type"}, 1),
            ("leadville_commands_refused_total", {"surface": "live", "reason": "invalid_json"}, 2),
            ("leadville_commands_refused_total", {"surface": "live", "reason": "unknown_type"}, 2),
            ("leadville_web_requests_refused_total", {"server": "http", "reason": "malformed_request_line"}, 1),
            ("leadville_web_responses_total", {"server": "http", "class": "1xx"}, 1),
            ("leadville_web_responses_total", {"server": "http", "class": "4xx"}, 2),
            ("leadville_websocket_clients_total", {"server": "heart"}, 1),
            ("leadville_websocket_clients_total", {"server": "live"}, 2),
            ("leadville_websocket_faults_total", {"server": "live", "reason": "reserved_opcode"}, 1),
            ("leadville_web_queued_bytes", {"server": "heart"}, 0),
            ("leadville_websocket_dropped_frames_total", {"server": "heart"}, 0),
            ("leadville_event_delivery_seconds_count", {"surface": "heart"}, 7),
            ("leadville_event_delivery_seconds_count", {"surface": "live"}, 7)):
        assert metrics.value(name, **labels) == count, (name, labels)
    assert metrics.value("leadville_loop_turn_seconds_count") > 0
    assert metrics.value("process_resident_memory_bytes") > 1 << 20
    assert metrics.value("process_cpu_seconds_total") > 0


def test_open_descriptors_are_counted_correctly(gateway):
    with Wire(gateway.http_port) as wire:
        # The journal thread may still be opening files: compare only if the count is the same before and after.
        before = after = None
        while before is None or before != after:
            before = gateway.open_descriptors
            wire.request("GET /metrics")
            metrics = Exposition(wire.response().body.decode())
            after = gateway.open_descriptors
        assert metrics.value("process_open_fds") == after


def test_every_event_is_written_to_the_journal(used):
    eventually(lambda: used.metrics.value("leadville_journal_waiting_entries") == 0)
    assert used.metrics.value("leadville_journal_healthy") == 1


def test_health(gateway):
    status, headers, body = gateway.get("/health")
    health = json.loads(body)
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert list(health) == [
        "status", "version", "started", "uptime_seconds", "service", "simulation_state", "base_bpm", "websocket_clients"]
    assert health["status"] == "healthy"
    assert health["uptime_seconds"] >= 0
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", health["started"])
