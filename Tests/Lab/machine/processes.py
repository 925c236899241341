"""Processes beside the guest: started, waited for, and ended by their own id."""

import ctypes
import os
import signal
import subprocess
import time

from .failure import LabFailure

SET_PARENT_DEATH_SIGNAL = 1


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as status:
            return status.read().rsplit(")", 1)[1].split()[0] != "Z"
    except (OSError, IndexError):
        return False


def start(command, log, folder=None, outlives_us=False):
    """Starts a program whose words go into a file. Unless it is told to outlive us, it ends with us, however we end."""
    def end_with_parent():
        if not outlives_us:
            ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)

    with open(log, "ab") as words:
        return subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=words, stderr=words, cwd=folder,
            start_new_session=True, preexec_fn=end_with_parent)


def end(pid, patience=5):
    """Ends one process, kindly at first."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + patience
        while is_alive(pid) and time.monotonic() < deadline:
            time.sleep(0.02)
        reap(pid)
        if not is_alive(pid):
            return


def reap(pid):
    """Takes note of the end of a child; somebody else's child is not our concern."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass


class Helper:
    """A simulated device: a process that is ready as soon as its socket is there, and known by a file with its id."""

    def __init__(self, path):
        self._pid_file = path.with_suffix(".pid")
        self.log = path.with_suffix(".log")

    def start(self, command, ready, folder, outlives_us, patience=30):
        process = start(command, self.log, folder, outlives_us)
        self._pid_file.write_text(str(process.pid), encoding="ascii")
        deadline = time.monotonic() + patience
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                self.end()
                raise LabFailure(f"it did not start: {' '.join(map(str, command))}\n{self.words()[-3000:]}")
            time.sleep(0.02)

    def end(self):
        if self._pid_file.exists():
            end(int(self._pid_file.read_text(encoding="ascii")))
            self._pid_file.unlink()

    def words(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""
