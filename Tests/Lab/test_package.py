"""The Debian package under systemd, with devices and clients: installed, upgraded, killed, hanging, rebooted, removed, purged."""

import itertools
import json
import time
import urllib.request

import pytest

from bluetooth_helpers import TIMER, frames, sensor, wait_for_links
from clients import HeartBoard, connect, receive
from package import Machine
from serial_device import PeriodicWriter, heart_board, pieces, simulate
from serial_helpers import subscribe
from service import CONFIGURATION, STATE, UNIT
from socketio_clients import PythonClient
from waiting import TIMEOUT, eventually


@pytest.fixture
def machine(installation, packages):
    yield from Machine.installed_on(installation, [packages[1], packages[2]])


STRING = "at 0 s: string of 2 shots, first after 0.5 s, every 400 ms, stop after 2 s, hits 480 ms later on sensor 1"


class Range:
    """A timer and a sensor on Bluetooth, a mat and a board on USB, and a board that sends datagrams."""

    def __init__(self, machine, air, plug, usb, folder):
        self.machine, self.air, self.plug, self.usb = machine, air, plug, usb
        self.recorded = {
            "timer": frames("amg-commander", "--seed", "3", script=STRING, folder=folder),
            "sensor-1": frames("bt50", "--seed", "1", "--sensor", "1", script=STRING, folder=folder),
        }
        self.mat = simulate("pressure-mat", "--form", "jq-32x32", "--seed", "7", "--seconds", "10")
        self.board = HeartBoard("127.0.0.1", machine.board_port)
        self.clock = itertools.count(1)
        self.writers = []

    def connect(self):
        self.air.start({"devices": [TIMER, sensor(1)]})
        mat, board = self.plug("mat", "cp210x"), self.plug("board", "ch341")
        # The emulated processor has more to do than these two.
        frames_of_mat = itertools.chain.from_iterable(pieces(self.mat, 1028) for _ in itertools.count())
        self.writers = [
            PeriodicWriter(mat, frames_of_mat, interval=0.2), PeriodicWriter(board, heart_board(2), interval=0.2)]

    def disconnect(self):
        for writer in self.writers:
            writer.stop()
        for name in self.usb.plugged():
            self.usb.pull(name)
        self.air.stop()

    def wait(self):
        """Waits until the gateway is connected to every device."""
        wait_for_links(self.machine, amg_commander=1, bt50=1)
        for device in ("pressure-mat", "esp32-heart"):
            self.machine.serial_port(state="reading", device=device)

    def shoot(self):
        for name, notifications in self.recorded.items():
            self.air("replay", device=name, frames=notifications)

    def beat(self):
        self.board.send(user=7, bpm=70, timestamp=next(self.clock))


def until(client, **wanted):
    """Receives messages until each condition has held for one."""
    deadline = time.monotonic() + TIMEOUT
    while wanted:
        assert time.monotonic() < deadline, f"no message: {list(wanted)}"
        message = receive(client)
        wanted = {name: condition for name, condition in wanted.items() if not condition(message)}


def check_every_port(machine, devices):
    """A client on each port receives what the devices send."""
    with (machine.live() as live, connect(f"ws://127.0.0.1:{machine.live_port}/") as own, machine.heart() as hearts,
          connect(f"ws://127.0.0.1:{machine.timer_pages_port}/ws") as timer_page,
          PythonClient(machine.pressure_port, transports=["websocket"]) as mats):
        subscribe(live, "timer_event", "sensor_event", "run_update", "heart_rate", "pressure")
        mats.client.emit("join_session", {"workout_id": "demo", "source": True})
        devices.shoot()
        devices.beat()
        until(live, shot=lambda message: message.get("event_type") == "shot_detected",
              run=lambda message: message.get("event_type") == "run_completed",
              impact=lambda message: message["type"] == "sensor_event", mat=lambda message: message["type"] == "pressure",
              heart=lambda message: message["type"] == "heart_rate")
        until(own, timer=lambda message: message["type"] == "timer_event")
        until(hearts, datagram=lambda message: message.get("user") == 7, serial=lambda message: message.get("user") == 2)
        until(timer_page, timer=lambda message: message["type"] == "timer_event")
        assert mats.receive("frame_processed")[1]["frame_count"] > 0
    with urllib.request.urlopen(f"http://127.0.0.1:{machine.pages_port}/api/shot-log?limit=5", timeout=TIMEOUT) as response:
        assert json.load(response)["count"] > 0


