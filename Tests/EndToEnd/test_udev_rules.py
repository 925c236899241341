"""The udev rules: does udev understand every line?"""

import pathlib
import shutil
import subprocess

import pytest

RULES = pathlib.Path(__file__).parents[2] / "udev" / "60-leadville-gateway.rules"


def udevadm(*arguments):
    return subprocess.run(["udevadm", *arguments], capture_output=True, text=True, timeout=60, check=False)


def can_verify():
    return shutil.which("udevadm") and "verify" in udevadm("--help").stdout


@pytest.mark.skipif(not can_verify(), reason="there is no udevadm here that verifies (systemd 254 or newer)")
def test_udev_understands_every_line():
    result = udevadm("verify", str(RULES))
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_jump_has_a_target_further_down():
    lines = RULES.read_text(encoding="ascii").splitlines()
    jumps = [(number, word.split('"')[1]) for number, line in enumerate(lines) for word in line.split(", ")
             if word.startswith("GOTO=")]
    labels = {line.split('"')[1]: number for number, line in enumerate(lines) if line.startswith("LABEL=")}
    assert jumps
    for number, label in jumps:
        assert labels[label] > number
