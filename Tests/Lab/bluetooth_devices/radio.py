"""The radio link: Bumble's local link, with the simulated adapter as the only central."""

import asyncio

from bumble import hci, ll
from bumble.link import LocalLink

from . import codes

# Encryption and connection parameter requests: the features of a plain sensor.
CENTRAL_FEATURES = bytes([0x3D]) + bytes(7)


class Radio(LocalLink):
    def __init__(self, controller):
        super().__init__()
        self._controller = controller
        self.central = hci.Address(bytes(controller.address), hci.Address.PUBLIC_DEVICE_ADDRESS)

    def _peer(self, is_it):
        return next((peer for peer in self._controller.peers if is_it(peer)), None)

    # Called by Bumble when a device sends something

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
            answer = ll.FeatureRsp(feature_set=CENTRAL_FEATURES)
            asyncio.get_running_loop().call_soon(peer.controller.on_ll_control_pdu, self.central, answer)

    def _end(self, peer, reason):
        """A device has disconnected. If it is out of range, the link ends with its supervision timeout instead."""
        link, peer.link = peer.link, None
        if link.peer.is_in_range:
            self._controller.end(link, codes.REMOTE_TERMINATED if reason == codes.LOCAL_TERMINATED else reason)
        else:
            link.start_supervision()
