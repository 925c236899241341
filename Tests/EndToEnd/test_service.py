"""The systemd unit: valid, and as restricted as documented."""

import pathlib
import shutil
import subprocess

import pytest

SYSTEMD = pathlib.Path(__file__).parents[2] / "systemd"
UNIT = SYSTEMD / "leadville-gateway.service"

pytestmark = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")


def analyze(*arguments):
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_the_exposure_level_stays_below_the_limit():
    result = analyze("security", "--offline=yes", "--threshold=22", "--no-pager", str(UNIT))
    assert result.returncode == 0, result.stdout + result.stderr


def test_systemd_accepts_every_line(tmp_path):
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text().replace("/usr/bin/leadville-gateway", "/bin/true"))
    result = analyze("verify", "--man=no", str(copy))
    messages = [line for line in result.stderr.splitlines() if UNIT.name in line]
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
