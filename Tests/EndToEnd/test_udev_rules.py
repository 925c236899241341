"""The udev rules: udev accepts every line."""

import pathlib
import re
import shutil
import subprocess

import pytest

RULES = pathlib.Path(__file__).parents[2] / "udev" / "60-leadville-gateway.rules"


def udevadm(*arguments):
    return subprocess.run(["udevadm", *arguments], capture_output=True, text=True, timeout=60, check=False)


def can_verify():
    return shutil.which("udevadm") and "verify" in udevadm("--help").stdout


@pytest.mark.skipif(not can_verify(), reason="udevadm verify is not available (systemd 254 or newer)")
def test_udev_accepts_every_line():
    result = udevadm("verify", str(RULES))
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_goto_has_a_later_label():
    lines = RULES.read_text(encoding="ascii").splitlines()
    jumps = [(number, word.split('"')[1]) for number, line in enumerate(lines) for word in line.split(", ")
             if word.startswith("GOTO=")]
    labels = {line.split('"')[1]: number for number, line in enumerate(lines) if line.startswith("LABEL=")}
    assert jumps
    for number, label in jumps:
        assert labels[label] > number


# Match and assignment syntax of udev(7), for machines whose udevadm cannot verify.
MATCH = re.compile(r'(ACTION|SUBSYSTEM|SUBSYSTEMS|ATTRS\{\w+\}|ENV\{\w+\})(==|!=)"[^"]+"')
ASSIGNMENT = re.compile(r'(GOTO|LABEL|ENV\{\w+\}|IMPORT\{builtin\})="[^"]+"|(TAG|SYMLINK|ENV\{\w+\})\+="[^"]+"')


def test_every_line_has_valid_syntax():
    words = [word for line in RULES.read_text(encoding="ascii").splitlines() if line and not line.startswith("#")
             for word in line.split(", ")]
    assert len(words) > 15
    for word in words:
        assert MATCH.fullmatch(word) or ASSIGNMENT.fullmatch(word), word


def test_devices_of_other_software_are_not_affected():
    text = "\n".join(line for line in RULES.read_text(encoding="ascii").splitlines() if not line.startswith("#"))
    assert not re.search(r"\b(GROUP|MODE|OWNER|RUN|NAME)\b", text), "group, mode and names are left to the system"
    own, generic = text.split('LABEL="leadville_gateway_name"')
    assert "ID_MM" in own and "SYSTEMD_WANTS" in own, "only Espressif's vendor id is hidden from ModemManager"
    assert "ID_MM" not in generic and "systemd" not in generic, "generic adapters only get names"
