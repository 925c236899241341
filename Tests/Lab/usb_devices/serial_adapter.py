"""The base class of USB serial adapters; subclasses add descriptors and vendor requests."""

import logging
import struct

log = logging.getLogger("usb")

BULK, INTERRUPT = 2, 3
GET_STATUS, GET_DESCRIPTOR = 0, 6
DEVICE, CONFIGURATION, STRING = 1, 2, 3


class Stall(Exception):
    """The request is not supported."""


class SerialAdapter:
    vendor = product = 0
    release = 0x0100
    device_class = (0, 0, 0)
    #: Manufacturer and product strings.
    names = ("", "")
    #: (number, class, subclass, protocol, extra descriptors, [(endpoint, type, packet size, interval)]).
    interfaces = ()
    association = b""
    in_endpoint, out_endpoint = 0x81, 0x02
    #: The time after which an empty transfer is completed, if any.
    idle_seconds = None
    #: The data sent on the interrupt endpoint when the host starts polling it.
    first_interrupt = b""

    def __init__(self, serial):
        self.serial = serial
        self.rate, self.format = 9600, "8N1"
        self.lines = {"dtr": 0, "rts": 0}

    # Descriptors

    def standard_request(self, request, value):
        if request == GET_STATUS:
            return b"\x00\x00"
        if request != GET_DESCRIPTOR:
            raise Stall
        kind, index = value >> 8, value & 0xFF
        if kind == DEVICE:
            return self._device_descriptor()
        if kind == CONFIGURATION and index == 0:
            return self._configuration_descriptor()
        if kind == STRING:
            return self._string(index)
        raise Stall

    @property
    def _texts(self):
        return (*self.names, self.serial)

    def _string(self, index):
        if index == 0:
            return b"\x04\x03\x09\x04"
        if index > len(self._texts) or not self._texts[index - 1]:
            raise Stall
        text = self._texts[index - 1].encode("utf-16le")
        return bytes([len(text) + 2, STRING]) + text

    def _device_descriptor(self):
        indices = [index if text else 0 for index, text in enumerate(self._texts, 1)]
        return struct.pack(
            "<BBHBBBBHHHBBBB", 18, DEVICE, 0x0200, *self.device_class, 64, self.vendor, self.product, self.release,
            *indices, 1)

    def _configuration_descriptor(self):
        body = self.association
        for number, kind, subkind, protocol, extra, endpoints in self.interfaces:
            body += struct.pack("BBBBBBBBB", 9, 4, number, 0, len(endpoints), kind, subkind, protocol, 0) + extra
            for address, transfer, size, interval in endpoints:
                body += struct.pack("<BBBBHB", 7, 5, address, transfer, size, interval)
        return struct.pack("<BBHBBBBB", 9, CONFIGURATION, 9 + len(body), len(self.interfaces), 1, 0, 0x80, 50) + body

    # Requests

    def request(self, kind, request, value, index, data):
        """Handles a class or vendor request: returns the response or raises Stall. Bit 7 of `kind` marks reads."""
        raise Stall

    def set_line(self, rate, form=None):
        form = form or self.format
        if (rate, form) != (self.rate, self.format):
            self.rate, self.format = rate, form
            log.info("line %d %s", rate, form)

    def set_modem_lines(self, **lines):
        """Lines that change together are logged together, because simultaneous changes do not reset a board."""
        before = dict(self.lines)
        self.lines |= {name: int(level) for name, level in lines.items()}
        if self.lines != before:
            log.info("lines dtr=%d rts=%d", self.lines["dtr"], self.lines["rts"])

    def set_modem_lines_by_mask(self, value):
        """The low bits are the levels of both lines, the bits above are the mask of lines to change."""
        changed = {name: value >> bit & 1 for bit, name in enumerate(("dtr", "rts")) if value >> bit + 8 & 1}
        self.set_modem_lines(**changed)

    def read_transfer(self, queue, room):
        """Removes bytes from the queue for one transfer of at most `room` bytes."""
        piece = bytes(queue[:room])
        del queue[:room]
        return piece


def line_format(bits, parity, stop):
    return f"{bits}{'NOEMS'[parity]}{('1', '1.5', '2')[stop]}"
