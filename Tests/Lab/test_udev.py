"""The udev rules, applied by the udev of the guest."""

import re

import pytest

from waiting import eventually
from serial_helpers import introduce
from service import UNIT

RULES = "60-leadville-gateway.rules"


@pytest.fixture
def settled(guest, plug):
    """Plugs in a device and waits until udev has processed it; returns its udev properties."""
    def settled(name, kind, node, **options):
        plug(name, kind, **options)
        eventually(lambda: guest.shell.run(f"udevadm info --query=name {node}", capture_output=True).returncode == 0)
        guest.shell("udevadm settle")
        text = guest.shell(f"udevadm info --query=property {node}")
        return dict(line.split("=", 1) for line in text.splitlines())
    return settled


def test_persistent_links_are_created(run, guest, settled):
    run(start=False)
    known = settled("board", "cp210x", "/dev/ttyUSB0", serial="A50285BI", socket=4)
    links = set(known["DEVLINKS"].split())
    assert {"/dev/leadville/A50285BI-if00", f"/dev/leadville/at-{known['ID_PATH']}"} <= links
    for link in ("A50285BI-if00", f"at-{known['ID_PATH']}"):
        assert guest.shell(f"readlink -f /dev/leadville/{link}").strip() == "/dev/ttyUSB0"
    assert guest.shell("stat -c '%U %G %a' /dev/ttyUSB0").strip() == "root dialout 660"


def test_an_adapter_without_serial_number_is_named_after_its_socket(run, guest, settled):
    run(start=False)
    known = settled("board", "ch341", "/dev/ttyUSB0", socket=2)
    links = [link for link in known["DEVLINKS"].split() if link.startswith("/dev/leadville/")]
    assert links == [f"/dev/leadville/at-{known['ID_PATH']}"]
    assert re.search(r"usb-0:2:1\.0$", known["ID_PATH"])


def test_generic_adapters_only_get_names(run, settled):
    run(start=False)
    for node, kind in enumerate(("ftdi", "cp210x", "ch341")):
        known = settled(kind, kind, f"/dev/ttyUSB{node}")
        assert "ID_MM_DEVICE_IGNORE" not in known and "SYSTEMD_WANTS" not in known


def test_a_known_board_starts_the_service(run, settled):
    gateway = run(start=False)
    known = settled("board", "cdc-acm", "/dev/ttyACM0")
    assert known["ID_MM_DEVICE_IGNORE"] == known["ID_MM_PORT_IGNORE"] == "1"
    assert known["SYSTEMD_WANTS"] == UNIT
    eventually(lambda: gateway.unit_property("ActiveState") == "active")
    gateway.serial_port(port="/dev/ttyACM0")


def test_a_configured_rule_can_use_a_persistent_link(run, plug):
    gateway = run({"serial.probe": [], "serial.ports": ["/dev/leadville/A1-if00 esp32-heart"]})
    introduce(gateway, plug("board", "ftdi", serial="A1"))
    plug("other", "ftdi", serial="B2")
    assert gateway.serial_port(id="usb-0403:6001-B2-00")["state"] == "resting"


@pytest.mark.parametrize("kind, node", [("cp210x", "ttyUSB0"), ("cdc-acm", "ttyACM0")])
def test_udev_reports_no_problems(run, guest, settled, kind, node):
    run(start=False)
    settled("board", kind, f"/dev/{node}")
    tested = guest.shell.run(f"udevadm test /sys/class/tty/{node} 2>&1", capture_output=True, text=True)
    assert tested.returncode == 0 and "leadville/" in tested.stdout
    problems = [line for line in tested.stdout.splitlines()
                  if RULES in line and re.search("invalid|ignor|unknown|fail|unexpected", line, re.IGNORECASE)]
    journal = guest.shell("journalctl --output=cat --unit=systemd-udevd")
    assert not problems and RULES not in journal
