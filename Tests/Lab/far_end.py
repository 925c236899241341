"""Whoever plays a serial device: bytes of the project's own look-alikes, said at the device's far end."""

import json
import socket
import subprocess
import threading

from programs import PROGRAM


class FarEnd:
    """The device's side of a cable."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))

    def say(self, data):
        self.socket.sendall(data)

    def close(self):
        self.socket.close()


class Speech:
    """Says one thing after the other, twenty a second, until it is told to end or has been pulled out."""

    def __init__(self, far_end, pieces):
        self._end = threading.Event()
        self.said = 0
        self._thread = threading.Thread(target=self._go, args=(far_end, pieces), daemon=True)
        self._thread.start()

    def _go(self, far_end, pieces):
        for piece in pieces:
            try:
                far_end.say(piece)
            except OSError:
                return
            self.said += 1
            if self._end.wait(0.05):
                return

    def end(self):
        """Returns how many pieces were said."""
        self._end.set()
        self._thread.join()
        return self.said


def heart_board(user, clock=0, noise=True):
    """What a heart board prints, line for line. No two readings are the same; each has its number for a clock."""
    while True:
        clock += 1
        reading = {"user": user, "bpm": 60 + clock % 40, "timestamp": clock, "sensor_type": "MAX30102"}
        before = "Good finger contact! IR Value: 95000\r\n" if noise else ""
        yield f"{before}Sent: {json.dumps(reading)}\r\n".encode()


def played(device, *options):
    """What one of the gateway's look-alikes sends, as bytes."""
    command = [PROGRAM, "simulate", device, "--fast", "--binary", *options]
    return subprocess.run(command, capture_output=True, check=True, timeout=120).stdout


def pieces(data, length):
    return (data[start:start + length] for start in range(0, len(data), length))
