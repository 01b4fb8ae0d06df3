"""A kernel that answers fsync and fdatasync with an error, for one thread or the whole process, until it ends.

By a seccomp filter, so neither Python, SQLite nor the worker is changed: the system call itself fails, as it does when
a disk is broken or full. It decides nothing else. Linux on x86-64 and ARM only; a filter cannot be taken back.
"""

import ctypes
import errno
import os
import platform
import struct

_NUMBERS = {"x86_64": (0xC000003E, 74, 75, 317), "aarch64": (0xC00000B7, 82, 83, 277)}
"""By machine: what the kernel calls it, and the numbers of fsync, fdatasync and seccomp."""
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_LOAD, _JUMP_EQUAL, _RETURN = 0x20, 0x15, 0x06
_NO_NEW_PRIVILEGES = 38

available = platform.system() == "Linux" and platform.machine() in _NUMBERS


def fail_syncs(error: int = errno.EIO, *, everywhere: bool = False) -> None:
    """From now on each sync fails with this error, in this thread, or `everywhere` in this process."""
    machine, fsync, fdatasync, seccomp = _NUMBERS[platform.machine()]
    program = (
        _step(_LOAD, 4),  # the machine that the call is for
        _step(_JUMP_EQUAL, machine, 1, 0),
        _step(_RETURN, _ALLOW),
        _step(_LOAD, 0),  # its number
        _step(_JUMP_EQUAL, fsync, 1, 0),
        _step(_JUMP_EQUAL, fdatasync, 0, 1),
        _step(_RETURN, _ERRNO | error),
        _step(_RETURN, _ALLOW),
    )
    steps = ctypes.create_string_buffer(b"".join(program))
    header = ctypes.create_string_buffer(struct.pack("H6xQ", len(program), ctypes.addressof(steps)))
    system = ctypes.CDLL(None, use_errno=True)
    if system.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or system.syscall(seccomp, 1, int(everywhere), header):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _step(code: int, value: int, then: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("HBBI", code, then, otherwise, value)
