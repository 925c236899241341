"""Boards and mats on the kernel's serial drivers: no data may be lost."""

import itertools
import threading

import pytest

from clients import HeartBoard, receive
from serial_device import PeriodicWriter, heart_board, pieces, simulate
from machine.usb import KINDS
from waiting import eventually
from serial_helpers import changes, clocks, introduce, rejected, subscribe

# The options of a virtual mat, the number of its frames, and the size of a frame in bytes.
MAT, MAT_FRAMES = ("pressure-mat", "--form", "jq-32x32", "--seed", "7", "--seconds", "10"), 199
MAT_BYTES = 1028


def echoes(gateway):
    return sum(gateway.metrics.value("leadville_heart_echoes_total", transport=way) for way in ("udp", "serial"))


def mat_frames(gateway, port):
    return gateway.metrics.value("leadville_mat_frames_total", mat=port["id"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_board_is_read_on_each_kind_of_adapter(gateway, plug, kind):
    board = plug("board", kind)
    introduce(gateway, board)
    with gateway.heart() as client:
        for line in itertools.islice(heart_board(2), 300):
            board.write(line)
        assert clocks(client, 2, 300) == list(range(1, 301))


@pytest.mark.parametrize("kind", KINDS)
def test_a_mat_is_read_on_each_kind_of_adapter(run, plug, kind):
    gateway = run({"serial.ports": ["usb-* pressure-mat jq-32x32"]})
    mat = plug("mat", kind)
    port = gateway.serial_port(state="reading", device="pressure-mat")
    thread = threading.Thread(target=lambda: [mat.write(piece) for piece in pieces(simulate(*MAT), 600)])
    with gateway.live() as client:
        subscribe(client, "pressure")
        thread.start()
        for _ in range(MAT_FRAMES):
            frame = next(message for message in iter(lambda: receive(client), None) if message["type"] == "pressure")
            assert (frame["device_id"], frame["data"]["rows"]) == (port["id"], 32)
        thread.join()
    assert (mat_frames(gateway, port), rejected(gateway)) == (MAT_FRAMES, 0)


def test_a_mat_is_recognised(gateway, plug):
    mat = plug("mat", "cp210x")
    writer = PeriodicWriter(mat, pieces(simulate(*MAT), MAT_BYTES))
    port = gateway.serial_port(state="reading", device="pressure-mat")
    assert port["port"] == "/dev/ttyUSB0"
    eventually(lambda: mat_frames(gateway, port) > 0)
    writer.stop()
    assert gateway.log.wait_for("Recognised at .*: pressure-mat jq-32x32")
    assert gateway.log.count("Recognised at ") == 1


def test_several_devices_are_read_at_once(run, plug):
    gateway = run({"serial.ports": ["usb-303a:* pressure-mat jq-32x32"]})
    boards = {}
    for user, (kind, usb) in enumerate({"ftdi": "0403:6001", "cp210x": "10c4:ea60", "ch341": "1a86:7523"}.items(), 1):
        boards[user] = plug(f"board-{user}", kind)
        introduce(gateway, boards[user], user, usb=usb)
    mat = plug("mat", "cdc-acm")
    port = gateway.serial_port(state="reading", device="pressure-mat")
    with gateway.heart() as first, gateway.heart() as second, gateway.heart() as third:
        writers = [PeriodicWriter(boards[user], itertools.islice(heart_board(10 + user), 200)) for user in boards]
        for piece in pieces(simulate(*MAT), 4000):
            mat.write(piece)
        for user, client in zip(boards, (first, second, third)):
            assert clocks(client, 10 + user, 200) == list(range(1, 201))
        assert [writer.stop() for writer in writers] == [200] * 3
    eventually(lambda: mat_frames(gateway, port) >= MAT_FRAMES)
    assert (mat_frames(gateway, port), rejected(gateway)) == (MAT_FRAMES, 0)


def test_identical_adapters_without_serial_numbers_are_distinguished(gateway, plug, usb):
    left, right = plug("left", "ch341", socket=3), plug("right", "ch341", socket=5)
    names = {socket: gateway.log.wait_for(rf"id (usb-1a86:7523-\S*usb-0:{socket}:1\.0\S*)").group(1)
             for socket in (3, 5)}
    introduce(gateway, left, 1, id=names[3])
    introduce(gateway, right, 2, id=names[5])
    with gateway.live() as client:
        usb.pull("left")
        assert next(changes(client, names[3])) == "device_lost"
    assert [port["id"] for port in gateway.serial_ports() if port["state"] == "reading"] == [names[5]]
    with gateway.heart() as client:
        right.write(next(heart_board(2, clock=1000)))
        assert 1001 in clocks(client, 2, 2)


@pytest.mark.parametrize("kind", ["cp210x", "cdc-acm"])
def test_a_board_unplugged_mid_line_is_recognised_in_another_socket(gateway, plug, usb, kind):
    board = plug("board", kind, serial="A1", socket=1)
    port = introduce(gateway, board)
    with gateway.live() as client, gateway.heart() as hearts:
        events = changes(client, port["id"])
        board.write(next(heart_board(7)) + b'Sent: {"user": 8, "bpm": 6')
        assert clocks(hearts, 7, 1) == [1]
        usb.pull("board")
        assert next(events) == "device_lost"
        # Another device gets the name that this device had.
        plug("other", kind, serial="B2", socket=2)
        gateway.serial_port(id=port["id"].replace("A1", "B2"), port=port["port"])
        again = plug("board", kind, serial="A1", socket=4)
        found = introduce(gateway, again, id=port["id"])
        assert found["port"] != port["port"]
        assert next(events) == "device_connected"
        again.write(b"".join(itertools.islice(heart_board(9), 20)))
        assert clocks(hearts, 9, 20) == list(range(1, 21))
    assert gateway.metrics.value("leadville_heart_readings_total", transport="serial") >= 21


def test_a_mat_unplugged_mid_frame_resumes_with_a_whole_frame(run, plug, usb):
    gateway = run({"serial.ports": ["usb-* pressure-mat jq-32x32"]})
    mat = plug("mat", "ftdi", serial="M1", socket=2)
    port = gateway.serial_port(state="reading", device="pressure-mat")
    frames = simulate(*MAT)
    mat.write(frames[:10 * MAT_BYTES + 500])
    eventually(lambda: mat_frames(gateway, port) >= 10)
    usb.pull("mat")
    eventually(lambda: not [each for each in gateway.serial_ports() if each["id"] == port["id"]])
    before = mat_frames(gateway, port)
    mat = plug("mat", "ftdi", serial="M1", socket=6)
    gateway.serial_port(state="reading", id=port["id"])
    mat.write(frames)
    eventually(lambda: mat_frames(gateway, port) >= before + MAT_FRAMES)
    assert mat_frames(gateway, port) == before + MAT_FRAMES


def test_a_board_on_cable_and_network_is_one_device(gateway, installation, plug):
    board, radio = plug("board", "cp210x"), HeartBoard("127.0.0.1", installation.board_port)
    introduce(gateway, board)
    with gateway.heart() as client:
        for number, line in enumerate(itertools.islice(heart_board(5, noise=False), 10), 1):
            board.write(line)
            radio.send(line.decode().removeprefix("Sent: ").strip())
            eventually(lambda: echoes(gateway) == number)
        assert clocks(client, 5, 10) == list(range(1, 11))
