"""The program of another architecture decodes as this machine's does; `make check-arm64` runs it in an emulator."""

import json
import os
import pathlib
import subprocess

import pytest

from programs import PROGRAM, TIMEOUT

NATIVE = os.environ.get("NATIVE_PROGRAM")
PROTOCOLS = pathlib.Path(__file__).resolve().parents[2] / "firmware-protocols"


def captures(device):
    """The bytes of each vector in hex, one line for each message, and its form."""
    for line in (PROTOCOLS / device / "vectors.jsonl").read_text().splitlines():
        vector = json.loads(line)
        # Only bytes: the inputs of mats contain lines of text and pauses, too.
        lines = [line for line in vector.get("notifications") or vector.get("input") or [] if isinstance(line, str)] or [
            vector.get(name) for name in ("stream", "datagram_hex", "serial_hex") if vector.get(name)]
        lines += [vector[name].encode().hex() for name in ("datagram", "serial", "message") if vector.get(name)]
        form = vector.get("form")
        yield vector["name"], "\n".join(lines), form if isinstance(form, str) else None


@pytest.mark.skipif(NATIVE is None, reason="only `make check-arm64` has programs of two architectures")
@pytest.mark.parametrize("device", sorted(path.parent.name for path in PROTOCOLS.glob("*/vectors.jsonl")))
def test_both_architectures_decode_every_vector_alike(device):
    # All captures of a form are decoded at once: an emulator takes long to start.
    inputs = {}
    for name, lines, form in captures(device):
        inputs.setdefault(form, []).append(f"# {name}\n{lines}\n")
    assert inputs
    readings = 0
    for form, texts in inputs.items():
        options = ["--form", form] if form else []
        outputs = [
            subprocess.run([program, "decode", *options, device], input="".join(texts), capture_output=True, text=True,
                           timeout=TIMEOUT)
            for program in (NATIVE, PROGRAM)]
        # Some vectors are rejected, the same ones by both.
        assert outputs[0].returncode == outputs[1].returncode
        assert outputs[0].stdout == outputs[1].stdout
        readings += len(outputs[0].stdout.splitlines())
    assert readings > 0
