"""QEMU's control socket."""

import json
import socket

from .errors import LabError


class Monitor:
    """A session with QEMU: `with Monitor(path) as qemu: qemu("query-status")`."""

    def __init__(self, path, timeout=30):
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.settimeout(timeout)
            self._socket.connect(str(path))
            self._file = self._socket.makefile("rw")
            self._events = []
            self._read()
            self("qmp_capabilities")
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()
        self._socket.close()

    def __call__(self, execute, **arguments):
        """Executes a command and returns its result."""
        self._file.write(json.dumps({"execute": execute, "arguments": arguments}) + "\n")
        self._file.flush()
        while True:
            answer = self._read()
            if "event" in answer:
                self._events.append(answer)
            elif "error" in answer:
                raise LabError(f"{execute}: {answer['error']['desc']}")
            else:
                return answer["return"]

    def human_command(self, line):
        """Executes a command of the human monitor, which supports operations that QMP lacks."""
        return self("human-monitor-command", **{"command-line": line}).strip()

    def wait_for(self, name, **data):
        """Waits for an event, including one that was received since the session started."""
        while True:
            for event in self._events:
                if event["event"] == name and all(event["data"].get(key) == value for key, value in data.items()):
                    self._events.remove(event)
                    return
            message = self._read()
            if "event" in message:
                self._events.append(message)

    def _read(self):
        line = self._file.readline()
        if not line:
            raise LabError("QEMU closed its control socket")
        return json.loads(line)
