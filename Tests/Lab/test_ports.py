"""Opening and releasing ports: permissions, board resets, latency, unknown devices and crashes."""

import itertools
import re

import pytest

from serial_device import PeriodicWriter, heart_board
from machine.usb import KINDS
from waiting import eventually
from serial_helpers import introduce
from service import UNIT

LOCKED = "/run/udev/rules.d/99-locked.rules"


@pytest.fixture
def locked(guest):
    """During the test, only root may open serial ports."""
    guest.shell.write(LOCKED, 'SUBSYSTEM=="tty", KERNEL=="ttyUSB*", GROUP="root", MODE="0600"\n')
    guest.shell("udevadm control --reload")
    yield
    guest.shell(f"rm {LOCKED}; udevadm control --reload")


def test_the_service_runs_unprivileged(gateway, guest):
    status = guest.shell(f"cat /proc/{gateway.pid}/status")
    user, dialout = (guest.shell(f"getent {word} | cut -d: -f3").strip()
                     for word in ("passwd leadville-gateway", "group dialout"))
    assert re.search(rf"^Uid:\s+{user}\s+{user}\s+{user}\s+{user}$", status, re.MULTILINE)
    assert dialout in re.search(r"^Groups:\s+(.*)$", status, re.MULTILINE).group(1).split()
    assert re.search(r"^NoNewPrivs:\s+1$", status, re.MULTILINE)
    # Only CAP_NET_ADMIN, for the Bluetooth adapter.
    assert re.search(r"^CapEff:\s+0000000000001000$", status, re.MULTILINE)
    assert re.search(r"^CapBnd:\s+0000000000001000$", status, re.MULTILINE)


def test_the_start_logs_no_warnings(gateway):
    assert gateway.log.wait_for("heart boards send to")
    assert not gateway.log.count("(?i)fail|error|warning|cannot"), gateway.log.text


def test_a_port_without_permission_is_reported_and_retried(gateway, guest, locked, plug):
    board = plug("board", "cp210x")
    assert gateway.log.wait_for(r"Cannot use /dev/ttyUSB0 .*: /dev/ttyUSB0: permission denied for this user")
    assert gateway.serial_port(port="/dev/ttyUSB0")["state"] == "resting"
    guest.shell("chgrp dialout /dev/ttyUSB0; chmod 660 /dev/ttyUSB0")
    introduce(gateway, board, port="/dev/ttyUSB0")


@pytest.mark.parametrize("kind", KINDS)
def test_opening_a_port_does_not_reset_the_board(gateway, plug, usb, kind):
    board = plug("board", kind)
    introduce(gateway, board)
    assert gateway.post("/api/serial/release", {"port": "usb-*", "seconds": 600}) == (200, {"released": 1})
    gateway.serial_port(state="resting", because="released on request")
    levels = re.findall(r"lines dtr=(\d) rts=(\d)", usb.read_log("board"))
    # A board is reset if only one of the two lines is active.
    assert levels and all(dtr == rts for dtr, rts in levels), usb.read_log("board")
    if kind == "cdc-acm":
        assert ("1", "1") in levels, "such chips send nothing before the lines are active"
    else:
        assert levels[-1] == ("0", "0")


def test_the_latency_timer_of_an_ftdi_adapter_is_set(gateway, guest, plug, usb):
    for attempt in range(2):
        board = plug("board", "ftdi", socket=attempt + 1)
        introduce(gateway, board)
        assert guest.shell("cat /sys/bus/usb-serial/devices/ttyUSB0/latency_timer").strip() == "1"
        assert "latency 1\n" in usb.read_log("board")
        usb.pull("board")
        eventually(lambda: not [port for port in gateway.serial_ports() if port["port"] == "/dev/ttyUSB0"])


def test_a_port_with_unknown_data_is_closed_and_ignored(gateway, guest, plug, usb):
    stranger = plug("stranger", "ftdi")
    position = b"$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47\r\n"
    writer = PeriodicWriter(stranger, itertools.repeat(position))
    assert gateway.log.wait_for(r"Released /dev/ttyUSB0 .* until it is plugged in again: ")
    writer.stop()
    port = gateway.serial_port(port="/dev/ttyUSB0", state="resting")
    assert port["because"].startswith("not recognised")
    opened = guest.shell(f"ls -l /proc/{gateway.pid}/fd")
    assert "ttyUSB" not in opened
    # A device in another socket is examined again.
    usb.pull("stranger")
    introduce(gateway, plug("stranger", "ftdi", socket=8))


def test_a_port_can_be_released_for_flashing(gateway, guest, plug):
    board = plug("board", "cp210x")
    port = introduce(gateway, board)
    # The port is locked: a second program finds it busy.
    program = "setpriv --reuid=leadville-gateway --regid=dialout --clear-groups stty -F /dev/ttyUSB0 2>&1; true"
    assert "busy" in guest.shell(program)
    assert gateway.post("/api/serial/release", {"port": port["port"], "seconds": 600}) == (200, {"released": 1})
    assert "speed" in guest.shell(program)
    assert gateway.post("/api/serial/release", {"port": port["port"], "seconds": 0.5}) == (200, {"released": 1})
    introduce(gateway, board)


def test_the_board_is_recognised_after_a_crash(gateway, plug):
    board = plug("board", "cp210x")
    writer = PeriodicWriter(board, heart_board(1))
    gateway.serial_port(state="reading", device="esp32-heart")
    before = gateway.pid
    gateway.kill()
    # systemd restarts the service after five seconds.
    eventually(lambda: gateway.pid not in (0, before) and gateway.unit_property("ActiveState") == "active")
    gateway.serial_port(state="reading", device="esp32-heart")
    writer.stop()
    assert gateway.unit_property("NRestarts") == "1"
    # The journal is followed by another program.
    eventually(lambda: gateway.log.count(rf"{UNIT}: Main process exited, code=killed") == 1)


def test_plugging_and_unplugging_many_boards_leaks_no_descriptors(gateway, guest, plug, usb):
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
    eventually(lambda: descriptors() <= before + 2)
    eventually(lambda: gateway.log.count("Port added: /dev/tty(USB|ACM)") == 20)
