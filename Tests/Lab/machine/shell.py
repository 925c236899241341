"""Commands in the guest, as root, over one SSH connection that stays."""

import shlex
import subprocess
import time

from . import places
from .failure import LabFailure


class Shell:
    def __init__(self, folder, port):
        self._socket = folder / "ssh.sock"
        self._port = port

    def command(self, *options):
        """What runs ssh; the guest's command is to follow."""
        return [
            "ssh", "-i", str(places.KEY), "-p", str(self._port), "-o", "StrictHostKeyChecking=no",
            "-o", "UserKnownHostsFile=/dev/null", "-o", "ConnectTimeout=10", "-o", "ServerAliveInterval=10",
            "-o", "ControlMaster=auto", "-o", f"ControlPath={self._socket}", "-o", "ControlPersist=yes",
            "-o", "BatchMode=yes", "-o", "LogLevel=ERROR", *options, "root@127.0.0.1"]

    def run(self, command, **options):
        """Like subprocess.run."""
        return subprocess.run([*self.command(), command], check=False, **options)

    def __call__(self, command, timeout=120):
        """Runs it and returns what it says; it must succeed."""
        result = self.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)
        if result.returncode:
            raise LabFailure(f"in the guest: {command}: status {result.returncode}\n{result.stdout}{result.stderr}")
        return result.stdout

    def write(self, path, data, mode="644"):
        """Writes a file."""
        part = shlex.quote(f"{path}.part")
        whole = shlex.quote(path)
        command = f"mkdir -p $(dirname {part}) && cat >{part} && chmod {mode} {part} && mv -f {part} {whole}"
        result = self.run(command, input=data if isinstance(data, bytes) else data.encode(), capture_output=True)
        if result.returncode:
            raise LabFailure(f"{path}: {result.stderr.decode(errors='replace')}")

    def wait(self, seconds, still_runs):
        """Waits until the guest takes commands."""
        deadline = time.monotonic() + seconds
        while self.run("true", stdin=subprocess.DEVNULL, capture_output=True).returncode:
            if not still_runs():
                raise LabFailure("QEMU ended while the guest was starting")
            if time.monotonic() > deadline:
                raise LabFailure(f"the guest did not answer within {seconds} s")
            time.sleep(0.1)

    def close(self):
        subprocess.run([*self.command("-O", "exit")], check=False, capture_output=True)
