"""Where the lab keeps what it has made: outside the project, because it is large and shall survive."""

import os
import pathlib

LAB = pathlib.Path(__file__).resolve().parents[1]
PROJECT = LAB.parents[1]

# Sockets lie below it, and the path of a socket ends at 107 bytes: keep it short.
CACHE = pathlib.Path(os.environ.get("LAB_CACHE", "/var/cache/leadville-lab"))

KERNEL = CACHE / "vmlinuz"
FIRST_FILES = CACHE / "initrd.img"
DISK = CACHE / "rootfs.ext4"
KEY = CACHE / "ssh-key"
BUILD_ID = CACHE / "build-id"
RUNNING = CACHE / "run"
# Bumble's Python, see requirements.txt.
RADIO_PYTHON = CACHE / "venv/bin/python"
