"""The guest's USB sockets: devices are plugged in and pulled out while it runs."""

import sys

from . import places
from .processes import Helper

KINDS = ("ftdi", "cp210x", "ch341", "cdc-acm")


class UsbSockets:
    def __init__(self, guest):
        self._guest = guest
        self._folder = guest.folder / "usb"

    def plug(self, name, kind, serial=None, socket=None):
        """Plugs a device in, into USB socket 1 to 15 or the first free one. Returns the path of a unix socket, which is
        the device's far end: what is written there comes out of the guest's port."""
        far_end, wire = self._folder / f"{name}.sock", self._folder / f"{name}.wire"
        place = {"port": str(socket)} if socket else {}
        with self._guest.monitor() as qemu:
            address = {"type": "unix", "data": {"path": str(wire)}}
            backend = {"type": "socket", "data": {"addr": address, "server": True, "wait": False}}
            qemu("chardev-add", id=f"usb-{name}", backend=backend)
            qemu("device_add", driver="usb-redir", id=f"usb-{name}", bus="xhci.0", chardev=f"usb-{name}", **place)
        Helper(self._folder / name).start(
            [sys.executable, "-m", "usb_devices", "--kind", kind, "--serial", serial or name, "--wire", wire,
             "--far-end", far_end], ready=far_end, folder=places.LAB, outlives_us=self._guest.outlives_us)
        return far_end

    def pull(self, name):
        """Pulls it out; at once, whatever it was doing."""
        with self._guest.monitor() as qemu:
            qemu("device_del", id=f"usb-{name}")
            qemu.wait_for("DEVICE_DELETED", device=f"usb-{name}")
        Helper(self._folder / name).end()
        for suffix in ("sock", "wire"):
            (self._folder / f"{name}.{suffix}").unlink(missing_ok=True)

    def plugged(self):
        return sorted(file.stem for file in self._folder.glob("*.pid"))

    def words(self, name):
        """What the device has noted: speed and format of the line, and DTR and RTS, whenever the guest changed them."""
        return Helper(self._folder / name).words()
