"""The controller's command handlers. A handler returns a status, or None if it has already sent the response."""

import os
import struct

from . import codes

HANDLERS = {}
BY_STATUS = set()


def command(*opcodes, by_status=False):
    """Registers the handler of commands. Those `by_status` are acknowledged at once and completed by a later event."""
    def register(handler):
        for opcode in opcodes:
            HANDLERS[opcode] = handler
            if by_status:
                BY_STATUS.add(opcode)
        return handler
    return register


def is_answered_by_status(opcode):
    return opcode in BY_STATUS


def answer(controller, opcode, parameters):
    handler = HANDLERS.get(opcode)
    if handler is None:
        return codes.UNKNOWN_COMMAND
    if is_of_other_family(controller, opcode):
        return codes.DISALLOWED
    try:
        return handler(controller, opcode, parameters)
    except (struct.error, IndexError):
        return codes.INVALID


def is_of_other_family(controller, opcode):
    """A host must not mix legacy and extended commands for scanning and connecting (Core Specification 4.E.3.1.1)."""
    if opcode in (0x2006, 0x2008, 0x2009, 0x200A, 0x200B, 0x200C, 0x200D):
        family = "legacy"
    elif 0x2036 <= opcode <= 0x2043 and opcode not in (0x203A, 0x203B):
        family = "extended"
    else:
        return False
    controller.family = controller.family or family
    return controller.family != family


def of_link(handler):
    """For commands that begin with a connection handle: passes the link and the remaining parameters to the handler."""
    def find(controller, opcode, parameters):
        link = controller.links.get(struct.unpack_from("<H", parameters)[0])
        if link is None:
            return codes.NO_CONNECTION
        return handler(controller, opcode, link, parameters[2:])
    return find


# Accepted without effect: event masks, timeouts and host features; also advertising, which no simulated device scans for.
@command(0x0C01, 0x0C13, 0x0C18, 0x0C1A, 0x0C24, 0x0C56, 0x0C63, 0x0C6D, 0x2005, 0x2006, 0x2008, 0x2009, 0x200A, 0x2014,
         0x2015, 0x2024, 0x2031, 0x2035, 0x2037, 0x2038, 0x2039, 0x203C, 0x203D)
def accept_without_effect(*_):
    return codes.OK


# The controller itself

@command(0x0C03)
def reset(controller, *_):
    controller.reset()
    return codes.OK


@command(0x2001)
def set_event_mask(controller, _, parameters):
    controller.event_mask = int.from_bytes(parameters[:8], "little")
    return codes.OK


@command(0x1001)
def read_version(controller, opcode, _):
    version = controller.profile.version
    controller.complete(opcode, parameters=struct.pack("<BHBHH", version, 1, version, 0x05F1, 1))


@command(0x1002)
def read_supported_commands(controller, opcode, _):
    controller.complete(opcode, parameters=controller.profile.commands)


@command(0x1003)
def read_features(controller, opcode, _):
    low_energy_and_nothing_else = bytes([0, 0, 0, 0, 0x60, 0, 0, 0])
    controller.complete(opcode, parameters=low_energy_and_nothing_else)


@command(0x1005)
def read_buffer_size(controller, opcode, _):
    controller.complete(opcode, parameters=struct.pack("<HBHH", controller.acl_length, 0, controller.acl_buffers, 0))


@command(0x2002)
def read_le_buffer_size(controller, opcode, _):
    controller.complete(opcode, parameters=struct.pack("<HB", controller.acl_length, controller.acl_buffers))


@command(0x1009)
def read_address(controller, opcode, _):
    controller.complete(opcode, parameters=controller.address)


@command(0x2003)
def read_le_features(controller, opcode, _):
    controller.complete(opcode, parameters=struct.pack("<Q", controller.profile.features))


@command(0x2018)
def random_number(controller, opcode, _):
    controller.complete(opcode, parameters=os.urandom(8))


@command(0x2007, 0x201C, 0x2023, 0x202F, 0x2036, 0x203A, 0x203B)
def read_constant(controller, opcode, _):
    controller.complete(opcode, parameters={
        0x2007: b"\x00",                                    # transmit power of advertising
        0x201C: bytes.fromhex("ffffffffff030000"),          # supported states
        0x2023: struct.pack("<HH", 27, 328),                # suggested length of data
        0x202F: struct.pack("<HHHH", 251, 2120, 251, 2120), # longest data
        0x2036: b"\x00",                                    # power of an advertising set
        0x203A: struct.pack("<H", 251),                     # longest advertisement
        0x203B: b"\x04",                                    # advertising sets
    }[opcode])


# The accept list

@command(0x200F)
def read_accept_list_size(controller, opcode, _):
    controller.complete(opcode, parameters=bytes([controller.accept_list_size]))


@command(0x2010)
def clear_accept_list(controller, *_):
    controller.accept_list = []
    return codes.OK


@command(0x2011)
def add_to_accept_list(controller, _, key):
    if len(controller.accept_list) >= controller.accept_list_size:
        return codes.MEMORY_FULL
    if key not in controller.accept_list:
        controller.accept_list.append(key)
    return codes.OK


