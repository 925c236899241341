"""The systemd unit: valid, and as restricted as documented."""

import pathlib
import re
import shutil
import subprocess

import pytest

REPOSITORY = pathlib.Path(__file__).parents[2]
SYSTEMD = REPOSITORY / "systemd"
UNIT = SYSTEMD / "leadville-gateway.service"
UNITS = [UNIT, REPOSITORY / "packaging/mongodb/leadville-gateway-mongodb.service"]

pytestmark = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")


def analyze(*arguments):
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_the_exposure_level_stays_below_the_limit(unit):
    result = analyze("security", "--offline=yes", "--threshold=22", "--no-pager", str(unit))
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_accepts_every_line(unit, tmp_path):
    copy = tmp_path / unit.name
    copy.write_text(re.sub("/usr/bin/leadville-gateway[a-z-]*", "/bin/true", unit.read_text()))
    result = analyze("verify", "--man=no", str(copy))
    messages = [line for line in result.stderr.splitlines() if unit.name in line]
    assert result.returncode == 0 and not messages, result.stderr


def test_bluetooth_needs_one_capability_in_the_host_network_namespace():
    lines = UNIT.read_text().splitlines()
    assert "CapabilityBoundingSet=CAP_NET_ADMIN" in lines and "AmbientCapabilities=CAP_NET_ADMIN" in lines
    # In a private user or network namespace the capability would have no effect.
    assert not any(line.startswith(("PrivateUsers=", "PrivateNetwork=")) for line in lines)
    families = next(line for line in lines if line.startswith("RestrictAddressFamilies="))
    assert {"AF_BLUETOOTH", "AF_NETLINK"} <= set(families.split("=")[1].split())


@pytest.mark.skipif(not shutil.which("systemd-sysusers"), reason="systemd-sysusers is not installed")
def test_systemd_sysusers_accepts_the_user_file():
    result = subprocess.run(
        ["systemd-sysusers", "--dry-run", str(SYSTEMD / "leadville-gateway.sysusers")],
        capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr
    assert "leadville-gateway" in result.stdout + result.stderr
