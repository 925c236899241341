"""What a device says of itself while nobody is connected to it."""

from bumble.core import UUID

FLAGS, SERVICES_OF_16_BITS, SERVICES_OF_128_BITS, NAME = 0x01, 0x03, 0x07, 0x09
GENERAL_DISCOVERABLE_WITHOUT_CLASSIC = b"\x06"
LONGEST = 31


def field(kind, data):
    return bytes([len(data) + 1, kind]) + data


def payloads(device):
    """Advertisement and scan response, by a device's description."""
    advertisement, response = field(FLAGS, GENERAL_DISCOVERABLE_WITHOUT_CLASSIC), b""
    if device.get("advertises_service"):
        uuid = UUID(device["services"][0]["uuid"]).to_bytes()
        advertisement += field(SERVICES_OF_16_BITS if len(uuid) == 2 else SERVICES_OF_128_BITS, uuid)
    name = field(NAME, device.get("local_name", device["name"]).encode())
    default = "advertisement" if len(advertisement) + len(name) <= LONGEST else "scan_response"
    if device.get("name_in", default) == "advertisement":
        advertisement += name
    else:
        response += name
    return (bytes.fromhex(device.get("advertisement", "")) or advertisement,
            bytes.fromhex(device.get("scan_response", "")) or response)
