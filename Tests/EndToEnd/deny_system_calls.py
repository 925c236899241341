"""Runs a program to which the kernel denies some system calls, as a container's seccomp profile does.

    python deny_system_calls.py NUMBER[,NUMBER...] PROGRAM [ARGUMENT...]
"""

import ctypes
import errno
import os
import struct
import sys

SET_NO_NEW_PRIVILEGES, SET_SECCOMP, FILTER_MODE = 38, 22, 2
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, FAIL = 0x7FFF_0000, 0x0005_0000


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]


def deny(numbers):
    instructions = [(LOAD, 0, 0, 0)]
    for number in numbers:
        instructions += [(JUMP_IF_EQUAL, 0, 1, number), (RETURN, 0, 0, FAIL | errno.EPERM)]
    instructions.append((RETURN, 0, 0, ALLOW))
    program = Program(len(instructions), b"".join(struct.pack("HBBI", *instruction) for instruction in instructions))
    libc = ctypes.CDLL(None, use_errno=True)
    for arguments in (SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0), (SET_SECCOMP, FILTER_MODE, ctypes.byref(program)):
        if libc.prctl(*arguments) != 0:
            raise OSError(ctypes.get_errno(), "prctl")


if __name__ == "__main__":
    deny(int(number) for number in sys.argv[1].split(","))
    os.execv(sys.argv[2], sys.argv[2:])
