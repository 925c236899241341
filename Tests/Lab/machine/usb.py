"""The guest's USB sockets: devices can be plugged in and unplugged while it runs."""

import sys

from . import paths
from .processes import DeviceProcess

KINDS = ("ftdi", "cp210x", "ch341", "cdc-acm")


class UsbSockets:
    def __init__(self, guest):
        self._guest = guest
        self._folder = guest.folder / "usb"

    def plug(self, name, kind, serial=None, socket=None):
        """Plugs a device into USB socket 1 to 15, or into the first free one. Returns the path of a unix socket, the
        device side of the cable: bytes written to it are received from the guest's port."""
        device_socket, usbredir_socket = self._folder / f"{name}.sock", self._folder / f"{name}.wire"
        place = {"port": str(socket)} if socket else {}
        with self._guest.monitor() as qemu:
            address = {"type": "unix", "data": {"path": str(usbredir_socket)}}
            backend = {"type": "socket", "data": {"addr": address, "server": True, "wait": False}}
            qemu("chardev-add", id=f"usb-{name}", backend=backend)
            qemu("device_add", driver="usb-redir", id=f"usb-{name}", bus="xhci.0", chardev=f"usb-{name}", **place)
        DeviceProcess(self._folder / name).start(
            [sys.executable, "-m", "usb_devices", "--kind", kind, "--serial", serial or name,
             "--usbredir-socket", usbredir_socket, "--device-socket", device_socket],
            ready=device_socket, folder=paths.LAB, survives_exit=self._guest.survives_exit)
        return device_socket

    def pull(self, name):
        """Unplugs a device immediately."""
        with self._guest.monitor() as qemu:
            qemu("device_del", id=f"usb-{name}")
            qemu.wait_for("DEVICE_DELETED", device=f"usb-{name}")
        DeviceProcess(self._folder / name).end()
        for suffix in ("sock", "wire"):
            (self._folder / f"{name}.{suffix}").unlink(missing_ok=True)

    def plugged(self):
        return sorted(file.stem for file in self._folder.glob("*.pid"))

    def read_log(self, name):
        """The device's log: each change of baud rate, format, DTR and RTS by the guest."""
        return DeviceProcess(self._folder / name).read_log()
