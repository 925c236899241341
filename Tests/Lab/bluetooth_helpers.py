"""Helpers for Bluetooth scenarios: devices, recorded notifications and the gateway's link metrics."""

import re
import subprocess

from waiting import eventually
from programs import PROGRAM

TIMER = {"name": "timer", "preset": "amg-commander", "address": "60:09:C3:1F:DC:1A", "address_type": "public"}
STRAP = {"name": "strap", "preset": "heart-strap", "address": "F0:AB:00:00:00:21"}

MAT = {"name": "mat", "preset": "mat", "address": "F0:AB:00:00:00:31"}


def sensor(number, **details):
    return {"name": f"sensor-{number}", "preset": "bt50", "address": f"F0:AB:00:00:00:{0x10 + number:02X}"} | details


def frames(device, *options, script=None, folder=None):
    """Returns the notifications of one of the gateway's virtual devices: [[milliseconds, hex], …]."""
    if script:
        file = folder / "script.txt"
        file.write_text(script, encoding="ascii")
        options += ("--script", str(file))
    command = [PROGRAM, "simulate", device, "--fast", *options]
    lines = subprocess.run(command, capture_output=True, check=True, text=True, timeout=120).stdout.splitlines()
    found = (re.fullmatch(r"([0-9a-f ]+?) *# ([0-9.]+) s", line) for line in lines)
    return [[float(line.group(2)) * 1000, line.group(1).replace(" ", "")] for line in found if line]


def links(gateway, family):
    return gateway.metrics.value("leadville_bluetooth_links", device=family)


def wait_for_links(gateway, **families):
    """Waits until the given number of links to devices of each family is up."""
    for family, count in families.items():
        eventually(lambda: links(gateway, family.replace("_", "-")) == count)


def losses(gateway, family, reason):
    return gateway.metrics.value("leadville_bluetooth_losses_total", device=family, reason=reason)


def notified(air, name):
    return next(device["notified"] for device in air("status")["devices"] if device["name"] == name)
