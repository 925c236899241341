"""Plugging and unplugging serial devices, as reported by udev."""

import json
import pathlib
import shutil
import subprocess

import pytest

from clients import receive
from waiting import TIMEOUT, eventually
from virtual_usb import Device, Machine, Writer
from programs import PLAIN_ENVIRONMENT, PROGRAM

pytestmark = pytest.mark.skipif(not shutil.which("umockdev-wrapper"), reason="umockdev is not installed")

SETTINGS = {"serial.enabled": "true", "log.level": "debug"}


@pytest.fixture
def machine():
    machine = Machine()
    yield machine
    machine.close()


def board(user):
    """Returns a function that renders the board's serial output; the number is its clock in seconds."""
    def text(number):
        reading = json.dumps({"user": user, "bpm": 72, "timestamp": number * 1000, "sensor_type": "MAX30102"})
        return f"Good finger contact! IR Value: 95000\r\nSent: {reading}\r\n".encode()
    return text


def readings(gateway):
    return gateway.metrics.value("leadville_heart_readings_total", transport="serial")


def reading_ports(gateway):
    return gateway.metrics.value("leadville_serial_ports", state="reading")


def test_boards_plugged_in_before_and_after_the_start_are_read(run, machine):
    first = Device("A1")
    machine.plug(first, "1", "ttyUSB0")
    gateway = run(SETTINGS, environment=machine.environment)
    assert gateway.log.wait_for(r"Port added: .*serial A1\), id usb-10c4:ea60-A1-00")
    second = Device("B2")
    machine.plug(second, "2", "ttyUSB1")
    assert gateway.log.wait_for(r"Port added: .*serial B2\), id usb-10c4:ea60-B2-00")
    writers = [Writer(first, board(1)), Writer(second, board(2))]
    eventually(lambda: reading_ports(gateway) == 2)
    eventually(lambda: readings(gateway) >= 20)
    for writer in writers:
        writer.stop()


def test_a_board_unplugged_mid_line_is_recognised_under_another_name(run, machine):
    gateway = run(SETTINGS, environment=machine.environment)
    with gateway.live() as client:
        for index, name in enumerate(["ttyUSB0", "ttyUSB3", "ttyUSB1"]):
            device = Device("A1")
            machine.plug(device, str(index + 1), name)
            writer = Writer(device, board(1))
            eventually(lambda: reading_ports(gateway) == 1)
            writer.stop()
            device.write(b"Sent: {\"user\":1,")
            machine.unplug(device)
            eventually(lambda: reading_ports(gateway) == 0)
        changes = []
        while len(changes) < 9:
            message = receive(client)
            if message["type"] == "status" and message.get("data", {}).get("device_id") == "usb-10c4:ea60-A1-00":
                changes.append(message["event_type"])
        assert changes == ["device_discovered", "device_connected", "device_lost"] * 3
    assert gateway.terminate() == 0


def test_the_latency_timer_is_set_after_each_replug(run, machine):
    gateway = run(SETTINGS | {"serial.ports": "10c4 esp32-heart"}, environment=machine.environment)
    classes = pathlib.Path(machine.environment["UMOCKDEV_DIR"], "sys/class/tty")
    for number in range(3):
        device = Device("A1")
        timer = classes / pathlib.Path(device.path).name / "device/latency_timer"
        timer.parent.mkdir(parents=True, exist_ok=True)
        # The driver's default; a write replaces only the leading characters of this mocked file.
        timer.write_text("96\n", encoding="ascii")
        machine.plug(device, "1", f"ttyUSB{number}")
        eventually(lambda: reading_ports(gateway) == 1)
        assert timer.read_text(encoding="ascii") == "16\n", "only the first digit was written"
        machine.unplug(device)
        eventually(lambda: reading_ports(gateway) == 0)


def test_two_adapters_without_serial_numbers_are_distinguished(run, machine):
    gateway = run(SETTINGS, environment=machine.environment)
    for socket in ["1", "2"]:
        machine.plug(Device(), socket, f"ttyUSB{socket}")
    for socket in ["1", "2"]:
        assert gateway.log.wait_for(rf"id usb-10c4:ea60-pci0-usb-0:{socket}:1\.0-00")


def test_a_burst_of_devices_loses_none(run, machine):
    gateway = run(SETTINGS | {"serial.probe": "[]"}, environment=machine.environment)
    devices = [Device(f"S{number}") for number in range(100)]

    def wait_for_ports(count):
        # umockdev's socket holds ten messages (net.unix.max_dgram_qlen), and its sender drops further ones instead of
        # waiting, so the burst is split into groups.
        if count % 4 == 0:
            eventually(lambda: gateway.metrics.value("leadville_serial_ports", state="resting") == count)

    for count, device in enumerate(devices, 1):
        machine.plug(device, str(count), f"ttyUSB{count}")
        wait_for_ports(count)
    for unplugged, device in enumerate(devices[::2], 1):
        machine.unplug(device)
        wait_for_ports(len(devices) - unplugged)
    eventually(lambda: gateway.metrics.value("leadville_serial_ports", state="resting") == 50)
    assert not gateway.log.count("WARNING|ERROR")


