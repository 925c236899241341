"""The Debian package under systemd: installed, upgraded, not downgraded, removed, purged."""

import json
import os
import subprocess

import pytest

from machine.paths import PROJECT
from programs import PROGRAM, HTTPClient
from service import CONFIGURATION, STATE, UNIT
from waiting import eventually


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """Two packages of the program under test, which differ in their revision."""
    found = []
    for revision in (1, 2):
        folder = tmp_path_factory.mktemp(f"revision-{revision}")
        environment = dict(
            os.environ, BINARY=PROGRAM, OUTPUT=str(folder), REVISION=str(revision), DEB_COMPRESSION="-Zgzip -z1",
            DEB_BUILD_OPTIONS="noautodbgsym")
        built = subprocess.run(
            [str(PROJECT / "tools/deb")], env=environment, capture_output=True, text=True, check=False)
        assert built.returncode == 0, built.stdout + built.stderr
        found.append(next(folder.glob("leadville-gateway_*.deb")))
    return found


class Machine(HTTPClient):
    """The guest, without the gateway at first."""

    def __init__(self, installation, packages):
        self.guest = installation.guest
        self.http_port = installation.http_port
        for revision, package in enumerate(packages, start=1):
            self.guest.shell.write(f"/root/{revision}.deb", package.read_bytes())

    def dpkg(self, *arguments):
        """Returns the exit status and all output."""
        command = f"DEBIAN_FRONTEND=noninteractive dpkg {' '.join(arguments)} </dev/null 2>&1"
        result = self.guest.shell.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)
        return result.returncode, result.stdout

    def install(self, revision):
        status, text = self.dpkg("--install", f"/root/{revision}.deb")
        assert status == 0, text

    def show(self, name):
        return self.guest.shell(f"systemctl show --value --property={name} {UNIT}").strip()

    def exists(self, path):
        return self.guest.shell(f"test -e {path} && echo yes || true").strip() == "yes"

    @property
    def revision(self):
        """The revision of the installed package."""
        return self.guest.shell("dpkg-query -W -f '${Version}' leadville-gateway").split("-")[-1]

    @property
    def targets(self):
        return [target["name"] for target in json.loads(self.get("/api/targets")[2])["targets"]]


@pytest.fixture
def machine(installation, packages):
    installation.reset()
    installation.remove()
    installation.guest.shell("userdel leadville-gateway")
    machine = Machine(installation, packages)
    yield machine
    print(machine.guest.shell(f"journalctl --output=cat --unit={UNIT}"))
    machine.dpkg("--purge", "leadville-gateway")
    installation.install()


def test_a_package_is_installed_upgraded_removed_and_purged(machine):
    machine.install(1)
    assert (machine.show("ActiveState"), machine.show("UnitFileState")) == ("active", "enabled")
    assert machine.show("User") == "leadville-gateway"
    assert machine.get("/health")[0] == 200
    assert machine.guest.shell(f"stat -c '%U %a' {STATE}").split() == ["leadville-gateway", "750"]
    groups = machine.guest.shell("id --name --groups leadville-gateway").split()
    assert groups == ["leadville-gateway", "dialout"]
    found = json.loads(machine.guest.shell("leadville-gateway doctor --json || true"))["findings"]
    levels = {finding["check"]: finding["level"] for finding in found}
    assert (levels["udev rules"], levels["configuration"], levels["watchdog"]) == ("good", "good", "good"), found

    # An upgrade keeps data and settings, and the new program runs.
    assert machine.post("/api/targets", {"name": "Plate 7"})[0] in (200, 201)
    machine.guest.shell(f"sed -i 's/^  #level: info/  level: debug/' {CONFIGURATION}")
    before = machine.show("MainPID")
    machine.install(2)
    assert machine.show("ActiveState") == "active" and machine.show("MainPID") != before
    assert machine.targets == ["Plate 7"]
    assert "\n  level: debug\n" in machine.guest.shell(f"cat {CONFIGURATION}")

    # A downgrade is refused, and the newer version continues.
    status, text = machine.dpkg("--install", "/root/1.deb")
    assert status != 0 and "is not installed, because the data of version" in text
    assert machine.revision == "2" and machine.show("ActiveState") == "active"
    assert machine.targets == ["Plate 7"]

    # Removed: the service has stopped, and data and settings remain.
    status, text = machine.dpkg("--remove", "leadville-gateway")
    assert status == 0, text
    assert machine.show("ActiveState") == "inactive" and not machine.exists("/usr/bin/leadville-gateway")
    assert machine.exists(f"{STATE}/gateway.db") and machine.exists(CONFIGURATION)

    # Even then an older version is refused; the same one finds its data again.
    assert machine.dpkg("--install", "/root/1.deb")[0] != 0
    machine.install(2)
    assert machine.targets == ["Plate 7"]

    # Killed, it comes back.
    before = machine.show("MainPID")
    machine.guest.shell(f"systemctl kill --signal=KILL {UNIT}")
    eventually(lambda: machine.show("MainPID") not in (before, "0") and machine.show("ActiveState") == "active")
    assert machine.targets == ["Plate 7"]

    # Purged: nothing remains but the user.
    status, text = machine.dpkg("--purge", "leadville-gateway")
    assert status == 0, text
    remaining = machine.guest.shell(
        "find /etc /usr /var/lib /lib/systemd -xdev -iname '*leadville*' -not -path '/usr/share/doc/*'").split()
    assert remaining == []
    assert machine.show("LoadState") == "not-found"
