"""The guest's Bluetooth adapter and nearby devices, which are simulated by a process on the host."""

import json
import socket

from . import paths
from .errors import LabError
from .processes import DeviceProcess


class Air:
    def __init__(self, guest):
        self._guest = guest
        self._control = guest.folder / "air.sock"
        self._helper = DeviceProcess(guest.folder / "air")

    def start(self, scenario):
        """Plugs an adapter into the guest; `scenario` describes the adapter and the nearby devices."""
        self.stop()
        file = self._guest.folder / "scenario.json"
        file.write_text(json.dumps(scenario), encoding="ascii")
        self._helper.start(
            [paths.RADIO_PYTHON, "-m", "bluetooth_devices", "--hci", self._guest.folder / "hci0.sock",
             "--control", self._control, "--scenario", file],
            ready=self._control, folder=paths.LAB, survives_exit=self._guest.survives_exit)

    def stop(self):
        """Unplugs the adapter and removes all devices."""
        self._helper.end()
        self._control.unlink(missing_ok=True)

    def read_log(self):
        return self._helper.read_log()

    def __call__(self, do, **details):
        """Sends a command to a device or the adapter; README.md lists the commands."""
        return self.send({"do": do} | details)

    def send(self, command):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(180)
            try:
                connection.connect(str(self._control))
            except OSError as error:
                raise LabError(f"the Bluetooth simulation is not running: {error}") from None
            connection.sendall((json.dumps(command) + "\n").encode())
            answer = connection.makefile().readline()
        if not answer:
            raise LabError("the Bluetooth simulation has exited")
        answer = json.loads(answer)
        if "error" in answer:
            raise LabError(answer["error"])
        return answer