def test_a_range_from_installation_to_purge(machine, air, plug, usb, tmp_path):
    machine.install(1)
    assert (machine.show("ActiveState"), machine.show("UnitFileState")) == ("active", "enabled")
    assert machine.show("User") == "leadville-gateway"
    assert machine.get("/health")[0] == 200
    assert machine.guest.shell(f"stat -c '%U %a' {STATE}").split() == ["leadville-gateway", "750"]
    groups = machine.guest.shell("id --name --groups leadville-gateway").split()
    assert groups == ["leadville-gateway", "dialout"]
    found = json.loads(machine.guest.shell("leadville-gateway doctor --json || true"))["findings"]
    levels = {finding["check"]: finding["level"] for finding in found}
    assert (levels["udev rules"], levels["configuration"], levels["watchdog"]) == ("good", "good", "good"), found

    devices = Range(machine, air, plug, usb, tmp_path)
    devices.connect()
    devices.wait()
    check_every_port(machine, devices)
    runs = len(machine.read("/api/runs")["runs"])
    assert runs == 1
    # The sandbox of the service permits one system call for many clients.
    assert "anon_inode:[io_uring]" in machine.guest.shell(f"ls -l /proc/{machine.show('MainPID')}/fd")

    def check_new_process(before=None):
        """The service has another process, which is connected to every device and has kept its data."""
        eventually(lambda: machine.show("MainPID") not in (before, "0") and machine.show("ActiveState") == "active")
        devices.wait()
        assert len(machine.read("/api/runs")["runs"]) == runs and machine.targets == ["Plate 7"]
        with machine.heart() as hearts:
            devices.beat()
            until(hearts, datagram=lambda message: message.get("user") == 7)

    # An upgrade keeps data and settings, and the new program runs.
    assert machine.post("/api/targets", {"name": "Plate 7"})[0] in (200, 201)
    machine.guest.shell(f"sed -i 's/^  #level: info/  level: debug/' {CONFIGURATION}")
    before = machine.show("MainPID")
    machine.install(2)
    check_new_process(before)
    assert "\n  level: debug\n" in machine.guest.shell(f"cat {CONFIGURATION}")

    # A downgrade is refused, and the newer version continues.
    status, text = machine.dpkg("--install", "/root/1.deb")
    assert status != 0 and "is not installed, because the data of version" in text
    assert machine.revision == "2" and machine.show("ActiveState") == "active"

    # Killed, it comes back.
    before = machine.show("MainPID")
    machine.guest.shell(f"systemctl kill --signal=KILL {UNIT}")
    check_new_process(before)
    assert machine.show("NRestarts") == "1"

    # A hang: systemd misses the watchdog's sign of life.
    before = machine.show("MainPID")
    machine.guest.shell(f"kill -STOP {before}")
    eventually(lambda: machine.show("MainPID") != before)
    assert "Watchdog timeout" in machine.guest.shell(f"journalctl --output=cat --unit={UNIT}")
    check_new_process(before)
    assert machine.show("NRestarts") == "2"

    devices.disconnect()
    boot = machine.guest.shell("cat /proc/sys/kernel/random/boot_id")
    machine.guest.reboot()
    assert machine.guest.shell("cat /proc/sys/kernel/random/boot_id") != boot
    devices.connect()
    check_new_process()
    assert machine.revision == "2"
    check_every_port(machine, devices)
    assert len(machine.read("/api/runs")["runs"]) == runs + 1
    devices.disconnect()

    # Removed: the service has stopped, and data and settings remain.
    status, text = machine.dpkg("--remove", "leadville-gateway")
    assert status == 0, text
    assert machine.show("ActiveState") == "inactive" and not machine.exists("/usr/bin/leadville-gateway")
    assert machine.exists(f"{STATE}/gateway.db") and machine.exists(CONFIGURATION)

    # Even then an older version is refused; the same one finds its data again.
    assert machine.dpkg("--install", "/root/1.deb")[0] != 0
    machine.install(2)
    assert machine.targets == ["Plate 7"]
    machine.purge()
