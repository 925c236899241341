"""Paths of the lab's files. The cache is outside the project because it is large and must survive a clean checkout."""

import os
import pathlib

LAB = pathlib.Path(__file__).resolve().parents[1]
PROJECT = LAB.parents[1]

# Contains sockets, whose paths are limited to 107 bytes: keep it short.
CACHE = pathlib.Path(os.environ.get("LAB_CACHE", "/var/cache/leadville-lab"))

KERNEL = CACHE / "vmlinuz"
INITRD = CACHE / "initrd.img"
DISK = CACHE / "rootfs.ext4"
KEY = CACHE / "ssh-key"
BUILD_ID = CACHE / "build-id"
RUNNING = CACHE / "run"
# The Python environment with Bumble, see requirements.txt.
RADIO_PYTHON = CACHE / "venv/bin/python"