def test_replugging_leaks_no_descriptor(run, machine):
    gateway = run(SETTINGS | {"serial.ports": "10c4 esp32-heart"}, environment=machine.environment)
    gateway.get("/metrics")
    before = gateway.open_descriptors
    for number in range(50):
        device = Device("A1")
        machine.plug(device, "1", f"ttyUSB{number}")
        eventually(lambda: reading_ports(gateway) == 1)
        machine.unplug(device)
        eventually(lambda: reading_ports(gateway) == 0)
    eventually(lambda: gateway.open_descriptors <= before + 5)


def test_a_port_can_be_released_for_flashing_and_is_reopened(run, machine):
    device = Device("A1")
    machine.plug(device, "1", "ttyUSB0")
    gateway = run(SETTINGS | {"serial.ports": "10c4 esp32-heart"}, environment=machine.environment)

    def state():
        return [port["state"] for port in json.loads(gateway.get("/api/serial")[2])["ports"]]

    eventually(lambda: state() == ["reading"])
    # So long that it is seen, and then shorter.
    assert gateway.post("/api/serial/release", {"port": "usb-10c4:*", "seconds": 600}) == (200, {"released": 1})
    eventually(lambda: state() == ["resting"])
    assert gateway.post("/api/serial/release", {"port": "usb-10c4:*", "seconds": 0.5}) == (200, {"released": 1})
    eventually(lambda: state() == ["reading"])
    assert gateway.post("/api/serial/release", {"port": "ttyUSB9", "seconds": 1})[0] == 404
    assert gateway.post("/api/serial/release", {"port": "*"})[0] == 400
    assert gateway.post("/api/serial/tare", {"port": "*"})[0] == 404, "a heart board cannot be tared"


def scan(machine, *arguments):
    """Runs a probing scan; returns its findings by port path, and its problems except for those about Bluetooth."""
    done = subprocess.run([PROGRAM, "scan", "--probe", "--json", *arguments],
                          env=PLAIN_ENVIRONMENT | machine.environment, capture_output=True, text=True, timeout=TIMEOUT,
                          check=False)
    report = json.loads(done.stdout)
    ports = {line["because"].partition(",")[0].partition(";")[0]: line for line in report["found"]}
    return ports, [trouble for trouble in report["troubles"] if not trouble.startswith("Bluetooth: ")]


def test_a_scan_probes_free_ports_and_leaves_those_of_the_gateway(run, machine):
    devices = [Device("A1"), Device("B2")]
    for number, device in enumerate(devices):
        machine.plug(device, str(number + 1), f"ttyUSB{number}")
    gateway = run(SETTINGS | {"serial.probe": "[]", "serial.ports": "usb-10c4:ea60-A1-00 esp32-heart"},
                  environment=machine.environment)
    writers = [Writer(device, board(user)) for user, device in enumerate(devices, 1)]
    eventually(lambda: readings(gateway) >= 1)
    ports, troubles = scan(machine, "--seconds", "10")
    taken, free = (ports[device.path] for device in devices)
    assert taken["because"].endswith(
        f"not probed: in use by the running gateway (process {gateway.pid}); see its /api/serial")
    assert "family" not in taken
    assert (free["id"], free["family"], free["confidence"]) == ("usb-10c4:ea60-B2-00", "esp32-heart", "certain")
    assert "; recognised: esp32-heart " in free["because"] and "at 115200 baud" in free["because"]
    assert troubles == []
    before = readings(gateway)
    eventually(lambda: readings(gateway) > before)
    assert reading_ports(gateway) == 1 and not gateway.log.count("WARNING|ERROR")
    for writer in writers:
        writer.leave()


def test_a_scan_does_not_probe_ports_that_the_configuration_excludes(machine, tmp_path):
    device, configured = Device("A1"), Device()
    machine.plug(device, "1", "ttyUSB0")
    writer = Writer(device, board(1))
    file = tmp_path / "gateway.yaml"
    file.write_text(f"serial:\n  probe: []\n  ports:\n    - {configured.path} esp32-heart\n", encoding="utf-8")
    ports, troubles = scan(machine, "--seconds", "1", "--config", str(file))
    assert ports[device.path]["because"].endswith("not probed: not named in serial.ports or serial.probe")
    # This port is known only from the rule.
    assert ports[configured.path]["because"].endswith("not probed: configured in serial.ports")
    assert troubles == []
    file.write_text("zzz: 1\n", encoding="utf-8")
    ports, troubles = scan(machine, "--seconds", "1", "--config", str(file))
    assert "recognised" not in ports[device.path]["because"]
    assert len(troubles) == 1 and troubles[0].startswith("no port was probed: ") and "unknown key zzz" in troubles[0]
    writer.leave()
