"""A chip with native USB, such as the ESP32-S3 and ESP32-C3."""

import struct

from .serial_adapter import BULK, INTERRUPT, SerialAdapter, Stall, line_format

SET_LINE_CODING, GET_LINE_CODING, SET_CONTROL_LINE_STATE, SEND_BREAK = 0x20, 0x21, 0x22, 0x23


class CdcAcm(SerialAdapter):
    vendor, product, release = 0x303A, 0x1001, 0x0101
    device_class = (0xEF, 0x02, 0x01)
    names = ("Espressif", "USB JTAG/serial debug unit")
    association = bytes([8, 11, 0, 2, 2, 2, 1, 0])
    interfaces = (
        (0, 2, 2, 1, bytes([5, 0x24, 0, 0x10, 1, 5, 0x24, 1, 0, 1, 4, 0x24, 2, 2, 5, 0x24, 6, 0, 1]),
         [(0x82, INTERRUPT, 64, 1)]),
        (1, 10, 0, 0, b"", [(0x01, BULK, 64, 1), (0x81, BULK, 64, 1)]),
    )
    out_endpoint = 0x01

    def request(self, kind, request, value, index, data):
        if request == SET_LINE_CODING:
            rate, stop, parity, bits = struct.unpack("<IBBB", data[:7])
            self.set_line(rate, line_format(bits, parity, stop))
        elif request == GET_LINE_CODING:
            return struct.pack("<IBBB", self.rate, 0, 0, 8)
        elif request == SET_CONTROL_LINE_STATE:
            self.set_modem_lines(dtr=value & 1, rts=value >> 1 & 1)
        elif request != SEND_BREAK:
            raise Stall
        return b""
