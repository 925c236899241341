"""A guest: it starts within seconds, because it resumes from a saved state, and leaves nothing behind when stopped."""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import time

from . import paths, processes
from .errors import LabError
from .hardware import Hardware
from .qmp import Monitor
from .shell import Shell

BOOT_TIMEOUT = 300


class Guest:
    """A virtual machine. Guests with different names can run at the same time."""

    def __init__(self, name):
        self.name = name
        self.folder = paths.RUNNING / name
        self._record_file = self.folder / "guest.json"
        self._hardware = None
        self._forwards = []

    # The record of a running guest

    def _recorded(self, key):
        try:
            return json.loads(self._record_file.read_text(encoding="ascii"))[key]
        except OSError:
            raise LabError(f"guest '{self.name}' is not running") from None

    @property
    def is_up(self):
        return self._record_file.exists() and processes.is_alive(self.pid)

    @property
    def pid(self):
        return self._recorded("pid")

    @property
    def survives_exit(self):
        return self._recorded("survives_exit")

    @property
    def shell(self):
        return Shell(self.folder, self._recorded("ssh_port"))

    def monitor(self):
        return Monitor(self.folder / "qmp.sock")

    # Up and down

    def up(self, hardware=None, fresh=False, survives_exit=False):
        """Resumes from the saved state of a booted guest, which is created the first time. `fresh` boots instead."""
        hardware = self._hardware = hardware or Hardware()
        if self.is_up:
            raise LabError(f"guest '{self.name}' is already running")
        if not paths.BUILD_ID.exists():
            raise LabError("there is no image: run Tests/Lab/build-image")
        state = paths.CACHE / f"state.{paths.BUILD_ID.read_text(encoding='ascii').strip()}.{hardware.key}"
        if fresh:
            self._boot(hardware, survives_exit)
        else:
            if not state.exists():
                self._boot(hardware, survives_exit)
                self._save(state)
            self._resume(hardware, survives_exit, state)
        self._mount()

    def _boot(self, hardware, survives_exit):
        self._prepare_folder()
        disk = self._overlay(paths.DISK, "raw")
        self._launch(hardware, survives_exit, disk)
        self._wait(BOOT_TIMEOUT)
        self.shell("systemctl is-system-running --wait >/dev/null 2>&1; sync", timeout=BOOT_TIMEOUT)

    def _resume(self, hardware, survives_exit, state):
        self._prepare_folder()
        disk = self._overlay(state / "disk.qcow2", "qcow2")
        self._launch(hardware, survives_exit, disk, incoming=state / "memory")
        with self.monitor() as qemu:
            while qemu("query-status")["status"] == "inmigrate":
                time.sleep(0.02)
            qemu("cont")
        self._wait(60)

    def reboot(self):
        """Stops the system as `systemctl reboot` does and boots it again from its disk. Ports stay forwarded. Devices must
        be unplugged before, and plugged in again afterwards."""
        pid, survives_exit = self.pid, self.survives_exit
        self.shell.run("systemctl reboot", stdin=subprocess.DEVNULL, capture_output=True, timeout=BOOT_TIMEOUT)
        self.shell.close()
        # QEMU exits instead of resetting the machine.
        deadline = time.monotonic() + BOOT_TIMEOUT
        while processes.is_alive(pid):
            processes.reap(pid)
            if time.monotonic() > deadline:
                raise LabError(f"the guest did not stop within {BOOT_TIMEOUT} s; the end of its console:\n"
                               f"{self.console()[-2000:]}")
            time.sleep(0.02)
        self._launch(self._hardware, survives_exit, self.folder / "disk.qcow2")
        for forward in self._forwards:
            if error := self._add_forward(*forward):
                raise LabError(f"{forward}: {error}")
        self._wait(BOOT_TIMEOUT)
        self._mount()

    def _prepare_folder(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "usb").mkdir(parents=True)

    def _overlay(self, backing, form):
        """Creates a disk for this guest's writes on top of a read-only one."""
        disk = self.folder / "disk.qcow2"
        subprocess.run(
            ["qemu-img", "create", "-q", "-f", "qcow2", "-F", form, "-b", str(backing), str(disk)], check=True)
        return disk

    def _launch(self, hardware, survives_exit, disk, incoming=None):
        log = self.folder / "qemu.log"
        for _ in range(5):
            log.unlink(missing_ok=True)
            port = free_port()
            command = hardware.command(self.folder, disk, port, incoming)
            process = processes.start(command, log, survives_exit=survives_exit)
            if self._wait_for_monitor(process):
                record = {"pid": process.pid, "ssh_port": port, "survives_exit": survives_exit}
                self._record_file.write_text(json.dumps(record), encoding="ascii")
                return
            # Another process may have taken the port meanwhile.
            if "Could not set up host forwarding" not in log.read_text(errors="replace"):
                break
        raise LabError(f"QEMU did not start:\n{log.read_text(errors='replace')}")

    def _wait_for_monitor(self, process):
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
        except LabError as error:
            raise LabError(f"{error}; the end of its console:\n{self.console()[-2000:]}") from None

    def _save(self, state):
        """Saves memory and disk of a booted guest and stops it."""
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
                raise LabError(f"the guest's state could not be saved: {status}")
            qemu("quit")
        while processes.is_alive(pid):
            processes.reap(pid)
            time.sleep(0.02)
        shutil.move(self.folder / "disk.qcow2", making / "disk.qcow2")
        try:
            making.rename(state)
        except OSError:  # Another process saved the state first.
            shutil.rmtree(making)

    def _mount(self):
        """Mounts the host's folders and sets the clock; neither can be part of a saved state."""
        mount = "mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,ro"
        self.shell(f"date -s @{time.time():.3f} >/dev/null; {mount} host /lab/host && "
                   f"{mount},cache=loose runtime /lab/runtime && ldconfig -X")

    def down(self):
        if not self._record_file.exists():
            return
        pid = self.pid
        self.shell.close()
        processes.end(pid)
        (self.folder / "disk.qcow2").unlink(missing_ok=True)
        self._record_file.unlink()

    # Other operations

    def console(self):
        return (self.folder / "console.log").read_text(errors="replace")

    def forward(self, protocol, guest_port, host_port=None):
        """Forwards a port of the guest to 127.0.0.1 and returns the port number on the host."""
        for _ in range(5):
            port = host_port or free_port()
            error = self._add_forward(protocol, guest_port, port)
            if not error:
                self._forwards.append((protocol, guest_port, port))
                return port
        raise LabError(f"{protocol} port {port}: {error}")

    def _add_forward(self, protocol, guest_port, port):
        """Returns why it failed, or nothing."""
        with self.monitor() as qemu:
            return qemu.human_command(f"hostfwd_add net {protocol}:127.0.0.1:{port}-:{guest_port}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def remove_stale_guests():
    """Removes the folders of guests that exited without being stopped."""
    for folder in paths.RUNNING.glob("*"):
        if not Guest(folder.name).is_up:
            shutil.rmtree(folder, ignore_errors=True)
