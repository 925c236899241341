"""A connection: data moves only at connection events, and a lost peer is detected by the supervision timeout."""

import asyncio
import struct

from . import codes


class Peer:
    """A device as the controller sees it."""

    #: Six bytes in the byte order of the protocol: lowest first.
    address = b""
    address_type = codes.PUBLIC
    rssi = -60
    #: While false, no data passes in either direction.
    is_in_range = True
    #: The number of following connection attempts that fail to be established.
    failing_connects = 0

    @property
    def key(self):
        return bytes([self.address_type]) + self.address

    def on_connect(self, link):
        raise NotImplementedError

    def on_disconnect(self, reason):
        raise NotImplementedError

    def on_packet(self, packet):
        raise NotImplementedError


class Link:
    def __init__(self, controller, handle, peer, interval, latency, timeout):
        """Interval and timeout in the units of the specification."""
        self.controller, self.handle, self.peer = controller, handle, peer
        self.set_parameters(interval, latency, timeout)
        self.is_closed = False
        #: Data to the peer is dropped, because the peer is not aware of the connection.
        self.drops_incoming = False
        self._loop = asyncio.get_running_loop()
        self._anchor = self._loop.time()
        self._to_host, self._to_peer, self._partial = [], [], b""
        self._next_event = self._supervisor = None

    def set_parameters(self, interval, latency, timeout):
        self.units = (interval, latency, timeout)
        self.interval, self.timeout = max(interval, 6) * 0.00125, timeout * 0.01

    def send_to_host(self, packet):
        self._to_host.append(packet)
        self.wake()

    def send_to_peer(self, piece, is_first):
        self._to_peer.append((is_first, piece))
        self.wake()

    @property
    def waiting_for_peer(self):
        return len(self._to_peer)

    def wake(self):
        """Schedules the next connection event, or runs one immediately if pacing is off."""
        if self._next_event is None and not self.is_closed:
            passed = self._loop.time() - self._anchor
            delay = self.interval - passed % self.interval if self.controller.is_paced else 0
            self._next_event = self._loop.call_later(delay, self._event)

    def _event(self):
        self._next_event = None
        if self.is_closed:
            return
        if not self.peer.is_in_range:
            self.start_supervision()
            return
        to_peer, self._to_peer = self._to_peer, []
        to_host, self._to_host = self._to_host, []
        if to_peer:
            self.controller.event(codes.PACKETS_COMPLETED, struct.pack("<BHH", 1, self.handle, len(to_peer)))
        for is_first, piece in to_peer if not self.drops_incoming else ():
            self._partial = piece if is_first else self._partial + piece
            if len(self._partial) >= 4 and len(self._partial) >= 4 + int.from_bytes(self._partial[:2], "little"):
                packet, self._partial = self._partial, b""
                self.peer.on_packet(packet)
        for packet in to_host:
            self.controller.data(self.handle, packet)

    def start_supervision(self):
        """The peer is out of range: the link ends after the supervision timeout."""
        if self._supervisor is None and not self.is_closed:
            self._supervisor = self._loop.call_later(self.timeout, self._on_supervision_timeout)

    def stop_supervision(self):
        if self._supervisor is not None:
            self._supervisor.cancel()
            self._supervisor = None
        self.wake()

    def _on_supervision_timeout(self):
        self._supervisor = None
        self.controller.end(self, codes.TIMEOUT, for_peer=codes.TIMEOUT)

    def fail_to_establish(self):
        """The host sees a connection that ends after six intervals."""
        self.drops_incoming = True
        self._loop.call_later(6 * self.interval, self.controller.end, self, codes.NOT_ESTABLISHED)

    def close(self):
        self.is_closed = True
        for timer in (self._next_event, self._supervisor):
            if timer:
                timer.cancel()
