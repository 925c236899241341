"""Constants and structures of the usbredir protocol, by which QEMU connects to remote USB devices."""

import struct

HELLO, DEVICE_CONNECT = 0, 1
RESET, INTERFACE_INFO, ENDPOINT_INFO = 3, 4, 5
SET_CONFIGURATION, GET_CONFIGURATION, CONFIGURATION_STATUS = 6, 7, 8
SET_ALTERNATIVE, GET_ALTERNATIVE, ALTERNATIVE_STATUS = 9, 10, 11
START_INTERRUPTS, STOP_INTERRUPTS, INTERRUPTS_STATUS = 15, 16, 17
CANCEL = 21
CONTROL, BULK, INTERRUPT = 100, 101, 103

CAP_CONNECT_DEVICE_VERSION, CAP_EP_INFO_MAX_PACKET_SIZE, CAP_64BITS_IDS, CAP_32BITS_BULK_LENGTH = 1, 4, 5, 6
OUR_CAPABILITIES = 1 << CAP_CONNECT_DEVICE_VERSION | 1 << CAP_EP_INFO_MAX_PACKET_SIZE | 1 << CAP_64BITS_IDS | 1 << CAP_32BITS_BULK_LENGTH

SUCCESS, CANCELLED, STALLED = 0, 1, 4

SLOTS = 32
UNUSED = 255


def interface_info(adapter):
    columns = [bytearray(SLOTS) for _ in range(4)]
    for row, interface in enumerate(adapter.interfaces):
        for column, value in zip(columns, interface):
            column[row] = value
    return struct.pack("<I", len(adapter.interfaces)) + b"".join(columns)


def endpoint_info(adapter):
    kinds, intervals, owners, sizes = bytearray([UNUSED] * SLOTS), bytearray(SLOTS), bytearray(SLOTS), [0] * SLOTS
    kinds[0] = kinds[16] = 0
    sizes[0] = sizes[16] = 64
    for number, _, _, _, _, endpoints in adapter.interfaces:
        for address, kind, size, interval in endpoints:
            slot = (address & 0x80) >> 3 | address & 0x0F
            kinds[slot], intervals[slot], owners[slot], sizes[slot] = kind, interval, number, size
    return bytes(kinds + intervals + owners) + struct.pack(f"<{SLOTS}H", *sizes)


def device_info(adapter):
    return struct.pack("<BBBBHHH", 1, *adapter.device_class, adapter.vendor, adapter.product, adapter.release)
