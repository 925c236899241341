"""The gateway as people run it: installed in the guest as systemd/README.md says, and looked at from outside."""

import http.client
import json
import subprocess

from clients import connect
from machine.places import PROJECT
from patience import PATIENCE, eventually
from programs import Lines, PROGRAM, Pages

UNIT = "leadville-gateway.service"
CONFIGURATION = "/etc/leadville-gateway.yaml"
STATE = "/var/lib/leadville-gateway"

INSTALLED = {
    "/usr/lib/sysusers.d/leadville-gateway.conf": "systemd/leadville-gateway.sysusers",
    "/etc/systemd/system/leadville-gateway.service": "systemd/leadville-gateway.service",
    "/etc/udev/rules.d/60-leadville-gateway.rules": "udev/60-leadville-gateway.rules",
    CONFIGURATION: "systemd/leadville-gateway.yaml",
}


class Installation:
    """What is installed once in a guest, and the ports by which it is reached."""

    def __init__(self, guest):
        self.guest = guest
        with open(PROGRAM, "rb") as program:
            guest.shell.write("/usr/bin/leadville-gateway", program.read(), mode="755")
        for path, source in INSTALLED.items():
            guest.shell.write(path, (PROJECT / source).read_bytes())
        guest.shell("systemd-sysusers && udevadm control --reload && systemctl daemon-reload")
        self.http_port, self.live_port, self.heart_port = (guest.forward("tcp", port) for port in (8000, 8765, 6789))
        self.board_port = guest.forward("udp", 8888)

    def forget(self):
        """As it was when it had just been installed."""
        self.guest.shell(
            f"systemctl stop {UNIT}; systemctl reset-failed {UNIT} 2>/dev/null; rm -rf {STATE}; "
            "journalctl -q --rotate --vacuum-time=1s")


class Journal(Lines):
    """What a unit says, as it comes."""

    def __init__(self, guest, unit):
        # `cat` puts one message on a line, and nothing before it. In the guest it ends when the input does: followers
        # that nobody reads would wake up for each message of later scenarios.
        journal = f"journalctl --quiet --follow --lines=all --output=cat --unit={unit}"
        self._follower = subprocess.Popen(
            [*guest.shell.command(), f"{journal} & cat >/dev/null; kill $!"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, errors="replace")
        super().__init__(self._follower.stdout)

    def close(self):
        """It ends by itself, at the end of its input. When it was ended from here, the guest's SSH server now and then lost
        the result of the next command."""
        self._follower.stdin.close()
        try:
            self._follower.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._follower.kill()
            raise


class Service(Pages):
    """The service while a test runs: started, stopped, killed and asked."""

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
        # JSON is YAML.
        self.guest.shell.write(CONFIGURATION, json.dumps(nested) + "\n")
        self.log = Journal(self.guest, UNIT)

    def start(self):
        """Returns when it serves: systemd is told so."""
        self.guest.shell(f"systemctl start {UNIT}", timeout=PATIENCE)

    def stop(self):
        """How it ended, in systemd's words; `success` is what is hoped for."""
        self.guest.shell(f"systemctl stop {UNIT}", timeout=PATIENCE)
        return self.shown("Result")

    def kill(self):
        """Ends it as a crash would."""
        self.guest.shell(f"systemctl kill --signal=KILL {UNIT}")

    def shown(self, name):
        return self.guest.shell(f"systemctl show --value --property={name} {UNIT}").strip()

    @property
    def pid(self):
        return int(self.shown("MainPID"))

    def get(self, path):
        """QEMU's network now and then ends a connection that the guest was too busy to take; so it is tried thrice."""
        for _ in range(2):
            try:
                return super().get(path)
            except http.client.RemoteDisconnected:
                print("QEMU has ended a connection")
        return super().get(path)

    def heart(self, **options):
        """A client of the heart broadcast."""
        return connect(f"ws://127.0.0.1:{self.heart_port}/", **options)

    # Its serial ports

    def serial_ports(self):
        return json.loads(self.get("/api/serial")[2])["ports"]

    def serial_port(self, **wanted):
        """Waits for a port of which this is true, such as state="reading"."""
        def found():
            return [port for port in self.serial_ports() if wanted.items() <= port.items()]
        return eventually(found)[0]
