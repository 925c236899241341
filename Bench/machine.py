"""Describes the machine and the software of a measurement."""

import os
import platform
import re
import subprocess
import tempfile


def first_line(*command):
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return ((result.stdout or result.stderr).strip().splitlines() or ["unknown"])[0]


def field(path, pattern, otherwise="unknown"):
    try:
        with open(path, encoding="utf-8") as file:
            found = re.search(pattern, file.read(), re.MULTILINE)
    except OSError:
        found = None
    return found.group(1).strip() if found else otherwise


def description():
    """Returns (name, value) pairs for the report."""
    model = field("/proc/cpuinfo", r"^model name\s*:\s*(.+)$") or platform.machine()
    if model == "unknown":
        model = field("/proc/device-tree/model", r"^([^\0]+)", platform.machine())
    mebibytes = int(field("/proc/meminfo", r"^MemTotal:\s*(\d+)", "0")) // 1024
    virtual = "hypervisor" in field("/proc/cpuinfo", r"^flags\s*:\s*(.+)$", "")
    return [
        ("processor", f"{model}, {os.cpu_count()} cores, {mebibytes / 1024:.0f} GiB"
                      + (" (a virtual machine)" if virtual else "")),
        ("kernel", f"{platform.system()} {platform.release()} {platform.machine()}"),
        ("system", field("/etc/os-release", r'^PRETTY_NAME="?([^"\n]+)')),
        ("Swift", field_of_version(first_line("swift", "--version"))),
    ]


def field_of_version(line):
    found = re.search(r"Swift version (\S+)", line)
    return found.group(1) if found else line


def commit():
    """The short commit hash, marked if the measured files have local changes."""
    name = first_line("git", "rev-parse", "--short=10", "HEAD")
    changed = first_line("git", "status", "--porcelain", "--untracked-files=no", "--", "Sources", "Attack", "Bench",
                         "Package.swift")
    return name if changed == "unknown" else f"{name} with local changes"


def binary_sizes(path):
    """The size in bytes as built and when stripped."""
    with tempfile.TemporaryDirectory() as directory:
        stripped = os.path.join(directory, "stripped")
        done = subprocess.run(["strip", "-o", stripped, path], capture_output=True, timeout=60, check=False)
        return os.path.getsize(path), os.path.getsize(stripped if done.returncode == 0 else path)
