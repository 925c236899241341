"""Helpers for serial scenarios: device detection, readings and device events."""

import itertools
import json

from clients import receive
from serial_device import PeriodicWriter, heart_board


def introduce(gateway, board, user=1, **port):
    """Sends heart board output until the gateway has recognised the board. Returns the port."""
    writer = PeriodicWriter(board, heart_board(user))
    found = gateway.serial_port(state="reading", device="esp32-heart", **port)
    writer.stop()
    return found


def clocks(client, user, count):
    """Returns the timestamps of a user's next readings."""
    readings = (message for message in iter(lambda: receive(client), None) if message.get("user") == user)
    return [reading["timestamp"] for reading in itertools.islice(readings, count)]


def changes(client, device):
    """Yields the connection events of a device from the live socket."""
    while True:
        message = receive(client)
        kind = message.get("event_type")
        if kind in ("device_connected", "device_lost") and message.get("data", {}).get("device_id") == device:
            yield kind


def subscribe(client, *channels):
    """Subscribes to channels of the live socket and waits for the confirmation."""
    client.send(json.dumps({"type": "subscribe", "channels": channels}))
    while receive(client)["event_type"] != "subscription_confirmed":
        pass


def rejected(gateway):
    """The number of bytes and lines that were rejected."""
    samples = gateway.metrics.samples
    return sum(value for (name, _), value in samples.items() if name == "leadville_serial_refused_total")
