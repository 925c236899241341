"""FTDI's FT232R. Every packet to the host begins with two status bytes."""

from .serial_adapter import BULK, SerialAdapter, Stall, line_format, log

STATUS = b"\x01\x60"
PACKET = 64

RESET, SET_MODEM, SET_FLOW, SET_RATE, SET_FORMAT = 0, 1, 2, 3, 4
SET_EVENT, SET_ERROR, SET_LATENCY, SET_BITS = 6, 7, 9, 11
READ_REQUESTS = {0x05: STATUS, 0x0C: b"\x00", 0x90: b"\x00\x00"}
GET_LATENCY = 0x0A


class Ftdi(SerialAdapter):
    vendor, product, release = 0x0403, 0x6001, 0x0600
    names = ("FTDI", "FT232R USB UART")
    interfaces = ((0, 0xFF, 0xFF, 0xFF, b"", [(0x81, BULK, PACKET, 0), (0x02, BULK, PACKET, 0)]),)
    #: The latency timer in milliseconds. A real chip delays partial packets by it and sends empty packets each time.
    #: Here bytes are delivered immediately, and empty packets are rare, because many would slow the guest down.
    latency = 16
    idle_seconds = 0.016

    def request(self, kind, request, value, index, data):
        if kind & 0x80:
            answer = bytes([self.latency]) if request == GET_LATENCY else READ_REQUESTS.get(request)
            if answer is None:
                raise Stall
            return answer
        if request == SET_MODEM:
            self.set_modem_lines_by_mask(value)
        elif request == SET_RATE:
            self.set_line(rate_of(value | (index & 1) << 16))
        elif request == SET_FORMAT:
            self.set_line(self.rate, line_format(value & 0xFF, value >> 8 & 7, value >> 11 & 3))
        elif request == SET_LATENCY:
            self.latency = max(1, value & 0xFF)
            log.info("latency %d", self.latency)
        elif request not in (RESET, SET_FLOW, SET_EVENT, SET_ERROR, SET_BITS):
            raise Stall
        return b""

    def read_transfer(self, queue, room):
        out = bytearray()
        while room - len(out) > len(STATUS):
            piece = queue[:min(PACKET, room - len(out)) - len(STATUS)]
            del queue[:len(piece)]
            out += STATUS + piece
            if len(piece) < PACKET - len(STATUS):
                break
        return bytes(out)


def rate_of(divisor):
    """3 MHz divided by a number with eighths; the divisors 0 and 1 have special meanings."""
    eighths = (0, 4, 2, 1, 3, 5, 6, 7)[divisor >> 14 & 7]
    whole = divisor & 0x3FFF
    if not eighths and whole < 2:
        return (3_000_000, 2_000_000)[whole]
    return round(24_000_000 / (whole * 8 + eighths))
