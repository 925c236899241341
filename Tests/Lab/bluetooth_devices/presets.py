"""Predefined devices that scenarios can refer to by name."""

NORDIC_UART = "6E40000{}-B5A3-F393-E0A9-E50E24DCCA9E"
BLUETOOTH_BASE = "0000{}-0000-1000-8000-00805f9a34fb"


def reply_to(text, answer):
    """A timer's reply to a request."""
    return {"write": text.encode().hex(), "notify": answer}


def register(number, value):
    """A sensor's reply to a register read."""
    return {"write": f"ffaa27{number:02x}", "notify": f"5571{number:02x}00{value}".ljust(40, "0")}

def uart(uuid, service, writable, notifying):
    """A service with one writable and one notifying characteristic."""
    return {"uuid": uuid.format(service), "characteristics": [
        {"uuid": uuid.format(writable), "properties": ["write", "write_without_response"]},
        {"uuid": uuid.format(notifying), "properties": ["notify"]}]}


PRESETS = {
    "amg-commander": {
        "local_name": "AMG Lab COMM 0001", "advertises_service": True, "services": [uart(NORDIC_UART, 1, 2, 3)],
        # No shots so far.
        "replies": [reply_to("REQ SCREEN HEX", "010800000000000000000000")],
    },
    "bt50": {
        "local_name": "WTVB01-BT50", "services": [uart(BLUETOOTH_BASE, "ffe5", "ffe9", "ffe4")],
        # 100 Hz, the default frames, version 10057.2.7, 4.12 V
        "replies": [register(0x03, "0900"), register(0x96, "0000"), register(0x5F, "6400"),
                    register(0x2E, "0742d289"), register(0x64, "9c01")],
    },
    "mat": {
        "local_name": "PressureGrid", "services": [uart(NORDIC_UART, 1, 2, 3)],
    },
    "heart-strap": {
        "local_name": "Polar H10 0A1B2C3D", "advertises_service": True, "services": [
            {"uuid": "180D", "characteristics": [{"uuid": "2A37", "properties": ["notify"]}]},
            {"uuid": "180F", "characteristics": [
                {"uuid": "2A19", "properties": ["read", "notify"], "value": "5a"}]}],
    },
}


def resolve(specification):
    """Returns the complete description of a device: its preset, overridden by the scenario."""
    preset = PRESETS.get(specification.get("preset"), {})
    return {"address_type": "random"} | preset | specification
