"""The adapter, the devices and their control commands: one JSON object in, one out."""

import asyncio
import json
import logging
import struct

from . import codes, playback
from .controller import Controller
from .device import Device
from .errors import CommandError
from .radio import Radio

log = logging.getLogger("simulation")

ATT_CHANNEL = 4
HEADER_LENGTH = {codes.COMMAND: 3, codes.ACL: 4}

CONDITIONS = {
    "connected": lambda device: device.link,
    "disconnected": lambda device: not device.link,
    "subscribed": lambda device: device.is_subscribed,
    "write": lambda device: device.writes,
}


class Simulation:
    def __init__(self, hci_path, scenario):
        self.controller = Controller(**scenario.get("adapter", {}))
        self._hci_path = hci_path
        self._radio = Radio(self.controller)
        self._descriptions = scenario.get("devices", [])
        self._is_plugged_first = scenario.get("plugged", True)
        self._reader = self._writer = None
        self._playbacks = {}

    async def start(self):
        for description in self._descriptions:
            await self.do_add(description)
        if self._is_plugged_first:
            await self._plug()

    # The cable between adapter and guest

    async def _plug(self):
        if self._writer:
            raise CommandError("the adapter is already plugged in")
        reader, self._writer = await asyncio.open_unix_connection(self._hci_path)
        self.controller.send = self._writer.write
        self._reader = asyncio.create_task(self._read(reader))

    async def _unplug(self):
        if not self._writer:
            raise CommandError("the adapter is not plugged in")
        self.controller.send = None
        self._reader.cancel()
        self._writer.close()
        self._writer = None
        self.controller.reset()

    async def _read(self, reader):
        try:
            while True:
                head = await reader.readexactly(1)
                head += await reader.readexactly(HEADER_LENGTH[head[0]])
                length = head[3] if head[0] == codes.COMMAND else head[3] | head[4] << 8
                packet = head + await reader.readexactly(length)
                try:
                    self.controller.on_packet(packet)
                except (LookupError, ValueError, struct.error):
                    log.exception("packet %s", packet.hex())
        except asyncio.IncompleteReadError:
            log.warning("the guest closed the adapter")

    # Control commands

    async def answer(self, line):
        """Executes one command and returns the response line."""
        try:
            command = json.loads(line)
            verb = getattr(self, f"do_{command.pop('do')}", None)
            if verb is None:
                raise CommandError(f"unknown command: {line.decode().strip()}")
            if "device" in command:
                command["device"] = self._device(command["device"])
            answer = await verb(**command) or {}
        except CommandError as error:
            answer = {"error": str(error)}
        except Exception as error:  # pylint: disable=broad-except
            log.exception("command %s", line)
            answer = {"error": f"{type(error).__name__}: {error}"}
        return json.dumps(answer).encode() + b"\n"

    def _device(self, name):
        for device in self.controller.peers:
            if device.name == name:
                return device
        raise CommandError(f"unknown device {name!r}")

    async def do_status(self):
        controller = self.controller
        adapter = {"plugged": self._writer is not None, "scanning": controller.is_scanning,
                   "active": controller.is_active, "connecting": controller.pending_connection is not None,
                   "links": len(controller.links), "family": controller.family} | controller.counts
        return {"adapter": adapter, "devices": [device.state() | {"speaking": device.name in self._playbacks}
                                                for device in controller.peers]}

    async def do_commands(self, last=50):
        return {"commands": [[f"{opcode:04x}", parameters.hex(), status]
                             for opcode, parameters, status in self.controller.commands[-last:]]}

    async def do_adapter(self, action, opcode=None, status=codes.DISALLOWED, times=1, on=True, code=0x42):
        if action == "plug":
            await self._plug()
        elif action == "unplug":
            await self._unplug()
        elif action == "hardware_error":
            self.controller.event(codes.HARDWARE_ERROR, bytes([code]))
        elif action == "refuse":
            self.controller.forced_failures[int(opcode, 16)] = [status, times]
        elif action == "silence":
            (self.controller.unanswered.add if on else self.controller.unanswered.discard)(int(opcode, 16))
        else:
            raise CommandError(f"unknown adapter action {action!r}")

    async def do_add(self, description):
        if any(device.name == description["name"] for device in self.controller.peers):
            raise CommandError(f"device {description['name']} already exists")
        device = Device(self._radio, description, len(self.controller.peers))
        self.controller.peers.append(device)
        await device.start()

    async def do_advertise(self, device, on):
        await device.advertise(on)

    async def do_range(self, device, within):
        device.is_in_range = within
        for link in list(self.controller.links.values()):
            if link.peer is device:
                (link.stop_supervision if within else link.start_supervision)()

    async def do_disconnect(self, device, reason=codes.REMOTE_TERMINATED):
        await device.disconnect(reason)

    async def do_notify(self, device, hex, characteristic=None):
        return {"heard": await device.notify(bytes.fromhex(hex), characteristic)}

    async def do_stream(self, device, hex, hz, counter_at=None, count=None):
        self._start_playback(device, playback.stream(device, bytes.fromhex(hex), hz, counter_at, count))

    async def do_replay(self, device, frames):
        self._start_playback(device, playback.replay(device, frames))

    async def do_stop_playback(self, device):
        if task := self._playbacks.pop(device.name, None):
            task.cancel()

    def _start_playback(self, device, frames):
        if task := self._playbacks.pop(device.name, None):
            task.cancel()
        task = self._playbacks[device.name] = asyncio.create_task(frames)

        def ended(task):
            if self._playbacks.get(device.name) is task:
                del self._playbacks[device.name]
        task.add_done_callback(ended)

    async def do_wait_for_playback(self, device, seconds=60):
        """Waits until a device's playback has finished."""
        if task := self._playbacks.get(device.name):
            await asyncio.wait([task], timeout=seconds)
            if not task.done():
                raise CommandError(f"{device.name} did not finish within {seconds} s")

    async def do_raw(self, device, hex, channel=ATT_CHANNEL):
        """Sends any packet, valid or not."""
        if not device.link:
            raise CommandError(f"{device.name} is not connected")
        packet = bytes.fromhex(hex)
        device.link.send_to_host(struct.pack("<HH", len(packet), channel) + packet)

    async def do_writes(self, device):
        return {"writes": device.writes}

    async def do_fail_connects(self, device, count):
        device.failing_connects = count

    async def do_rssi(self, device, dbm):
        device.rssi = dbm

    async def do_replies(self, device, replies):
        """Sets the device's replies to writes."""
        device.description["replies"] = replies

    async def do_wait(self, device, what, seconds=60):
        if what not in CONDITIONS:
            raise CommandError(f"unknown condition {what!r}; expected one of {', '.join(CONDITIONS)}")
        if not await device.wait(CONDITIONS[what], seconds):
            raise CommandError(f"{device.name} was not {what} within {seconds} s")
