"""Commands in the guest, run as root over one persistent SSH connection."""

import shlex
import subprocess
import time

from . import paths
from .errors import LabError


class Shell:
    def __init__(self, folder, port):
        self._socket = folder / "ssh.sock"
        self._port = port

    def command(self, *options):
        """Returns the ssh command line, without the guest's command."""
        return [
            "ssh", "-i", str(paths.KEY), "-p", str(self._port), "-o", "StrictHostKeyChecking=no",
            "-o", "UserKnownHostsFile=/dev/null", "-o", "ConnectTimeout=10", "-o", "ServerAliveInterval=10",
            "-o", "ControlMaster=auto", "-o", f"ControlPath={self._socket}", "-o", "ControlPersist=yes",
            "-o", "BatchMode=yes", "-o", "LogLevel=ERROR", *options, "root@127.0.0.1"]

    def run(self, command, **options):
        """Like subprocess.run."""
        return subprocess.run([*self.command(), command], check=False, **options)

    def __call__(self, command, timeout=120):
        """Runs a command, which must succeed, and returns its output."""
        result = self.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)
        if result.returncode:
            raise LabError(f"in the guest: {command}: status {result.returncode}\n{result.stdout}{result.stderr}")
        return result.stdout

    def write(self, path, data, mode="644"):
        """Writes a file atomically."""
        part = shlex.quote(f"{path}.part")
        whole = shlex.quote(path)
        command = f"mkdir -p $(dirname {part}) && cat >{part} && chmod {mode} {part} && mv -f {part} {whole}"
        result = self.run(command, input=data if isinstance(data, bytes) else data.encode(), capture_output=True)
        if result.returncode:
            raise LabError(f"{path}: {result.stderr.decode(errors='replace')}")

    def wait(self, seconds, still_runs):
        """Waits until the guest accepts commands."""
        deadline = time.monotonic() + seconds
        while self.run("true", stdin=subprocess.DEVNULL, capture_output=True).returncode:
            if not still_runs():
                raise LabError("QEMU exited while the guest was starting")
            if time.monotonic() > deadline:
                raise LabError(f"the guest did not answer within {seconds} s")
            time.sleep(0.1)

    def forward(self, guest_port, host_port):
        """Connections to a port of the guest's loopback interface arrive at a port of the host's, as long as it is up."""
        ways = ["-O", "forward", "-R", f"{guest_port}:127.0.0.1:{host_port}"]
        result = subprocess.run(self.command(*ways), check=False, capture_output=True, text=True)
        if result.returncode:
            raise LabError(f"port {guest_port} of the guest: {result.stderr}")

    def close(self):
        subprocess.run([*self.command("-O", "exit")], check=False, capture_output=True)
