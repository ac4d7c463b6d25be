"""The port mapper of Unix: which programs are registered with it (RFC 1833, 3: PMAPPROC_DUMP). None of them is spoken to.

Ports are left out of what is seen: most are new with every start, and say nothing about the system.
"""

import struct
from collections.abc import AsyncIterator, Iterator
from typing import Final

from scanner.model.kinds import Profile, Touch
from scanner.model.net import tcp
from scanner.model.observation import Value
from scanner.observe.probe import Probe
from scanner.wire.conn import Conn

_MAPPER: Final = 100000
_XID: Final = 0x5348
_MOST: Final = 16384
_ROW: Final = struct.Struct(">IIIII")

# as IANA lists the numbers of remote procedure call programs
_NAMES: Final = {
    100000: "portmapper",
    100001: "rstatd",
    100002: "rusersd",
    100003: "nfs",
    100004: "ypserv",
    100005: "mountd",
    100007: "ypbind",
    100008: "walld",
    100009: "yppasswdd",
    100011: "rquotad",
    100012: "sprayd",
    100017: "rexd",
    100020: "llockmgr",
    100021: "nlockmgr",
    100024: "status",
    100026: "bootparam",
    100068: "cmsd",
    100069: "ypxfrd",
    100083: "ttdbserverd",
    100221: "kcms",
    100227: "nfs_acl",
    100232: "sadmind",
    100235: "cachefsd",
    100249: "snmpxdmid",
    100300: "nisd",
    150001: "pcnfsd",
    300019: "amd",
    391002: "sgi_fam",
}


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Ask for the list once."""
    await conn.send(_question())
    got, last = b"", False
    while not last:
        # RFC 5531, 11: a record comes in fragments; the highest bit marks the last one
        mark = await conn.exactly(4)
        length = int.from_bytes(mark, "big") & 0x7FFF_FFFF
        if len(mark) < 4 or not length or len(got) + length > _MOST:
            break
        last = bool(mark[0] & 0x80)
        got += await conn.exactly(length)
    programs = parse(got)
    if programs is not None:
        yield (
            "rpcbind.programs",
            {
                "programs": list(programs),
                "versions": [f"{name} {','.join(map(str, found))}" for name, found in programs.items()],
            },
        )


def parse(reply: bytes) -> dict[str, list[int]] | None:
    """The registered programs by name (by number where it has none) with their versions; None for any other bytes."""
    # RFC 5531, 9: number, REPLY, accepted, a verifier, success
    if len(reply) < 24 or struct.unpack(">III", reply[:12]) != (_XID, 1, 0):
        return None
    at = 20 + (int.from_bytes(reply[16:20], "big") + 3) // 4 * 4
    if reply[at : at + 4] != bytes(4):
        return None
    found: dict[str, set[int]] = {}
    for program, version in _rows(reply[at + 4 :]):
        found.setdefault(_NAMES.get(program, str(program)), set()).add(version)
    return {name: sorted(found[name]) for name in sorted(found)}


def _rows(rows: bytes) -> Iterator[tuple[int, int]]:
    """RFC 1833, 3 (pmaplist): 1, then program, version, protocol and port; 0 ends it."""
    for at in range(0, len(rows) - _ROW.size + 1, _ROW.size):
        follows, program, version, _protocol, _port = _ROW.unpack_from(rows, at)
        if follows != 1:
            return
        yield program, version


def _question() -> bytes:
    """RFC 5531, 9: call, RPC version 2; port mapper version 2, procedure 4 (DUMP); no credential, no verifier."""
    call = struct.pack(">10I", _XID, 0, 2, _MAPPER, 2, 4, 0, 0, 0, 0)
    return (0x8000_0000 | len(call)).to_bytes(4, "big") + call


PROBE: Final = Probe(
    name="rpcbind",
    ports=frozenset({tcp(111)}),
    touch=Touch.ASK,
    connections={Profile.OFFICE: 1, Profile.LAB: 1, Profile.BENCH: 1},
    talk=talk,
    sends="One call that lists the registered programs (DUMP). No program is called, nothing mounted, no export listed.",
)
