"""The systemd unit: does systemd understand it, and does it keep the service as locked in as we promise?"""

import pathlib
import shutil
import subprocess

import pytest

SYSTEMD = pathlib.Path(__file__).parents[2] / "systemd"
UNIT = SYSTEMD / "leadville-gateway.service"

pytestmark = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze here")


def analyze(*arguments):
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_exposure_stays_below_our_limit():
    result = analyze("security", "--offline=yes", "--threshold=22", "--no-pager", str(UNIT))
    assert result.returncode == 0, result.stdout + result.stderr


def test_systemd_understands_every_line(tmp_path):
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text().replace("/usr/bin/leadville-gateway", "/bin/true"))
    result = analyze("verify", "--man=no", str(copy))
    complaints = [line for line in result.stderr.splitlines() if UNIT.name in line]
    assert result.returncode == 0 and not complaints, result.stderr


def test_the_radio_needs_one_capability_of_the_machines_own_network():
    lines = UNIT.read_text().splitlines()
    assert "CapabilityBoundingSet=CAP_NET_ADMIN" in lines and "AmbientCapabilities=CAP_NET_ADMIN" in lines
    # In a user namespace of its own it would have the capability over nothing.
    assert not any(line.startswith(("PrivateUsers=", "PrivateNetwork=")) for line in lines)
    families = next(line for line in lines if line.startswith("RestrictAddressFamilies="))
    assert {"AF_BLUETOOTH", "AF_NETLINK"} <= set(families.split("=")[1].split())


@pytest.mark.skipif(not shutil.which("systemd-sysusers"), reason="there is no systemd-sysusers here")
def test_the_user_file_is_understood():
    result = subprocess.run(
        ["systemd-sysusers", "--dry-run", str(SYSTEMD / "leadville-gateway.sysusers")],
        capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr
    assert "leadville-gateway" in result.stdout + result.stderr
