"""Silicon Labs' CP2102, used on most ESP32 boards."""

import struct

from .serial_adapter import BULK, SerialAdapter, Stall, line_format

ENABLE, SET_FORMAT, GET_FORMAT, SET_BREAK, SET_MODEM, GET_MODEM, PURGE = 0x00, 0x03, 0x04, 0x05, 0x07, 0x08, 0x12
SET_FLOW, GET_FLOW, GET_STATUS, SET_CHARACTERS, SET_RATE, GET_RATE = 0x13, 0x14, 0x10, 0x19, 0x1E, 0x1D
SET_EVENTS, VENDOR_SPECIFIC, PART_NUMBER = 0x15, 0xFF, 0x370B


class Cp210x(SerialAdapter):
    vendor, product = 0x10C4, 0xEA60
    names = ("Silicon Labs", "CP2102 USB to UART Bridge Controller")
    interfaces = ((0, 0xFF, 0, 0, b"", [(0x81, BULK, 64, 0), (0x01, BULK, 64, 0)]),)
    out_endpoint = 0x01

    def __init__(self, serial):
        super().__init__(serial)
        self._flow, self._format = bytes(16), 0x0800

    def request(self, kind, request, value, index, data):
        if kind & 0x80:
            return self._answer(request, value)
        if request == SET_RATE:
            self.set_line(struct.unpack("<I", data[:4])[0])
        elif request == SET_FORMAT:
            self._format = value
            self.set_line(self.rate, line_format(value >> 8, value >> 4 & 7, value & 3))
        elif request == SET_MODEM:
            self.set_modem_lines_by_mask(value)
        elif request == SET_FLOW:
            self._flow = data[:16]
            if data[0] & 1:
                self.set_modem_lines(dtr=1)
        elif request not in (ENABLE, SET_BREAK, PURGE, SET_EVENTS, SET_CHARACTERS):
            raise Stall
        return b""

    def _answer(self, request, value):
        if request == VENDOR_SPECIFIC and value == PART_NUMBER:
            return b"\x02"
        answers = {
            GET_FORMAT: struct.pack("<H", self._format),
            GET_MODEM: bytes([self.lines["dtr"] | self.lines["rts"] << 1 | 0x30]),
            GET_STATUS: bytes(19),
            GET_FLOW: self._flow,
            GET_RATE: struct.pack("<I", self.rate),
        }
        if request not in answers:
            raise Stall
        return answers[request]
