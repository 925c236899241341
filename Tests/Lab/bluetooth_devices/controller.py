"""The controller behind hci0: packets from the host, packets to the host.

It behaves like a real controller as far as the host can observe: it rejects the same commands, moves data at connection
events in packets of the radio's size, and accounts for the host's buffers. It only connects to devices: there is no
advertising, no encryption and no classic Bluetooth.
"""

import logging
import struct

from . import codes
from .commands import answer, is_answered_by_status
from .link import Link
from .profiles import PROFILES

log = logging.getLogger("controller")

COMMAND_HISTORY = 1000


class Controller:
    def __init__(self, address="00:1B:DC:00:00:01", profile="le42", pacing=True, acl_length=27, acl_buffers=8,
                 max_links=10, accept_list_size=16):
        self.address = bytes.fromhex(address.replace(":", ""))[::-1]
        self.profile_name, self.profile = profile, PROFILES[profile]
        self.is_paced = pacing
        self.acl_length, self.acl_buffers = acl_length, acl_buffers
        self.max_links, self.accept_list_size = max_links, accept_list_size
        self.peers = []
        #: Sends packets to the host; None while the adapter is unplugged.
        self.send = None
        #: Injected failures: opcode → [status, remaining count].
        self.forced_failures = {}
        #: Opcodes that are not answered.
        self.unanswered = set()
        self.counts = {"commands": 0, "acl_in": 0, "acl_out": 0, "reports": 0, "refused": 0}
        #: The host's commands: (opcode, parameters, status).
        self.commands = []
        self.links = {}
        self.reset()

    def reset(self):
        for link in list(self.links.values()):
            self.end(link, None, for_peer=codes.TIMEOUT)
        self.links = {}
        self.accept_list = []
        self.event_mask = 0x1F
        self.is_scanning = self.is_active = self.filters_duplicates = False
        self.scan_policy = 0
        self.reported = set()
        #: The connection that the host has requested: a dictionary.
        self.pending_connection = None
        #: "legacy" or "extended", once the host has used either kind of command.
        self.family = None

    # To the host

    def event(self, code, parameters):
        self._packet(bytes([codes.EVENT, code, len(parameters)]) + parameters)

    def le_event(self, code, parameters):
        if self.event_mask >> code - 1 & 1:
            self.event(codes.LE_META, bytes([code]) + parameters)

    def complete(self, opcode, status=codes.OK, parameters=b""):
        self.event(codes.COMMAND_COMPLETE, struct.pack("<BHB", 1, opcode, status) + parameters)

    def accept(self, opcode, status=codes.OK):
        """Acknowledges a command, which is completed by a later event."""
        self.event(codes.COMMAND_STATUS, struct.pack("<BBH", status, 1, opcode))

    def data(self, handle, packet):
        for start in range(0, len(packet), self.acl_length):
            piece = packet[start:start + self.acl_length]
            self.counts["acl_in"] += 1
            flags = 0x2000 if start == 0 else 0x1000
            self._packet(struct.pack("<BHH", codes.ACL, handle | flags, len(piece)) + piece)

    def _packet(self, packet):
        if self.send:
            self.send(packet)

    # From the host

    def on_packet(self, packet):
        if packet[0] == codes.COMMAND:
            opcode, length = struct.unpack_from("<HB", packet, 1)
            self._on_command(opcode, packet[4:4 + length])
        elif packet[0] == codes.ACL:
            word, _ = struct.unpack_from("<HH", packet, 1)
            self.counts["acl_out"] += 1
            if link := self.links.get(word & 0xFFF):
                link.send_to_peer(packet[5:], is_first=word >> 12 & 3 != 1)
            else:
                log.warning("data for unknown link 0x%03x", word & 0xFFF)

    def _on_command(self, opcode, parameters):
        self.counts["commands"] += 1
        if opcode in self.unanswered:
            log.info("command 0x%04x is not answered", opcode)
            return
        status = self._failure(opcode)
        if status is None:
            status = answer(self, opcode, parameters)
        self.commands = self.commands[1 - COMMAND_HISTORY:] + [(opcode, parameters, status)]
        if status is None:
            # The response has already been sent.
            return
        if status != codes.OK:
            self.counts["refused"] += 1
            log.info("command 0x%04x %s rejected with 0x%02x", opcode, parameters.hex(), status)
        if is_answered_by_status(opcode):
            self.accept(opcode, status)
        else:
            self.complete(opcode, status)

    def _failure(self, opcode):
        """The status of an injected failure of this command, if any."""
        if opcode not in self.forced_failures:
            return None
        failure = self.forced_failures[opcode]
        failure[1] -= 1
        if failure[1] <= 0:
            del self.forced_failures[opcode]
        return failure[0]

    # From devices

    def on_advertisement(self, peer, advertisement, scan_response):
        if not peer.is_in_range or not self.send:
            return
        if self.pending_connection is not None:
            target = self.pending_connection["target"]
            if peer.key == target or target is None and peer.key in self.accept_list:
                self._connect(peer)
        if not self.is_scanning or self.scan_policy & 1 and peer.key not in self.accept_list:
            return
        self._report(peer, codes.ADVERTISEMENT, advertisement)
        if self.is_active:
            self._report(peer, codes.SCAN_RESPONSE, scan_response)

    def _report(self, peer, kind, data):
        if self.filters_duplicates:
            if (peer.key, kind) in self.reported:
                return
            self.reported.add((peer.key, kind))
        self.counts["reports"] += 1
        if self.family == "extended":
            legacy = codes.LEGACY_SCAN_RESPONSE if kind == codes.SCAN_RESPONSE else codes.LEGACY_ADVERTISEMENT
            radio = struct.pack("<BBBbbHB6sB", 1, 0, 0xFF, 0x7F, peer.rssi, 0, 0, bytes(6), len(data))
            self.le_event(codes.EXTENDED_REPORT, struct.pack("<BH", 1, legacy) + peer.key + radio + data)
        else:
            self.le_event(codes.REPORT, bytes([1, kind]) + peer.key + bytes([len(data)]) + data
                          + struct.pack("b", peer.rssi))

    # Links

    def _connect(self, peer):
        pending_connection, self.pending_connection = self.pending_connection, None
        handle = next(number for number in range(0x40, 0xEFF) if number not in self.links)
        link = Link(self, handle, peer, pending_connection["interval"], pending_connection["latency"], pending_connection["timeout"])
        self.links[handle] = link
        self.send_connection_complete(codes.OK, handle, peer.key, link.units)
        if self.profile.is_extended:
            self.le_event(codes.ALGORITHM_CHOSEN, struct.pack("<HB", handle, 1))
        if peer.failing_connects > 0:
            peer.failing_connects -= 1
            link.fail_to_establish()
        else:
            peer.on_connect(link)

    def send_connection_complete(self, status, handle, key, units):
        head = struct.pack("<BHB", status, handle, 0) + key
        tail = struct.pack("<HHHB", *units, 0)
        if self.event_mask >> codes.CONNECTED_LONG - 1 & 1:
            self.le_event(codes.CONNECTED_LONG, head + bytes(12) + tail)
        else:
            self.le_event(codes.CONNECTED, head + tail)

    def end(self, link, for_host, for_peer=None):
        """Ends a link. Each side is notified with its reason, or not at all if the reason is None."""
        if link.is_closed:
            return
        link.close()
        self.links.pop(link.handle, None)
        if for_host is not None:
            if link.waiting_for_peer:
                self.event(codes.PACKETS_COMPLETED, struct.pack("<BHH", 1, link.handle, link.waiting_for_peer))
            self.event(codes.DISCONNECTED, struct.pack("<BHB", codes.OK, link.handle, for_host))
        if for_peer is not None:
            link.peer.on_disconnect(for_peer)
