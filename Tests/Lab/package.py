"""The Debian packages of the programs under test, and the guest in which they are installed."""

import json
import os
import subprocess

from machine.paths import PROJECT
from programs import ARCHIVER, PROGRAM
from service import GuestClient, UNIT


def build_packages(make_folder):
    """The packages of the program under test by revision, 1 and 2, and that of the copy in MongoDB if it is built."""
    packages = {}
    for revision in (1, 2):
        folder = make_folder(f"revision-{revision}")
        archiver = ARCHIVER if revision == 1 and os.access(ARCHIVER, os.X_OK) else ""
        environment = dict(
            os.environ, BINARY=PROGRAM, OUTPUT=str(folder), REVISION=str(revision), DEB_COMPRESSION="-Zgzip -z1",
            DEB_BUILD_OPTIONS="noautodbgsym", MONGODB=archiver)
        built = subprocess.run(
            [str(PROJECT / "tools/deb")], env=environment, capture_output=True, text=True, check=False)
        assert built.returncode == 0, built.stdout + built.stderr
        packages[revision] = next(folder.glob("leadville-gateway_*.deb"))
        if archiver:
            packages["mongodb"] = next(folder.glob("leadville-gateway-mongodb_*.deb"))
    return packages


class Machine(GuestClient):
    """The guest, without the gateway at first."""

    @classmethod
    def installed_on(cls, installation, packages):
        """For fixtures: the packages take the place of the installation, and give it back."""
        installation.reset()
        installation.remove()
        installation.guest.shell("userdel leadville-gateway")
        machine = cls(installation, packages)
        yield machine
        print(machine.guest.shell(f"journalctl --output=cat --unit={UNIT}"))
        machine.dpkg("--purge", "leadville-gateway-mongodb", "leadville-gateway")
        installation.install()

    def __init__(self, installation, packages):
        self.guest = installation.guest
        for name in ("http", "live", "heart", "pages", "timer_pages", "pressure", "board"):
            setattr(self, f"{name}_port", getattr(installation, f"{name}_port"))
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

    def purge(self, *others):
        """Nothing remains but the user."""
        status, text = self.dpkg("--purge", "leadville-gateway", *others)
        assert status == 0, text
        remaining = self.guest.shell(
            "find /etc /usr /var/lib /lib/systemd -xdev -iname '*leadville*' -not -path '/usr/share/doc/*'").split()
        assert remaining == []
        assert self.show("LoadState") == "not-found"

    def show(self, name, unit=UNIT):
        return self.guest.shell(f"systemctl show --value --property={name} {unit}").strip()

    def exists(self, path):
        return self.guest.shell(f"test -e {path} && echo yes || true").strip() == "yes"

    @property
    def revision(self):
        """The revision of the installed package."""
        return self.guest.shell("dpkg-query -W -f '${Version}' leadville-gateway").split("-")[-1]

    @property
    def targets(self):
        return [target["name"] for target in json.loads(self.get("/api/targets")[2])["targets"]]
