"""The device side of a simulated serial cable, and the bytes of the gateway's virtual devices."""

import json
import socket
import subprocess
import threading

from programs import PROGRAM


class SerialDevice:
    """The device side of a cable."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))

    def write(self, data):
        self.socket.sendall(data)

    def close(self):
        self.socket.close()


class PeriodicWriter:
    """Writes pieces, twenty per second, until it is stopped or the device is unplugged."""

    def __init__(self, device, pieces, interval=0.05):
        self._interval = interval
        self._stopped = threading.Event()
        self.count = 0
        self._thread = threading.Thread(target=self._run, args=(device, pieces), daemon=True)
        self._thread.start()

    def _run(self, device, pieces):
        for piece in pieces:
            try:
                device.write(piece)
            except OSError:
                return
            self.count += 1
            if self._stopped.wait(self._interval):
                return

    def stop(self):
        """Stops writing and returns the number of pieces that were written."""
        self._stopped.set()
        self._thread.join()
        return self.count


def heart_board(user, clock=0, noise=True):
    """Yields the lines that a heart board prints. Readings differ, and their timestamps count up from 1."""
    while True:
        clock += 1
        reading = {"user": user, "bpm": 60 + clock % 40, "timestamp": clock, "sensor_type": "MAX30102"}
        before = "Good finger contact! IR Value: 95000\r\n" if noise else ""
        yield f"{before}Sent: {json.dumps(reading)}\r\n".encode()


def simulate(device, *options):
    """Returns the bytes that one of the gateway's virtual devices sends."""
    command = [PROGRAM, "simulate", device, "--fast", "--binary", *options]
    return subprocess.run(command, capture_output=True, check=True, timeout=120).stdout


def pieces(data, length):
    return (data[start:start + length] for start in range(0, len(data), length))
