"""Advertising payloads of devices."""

from bumble.core import UUID

FLAGS, SERVICES_16_BIT, SERVICES_128_BIT, NAME = 0x01, 0x03, 0x07, 0x09
GENERAL_DISCOVERABLE_WITHOUT_CLASSIC = b"\x06"
MAXIMUM_LENGTH = 31


def field(kind, data):
    return bytes([len(data) + 1, kind]) + data


def payloads(device):
    """Returns the advertisement and the scan response for a device description."""
    advertisement, response = field(FLAGS, GENERAL_DISCOVERABLE_WITHOUT_CLASSIC), b""
    if device.get("advertises_service"):
        uuid = UUID(device["services"][0]["uuid"]).to_bytes()
        advertisement += field(SERVICES_16_BIT if len(uuid) == 2 else SERVICES_128_BIT, uuid)
    name = field(NAME, device.get("local_name", device["name"]).encode())
    default = "advertisement" if len(advertisement) + len(name) <= MAXIMUM_LENGTH else "scan_response"
    if device.get("name_in", default) == "advertisement":
        advertisement += name
    else:
        response += name
    return (bytes.fromhex(device.get("advertisement", "")) or advertisement,
            bytes.fromhex(device.get("scan_response", "")) or response)
