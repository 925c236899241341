"""What scenarios with serial ports have in common: how devices introduce themselves, and what is told of them."""

import itertools
import json

from clients import hear
from far_end import Speech, heart_board


def introduce(gateway, far_end, user=1, **port):
    """Speaks as a heart board until the gateway has found out what it is, then is silent. Returns the port."""
    speech = Speech(far_end, heart_board(user))
    found = gateway.serial_port(state="reading", device="esp32-heart", **port)
    speech.end()
    return found


def clocks(client, user, count):
    """The numbers that came with a user's next readings."""
    readings = (message for message in iter(lambda: hear(client), None) if message.get("user") == user)
    return [reading["timestamp"] for reading in itertools.islice(readings, count)]


def changes(client, device):
    """How a device comes and goes, as the live socket tells it, for as long as it is asked for."""
    while True:
        message = hear(client)
        kind = message.get("event_type")
        if kind in ("device_connected", "device_lost") and message.get("data", {}).get("device_id") == device:
            yield kind


def subscribe(client, *channels):
    """Asks for channels of the live socket, and waits until that is confirmed."""
    client.send(json.dumps({"type": "subscribe", "channels": channels}))
    while hear(client)["event_type"] != "subscription_confirmed":
        pass


def refused(gateway):
    """How many bytes and lines nobody understood."""
    samples = gateway.metrics.samples
    return sum(value for (name, _), value in samples.items() if name == "leadville_serial_refused_total")
