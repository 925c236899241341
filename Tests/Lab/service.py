"""The gateway installed as a service in the guest, as described in systemd/README.md, and accessed from the host."""

import http.client
import json
import subprocess

from clients import connect
from machine.paths import PROJECT
from waiting import TIMEOUT, eventually
from programs import Lines, PROGRAM, HTTPClient

UNIT = "leadville-gateway.service"
CONFIGURATION = "/etc/leadville-gateway.yaml"
STATE = "/var/lib/leadville-gateway"

INSTALLED_PROGRAM = "/usr/bin/leadville-gateway"

INSTALLED = {
    "/usr/lib/sysusers.d/leadville-gateway.conf": "systemd/leadville-gateway.sysusers",
    "/etc/systemd/system/leadville-gateway.service": "systemd/leadville-gateway.service",
    "/etc/udev/rules.d/60-leadville-gateway.rules": "udev/60-leadville-gateway.rules",
    CONFIGURATION: "systemd/leadville-gateway.yaml",
}


class Installation:
    """The installation in a guest, done once, and the forwarded ports that lead to it."""

    def __init__(self, guest):
        self.guest = guest
        self.install()
        self.http_port, self.live_port, self.heart_port = (guest.forward("tcp", port) for port in (8000, 8765, 6789))
        self.pages_port, self.timer_pages_port, self.pressure_port = (
            guest.forward("tcp", port) for port in (8001, 8002, 5001))
        self.board_port = guest.forward("udp", 8888)

    def install(self):
        with open(PROGRAM, "rb") as program:
            self.guest.shell.write(INSTALLED_PROGRAM, program.read(), mode="755")
        for path, source in INSTALLED.items():
            self.guest.shell.write(path, (PROJECT / source).read_bytes())
        self.guest.shell("systemd-sysusers && udevadm control --reload && systemctl daemon-reload")

    def remove(self):
        """Removes what `install` has installed, so that a package can take its place."""
        self.guest.shell(f"rm -f {' '.join([INSTALLED_PROGRAM, *INSTALLED])} && systemctl daemon-reload")

    def reset(self):
        """Restores the state of a new installation."""
        self.guest.shell(
            f"systemctl stop {UNIT}; systemctl reset-failed {UNIT} 2>/dev/null; rm -rf {STATE}; "
            "journalctl -q --rotate --vacuum-time=1s")


class Journal(Lines):
    """The journal of a unit, followed live."""

    def __init__(self, guest, unit):
        # Output format `cat` prints one message per line, without a prefix. The follower in the guest ends with its
        # input; otherwise it would wake up for each message of later scenarios.
        journal = f"journalctl --quiet --follow --lines=all --output=cat --unit={unit}"
        self._follower = subprocess.Popen(
            [*guest.shell.command(), f"{journal} & cat >/dev/null; kill $!"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, errors="replace")
        super().__init__(self._follower.stdout)

    def close(self):
        """Ends the follower by closing its input. Killing it sometimes made the guest's SSH server lose the result of
        the next command."""
        self._follower.stdin.close()
        try:
            self._follower.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            self._follower.kill()
            raise


class GuestClient(HTTPClient):
    """Requests to the gateway in the guest."""

    heart_port = 0

    def get(self, path):
        """Tries three times: QEMU's network sometimes closes a connection while the guest is too busy to accept it."""
        for _ in range(2):
            try:
                return super().get(path)
            except http.client.RemoteDisconnected:
                print("QEMU closed a connection")
        return super().get(path)

    def heart(self, **options):
        """Connects a client to the heart broadcast."""
        return connect(f"ws://127.0.0.1:{self.heart_port}/", **options)

    # Serial ports

    def serial_ports(self):
        return json.loads(self.get("/api/serial")[2])["ports"]

    def serial_port(self, **wanted):
        """Waits for a port with these attributes, such as state="reading"."""
        def found():
            return [port for port in self.serial_ports() if wanted.items() <= port.items()]
        return eventually(found)[0]


class Service(GuestClient):
    """The service during a test."""

    def __init__(self, installation, settings):
        self.guest = installation.guest
        self.http_port, self.heart_port = installation.http_port, installation.heart_port
        nested = {}
        for key, value in settings.items():
            *path, name = key.split(".")
            place = nested
            for part in path:
                place = place.setdefault(part, {})
            place[name] = value
        # JSON is valid YAML.
        self.guest.shell.write(CONFIGURATION, json.dumps(nested) + "\n")
        self.log = Journal(self.guest, UNIT)

    def start(self):
        """Returns once the service has notified systemd that it is ready."""
        self.guest.shell(f"systemctl start {UNIT}", timeout=TIMEOUT)

    def stop(self):
        """Stops the service and returns systemd's result, `success` if all went well."""
        self.guest.shell(f"systemctl stop {UNIT}", timeout=TIMEOUT)
        return self.unit_property("Result")

    def kill(self):
        """Kills the service, like a crash."""
        self.guest.shell(f"systemctl kill --signal=KILL {UNIT}")

    def unit_property(self, name):
        return self.guest.shell(f"systemctl show --value --property={name} {UNIT}").strip()

    @property
    def pid(self):
        return int(self.unit_property("MainPID"))
