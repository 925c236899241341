"""The air: Bumble's idea of it, with exactly one thing at the other end, the adapter."""

import asyncio

from bumble import hci, ll
from bumble.link import LocalLink

from . import codes

# Data may be encrypted, and a peripheral may ask for parameters: what a plain sensor can do.
FEATURES_OF_CENTRAL = bytes([0x3D]) + bytes(7)


class Radio(LocalLink):
    def __init__(self, controller):
        super().__init__()
        self._controller = controller
        self.central = hci.Address(bytes(controller.address), hci.Address.PUBLIC_DEVICE_ADDRESS)

    def _peer(self, is_it):
        return next((peer for peer in self._controller.peers if is_it(peer)), None)

    # What Bumble calls when a device sends something

    def send_advertising_pdu(self, sender_controller, packet):
        peer = self._peer(lambda peer: peer.controller is sender_controller)
        if peer and isinstance(packet, ll.AdvInd):
            response = sender_controller.le_legacy_advertiser.scan_response_data
            self._controller.on_advertisement(peer, packet.data, response)

    def send_acl_data(self, sender_controller, destination_address, transport, data):
        peer = self._peer(lambda peer: peer.controller is sender_controller)
        if peer and peer.link:
            peer.link.send_to_host(data)

    def send_ll_control_pdu(self, sender_address, receiver_address, packet):
        peer = self._peer(lambda peer: peer.bumble_address == sender_address)
        if peer is None or peer.link is None:
            return
        if isinstance(packet, ll.TerminateInd):
            self._end(peer, packet.error_code)
        elif isinstance(packet, (ll.FeatureReq, ll.PeripheralFeatureReq)):
            answer = ll.FeatureRsp(feature_set=FEATURES_OF_CENTRAL)
            asyncio.get_running_loop().call_soon(peer.controller.on_ll_control_pdu, self.central, answer)

    def _end(self, peer, reason):
        """A device has hung up; out of range that is not heard, and the link ends with its timeout."""
        link, peer.link = peer.link, None
        if link.peer.is_in_range:
            self._controller.end(link, codes.ENDED_BY_REMOTE if reason == codes.ENDED_BY_US else reason)
        else:
            link.watch()
