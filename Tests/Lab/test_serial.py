"""Boards and mats on the kernel's own serial drivers: nothing that they say may be lost."""

import itertools
import threading

import pytest

from clients import Board, hear
from far_end import Speech, heart_board, pieces, played
from machine.usb import KINDS
from patience import eventually
from serial_words import changes, clocks, introduce, refused, subscribe

# A mat as the gateway's look-alike plays it, how many frames that are, and how many bytes a frame has.
MAT, MAT_FRAMES = ("pressure-mat", "--form", "jq-32x32", "--seed", "7", "--seconds", "10"), 199
MAT_BYTES = 1028


def echoes(gateway):
    return sum(gateway.metrics.value("leadville_heart_echoes_total", transport=way) for way in ("udp", "serial"))


def mat_frames(gateway, port):
    return gateway.metrics.value("leadville_mat_frames_total", mat=port["id"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_board_on_each_kind_of_adapter(gateway, plug, kind):
    board = plug("board", kind)
    introduce(gateway, board)
    with gateway.heart() as client:
        for line in itertools.islice(heart_board(2), 300):
            board.say(line)
        assert clocks(client, 2, 300) == list(range(1, 301))


@pytest.mark.parametrize("kind", KINDS)
def test_a_mat_on_each_kind_of_adapter(run, plug, kind):
    gateway = run({"serial.ports": ["usb-* pressure-mat jq-32x32"]})
    mat = plug("mat", kind)
    port = gateway.serial_port(state="reading", device="pressure-mat")
    speech = threading.Thread(target=lambda: [mat.say(piece) for piece in pieces(played(*MAT), 600)])
    with gateway.live() as client:
        subscribe(client, "pressure")
        speech.start()
        for _ in range(MAT_FRAMES):
            frame = next(message for message in iter(lambda: hear(client), None) if message["type"] == "pressure")
            assert (frame["device_id"], frame["data"]["rows"]) == (port["id"], 32)
        speech.join()
    assert (mat_frames(gateway, port), refused(gateway)) == (MAT_FRAMES, 0)


def test_a_mat_is_found_out(gateway, plug):
    mat = plug("mat", "cp210x")
    speech = Speech(mat, pieces(played(*MAT), MAT_BYTES))
    port = gateway.serial_port(state="reading", device="pressure-mat")
    assert port["port"] == "/dev/ttyUSB0"
    eventually(lambda: mat_frames(gateway, port) > 0)
    speech.end()
    assert gateway.log.wait_for("Found at .*: pressure-mat jq-32x32")
    assert gateway.log.count("Found at ") == 1


def test_several_at_once(run, plug):
    gateway = run({"serial.ports": ["usb-303a:* pressure-mat jq-32x32"]})
    boards = {}
    for user, (kind, usb) in enumerate({"ftdi": "0403:6001", "cp210x": "10c4:ea60", "ch341": "1a86:7523"}.items(), 1):
        boards[user] = plug(f"board-{user}", kind)
        introduce(gateway, boards[user], user, usb=usb)
    mat = plug("mat", "cdc-acm")
    port = gateway.serial_port(state="reading", device="pressure-mat")
    with gateway.heart() as first, gateway.heart() as second, gateway.heart() as third:
        speeches = [Speech(boards[user], itertools.islice(heart_board(10 + user), 200)) for user in boards]
        for piece in pieces(played(*MAT), 4000):
            mat.say(piece)
        for user, client in zip(boards, (first, second, third)):
            assert clocks(client, 10 + user, 200) == list(range(1, 201))
        assert [speech.end() for speech in speeches] == [200] * 3
    eventually(lambda: mat_frames(gateway, port) >= MAT_FRAMES)
    assert (mat_frames(gateway, port), refused(gateway)) == (MAT_FRAMES, 0)


def test_two_alike_without_serial_numbers_are_told_apart(gateway, plug, usb):
    left, right = plug("left", "ch341", socket=3), plug("right", "ch341", socket=5)
    names = {socket: gateway.log.wait_for(rf"known as (usb-1a86:7523-\S*usb-0:{socket}:1\.0\S*)").group(1)
             for socket in (3, 5)}
    introduce(gateway, left, 1, id=names[3])
    introduce(gateway, right, 2, id=names[5])
    with gateway.live() as client:
        usb.pull("left")
        assert next(changes(client, names[3])) == "device_lost"
    assert [port["id"] for port in gateway.serial_ports() if port["state"] == "reading"] == [names[5]]
    with gateway.heart() as client:
        right.say(next(heart_board(2, clock=1000)))
        assert 1001 in clocks(client, 2, 2)


@pytest.mark.parametrize("kind", ["cp210x", "cdc-acm"])
def test_pulled_out_in_mid_line_and_back_elsewhere(gateway, plug, usb, kind):
    board = plug("board", kind, serial="A1", socket=1)
    port = introduce(gateway, board)
    with gateway.live() as client, gateway.heart() as hearts:
        told = changes(client, port["id"])
        board.say(next(heart_board(7)) + b'Sent: {"user": 8, "bpm": 6')
        assert clocks(hearts, 7, 1) == [1]
        usb.pull("board")
        assert next(told) == "device_lost"
        # Somebody else takes the name that the device had.
        plug("other", kind, serial="B2", socket=2)
        gateway.serial_port(id=port["id"].replace("A1", "B2"), port=port["port"])
        again = plug("board", kind, serial="A1", socket=4)
        found = introduce(gateway, again, id=port["id"])
        assert found["port"] != port["port"]
        assert next(told) == "device_connected"
        again.say(b"".join(itertools.islice(heart_board(9), 20)))
        assert clocks(hearts, 9, 20) == list(range(1, 21))
    assert gateway.metrics.value("leadville_heart_readings_total", transport="serial") >= 21


def test_a_mat_pulled_out_in_mid_frame_begins_with_a_whole_one(run, plug, usb):
    gateway = run({"serial.ports": ["usb-* pressure-mat jq-32x32"]})
    mat = plug("mat", "ftdi", serial="M1", socket=2)
    port = gateway.serial_port(state="reading", device="pressure-mat")
    frames = played(*MAT)
    mat.say(frames[:10 * MAT_BYTES + 500])
    eventually(lambda: mat_frames(gateway, port) >= 10)
    usb.pull("mat")
    eventually(lambda: not [each for each in gateway.serial_ports() if each["id"] == port["id"]])
    before = mat_frames(gateway, port)
    mat = plug("mat", "ftdi", serial="M1", socket=6)
    gateway.serial_port(state="reading", id=port["id"])
    mat.say(frames)
    eventually(lambda: mat_frames(gateway, port) >= before + MAT_FRAMES)
    assert mat_frames(gateway, port) == before + MAT_FRAMES


def test_a_board_on_a_cable_and_by_radio_is_one(gateway, installation, plug):
    board, radio = plug("board", "cp210x"), Board("127.0.0.1", installation.board_port)
    introduce(gateway, board)
    with gateway.heart() as client:
        for number, line in enumerate(itertools.islice(heart_board(5, noise=False), 10), 1):
            board.say(line)
            radio.send(line.decode().removeprefix("Sent: ").strip())
            eventually(lambda: echoes(gateway) == number)
        assert clocks(client, 5, 10) == list(range(1, 11))
