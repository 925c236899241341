"""Processes of the lab on the host: started, awaited, and stopped by process id."""

import ctypes
import os
import signal
import subprocess
import time

from .errors import LabError

SET_PARENT_DEATH_SIGNAL = 1


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as status:
            return status.read().rsplit(")", 1)[1].split()[0] != "Z"
    except (OSError, IndexError):
        return False


def start(command, log, folder=None, survives_exit=False):
    """Starts a program with its output redirected to a file. Unless it `survives_exit`, it ends with this process."""
    def end_with_parent():
        if not survives_exit:
            ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)

    with open(log, "ab") as output:
        return subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder,
            start_new_session=True, preexec_fn=end_with_parent)


def end(pid, timeout=5):
    """Ends a process with SIGTERM, and with SIGKILL after the timeout."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + timeout
        while is_alive(pid) and time.monotonic() < deadline:
            time.sleep(0.02)
        reap(pid)
        if not is_alive(pid):
            return


def reap(pid):
    """Reaps the process if it is an exited child."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass


class DeviceProcess:
    """The process of a simulated device: ready once its socket exists, and identified by a pid file."""

    def __init__(self, path):
        self._pid_file = path.with_suffix(".pid")
        self.log = path.with_suffix(".log")

    def start(self, command, ready, folder, survives_exit, timeout=30):
        process = start(command, self.log, folder, survives_exit)
        self._pid_file.write_text(str(process.pid), encoding="ascii")
        deadline = time.monotonic() + timeout
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                self.end()
                raise LabError(f"the process did not start: {' '.join(map(str, command))}\n{self.read_log()[-3000:]}")
            time.sleep(0.02)

    def end(self):
        if self._pid_file.exists():
            end(int(self._pid_file.read_text(encoding="ascii")))
            self._pid_file.unlink()

    def read_log(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""
