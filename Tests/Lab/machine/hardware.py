"""What the virtual machine is made of."""

import dataclasses
import os
import pathlib

from . import places

# To be raised when the hardware below changes: saved states are then made anew.
HARDWARE_FORMAT = "1"

KERNEL_WORDS = (
    "console=ttyS0 loglevel=4 panic=-1 mitigations=off nokaslr net.ifnames=0 tsc=reliable random.trust_cpu=on "
    "rcupdate.rcu_expedited=1 no_timer_check nowatchdog audit=0 apparmor=0 systemd.show_status=false")


@dataclasses.dataclass
class Hardware:
    """A choice of what can be chosen."""

    share: str = str(places.PROJECT)
    """A folder of the host's, to be read in the guest at /lab/host."""
    runtime: str = "/usr/share/zoneinfo"
    """Another, at /lab/runtime: the libraries that a freshly built program needs."""
    cpus: int = 2
    memory: int = 768
    """In MiB."""
    accelerator: str = ""
    """`kvm` or `tcg`; by default what works."""

    def __post_init__(self):
        self.accelerator = self.accelerator or os.environ.get("LAB_ACCELERATOR") or best_accelerator()

    @property
    def key(self):
        """Machines with the same key can go on from each other's saved states."""
        return f"{HARDWARE_FORMAT}-{self.accelerator}-{self.cpus}-{self.memory}"

    def command(self, folder, disk, ssh_port, incoming=None):
        """QEMU's command line; `incoming` is a saved state to go on from."""
        folder = pathlib.Path(folder)
        processor = {"kvm": "host", "tcg": "max,-la57,-smap,-pku,-adx"}[self.accelerator]
        accelerator = {"kvm": "kvm", "tcg": "tcg,thread=multi,tb-size=512"}[self.accelerator]
        command = [
            "qemu-system-x86_64", "-name", f"lab-{folder.name}", "-nodefaults", "-no-user-config",
            "-M", "q35", "-accel", accelerator, "-cpu", processor, "-smp", str(self.cpus), "-m", str(self.memory),
            "-display", "none", "-vga", "none", "-no-reboot",
            "-kernel", str(places.KERNEL), "-initrd", str(places.FIRST_FILES), "-append", KERNEL_WORDS,
            "-serial", f"file:{folder}/console.log",
            "-qmp", f"unix:{folder}/qmp.sock,server=on,wait=off",
            "-drive", f"file={disk},if=none,id=disk,format=qcow2,cache=unsafe,discard=unmap",
            "-device", "virtio-blk-pci,drive=disk,addr=3",
            # Restricted: the guest reaches nothing outside of this process.
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
    """A /dev/kvm that opens is not enough: where machines are nested in software, a stock kernel hangs on it."""
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as lines:
            flags = next(line for line in lines if line.startswith("flags")).split()
    except (OSError, StopIteration):
        return "tcg"
    real = ("vmx" in flags or "svm" in flags) and os.access("/dev/kvm", os.R_OK | os.W_OK)
    return "kvm" if real else "tcg"
