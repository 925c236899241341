"""Virtual USB serial devices, which tests plug into and unplug from a machine mocked by umockdev."""

import contextlib
import itertools
import os
import pathlib
import sys
import threading
import tty

from programs import PLAIN_ENVIRONMENT, Process
from waiting import TIMEOUT

SERVER_SCRIPT = pathlib.Path(__file__).with_name("umockdev_server.py")


class Machine:
    """A mocked machine, initially without USB devices."""

    def __init__(self):
        self._server = Process("umockdev-wrapper", sys.executable, str(SERVER_SCRIPT))
        self._answers = 0
        #: The environment in which a program sees this machine's devices.
        self.environment = {
            "UMOCKDEV_DIR": self._answer(),
            "LD_PRELOAD": " ".join(filter(None, [PLAIN_ENVIRONMENT.get("LD_PRELOAD"), "libumockdev-preload.so.0"])),
        }

    def plug(self, device, socket, name):
        self._send_command(f"plug {socket} {name} {device.path} {device.serial or '-'}")
        device.place = (socket, name)

    def unplug(self, device):
        """Closes the line first and then reports the removal to udev."""
        device.unplug()
        self._send_command(f"unplug {' '.join(device.place)}")

    def close(self):
        self._server.process.stdin.close()
        self._server.wait()

    def _send_command(self, command):
        self._server.process.stdin.write(command + "\n")
        assert self._answer() == "done", self._server.log.text

    def _answer(self):
        self._answers += 1
        found = self._server.output.wait_for(rf"\A(?:.*\n){{{self._answers - 1}}}(.*)\n")
        return found and found.group(1)


class Device:
    """A serial device; create a new one each time it is plugged in."""

    def __init__(self, serial=None):
        self.serial = serial
        self.place = None
        self._controller, line = os.openpty()
        self.path = os.ttyname(line)
        tty.setraw(line)
        # The gateway needs exclusive access to the terminal.
        os.close(line)

    def write(self, data):
        while data:
            data = data[os.write(self._controller, data):]

    def unplug(self):
        os.close(self._controller)


class Writer:
    """Writes text(0), text(1), … to a device from a background thread until it is stopped."""

    def __init__(self, device, text):
        self._device, self._text = device, text
        self._pause = threading.Event()
        self._thread = threading.Thread(target=self._write_all, daemon=True)
        self._thread.start()

    def stop(self):
        """Returns when nothing more is written, which needs a reader: a write waits while the terminal's buffer is full."""
        self._pause.set()
        self._thread.join(TIMEOUT)
        assert not self._thread.is_alive(), "nobody reads what is written"

    def leave(self):
        """The same without waiting."""
        self._pause.set()

    def _write_all(self):
        with contextlib.suppress(OSError):
            for number in itertools.count():
                self._device.write(self._text(number))
                if self._pause.wait(0.02):
                    return