@command(0x2012)
def remove_from_accept_list(controller, _, key):
    if key in controller.accept_list:
        controller.accept_list.remove(key)
    return codes.OK


# Scanning

@command(0x200B)
def set_scan_parameters(controller, _, parameters):
    kind, interval, window, _, policy = struct.unpack("<BHHBB", parameters)
    if controller.is_scanning:
        return codes.DISALLOWED
    if not 4 <= window <= interval <= 0x4000:
        return codes.INVALID
    controller.is_active, controller.scan_policy = kind == 1, policy
    return codes.OK


@command(0x2041)
def set_extended_scan_parameters(controller, _, parameters):
    _, policy, _, kind = struct.unpack_from("<BBBB", parameters)
    if controller.is_scanning:
        return codes.DISALLOWED
    controller.is_active, controller.scan_policy = kind == 1, policy
    return codes.OK


@command(0x200C, 0x2042)
def enable_scan(controller, _, parameters):
    controller.is_scanning, controller.filters_duplicates = bool(parameters[0]), bool(parameters[1])
    controller.reported.clear()
    return codes.OK


# Connecting

@command(0x200D, by_status=True)
def create_connection(controller, opcode, parameters):
    _, _, policy, kind, address, _, _, interval, latency, timeout, _, _ = struct.unpack("<HHBB6sBHHHHHH", parameters)
    return request_connection(controller, opcode, policy, bytes([kind]) + address, interval, latency, timeout)


@command(0x2043, by_status=True)
def create_extended_connection(controller, opcode, parameters):
    policy, _, kind, address, _ = struct.unpack_from("<BBB6sB", parameters)
    _, _, _, interval, latency, timeout, _, _ = struct.unpack_from("<HHHHHHHH", parameters, 10)
    return request_connection(controller, opcode, policy, bytes([kind]) + address, interval, latency, timeout)


def request_connection(controller, opcode, uses_accept_list, key, interval, latency, timeout):
    if controller.pending_connection is not None:
        return codes.DISALLOWED
    if len(controller.links) >= controller.max_links:
        return codes.CONNECTION_LIMIT
    if not uses_accept_list and any(link.peer.key == key for link in controller.links.values()):
        return codes.ALREADY_CONNECTED
    controller.pending_connection = {"target": None if uses_accept_list else key, "interval": interval, "latency": latency,
                       "timeout": timeout}
    controller.accept(opcode)
    return None


@command(0x200E)
def cancel_connection(controller, opcode, _):
    if controller.pending_connection is None:
        return codes.DISALLOWED
    target, controller.pending_connection = controller.pending_connection["target"], None
    controller.complete(opcode)
    controller.send_connection_complete(codes.NO_CONNECTION, 0, target or bytes(7), (0, 0, 0))
    return None


# Links

@command(0x0406, by_status=True)
@of_link
def disconnect(controller, opcode, link, parameters):
    controller.accept(opcode)
    controller.end(link, codes.LOCAL_TERMINATED, for_peer=parameters[0])


@command(0x2013, by_status=True)
@of_link
def update_connection(controller, opcode, link, parameters):
    _, interval, latency, timeout = struct.unpack_from("<HHHH", parameters)
    controller.accept(opcode)
    link.set_parameters(interval, latency, timeout)
    controller.le_event(codes.UPDATED, struct.pack("<BHHHH", codes.OK, link.handle, interval, latency, timeout))


@command(0x2016, by_status=True)
@of_link
def read_remote_features(controller, opcode, link, _):
    controller.accept(opcode)
    controller.le_event(codes.REMOTE_FEATURES, struct.pack("<BHQ", codes.OK, link.handle, 0x01))


@command(0x041D, by_status=True)
@of_link
def read_remote_version(controller, opcode, link, _):
    controller.accept(opcode)
    controller.event(codes.REMOTE_VERSION, struct.pack("<BHBHH", codes.OK, link.handle, 8, 0x05F1, 1))


@command(0x2032, by_status=True)
@of_link
def set_phy(controller, opcode, link, _):
    controller.accept(opcode)
    controller.le_event(codes.PHY_CHANGED, struct.pack("<BHBB", codes.OK, link.handle, 1, 1))


@command(0x1405)
def read_rssi(controller, opcode, parameters):
    link = controller.links.get(struct.unpack("<H", parameters)[0])
    controller.complete(opcode, codes.OK if link else codes.NO_CONNECTION,
                        parameters + struct.pack("b", link.peer.rssi if link else 0))


@command(0x0C2D)
def read_transmit_power(controller, opcode, parameters):
    handle, _ = struct.unpack("<HB", parameters)
    status = codes.OK if handle in controller.links else codes.NO_CONNECTION
    controller.complete(opcode, status, struct.pack("<Hb", handle, 4))


@command(0x2022)
def set_data_length(controller, opcode, parameters):
    handle, octets, duration = struct.unpack("<HHH", parameters)
    if handle not in controller.links:
        controller.complete(opcode, codes.NO_CONNECTION, parameters[:2])
        return
    controller.complete(opcode, parameters=parameters[:2])
    controller.le_event(codes.LENGTH_CHANGED, struct.pack("<HHHHH", handle, octets, duration, 27, 328))
