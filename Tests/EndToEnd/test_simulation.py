"""`simulate heart`: datagrams as the boards send them, and their faults."""

import json
import re
import socket

import pytest

from clients import receive
from waiting import TIMEOUT
from programs import PROGRAM, Process

KEYS = [
    "user", "bpm", "timestamp", "signal_strength", "ir_value", "red_value", "finger_detected", "sensor_type"]


@pytest.fixture
def listener():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        listener.settimeout(TIMEOUT)
        yield listener


@pytest.fixture
def simulate(listener):
    """Starts simulations that send to the listener."""
    processes = []

    def simulate(*arguments):
        port = listener.getsockname()[1]
        processes.append(Process(PROGRAM, "simulate", "heart", "--to", f"127.0.0.1:{port}", *arguments))
        return processes[-1]

    yield simulate
    for process in processes:
        process.kill()


def test_three_boards_send_the_firmware_format(simulate, listener):
    process = simulate("--users", "3", "--rate", "20", "--duration", "1")
    assert process.output.wait_for(r"^3 heart boards send 20\.0 readings a second each to 127\.0\.0\.1:\d+, for 1\.0 s$")
    sent = int(process.output.wait_for(r"^sent (\d+) datagrams$").group(1))
    assert process.wait() == 0
    clocks = {1: [], 2: [], 3: []}
    for _ in range(sent):
        datagram = listener.recv(65_536).decode()
        reading = json.loads(datagram)
        assert list(reading) == KEYS
        assert datagram == json.dumps(reading, separators=(",", ":"))
        assert type(reading["bpm"]) is int and (reading["bpm"] == 0 or 41 <= reading["bpm"] <= 199)
        assert reading["finger_detected"] is (reading["ir_value"] > 20_000)
        assert reading["sensor_type"] == "MAX30102"
        assert -100 < reading["signal_strength"] < 0
        clocks[reading["user"]].append(reading["timestamp"])
    listener.setblocking(False)
    with pytest.raises(BlockingIOError):
        listener.recv(1)
    for clock in clocks.values():
        assert clock == sorted(clock) and len(clock) >= 2
        # Milliseconds since power-on.
        assert 0 < clock[0] < 60_000


def test_the_same_seed_sends_the_same_datagrams(simulate, listener):
    def send():
        process = simulate("--users", "1", "--rate", "50", "--duration", "500 ms", "--seed", "7")
        count = int(process.output.wait_for(r"^sent (\d+) datagrams$").group(1))
        return [listener.recv(65_536) for _ in range(count)]

    first, second = send(), send()
    shorter = min(len(first), len(second))
    assert shorter > 1 and first[:shorter] == second[:shorter]


def receive_until(listener, matches):
    """Receives datagrams until one matches."""
    for _ in range(200_000):
        datagram = listener.recv(65_536)
        if matches(datagram):
            return
    raise AssertionError("no matching datagram was received")


def readings_only(predicate):
    """Applies the predicate to valid readings; other datagrams do not match."""
    def matches(datagram):
        try:
            reading = json.loads(datagram)
        except ValueError:
            return False
        return predicate(reading)
    return matches


def clock_steps(predicate):
    """Applies the predicate to the step of a board's clock from one reading to the next."""
    clocks = {}

    def matches(reading):
        before = clocks.get(reading["user"], reading["timestamp"])
        clocks[reading["user"]] = reading["timestamp"]
        return predicate(reading["timestamp"] - before)
    return readings_only(matches)


@pytest.mark.parametrize("fault, is_visible", [
    ("finger", readings_only(lambda reading: reading["finger_detected"] is False)),
    ("range", readings_only(lambda reading: reading["bpm"] != 0 and not 41 <= reading["bpm"] <= 199)),
    ("dropout", clock_steps(lambda step: step > 900)),
    ("reboot", clock_steps(lambda step: step < 0)),
    ("malformed", lambda datagram: not datagram.startswith(b'{"user":') or not datagram.endswith(b"}")),
], ids=["finger", "range", "dropout", "reboot", "malformed"])
def test_each_fault_has_an_effect(simulate, listener, fault, is_visible):
    process = simulate("--users", "300", "--rate", "2", "--faults", fault)
    receive_until(listener, is_visible)
    assert process.is_running


def test_without_faults_all_readings_are_valid(simulate, listener):
    process = simulate("--users", "100", "--rate", "5", "--duration", "1")
    sent = int(process.output.wait_for(r"^sent (\d+) datagrams$").group(1))
    for _ in range(sent):
        reading = json.loads(listener.recv(65_536))
        assert reading["finger_detected"] is True
        assert reading["bpm"] == 0 or 41 <= reading["bpm"] <= 199


def test_a_signal_stops_the_simulation(simulate, listener):
    process = simulate("--rate", "50")
    listener.recv(65_536)
    assert process.terminate() == 0
    assert re.search(r"^sent \d+ datagrams", process.output.all(), re.MULTILINE)


def test_the_gateway_accepts_simulated_boards(gateway):
    process = Process(
        PROGRAM, "simulate", "heart", "--to", f"127.0.0.1:{gateway.board_port}", "--users", "3", "--rate", "20")
    try:
        with gateway.heart() as client:
            messages = [receive(client) for _ in range(60)]
        assert {message.get("user") for message in messages} >= {1, 2, 3}
        samples = gateway.metrics.samples.items()
        assert not [labels for (name, labels), value in samples if name == "leadville_heart_refused_total" and value]
    finally:
        process.kill()
