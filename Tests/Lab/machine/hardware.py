"""The hardware of the virtual machine."""

import dataclasses
import os
import pathlib

from . import paths

# Increment when the hardware below changes, so that saved states are created again.
HARDWARE_FORMAT = "1"

KERNEL_ARGUMENTS = (
    "console=ttyS0 loglevel=4 panic=-1 mitigations=off nokaslr net.ifnames=0 tsc=reliable random.trust_cpu=on "
    "rcupdate.rcu_expedited=1 no_timer_check nowatchdog audit=0 apparmor=0 systemd.show_status=false")


@dataclasses.dataclass
class Hardware:
    """The configurable part of the hardware."""

    share: str = str(paths.PROJECT)
    """A folder of the host, mounted read-only at /lab/host in the guest."""
    runtime: str = "/usr/share/zoneinfo"
    """A second folder, mounted at /lab/runtime: libraries that a locally built program needs."""
    cpus: int = 2
    memory: int = 768
    """In MiB."""
    accelerator: str = ""
    """`kvm` or `tcg`; selected automatically by default."""

    def __post_init__(self):
        self.accelerator = self.accelerator or os.environ.get("LAB_ACCELERATOR") or best_accelerator()

    @property
    def key(self):
        """Machines with the same key can share saved states."""
        return f"{HARDWARE_FORMAT}-{self.accelerator}-{self.cpus}-{self.memory}"

    def command(self, folder, disk, ssh_port, incoming=None):
        """Returns QEMU's command line; `incoming` is a saved state to resume from."""
        folder = pathlib.Path(folder)
        processor = {"kvm": "host", "tcg": "max,-la57,-smap,-pku,-adx"}[self.accelerator]
        accelerator = {"kvm": "kvm", "tcg": "tcg,thread=multi,tb-size=512"}[self.accelerator]
        command = [
            "qemu-system-x86_64", "-name", f"lab-{folder.name}", "-nodefaults", "-no-user-config",
            "-M", "q35", "-accel", accelerator, "-cpu", processor, "-smp", str(self.cpus), "-m", str(self.memory),
            "-display", "none", "-vga", "none", "-no-reboot",
            "-kernel", str(paths.KERNEL), "-initrd", str(paths.INITRD), "-append", KERNEL_ARGUMENTS,
            "-serial", f"file:{folder}/console.log",
            "-qmp", f"unix:{folder}/qmp.sock,server=on,wait=off",
            "-drive", f"file={disk},if=none,id=disk,format=qcow2,cache=unsafe,discard=unmap",
            "-device", "virtio-blk-pci,drive=disk,addr=3",
            # Restricted: the guest cannot reach any network outside of this process.
            "-netdev", f"user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:{ssh_port}-:22",
            "-device", "virtio-net-pci,netdev=net,romfile=,addr=4",
            "-device", "virtio-rng-pci,addr=5",
            "-device", "virtio-serial-pci,addr=6",
            "-chardev", f"socket,id=hci0,path={folder}/hci0.sock,server=on,wait=off",
            "-device", "virtserialport,chardev=hci0,name=lab.hci0",
            "-device", "qemu-xhci,id=xhci,p2=15,p3=15,addr=7",
        ]
        for slot, (tag, path) in enumerate({"host": self.share, "runtime": self.runtime}.items(), 8):
            command += ["-fsdev", f"local,id={tag},path={path},security_model=none,readonly=on",
                        "-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag},addr={slot}"]
        return command + (["-incoming", f"exec:cat {incoming}"] if incoming else [])


def best_accelerator():
    """Returns `kvm` only with hardware support: with software-nested virtualisation /dev/kvm opens, but kernels hang."""
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as lines:
            flags = next(line for line in lines if line.startswith("flags")).split()
    except (OSError, StopIteration):
        return "tcg"
    real = ("vmx" in flags or "svm" in flags) and os.access("/dev/kvm", os.R_OK | os.W_OK)
    return "kvm" if real else "tcg"
