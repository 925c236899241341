"""Broadcasts use one system call for many clients, where the kernel permits it."""

import contextlib
import ctypes
import errno
import pathlib
import sys

import pytest

from clients import receive

SETUP, ENTER = 425, 426
RING = "anon_inode:[io_uring]"
DENY = pathlib.Path(__file__).parent / "deny_system_calls.py"


def is_permitted():
    """Whether this machine's kernel has io_uring and permits it."""
    libc = ctypes.CDLL(None, use_errno=True)
    # A call without parameters fails; the error says why.
    return libc.syscall(SETUP, 1, None) == -1 and ctypes.get_errno() == errno.EFAULT


def broadcast(gateway, clients=5, messages=20):
    """Sends readings; every client receives all of them, in order."""
    with contextlib.ExitStack() as stack:
        connected = [stack.enter_context(gateway.heart()) for _ in range(clients)]
        for client in connected:
            assert receive(client)["type"] == "status"
        board = gateway.board()
        for number in range(messages):
            board.send('{"user":1,"bpm":%d}' % (60 + number))
            for client in connected:
                assert receive(client)["bpm_raw"] == 60 + number


@pytest.mark.skipif(not is_permitted(), reason="the kernel lacks io_uring or denies it")
def test_clients_are_sent_to_together(run):
    gateway = run()
    broadcast(gateway)
    assert gateway.open_files.count(RING) == 1


@pytest.mark.parametrize("denied", [[SETUP], [ENTER]], ids=["setup", "enter"])
def test_a_kernel_that_denies_it_changes_nothing_for_the_clients(run, denied):
    gateway = run(wrapper=(sys.executable, str(DENY), ",".join(map(str, denied))))
    broadcast(gateway)
    assert RING not in gateway.open_files
