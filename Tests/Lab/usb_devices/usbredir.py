"""The usbredir connection to QEMU, and the byte stream of the device side."""

import asyncio
import dataclasses
import struct

from . import packets
from .serial_adapter import Stall, log

#: A writer on the device side is paused above this size.
MAXIMUM_QUEUED = 64 << 10


@dataclasses.dataclass
class Transfer:
    """A pending read of the host."""

    identity: int
    endpoint: int
    room: int


class UsbRedirConnection:
    def __init__(self, adapter):
        self.adapter = adapter
        self.is_ready = asyncio.Event()
        self._writer = None
        self._long_identities = self._long_bulk = False
        self._to_computer = bytearray()
        #: Oldest first: QEMU requires completion in order.
        self._transfers = []
        self._idle_timer = None
        self._clients = set()
        self._has_room = asyncio.Event()

    async def run(self, path):
        """Runs until QEMU closes the connection."""
        reader, self._writer = await asyncio.open_unix_connection(path)
        self._send(packets.HELLO, 0, b"lab".ljust(64, b"\0") + struct.pack("<I", packets.OUR_CAPABILITIES))
        while True:
            form = "<IIQ" if self._long_identities else "<III"
            try:
                kind, length, identity = struct.unpack(form, await reader.readexactly(struct.calcsize(form)))
                body = await reader.readexactly(length)
            except (asyncio.IncompleteReadError, ConnectionError):
                return
            if handler := self.HANDLERS.get(kind):
                handler(self, identity, body)

    def _send(self, kind, identity, body):
        form = "<IIQ" if self._long_identities else "<III"
        self._writer.write(struct.pack(form, kind, len(body), identity) + body)

    # Connection setup

    def _on_hello(self, _identity, body):
        capabilities = struct.unpack_from("<I", body, 64)[0] if len(body) >= 68 else 0
        self._long_identities = bool(capabilities >> packets.CAP_64BITS_IDS & 1)
        self._long_bulk = bool(capabilities >> packets.CAP_32BITS_BULK_LENGTH & 1)
        self._describe()
        self._send(packets.DEVICE_CONNECT, 0, packets.device_info(self.adapter))
        self.is_ready.set()

    def _describe(self):
        self._send(packets.INTERFACE_INFO, 0, packets.interface_info(self.adapter))
        self._send(packets.ENDPOINT_INFO, 0, packets.endpoint_info(self.adapter))

    def _on_set_configuration(self, identity, body):
        self._describe()
        self._send(packets.CONFIGURATION_STATUS, identity, bytes([packets.SUCCESS, body[0]]))

    def _on_get_configuration(self, identity, _body):
        self._send(packets.CONFIGURATION_STATUS, identity, bytes([packets.SUCCESS, 1]))

    def _on_alternative(self, identity, body):
        self._send(packets.ALTERNATIVE_STATUS, identity, bytes([packets.SUCCESS, body[0], 0]))

    def _on_reset(self, _identity, _body):
        self._to_computer.clear()
        self._transfers.clear()
        self._has_room.set()

    # Requests

    def _on_control(self, identity, body):
        endpoint, request, kind, _, value, index, length = struct.unpack_from("<BBBBHHH", body)
        is_read, is_standard = bool(kind & 0x80), not kind & 0x60
        status, answer = packets.SUCCESS, b""
        try:
            if not is_standard:
                answer = self.adapter.request(kind, request, value, index, body[10:])
            elif is_read:
                answer = self.adapter.standard_request(request, value)
        except Stall:
            status = packets.STALLED
        answer = answer[:length] if is_read else b""
        head = (endpoint, request, kind, status, value, index, len(answer) if is_read else length)
        self._send(packets.CONTROL, identity, struct.pack("<BBBBHHH", *head) + answer)

    def _on_start_interrupts(self, identity, body):
        self._send(packets.INTERRUPTS_STATUS, identity, bytes([packets.SUCCESS, body[0]]))
        if data := self.adapter.first_interrupt:
            self._send(packets.INTERRUPT, 0, struct.pack("<BBH", body[0], packets.SUCCESS, len(data)) + data)

    def _on_stop_interrupts(self, identity, body):
        self._send(packets.INTERRUPTS_STATUS, identity, bytes([packets.SUCCESS, body[0]]))

    # Bytes

    def _on_bulk(self, identity, body):
        endpoint, _, length, _ = struct.unpack_from("<BBHI", body)
        data = body[10 if self._long_bulk else 8:]
        if self._long_bulk:
            length |= struct.unpack_from("<H", body, 8)[0] << 16
        if endpoint & 0x80:
            self._transfers.append(Transfer(identity, endpoint, length))
            self._hand_over()
        else:
            for client in self._clients:
                client.write(data)
            self._answer_bulk(identity, endpoint, packets.SUCCESS, len(data))

    def _answer_bulk(self, identity, endpoint, status, length, data=b""):
        head = struct.pack("<BBHI", endpoint, status, length & 0xFFFF, 0)
        more = struct.pack("<H", length >> 16) if self._long_bulk else b""
        self._send(packets.BULK, identity, head + more + data)

    def _hand_over(self):
        while self._transfers and self._to_computer:
            self._answer_oldest(self._to_computer)
        if len(self._to_computer) < MAXIMUM_QUEUED:
            self._has_room.set()
        if self._transfers and self.adapter.idle_seconds and not self._idle_timer:
            self._idle_timer = asyncio.get_running_loop().call_later(self.adapter.idle_seconds, self._answer_idly)

    def _answer_oldest(self, queue):
        transfer = self._transfers.pop(0)
        data = self.adapter.read_transfer(queue, transfer.room)
        self._answer_bulk(transfer.identity, transfer.endpoint, packets.SUCCESS, len(data), data)

    def _answer_idly(self):
        self._idle_timer = None
        if self._transfers:
            self._answer_oldest(bytearray())
        self._hand_over()

    def _on_cancel(self, identity, _body):
        for transfer in self._transfers:
            if transfer.identity == identity:
                self._transfers.remove(transfer)
                self._answer_bulk(identity, transfer.endpoint, packets.CANCELLED, 0)
                return

    HANDLERS = {
        packets.HELLO: _on_hello, packets.RESET: _on_reset,
        packets.SET_CONFIGURATION: _on_set_configuration, packets.GET_CONFIGURATION: _on_get_configuration,
        packets.SET_ALTERNATIVE: _on_alternative, packets.GET_ALTERNATIVE: _on_alternative,
        packets.CONTROL: _on_control, packets.BULK: _on_bulk, packets.CANCEL: _on_cancel,
        packets.START_INTERRUPTS: _on_start_interrupts, packets.STOP_INTERRUPTS: _on_stop_interrupts,
    }

    # The device side

    async def on_client(self, reader, writer):
        """Serves a client of the device side. Without clients, bytes from the guest are dropped."""
        self._clients.add(writer)
        try:
            while data := await reader.read(16 << 10):
                self._to_computer += data
                self._hand_over()
                if len(self._to_computer) >= MAXIMUM_QUEUED:
                    self._has_room.clear()
                    await self._has_room.wait()
        except ConnectionError as error:
            log.info("device side: %s", error)
        finally:
            self._clients.discard(writer)
            writer.close()
