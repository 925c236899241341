"""The guest's Bluetooth adapter, and the devices in the air around it, which are simulated by a process on the host."""

import json
import socket

from . import places
from .failure import LabFailure
from .processes import Helper


class Air:
    def __init__(self, guest):
        self._guest = guest
        self._control = guest.folder / "air.sock"
        self._helper = Helper(guest.folder / "air")

    def start(self, scenario):
        """Gives the guest an adapter; `scenario` says which one and what is in the air."""
        self.stop()
        file = self._guest.folder / "scenario.json"
        file.write_text(json.dumps(scenario), encoding="ascii")
        self._helper.start(
            [places.RADIO_PYTHON, "-m", "bluetooth_devices", "--hci", self._guest.folder / "hci0.sock",
             "--control", self._control, "--scenario", file],
            ready=self._control, folder=places.LAB, outlives_us=self._guest.outlives_us)

    def stop(self):
        """The adapter is pulled out, and nothing is in the air any more."""
        self._helper.end()
        self._control.unlink(missing_ok=True)

    def words(self):
        return self._helper.words()

    def __call__(self, do, **details):
        """Steers a device or the adapter; README.md lists the verbs."""
        return self.ask({"do": do} | details)

    def ask(self, command):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(180)
            try:
                connection.connect(str(self._control))
            except OSError as error:
                raise LabFailure(f"there is no simulated Bluetooth: {error}") from None
            connection.sendall((json.dumps(command) + "\n").encode())
            answer = connection.makefile().readline()
        if not answer:
            raise LabFailure("the Bluetooth simulation has ended")
        answer = json.loads(answer)
        if "error" in answer:
            raise LabFailure(answer["error"])
        return answer
