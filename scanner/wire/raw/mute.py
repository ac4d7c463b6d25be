"""Take from this process every way of sending, for good: the kernel refuses the calls, whatever this program tries.

A packet socket cannot be shut down for sending (packet(7) has no shutdown), so the calls themselves are forbidden, by a
filter of system calls (seccomp(2), Linux Documentation/userspace-api/seccomp_filter.rst) that nothing can take off again.
"""

import array
import ctypes
import os
import platform
import struct
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from scanner.errors import HostError

_LOAD, _EQUAL, _AT_LEAST, _GIVE = 0x20, 0x15, 0x35, 0x06
"""Classic BPF: load a word, jump when equal, jump when not less, give back."""
_NUMBER, _MACHINE, _FIRST = 0, 4, 16
"""Where struct seccomp_data has the call's number, the machine, and the low half of the first argument."""
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | 1, 0x80000000
"""Let it pass; give EPERM back; end the process, whose calls are of another machine than it was built for."""
_X32: Final = 0x40000000
_SET_FILTER, _ALL_THREADS = 1, 1


class Calls(Struct, frozen=True):
    """Numbers of system calls on one kind of machine."""

    machine: int
    """AUDIT_ARCH of linux/audit.h."""
    seccomp: int
    write: tuple[int, ...]
    """`write` and `writev`: allowed on standard output and standard error only."""
    forbidden: Mapping[str, int]
    """Sending, new sockets, other ways to write to a descriptor or to have another one, other programs."""


# asm-generic/unistd.h
_GENERIC: Final = {
    "sendto": 206, "sendmsg": 211, "sendmmsg": 269, "socket": 198, "socketpair": 199, "connect": 203, "setsockopt": 208,
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "io_submit": 2, "sendfile": 71, "splice": 76,
    "vmsplice": 75, "tee": 77, "pwrite64": 68, "pwritev": 70, "pwritev2": 287, "dup": 23, "dup3": 24, "fcntl": 25,
    "pidfd_getfd": 438, "ptrace": 117, "process_vm_writev": 271, "bpf": 280, "execve": 221, "execveat": 281,
}  # fmt: skip
# arch/x86/entry/syscalls/syscall_64.tbl
_X86: Final = {
    "sendto": 44, "sendmsg": 46, "sendmmsg": 307, "socket": 41, "socketpair": 53, "connect": 42, "setsockopt": 54,
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "io_submit": 209, "sendfile": 40,
    "splice": 275, "vmsplice": 278, "tee": 276, "pwrite64": 18, "pwritev": 296, "pwritev2": 328, "dup": 32, "dup2": 33,
    "dup3": 292, "fcntl": 72, "pidfd_getfd": 438, "ptrace": 101, "process_vm_writev": 311, "bpf": 321, "execve": 59,
    "execveat": 322,
}  # fmt: skip
MACHINES: Final[Mapping[str, Calls]] = {
    "x86_64": Calls(0xC000003E, 317, (1, 20), _X86),
    "aarch64": Calls(0xC00000B7, 277, (64, 66), _GENERIC),
    "riscv64": Calls(0xC00000F3, 277, (64, 66), _GENERIC),
}
"""By what `uname -m` says."""


def mute() -> None:
    """Forbid this process and all its threads to send; raise HostError where the kernel cannot do that."""
    calls = MACHINES.get(platform.machine())
    if calls is None:
        raise HostError(
            f"no listening on {platform.machine()}: its system calls are not known to us, so none could be forbidden"
        )
    steps = program(calls)
    held = array.array("B", b"".join(struct.pack("HBBI", *step) for step in steps))
    where, _ = held.buffer_info()
    libc = ctypes.CDLL(None, use_errno=True)
    # no new privileges: what the kernel asks of those who filter themselves without being root
    libc.prctl(38, 1, 0, 0, 0)
    wish = ctypes.create_string_buffer(struct.pack("HP", len(steps), where))
    if libc.syscall(calls.seccomp, _SET_FILTER, _ALL_THREADS, wish) != 0:
        why = os.strerror(ctypes.get_errno())
        raise HostError(f"cannot forbid this process to send (seccomp: {why}), so it does not listen")


def program(calls: Calls) -> list[tuple[int, int, int, int]]:
    """The filter: code, jump if true, jump if false, number."""
    steps = [
        (_LOAD, 0, 0, _MACHINE),
        (_EQUAL, 1, 0, calls.machine),
        (_GIVE, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]
    # x32's calls have numbers of their own and are none of ours
    steps += [(_AT_LEAST, 0, 1, _X32), (_GIVE, 0, 0, _REFUSE)]
    for number in calls.forbidden.values():
        steps += [(_EQUAL, 0, 1, number), (_GIVE, 0, 0, _REFUSE)]
    for number in calls.write:
        steps += [(_EQUAL, 0, 5, number), (_LOAD, 0, 0, _FIRST), (_EQUAL, 1, 0, 1), (_EQUAL, 0, 1, 2)]
        steps += [(_GIVE, 0, 0, _ALLOW), (_GIVE, 0, 0, _REFUSE)]
    return [*steps, (_GIVE, 0, 0, _ALLOW)]
