"""The udev rules: does udev understand every line?"""

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


# What udev(7) lets a rule ask for, and what it lets it set: for machines whose udevadm cannot verify.
ASKS = re.compile(r'(ACTION|SUBSYSTEM|SUBSYSTEMS|ATTRS\{\w+\}|ENV\{\w+\})(==|!=)"[^"]+"')
SETS = re.compile(r'(GOTO|LABEL|ENV\{\w+\}|IMPORT\{builtin\})="[^"]+"|(TAG|SYMLINK|ENV\{\w+\})\+="[^"]+"')


def test_every_line_is_made_of_what_udev_knows():
    words = [word for line in RULES.read_text(encoding="ascii").splitlines() if line and not line.startswith("#")
             for word in line.split(", ")]
    assert len(words) > 15
    for word in words:
        assert ASKS.fullmatch(word) or SETS.fullmatch(word), word


def test_nothing_of_somebody_else_is_taken():
    text = "\n".join(line for line in RULES.read_text(encoding="ascii").splitlines() if not line.startswith("#"))
    assert not re.search(r"\b(GROUP|MODE|OWNER|RUN|NAME)\b", text), "group, mode and names stay the system's"
    ours, others = text.split('LABEL="leadville_gateway_name"')
    assert "ID_MM" in ours and "SYSTEMD_WANTS" in ours, "only Espressif's own number is kept from ModemManager"
    assert "ID_MM" not in others and "systemd" not in others, "generic adapters only get names"
