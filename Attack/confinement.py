"""Limits the memory of a process, and schedules processes like separate machines."""

import os
import pathlib
import resource
import subprocess

LIMIT = 256 << 20
GATEWAY_CPU, LOAD_CPU = 0, 1


def pin(cpu):
    """Pins gateway and load to different processors, if there are two."""
    usable = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {usable[cpu % len(usable)]})


def prioritise(nice):
    """Puts this process, in a session of its own, before the machine's other programs: they are not part of the test."""
    os.setsid()
    os.setpriority(os.PRIO_PROCESS, 0, nice)
    # Where the kernel schedules sessions as groups, the priority of the group counts.
    group = pathlib.Path("/proc/self/autogroup")
    if group.exists():
        group.write_text(str(nice), encoding="ascii")


def as_gateway():
    pin(GATEWAY_CPU)
    prioritise(-20)


def as_attacker():
    pin(LOAD_CPU)
    prioritise(-10)


def as_other_machine():
    """Honest clients and devices stand for other machines: an attacker on this processor must not delay them."""
    pin(LOAD_CPU)
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))


class Confinement:
    """A limit of 256 MiB for the processes that join it: a control group of version 2, else of version 1, else systemd's,
    else a limit of the data segment."""

    def __init__(self, name):
        self.directory, self.prefix, self.limits_data = None, [], False
        self.description = "none"
        unified, old = pathlib.Path("/sys/fs/cgroup"), pathlib.Path("/sys/fs/cgroup/memory")
        try:
            if "memory" in self._read(unified / "cgroup.controllers").split():
                (unified / "cgroup.subtree_control").write_text("+memory", encoding="ascii")
                self._create(unified / name, {"memory.max": LIMIT, "memory.swap.max": 0})
                self.description = "a control group (version 2, memory.max)"
                return
            if (old / "memory.limit_in_bytes").exists():
                self._create(old / name, {"memory.limit_in_bytes": LIMIT})
                self.description = "a control group (version 1, memory.limit_in_bytes)"
                return
        except OSError:
            self.directory = None
        if self._has_systemd():
            self.prefix = ["systemd-run", "--scope", "--quiet", "--collect", f"--unit={name}",
                           f"--property=MemoryMax={LIMIT}", "--property=MemorySwapMax=0", "--"]
            self.description = "a control group of systemd (MemoryMax)"
        else:
            self.limits_data = True
            self.description = "RLIMIT_DATA, because this machine offers no control groups"

    def join(self):
        """In the new process, before it starts the program."""
        if self.directory:
            (self.directory / "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")
        elif self.limits_data:
            resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT))

    def remove(self):
        if self.directory:
            try:
                self.directory.rmdir()
            except OSError:
                pass

    def _create(self, directory, values):
        directory.mkdir(exist_ok=True)
        for name, value in values.items():
            # Without swap accounting the file is missing, and so is swap.
            if (directory / name).exists():
                (directory / name).write_text(str(value), encoding="ascii")
        self.directory = directory

    @staticmethod
    def _read(path):
        return path.read_text(encoding="ascii") if path.exists() else ""

    @staticmethod
    def _has_systemd():
        if not os.path.isdir("/run/systemd/system"):
            return False
        done = subprocess.run(["systemd-run", "--scope", "--quiet", "true"], capture_output=True, check=False)
        return done.returncode == 0
