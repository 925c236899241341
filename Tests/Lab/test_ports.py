"""How ports are taken and given back: permission, resets, delay, what is not ours, a crash."""

import itertools
import re

import pytest

from far_end import Speech, heart_board
from machine.usb import KINDS
from patience import eventually
from serial_words import introduce
from service import UNIT

LOCKED = "/run/udev/rules.d/99-locked.rules"


@pytest.fixture
def locked(guest):
    """As long as a test runs, serial ports are for root only."""
    guest.shell.write(LOCKED, 'SUBSYSTEM=="tty", KERNEL=="ttyUSB*", GROUP="root", MODE="0600"\n')
    guest.shell("udevadm control --reload")
    yield
    guest.shell(f"rm {LOCKED}; udevadm control --reload")


def test_it_is_nobody_special(gateway, guest):
    status = guest.shell(f"cat /proc/{gateway.pid}/status")
    user, dialout = (guest.shell(f"getent {word} | cut -d: -f3").strip()
                     for word in ("passwd leadville-gateway", "group dialout"))
    assert re.search(rf"^Uid:\s+{user}\s+{user}\s+{user}\s+{user}$", status, re.MULTILINE)
    assert dialout in re.search(r"^Groups:\s+(.*)$", status, re.MULTILINE).group(1).split()
    assert re.search(r"^NoNewPrivs:\s+1$", status, re.MULTILINE)
    # CAP_NET_ADMIN, for the Bluetooth adapter, and nothing else.
    assert re.search(r"^CapEff:\s+0000000000001000$", status, re.MULTILINE)
    assert re.search(r"^CapBnd:\s+0000000000001000$", status, re.MULTILINE)


def test_it_begins_without_a_complaint(gateway):
    assert gateway.log.wait_for("heart boards send to")
    assert not gateway.log.count("(?i)fail|error|warning|cannot"), gateway.log.text


def test_a_port_that_may_not_be_opened_is_named_and_tried_again(gateway, guest, locked, plug):
    board = plug("board", "cp210x")
    assert gateway.log.wait_for(r"Cannot use /dev/ttyUSB0 .*: /dev/ttyUSB0: permission denied for this user")
    assert gateway.serial_port(port="/dev/ttyUSB0")["state"] == "resting"
    guest.shell("chgrp dialout /dev/ttyUSB0; chmod 660 /dev/ttyUSB0")
    introduce(gateway, board, port="/dev/ttyUSB0")


@pytest.mark.parametrize("kind", KINDS)
def test_opening_resets_no_board(gateway, plug, usb, kind):
    board = plug("board", kind)
    introduce(gateway, board)
    assert gateway.post("/api/serial/release", {"port": "usb-*", "seconds": 600}) == (200, {"released": 1})
    gateway.serial_port(state="resting", because="it is lent to somebody else")
    levels = re.findall(r"lines dtr=(\d) rts=(\d)", usb.words("board"))
    # A board is reset by one line without the other.
    assert levels and all(dtr == rts for dtr, rts in levels), usb.words("board")
    if kind == "cdc-acm":
        assert ("1", "1") in levels, "such chips say nothing before the lines are up"
    else:
        assert levels[-1] == ("0", "0")


def test_an_adapter_of_ftdi_does_not_hold_bytes_back(gateway, guest, plug, usb):
    for turn in range(2):
        board = plug("board", "ftdi", socket=turn + 1)
        introduce(gateway, board)
        assert guest.shell("cat /sys/bus/usb-serial/devices/ttyUSB0/latency_timer").strip() == "1"
        assert "latency 1\n" in usb.words("board")
        usb.pull("board")
        eventually(lambda: not [port for port in gateway.serial_ports() if port["port"] == "/dev/ttyUSB0"])


def test_what_nobody_understands_is_let_go_and_left_alone(gateway, guest, plug, usb):
    stranger = plug("stranger", "ftdi")
    position = b"$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47\r\n"
    speech = Speech(stranger, itertools.repeat(position))
    assert gateway.log.wait_for(r"Let go of /dev/ttyUSB0 .* until it is plugged in again: ")
    speech.end()
    port = gateway.serial_port(port="/dev/ttyUSB0", state="resting")
    assert port["because"].startswith("nobody understands it")
    opened = guest.shell(f"ls -l /proc/{gateway.pid}/fd")
    assert "ttyUSB" not in opened
    # In another socket it may be another device.
    usb.pull("stranger")
    introduce(gateway, plug("stranger", "ftdi", socket=8))


def test_a_port_is_lent_for_flashing(gateway, guest, plug):
    board = plug("board", "cp210x")
    port = introduce(gateway, board)
    # The lock: a second program finds the port in use.
    program = "setpriv --reuid=leadville-gateway --regid=dialout --clear-groups stty -F /dev/ttyUSB0 2>&1; true"
    assert "busy" in guest.shell(program)
    assert gateway.post("/api/serial/release", {"port": port["port"], "seconds": 5}) == (200, {"released": 1})
    assert "speed" in guest.shell(program)
    introduce(gateway, board)


def test_killed_and_started_again_it_knows_the_board(gateway, plug):
    board = plug("board", "cp210x")
    speech = Speech(board, heart_board(1))
    gateway.serial_port(state="reading", device="esp32-heart")
    before = gateway.pid
    gateway.kill()
    # systemd starts it again after five seconds.
    eventually(lambda: gateway.pid not in (0, before) and gateway.shown("ActiveState") == "active")
    gateway.serial_port(state="reading", device="esp32-heart")
    speech.end()
    assert gateway.shown("NRestarts") == "1"
    assert gateway.log.count(rf"{UNIT}: Main process exited, code=killed") == 1


def test_many_come_and_go(gateway, guest, plug, usb):
    def descriptors():
        return int(guest.shell(f"ls /proc/{gateway.pid}/fd | wc -l"))

    def boards():
        return [port for port in gateway.serial_ports() if port["id"].startswith("usb-")]

    before = descriptors()
    for _ in range(2):
        for number in range(10):
            plug(f"board-{number}", KINDS[number % len(KINDS)], socket=number + 1)
        eventually(lambda: len(boards()) == 10)
        for name in usb.plugged():
            usb.pull(name)
        eventually(lambda: not boards())
    assert descriptors() <= before + 2
    assert gateway.log.count("Plugged in: /dev/tty(USB|ACM)") == 20
