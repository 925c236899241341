"""A connection: data moves at connection events only, and a peer that has vanished is noticed when time is up."""

import asyncio
import struct

from . import codes


class Peer:
    """What the controller needs to know of a device in the air. Subclasses do the talking."""

    #: Six bytes, as on the wire: the lowest first.
    address = b""
    address_type = codes.PUBLIC
    rssi = -60
    #: False: nothing gets through, either way.
    is_in_range = True
    #: So many attempts to connect fail to be established.
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
        #: Nothing reaches the peer, which does not know of the connection.
        self.is_deaf = False
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
        """Lets one connection event happen: at the next moment that is one, or at once without pacing."""
        if self._next_event is None and not self.is_closed:
            passed = self._loop.time() - self._anchor
            delay = self.interval - passed % self.interval if self.controller.is_paced else 0
            self._next_event = self._loop.call_later(delay, self._event)

    def _event(self):
        self._next_event = None
        if self.is_closed:
            return
        if not self.peer.is_in_range:
            self.watch()
            return
        to_peer, self._to_peer = self._to_peer, []
        to_host, self._to_host = self._to_host, []
        if to_peer:
            self.controller.event(codes.PACKETS_COMPLETED, struct.pack("<BHH", 1, self.handle, len(to_peer)))
        for is_first, piece in to_peer if not self.is_deaf else ():
            self._partial = piece if is_first else self._partial + piece
            if len(self._partial) >= 4 and len(self._partial) >= 4 + int.from_bytes(self._partial[:2], "little"):
                packet, self._partial = self._partial, b""
                self.peer.on_packet(packet)
        for packet in to_host:
            self.controller.data(self.handle, packet)

    def watch(self):
        """The peer is not heard: the link ends when the supervision timeout is over."""
        if self._supervisor is None and not self.is_closed:
            self._supervisor = self._loop.call_later(self.timeout, self._time_is_up)

    def is_heard_again(self):
        if self._supervisor is not None:
            self._supervisor.cancel()
            self._supervisor = None
        self.wake()

    def _time_is_up(self):
        self._supervisor = None
        self.controller.end(self, codes.TIMEOUT, for_peer=codes.TIMEOUT)

    def fail_to_establish(self):
        """The host believes it is connected until six intervals later."""
        self.is_deaf = True
        self._loop.call_later(6 * self.interval, self.controller.end, self, codes.NOT_ESTABLISHED)

    def close(self):
        self.is_closed = True
        for timer in (self._next_event, self._supervisor):
            if timer:
                timer.cancel()
