"""Browser announcements: a Windows or Samba machine tells its workgroup its name, version and roles ([MS-BRWS])."""

from collections.abc import Iterator
from typing import Final

from scanner.model.observation import Scalar
from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.text import said

_SLOT: Final = b"\\MAILSLOT\\BROWSE\0"
_HOST, _DOMAIN, _LOCAL_MASTER = 0x01, 0x0C, 0x0F
_FIXED: Final = 32
# [MS-BRWS] 2.2.6: what it can do, by bit
_ROLES: Final = {
    0: "workstation",
    1: "server",
    2: "sql-server",
    3: "domain-controller",
    4: "backup-domain-controller",
    5: "time-source",
    9: "print-server",
    10: "dial-in-server",
    11: "unix-server",
    12: "nt-workstation",
    15: "nt-server",
    17: "backup-browser",
    18: "master-browser",
    19: "domain-master",
    22: "windows-9x",
}


def parse(packet: Packet) -> Iterator[Fact]:
    """`netbios.announcement` {name, version, roles, comment} of a host; a workgroup's own announcement is not one."""
    at = packet.payload.find(_SLOT)
    message = packet.payload[at + len(_SLOT) :]
    if at < 0 or len(message) < _FIXED or message[0] not in {_HOST, _LOCAL_MASTER}:
        return
    # [MS-BRWS] 2.2.1: command, update count, period, name of 16, version, type, browser version, signature, comment
    flags = int.from_bytes(message[24:28], "little")
    told: dict[str, Scalar | list[str]] = {
        "name": said(message[6:22].split(b"\0")[0]),
        "version": f"{message[22]}.{message[23]}",
        "roles": [word for bit, word in _ROLES.items() if flags >> bit & 1],
    }
    comment = said(message[_FIXED:].split(b"\0")[0])
    if comment:
        told["comment"] = comment
    if told["name"]:
        yield Fact("netbios.announcement", told)


PARSER: Final = Parser(name="browser", takes=("udp/138",), parse=parse, differs=(2, 4))
