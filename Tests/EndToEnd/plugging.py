"""Serial devices that tests plug into a machine that exists only on paper, and pull out again."""

import os
import pathlib
import sys
import threading
import tty

from programs import PLAIN_ENVIRONMENT, Process

BED = pathlib.Path(__file__).with_name("umockdev_bed.py")


class Machine:
    """A machine without any USB device, so far."""

    def __init__(self):
        self._bed = Process("umockdev-wrapper", sys.executable, str(BED))
        self._answers = 0
        #: What a program must be started with to see this machine's devices.
        self.environment = {
            "UMOCKDEV_DIR": self._answer(),
            "LD_PRELOAD": " ".join(filter(None, [PLAIN_ENVIRONMENT.get("LD_PRELOAD"), "libumockdev-preload.so.0"])),
        }

    def plug(self, device, socket, name):
        self._tell(f"plug {socket} {name} {device.path} {device.serial or '-'}")
        device.place = (socket, name)

    def pull(self, device):
        """First the line goes dead, then udev says why."""
        device.unplug()
        self._tell(f"pull {' '.join(device.place)}")

    def close(self):
        self._bed.process.stdin.close()
        self._bed.wait()

    def _tell(self, command):
        self._bed.process.stdin.write(command + "\n")
        assert self._answer() == "done", self._bed.log.text

    def _answer(self):
        self._answers += 1
        found = self._bed.output.wait_for(rf"\A(?:.*\n){{{self._answers - 1}}}(.*)\n")
        return found and found.group(1)


class Device:
    """A serial device; a new one for each time that it is plugged in."""

    def __init__(self, serial=None):
        self.serial = serial
        self.place = None
        self._controller, line = os.openpty()
        self.path = os.ttyname(line)
        tty.setraw(line)
        # Whoever has it open would be in the gateway's way.
        os.close(line)

    def say(self, data):
        while data:
            data = data[os.write(self._controller, data):]

    def unplug(self):
        os.close(self._controller)


def speak(device, text):
    """Says it over and over, from a thread of its own; set what is returned to end that."""
    def go():
        try:
            number = 0
            while True:
                device.say(text(number))
                number += 1
                if pause.wait(0.02):
                    return
        except OSError:
            pass
    pause = threading.Event()
    thread = threading.Thread(target=go, daemon=True)
    thread.start()
    return pause
