"""A guest: up within seconds, because it goes on from a saved state, and gone without a trace when it is down."""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import time

from . import places, processes
from .failure import LabFailure
from .hardware import Hardware
from .qmp import Monitor
from .shell import Shell

BOOT_PATIENCE = 300


class Guest:
    """Guests of different names run side by side."""

    def __init__(self, name):
        self.name = name
        self.folder = places.RUNNING / name
        self._notes = self.folder / "guest.json"

    # What a guest that is up has noted down

    def _noted(self, key):
        try:
            return json.loads(self._notes.read_text(encoding="ascii"))[key]
        except OSError:
            raise LabFailure(f"guest '{self.name}' is not up") from None

    @property
    def is_up(self):
        return self._notes.exists() and processes.is_alive(self.pid)

    @property
    def pid(self):
        return self._noted("pid")

    @property
    def outlives_us(self):
        return self._noted("outlives_us")

    @property
    def shell(self):
        return Shell(self.folder, self._noted("ssh_port"))

    def monitor(self):
        return Monitor(self.folder / "qmp.sock")

    # Up and down

    def up(self, hardware=None, fresh=False, outlives_us=False):
        """Goes on from the saved state of a booted guest, which the first time is made. A fresh one boots."""
        hardware = hardware or Hardware()
        if self.is_up:
            raise LabFailure(f"guest '{self.name}' is up already")
        if not places.BUILD_ID.exists():
            raise LabFailure("there is no image yet: Tests/Lab/build-image makes it")
        state = places.CACHE / f"state.{places.BUILD_ID.read_text(encoding='ascii').strip()}.{hardware.key}"
        if fresh:
            self._boot(hardware, outlives_us)
        else:
            if not state.exists():
                self._boot(hardware, outlives_us)
                self._save(state)
            self._resume(hardware, outlives_us, state)
        self._mount()

    def _boot(self, hardware, outlives_us):
        self._prepare_folder()
        disk = self._overlay(places.DISK, "raw")
        self._launch(hardware, outlives_us, disk)
        self._wait(BOOT_PATIENCE)
        self.shell("systemctl is-system-running --wait >/dev/null 2>&1; sync", timeout=BOOT_PATIENCE)

    def _resume(self, hardware, outlives_us, state):
        self._prepare_folder()
        disk = self._overlay(state / "disk.qcow2", "qcow2")
        self._launch(hardware, outlives_us, disk, incoming=state / "memory")
        with self.monitor() as qemu:
            while qemu("query-status")["status"] == "inmigrate":
                time.sleep(0.02)
            qemu("cont")
        self._wait(60)

    def _prepare_folder(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "usb").mkdir(parents=True)

    def _overlay(self, backing, form):
        """A disk that keeps what this guest writes, over one that nobody writes to."""
        disk = self.folder / "disk.qcow2"
        subprocess.run(
            ["qemu-img", "create", "-q", "-f", "qcow2", "-F", form, "-b", str(backing), str(disk)], check=True)
        return disk

    def _launch(self, hardware, outlives_us, disk, incoming=None):
        log = self.folder / "qemu.log"
        for _ in range(5):
            log.unlink(missing_ok=True)
            port = free_port()
            command = hardware.command(self.folder, disk, port, incoming)
            process = processes.start(command, log, outlives_us=outlives_us)
            if self._answers(process):
                notes = {"pid": process.pid, "ssh_port": port, "outlives_us": outlives_us}
                self._notes.write_text(json.dumps(notes), encoding="ascii")
                return
            # Somebody else may have taken the port meanwhile.
            if "Could not set up host forwarding" not in log.read_text(errors="replace"):
                break
        raise LabFailure(f"QEMU did not start:\n{log.read_text(errors='replace')}")

    def _answers(self, process):
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            try:
                with self.monitor():
                    return True
            except (OSError, ValueError):
                time.sleep(0.02)
        return False

    def _wait(self, seconds):
        try:
            self.shell.wait(seconds, lambda: self.is_up)
        except LabFailure as failure:
            raise LabFailure(f"{failure}; the end of its console:\n{self.console()[-2000:]}") from None

    def _save(self, state):
        """Keeps memory and disk of a booted guest, which ends with that."""
        self.shell.close()
        making = pathlib.Path(f"{state}.{os.getpid()}")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir()
        pid = self.pid
        with self.monitor() as qemu:
            qemu("stop")
            qemu("migrate", uri=f"exec:cat > {making}/memory")
            while (status := qemu("query-migrate").get("status")) not in ("completed", "failed", "cancelled"):
                time.sleep(0.05)
            if status != "completed":
                raise LabFailure(f"the guest's state could not be saved: {status}")
            qemu("quit")
        while processes.is_alive(pid):
            processes.reap(pid)
            time.sleep(0.02)
        shutil.move(self.folder / "disk.qcow2", making / "disk.qcow2")
        try:
            making.rename(state)
        except OSError:  # Another guest was faster.
            shutil.rmtree(making)

    def _mount(self):
        """The host's folders and the time of day: both would be wrong in a saved state."""
        mount = "mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,ro"
        self.shell(f"date -s @{time.time():.3f} >/dev/null; {mount} host /lab/host && "
                   f"{mount},cache=loose runtime /lab/runtime && ldconfig -X")

    def down(self):
        if not self._notes.exists():
            return
        pid = self.pid
        self.shell.close()
        processes.end(pid)
        (self.folder / "disk.qcow2").unlink(missing_ok=True)
        self._notes.unlink()

    # What else it is asked for

    def console(self):
        return (self.folder / "console.log").read_text(errors="replace")

    def forward(self, protocol, guest_port, host_port=None):
        """Opens a port of the guest's at 127.0.0.1, and returns its number there."""
        for _ in range(5):
            port = host_port or free_port()
            with self.monitor() as qemu:
                complaint = qemu.say(f"hostfwd_add net {protocol}:127.0.0.1:{port}-:{guest_port}")
            if not complaint:
                return port
        raise LabFailure(f"{protocol} port {port}: {complaint}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def forget_the_dead():
    """Removes the folders of guests that ended without being brought down."""
    for folder in places.RUNNING.glob("*"):
        if not Guest(folder.name).is_up:
            shutil.rmtree(folder, ignore_errors=True)
