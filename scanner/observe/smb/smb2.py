"""SMB2 and 3: one negotiation, one session setup that stops at the server's challenge ([MS-SMB2])."""

import struct
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from scanner.model.observation import Value
from scanner.observe import filetime
from scanner.observe.smb.frame import frame

WILDCARD: Final = 0x02FF
"""A server's answer to a multi-protocol offer: SMB2, dialect to be settled by a proper negotiation."""

# [MS-SMB2] 2.2.3: the dialects, in the words that people use
_DIALECTS: Final = {0x0202: "2.0.2", 0x0210: "2.1", 0x0300: "3.0", 0x0302: "3.0.2", 0x0311: "3.1.1"}
_MAGIC: Final = b"\xfeSMB"
_HEAD: Final = 64
_NEGOTIATE: Final = 0
_SESSION_SETUP: Final = 1
# Who we are to a server: the same in every scan, so that its owner can tell us from other clients
_OUR_GUID: Final = bytes.fromhex("7374616c65686f73742d7363616e0001")


class Negotiated(Struct, frozen=True, kw_only=True):
    """A server's answer to an SMB2 negotiation."""

    dialect: int
    signing: str
    """`required`, `enabled` or `disabled`."""
    guid: str
    system_time: str | None
    boot_time: str | None
    """When the service started; servers since about 2015 send zero, which is None here."""


def negotiate(message_id: int) -> bytes:
    """Offer every dialect ([MS-SMB2] 2.2.3)."""
    dialects = struct.pack(f"<{len(_DIALECTS)}H", *_DIALECTS)
    contexts_at = -(-(_HEAD + 36 + len(dialects)) // 8) * 8
    contexts = _contexts()
    # SecurityMode 1: signing enabled; no capabilities of ours
    fixed = struct.pack("<HHHHI16sIHH", 36, len(_DIALECTS), 1, 0, 0, _OUR_GUID, contexts_at, len(contexts), 0)
    body = (fixed + dialects).ljust(contexts_at - _HEAD, b"\0")
    return frame(_header(_NEGOTIATE, message_id) + body + _joined(contexts))


def session_setup(token: bytes, message_id: int) -> bytes:
    """A session setup that carries `token` and no account ([MS-SMB2] 2.2.5)."""
    fixed = struct.pack("<HBBIIHHQ", 25, 0, 1, 0, 0, _HEAD + 24, len(token), 0)
    return frame(_header(_SESSION_SETUP, message_id) + fixed + token)


def parse_negotiate(message: bytes) -> Negotiated | None:
    """Read a negotiate response, or None if it is none."""
    if not _is(message, _NEGOTIATE) or len(message) < 128 or int.from_bytes(message[8:12], "little"):
        return None
    size, mode, dialect = struct.unpack_from("<HHH", message, 64)
    if size != 65:
        return None
    return Negotiated(
        dialect=dialect,
        # [MS-SMB2] 2.2.4: 1 = enabled, 2 = required
        signing="required" if mode & 2 else "enabled" if mode & 1 else "disabled",
        guid=_guid(message[72:88]),
        system_time=filetime.read(message[104:112]),
        boot_time=filetime.read(message[112:120]),
    )


def parse_setup(message: bytes) -> bytes | None:
    """The security blob of a session setup response, or None if it is none."""
    if not _is(message, _SESSION_SETUP) or len(message) < _HEAD + 8:
        return None
    start, length = struct.unpack_from("<HH", message, _HEAD + 4)
    return message[start : start + length]


def facts(answer: Negotiated) -> Iterator[tuple[str, Value]]:
    """The observations that a settled negotiation gives."""
    yield "smb2.dialect", _DIALECTS.get(answer.dialect, f"0x{answer.dialect:04x}")
    yield "smb2.signing", answer.signing
    if answer.guid.strip("0-"):
        yield "smb2.guid", answer.guid
    if answer.system_time:
        yield "smb2.system_time", answer.system_time
    if answer.boot_time:
        yield "smb2.boot_time", answer.boot_time


def _header(command: int, message_id: int) -> bytes:
    # [MS-SMB2] 2.2.1.2
    return _MAGIC + struct.pack("<HHIHHIIQIIQ16s", 64, 0, 0, command, 31, 0, 0, message_id, 0xFEFF, 0, 0, b"")


def _contexts() -> list[bytes]:
    """What offering 3.1.1 obliges us to say ([MS-SMB2] 2.2.3.1): our hash (SHA-512) and ciphers.

    The salt is for sessions that are carried through; ours never is, so it need not be random.
    """
    integrity = struct.pack("<HHH", 1, 32, 1) + _OUR_GUID * 2
    encryption = struct.pack("<HHH", 2, 2, 1)  # AES-128-GCM, AES-128-CCM
    return [
        struct.pack("<HHI", kind, len(data), 0) + data for kind, data in ((1, integrity), (2, encryption))
    ]


def _joined(contexts: list[bytes]) -> bytes:
    """Contexts start on multiples of eight; nothing follows the last."""
    *before, last = contexts
    return b"".join(one.ljust(-(-len(one) // 8) * 8, b"\0") for one in before) + last


def _is(message: bytes, command: int) -> bool:
    """Whether it is a response (flag 1) to that command."""
    if len(message) < _HEAD or message[:4] != _MAGIC:
        return False
    return int.from_bytes(message[12:14], "little") == command and bool(message[16] & 1)


def _guid(data: bytes) -> str:
    """[MS-DTYP] 2.3.4.2: three numbers lowest byte first, then eight bytes as they come."""
    parts = data[3::-1], data[5:3:-1], data[7:5:-1], data[8:10], data[10:16]
    return "-".join(part.hex() for part in parts)
