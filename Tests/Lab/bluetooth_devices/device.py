"""A simulated device: Bumble's host and GATT server, independent of the code under test."""

import asyncio
import random

from bumble import hci, ll
from bumble.controller import Controller as BumbleController
from bumble.core import PhysicalTransport
from bumble.device import Device as BumbleDevice
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.host import Host
from bumble.transport.common import AsyncPipeSink

from . import advertising, codes
from .errors import CommandError
from .link import Peer
from .presets import PRESETS, resolve

WRITABLE = {"write", "write_without_response"}


class Device(Peer):
    def __init__(self, radio, specification, index):
        self.description = resolve(specification)
        self.name = self.description["name"]
        if not self.description.get("services"):
            raise CommandError(f"device {self.name!r} has no services and no known preset ({', '.join(PRESETS)})")
        self._radio = radio
        self._assign_address(index)
        self.rssi = self.description.get("rssi", -60)
        self.interval = self.description.get("interval_ms", 100)
        self.link = None
        self.writes, self.subscribed = [], set()
        self.notified = self.not_subscribed = 0
        self._changed = asyncio.Event()
        self._create_server()

    def _assign_address(self, index):
        is_public = self.description["address_type"] == "public"
        text = self.description.get("address") or f"{'00' if is_public else 'F0'}:AB:00:00:00:{index + 1:02X}"
        kind = hci.Address.PUBLIC_DEVICE_ADDRESS if is_public else hci.Address.RANDOM_DEVICE_ADDRESS
        self.bumble_address = hci.Address(text, kind)
        self.address, self.address_type = bytes(self.bumble_address), codes.PUBLIC if is_public else codes.RANDOM

    def _create_server(self):
        self.controller = BumbleController(self.name, link=self._radio, public_address=str(self.bumble_address)[:17])
        self.controller.le_features = hci.LeFeatureMask.LE_ENCRYPTION
        self.controller.le_acl_data_packet_length = self.controller.acl_data_packet_length = 251
        host = Host(self.controller, AsyncPipeSink(self.controller))
        name = self.description.get("local_name", self.name)
        self._device = BumbleDevice(name=name, address=self.bumble_address, host=host)
        self._characteristics = {}
        for service in self.description["services"]:
            made = [self._characteristic(each) for each in service["characteristics"]]
            self._device.add_service(Service(service["uuid"], made))
        self._notifying = next(
            (uuid for uuid, each in self._characteristics.items()
             if each.properties & Characteristic.Properties.NOTIFY), None)
        self._device.on("connection", lambda connection: connection.on("disconnection", self._on_link_end))

    def _characteristic(self, description):
        wanted, uuid = description["properties"], description["uuid"].lower()
        properties = Characteristic.Properties(0)
        for name in wanted:
            properties |= Characteristic.Properties[name.upper()]
        permissions = Characteristic.Permissions(0)
        value = bytes.fromhex(description.get("value", ""))
        if "read" in wanted:
            permissions |= Characteristic.READABLE
        if WRITABLE & set(wanted):
            permissions |= Characteristic.WRITEABLE
            value = CharacteristicValue(write=lambda _, data: self._on_write(uuid, bytes(data)))
        made = Characteristic(description["uuid"], properties, permissions, value)
        made.on(made.EVENT_SUBSCRIPTION,
                lambda _, notifies, indicates: self._on_subscription(uuid, notifies or indicates))
        self._characteristics[uuid] = made
        return made

    # Lifecycle

    async def start(self):
        self._device.gatt_server.max_mtu = self.description.get("mtu", 247)
        await self._device.power_on()
        # Devices start at different times.
        await asyncio.sleep(random.uniform(0, min(self.interval, 100)) / 1000)
        if self.description.get("advertising", True):
            await self.advertise(True)

    async def advertise(self, on):
        if not on:
            await self._device.stop_advertising()
            return
        advertisement, response = advertising.payloads(self.description)
        own = hci.OwnAddressType.PUBLIC if self.address_type == codes.PUBLIC else hci.OwnAddressType.RANDOM
        # Bumble interprets the number of units as milliseconds.
        units = self.interval * 0.625
        await self._device.start_advertising(
            advertising_data=advertisement, scan_response_data=response, auto_restart=True, own_address_type=own,
            advertising_interval_min=units, advertising_interval_max=units)

    async def disconnect(self, reason):
        if not self.connection:
            raise CommandError(f"{self.name} is not connected")
        await self.connection.disconnect(reason)

    # Events of the adapter

    def on_connect(self, link):
        self.link = link
        interval, latency, timeout = link.units
        self.controller.on_ll_advertising_pdu(
            ll.ConnectInd(self._radio.central, self.bumble_address, interval, latency, timeout))
        self._notify_change()

    def on_disconnect(self, reason):
        self.link = None
        if self._radio.central in self.controller.le_connections:
            self.controller.on_ll_control_pdu(self._radio.central, ll.TerminateInd(reason))
        self._on_link_end()

    def on_packet(self, packet):
        if self._radio.central in self.controller.le_connections:
            self.controller.on_link_acl_data(self._radio.central, PhysicalTransport.LE, packet)

    # Events of the GATT server

    def _on_link_end(self, *_):
        self.subscribed.clear()
        self._notify_change()

    def _on_subscription(self, uuid, on):
        (self.subscribed.add if on else self.subscribed.discard)(uuid)
        self._notify_change()

    def _on_write(self, uuid, data):
        self.writes.append({"characteristic": uuid, "hex": data.hex()})
        for rule in self.description.get("replies", []):
            if data.hex().startswith(rule["write"].lower()):
                asyncio.get_running_loop().create_task(self.notify(bytes.fromhex(rule["notify"])))
        self._notify_change()

    # Control

    @property
    def connection(self):
        return next(iter(self._device.connections.values()), None)

    @property
    def is_subscribed(self):
        return self._notifying in self.subscribed

    async def notify(self, data, uuid=None):
        """Sends a notification; returns whether a client was subscribed."""
        uuid = (uuid or self._notifying).lower()
        if uuid not in self._characteristics:
            raise CommandError(f"{self.name} has no characteristic {uuid}")
        if uuid not in self.subscribed or self.connection is None:
            self.not_subscribed += 1
            return False
        await self._device.notify_subscribers(self._characteristics[uuid], data)
        self.notified += 1
        return True

    def _notify_change(self):
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait(self, condition, seconds):
        """Waits until the condition holds; returns whether it does."""
        try:
            async with asyncio.timeout(seconds):
                while not condition(self):
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

    def state(self):
        return {
            "name": self.name, "address": str(self.bumble_address)[:17], "connected": self.link is not None,
            "in_range": self.is_in_range, "advertising": self.controller.le_legacy_advertiser.enabled,
            "mtu": self.connection.att_mtu if self.connection else None,
            "interval_ms": self.link.interval * 1000 if self.link else None,
            "timeout_ms": self.link.timeout * 1000 if self.link else None,
            "subscribed": sorted(self.subscribed), "notified": self.notified, "not_subscribed": self.not_subscribed,
            "writes": len(self.writes)}
