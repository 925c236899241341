"""The gateway under attack: its devices, its memory, its metrics and its watchdog."""

import http.client
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.request

from confinement import Confinement, as_gateway, as_other_machine
from network import Network

SENSORS, STRINGS, SHOTS = 6, 4, 8
# When the first string begins, after the start of the devices.
FIRST_BEEP_S = 5
PORTS = {"http": 8000, "live": 8765, "heart": 6789, "boards": 8888}
WATCHDOG_S = 2
START_TIMEOUT_S = 20

SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)(\{.*\})? (\S+)$", re.MULTILINE)


class Watchdog:
    """What systemd would receive: the times of the gateway's signs of life, once a second."""

    def __init__(self, directory):
        self.path = str(directory / "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.times = []
        self.ready = threading.Event()
        threading.Thread(target=self._receive, daemon=True).start()

    def _receive(self):
        while True:
            message = self.socket.recv(4096)
            if not message:
                return
            if b"READY=1" in message:
                self.ready.set()
            if b"WATCHDOG=1" in message:
                self.times.append(time.monotonic())

    def longest_gap(self, begin, end):
        """In seconds. An interval at the edge counts as well."""
        times = [moment for moment in self.times if begin - WATCHDOG_S <= moment <= end]
        return max((after - before for before, after in zip(times, times[1:] + [end])), default=end - begin)


class Gateway:
    """A release build with default ports in the gateway's namespace, and virtual Bluetooth devices in a second process."""

    def __init__(self, program, network, directory, settings=()):
        self.program, self.network = program, network
        self.directory = pathlib.Path(directory)
        self.settings = ["bluetooth.enabled=true", f"state_directory={self.directory / 'state'}", *settings]
        if not any(setting.startswith("serial.") for setting in self.settings):
            self.settings.append("serial.enabled=false")
        self.confinement = Confinement(f"leadville-attack-{os.getpid()}-{network.number}")
        self.process = self.devices = None
        self.idle_bytes = 0

    def __enter__(self):
        self.directory.mkdir(parents=True, exist_ok=True)
        self.watchdog = Watchdog(self.directory)
        pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(SENSORS + 2)]
        for near, far in pairs:
            near.setblocking(False)
            far.setblocking(False)
        ours, theirs = ([end.fileno() for end in ends] for ends in zip(*pairs))
        environment = {"PATH": os.environ["PATH"], "NOTIFY_SOCKET": self.watchdog.path,
                       "WATCHDOG_USEC": str(WATCHDOG_S * 1_000_000)}

        def prepare():
            as_gateway()
            self.confinement.join()

        with open(self.directory / "log", "wb") as log:
            self.process = subprocess.Popen(
                [*self.confinement.prefix, *Network.inside(self.network.gateway), self.program, "gateway",
                 ",".join(map(str, ours)), *self.settings],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, pass_fds=ours, preexec_fn=prepare)
        self.devices = subprocess.Popen(
            [self.program, "devices", ",".join(map(str, theirs)), str(STRINGS)], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, pass_fds=theirs, preexec_fn=as_other_machine)
        self.first_beep = time.monotonic() + FIRST_BEEP_S
        for near, far in pairs:
            near.close()
            far.close()
        try:
            if not self.watchdog.ready.wait(START_TIMEOUT_S):
                raise RuntimeError(f"the gateway did not start: {self.log()}")
            self.wait_for_devices()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in (self.devices, self.process):
            if process and process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(8)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        self.confinement.remove()

    def wait_for_devices(self):
        while time.monotonic() < self.first_beep:
            links = [value for (name, _), value in (self.metrics() or {}).items() if name == "leadville_bluetooth_links"]
            if sum(links) == SENSORS + 2:
                return
            time.sleep(0.1)
        raise RuntimeError(f"the virtual devices are not connected: {self.log()}")

    def stop_devices(self):
        self.devices.terminate()
        self.devices.wait()

    @property
    def has_died(self):
        return self.process.poll() is not None

    def log(self):
        return (self.directory / "log").read_text(encoding="utf-8", errors="replace")[-600:].strip()

    # Memory

    def _status(self, field):
        try:
            text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        except (FileNotFoundError, ProcessLookupError):
            return None
        found = re.search(rf"^{field}:\s+(\d+) kB", text, re.MULTILINE)
        return int(found.group(1)) << 10 if found else None

    def resident_bytes(self):
        return self._status("VmRSS")

    def peak_bytes(self):
        return self._status("VmHWM")

    def mark_idle(self):
        """Takes the present memory as idle, and restarts the search for the maximum."""
        self.idle_bytes = self.resident_bytes()
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5", encoding="ascii")

    def processor_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    # HTTP, from the operator's host

    def get(self, path, timeout=10):
        url = f"http://{self.network.operator_address}:{PORTS['http']}{path}"
        with urllib.request.urlopen(urllib.request.Request(url, headers={"Host": "gateway"}), timeout=timeout) as answer:
            return answer.read().decode()

    def status(self, method, path, headers, port="http"):
        """The status of the answer to a request with a short body."""
        connection = http.client.HTTPConnection(self.network.operator_address, PORTS[port], timeout=10)
        try:
            body = None if method == "GET" else "{}"
            connection.request(method, path, body, {"Host": "gateway", "Content-Type": "text/plain"} | headers)
            return connection.getresponse().status
        finally:
            connection.close()

    def metrics(self):
        """All samples by name and labels; None if the gateway does not answer."""
        try:
            text = self.get("/metrics")
        except OSError:
            return None
        return {(name, labels or ""): float(value) for name, labels, value in SAMPLE.findall(text)}
