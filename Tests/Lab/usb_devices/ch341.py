"""WCH's CH340, used on low-cost boards. It has no serial number; a given one is ignored."""

from .serial_adapter import BULK, INTERRUPT, SerialAdapter, Stall

GET_VERSION, READ_REGISTER, WRITE_REGISTER, INITIALISE, SET_MODEM = 0x5F, 0x95, 0x9A, 0xA1, 0xA4
STATUS_REGISTERS, RATE_REGISTERS, FORMAT_REGISTERS = 0x0706, 0x1312, 0x2518
CLOCK = 48_000_000


class Ch341(SerialAdapter):
    vendor, product, release = 0x1A86, 0x7523, 0x0264
    names = ("", "USB Serial")
    interfaces = ((0, 0xFF, 1, 2, b"", [(0x82, BULK, 32, 0), (0x02, BULK, 32, 0), (0x81, INTERRUPT, 8, 1)]),)
    in_endpoint = 0x82
    first_interrupt = bytes([0, 0, 0xFF, 0xEE])

    def __init__(self, serial):
        super().__init__("")

    def request(self, kind, request, value, index, data):
        if kind & 0x80:
            if request == GET_VERSION:
                return b"\x31\x00"
            if request == READ_REGISTER:
                return b"\xff\xee" if value == STATUS_REGISTERS else b"\x00\x00"
            raise Stall
        if request == WRITE_REGISTER and value == RATE_REGISTERS:
            self.set_line(rate_of(prescaler=index & 0x7F, divisor=index >> 8))
        elif request == WRITE_REGISTER and value == FORMAT_REGISTERS:
            parity = "OEMS"[index >> 4 & 3] if index & 8 else "N"
            self.set_line(self.rate, f"{5 + (index & 3)}{parity}{'2' if index & 4 else '1'}")
        elif request == SET_MODEM:
            self.set_modem_lines(dtr=not value & 0x20, rts=not value & 0x40)
        elif request not in (WRITE_REGISTER, INITIALISE):
            raise Stall
        return b""


def rate_of(prescaler, divisor):
    halvings = 12 - 3 * (prescaler & 3) - (prescaler >> 2 & 1)
    return round(CLOCK / (1 << halvings) / (256 - divisor))
