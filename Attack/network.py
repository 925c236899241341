"""The network of one attack: a gateway host, an attacker and an honest client, each in a network namespace of its own.

The orchestrator runs in namespaces of its own (`enter`), so that nothing of the machine's network changes, and everything
disappears with it. The addresses belong to 198.18.0.0/15, which RFC 2544 reserves for tests.
"""

import ctypes
import os
import subprocess

CLONE_NEWNS, CLONE_NEWNET, MS_REC, MS_PRIVATE = 0x20000, 0x40000000, 0x4000, 1 << 18

GATEWAY_FOR_ATTACKER, ATTACKER, ATTACKER_ADDRESSES = "198.18.1.1", "198.18.1.2", 64
GATEWAY_FOR_CLIENT, CLIENT = "198.18.2.1", "198.18.2.2"


def enter():
    """Moves this process into a network and a mount namespace of its own. Needs root."""
    libc = ctypes.CDLL(None, use_errno=True)

    def check(result):
        if result != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    check(libc.unshare(CLONE_NEWNS | CLONE_NEWNET))
    check(libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None))
    os.makedirs("/run/netns", exist_ok=True)
    check(libc.mount(b"tmpfs", b"/run/netns", b"tmpfs", 0, None))
    run("ip", "link", "set", "lo", "up")


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, **options)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


class Network:
    """Three namespaces: attacker and client each have a cable to the gateway, as has the orchestrator."""

    def __init__(self, number):
        self.gateway, self.attacker, self.client = (f"{name}-{number}" for name in ("gateway", "attacker", "client"))
        self.number = number
        self.operator_address = f"198.19.{number}.1"

    def __enter__(self):
        for name in (self.gateway, self.attacker, self.client):
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
            # Attacker and client reuse ports quickly, as if they had connected hours ago.
            self.set(name, "net/ipv4/tcp_tw_reuse", "1")
            self.set(name, "net/ipv4/ip_local_port_range", "1024 65535")
        self.cable(self.attacker, ATTACKER, GATEWAY_FOR_ATTACKER)
        for number in range(1, ATTACKER_ADDRESSES):
            self.address(self.attacker, f"198.18.1.{2 + number}")
        self.cable(self.client, CLIENT, GATEWAY_FOR_CLIENT)
        self.cable(None, f"198.19.{self.number}.2", self.operator_address)
        return self

    def __exit__(self, *_):
        for name in (self.gateway, self.attacker, self.client):
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)

    def set(self, namespace, key, value):
        run(*self.inside(namespace), "sh", "-c", f"echo {value} >/proc/sys/{key}")

    def cable(self, peer, address, gateway_address):
        """A virtual cable from a namespace (None: the orchestrator's) to the gateway's."""
        near, far = f"{peer or 'operator'}-{self.number}"[:14], f"to-{(peer or 'operator')[:10]}"
        run("ip", "link", "add", near, "type", "veth", "peer", "name", far, "netns", self.gateway)
        where = ["-n", peer] if peer else []
        if peer:
            run("ip", "link", "set", near, "netns", peer)
        for end, name, own in ((where, near, address), (["-n", self.gateway], far, gateway_address)):
            run("ip", *end, "address", "add", f"{own}/24", "dev", name)
            run("ip", *end, "link", "set", name, "up")

    def address(self, namespace, address):
        device = f"{namespace}-{self.number}"[:14]
        run("ip", "-n", namespace, "address", "add", f"{address}/24", "dev", device)

    @staticmethod
    def inside(namespace):
        """The words that run a command in a namespace; it keeps the process id."""
        return ["nsenter", f"--net=/run/netns/{namespace}"]
