"""SMB1: one negotiation, one session setup that stops at the server's challenge ([MS-CIFS], [MS-SMB])."""

import struct
from collections.abc import AsyncIterator
from typing import Final

from msgspec import Struct

from scanner.model.observation import Scalar, Value
from scanner.observe import ntlm
from scanner.observe.smb.frame import frame, receive
from scanner.observe.text import CAP
from scanner.wire.conn import Conn

NT_LM: Final = b"NT LM 0.12"
"""The only SMB1 dialect that anything since Windows NT 3.5 needs ([MS-CIFS] 1.7)."""

_MAGIC: Final = b"\xffSMB"
_NEGOTIATE: Final = 0x72
_SESSION_SETUP: Final = 0x73
_UNICODE: Final = 0x8000
_EXTENDED_SECURITY: Final = 0x8000_0000
_MORE_PROCESSING: Final = 0xC000_0016


class Negotiated(Struct, frozen=True, kw_only=True):
    """A server's answer to an SMB1 negotiation."""

    accepted: bool
    """Whether it took the dialect that was offered."""
    extended: bool = False
    """Whether it hands out an NTLM challenge in a session setup ([MS-SMB] 2.2.4.5.2.1)."""
    spnego: bool = False
    """Whether it wants that in SPNEGO."""
    session_key: int = 0
    names: dict[str, str] = {}
    """Server and domain, which only servers without extended security tell here."""


class Setup(Struct, frozen=True, kw_only=True):
    """A server's answer to a session setup: who it says it is."""

    blob: bytes
    native_os: str
    native_lm: str


def negotiate(*dialects: bytes) -> bytes:
    """Offer dialects, best last ([MS-CIFS] 2.2.4.52.1)."""
    offered = b"".join(b"\x02" + name + b"\0" for name in dialects)
    return frame(_header(_NEGOTIATE) + b"\0" + struct.pack("<H", len(offered)) + offered)


def session_setup(token: bytes, session_key: int) -> bytes:
    """A session setup that carries `token` and no account ([MS-SMB] 2.2.4.6.1)."""
    # VcNumber 1, never 0: at 0 a server may drop the client's other sessions ([MS-CIFS] 3.3.5.43)
    words = struct.pack("<BBHHHHIHI", 0xFF, 0, 0, 4356, 1, 1, session_key, len(token), 0)
    words += struct.pack("<I", _EXTENDED_SECURITY | 0x54)  # NT status, NT SMBs, Unicode
    start = 32 + 1 + len(words) + 2
    names = "\0stalehost\0".encode("utf-16-le")  # no operating system of ours; our own name as LAN manager
    data = token + bytes((start + len(token)) % 2) + names
    body = bytes([len(words) // 2]) + words + struct.pack("<H", len(data)) + data
    return frame(_header(_SESSION_SETUP) + body)


def parse_negotiate(message: bytes) -> Negotiated | None:
    """Read a negotiate response, or None if it is none."""
    if not _is(message, _NEGOTIATE) or len(message) < 35:
        return None
    words = message[32] * 2
    index = int.from_bytes(message[33:35], "little")
    # [MS-CIFS] 2.2.4.52.2: 0xFFFF means that no dialect will do; 17 words belong to NT LM 0.12
    if words != 34 or index == 0xFFFF or len(message) < 69:
        return Negotiated(accepted=False) if index == 0xFFFF else None
    session_key, capabilities = struct.unpack_from("<II", message, 48)
    data = message[69:]
    if capabilities & _EXTENDED_SECURITY:
        # [MS-SMB] 2.2.4.5.2.1: a GUID, then the SPNEGO offer; when that is empty, bare NTLMSSP is wanted
        return Negotiated(accepted=True, extended=True, spnego=len(data) > 16, session_key=session_key)
    # [MS-CIFS] 2.2.4.52.2: the challenge, the domain, and (2.2.4.5.2.2 of [MS-SMB]) the server's name
    names = _texts(data[message[66] :], wide=_wide(message))
    words_for = {"netbios_domain": names[0], "netbios_name": names[1]}
    return Negotiated(accepted=True, names={word: name for word, name in words_for.items() if name})


def parse_setup(message: bytes) -> Setup | None:
    """Read a session setup response, with a challenge or of the older form; None if it is none."""
    if not _is(message, _SESSION_SETUP) or len(message) < 43 or message[32] not in {3, 4}:
        return None
    if int.from_bytes(message[5:9], "little") not in {0, _MORE_PROCESSING}:
        return None
    # [MS-CIFS] 2.2.4.53.2 has three words and no blob, [MS-SMB] 2.2.4.6.2 a fourth with the blob's length
    blob = message[32] == 4
    start = 43 if blob else 41
    at = start + (int.from_bytes(message[39:41], "little") if blob else 0)
    wide = _wide(message)
    # [MS-SMB] 2.2.4.6.2: Unicode text starts on an even offset from the header
    native_os, native_lm = _texts(message[at + (at % 2 if wide else 0) :], wide=wide)
    return Setup(blob=message[start:at], native_os=native_os, native_lm=native_lm)


def parse_setup_request(message: bytes) -> tuple[str, str] | None:
    """What a client that asks for a session says it runs: system and LAN manager; None for no such request.

    The older form ([MS-CIFS] 2.2.4.53.1) names an account and carries an answer to a challenge before these texts:
    both are stepped over and never given out.
    """
    if len(message) < 33 or message[:4] != _MAGIC or message[4] != _SESSION_SETUP or message[9] & 0x80:
        return None
    words, wide = message[32] * 2, _wide(message)
    if words not in {24, 26} or len(message) < 35 + words:
        return None
    at = 35 + words + int.from_bytes(message[47:49], "little")
    if words == 24:
        return _texts(message[at + (at % 2 if wide else 0) :], wide=wide)
    at += int.from_bytes(message[49:51], "little")
    return _texts(message[at + (at % 2 if wide else 0) :], wide=wide, skip=2)


async def converse(conn: Conn, answer: Negotiated) -> AsyncIterator[tuple[str, Value]]:
    """Go on after an accepted negotiation: the names at hand, else one session setup up to the challenge."""
    if answer.names:
        names: dict[str, Scalar | list[str]] = {**answer.names}
        yield "ntlm.names", names
    # Without extended security a session setup would have to name an account: we leave it there
    if not answer.extended:
        return
    token = ntlm.wrapped() if answer.spnego else ntlm.hello()
    await conn.send(session_setup(token, answer.session_key))
    setup = parse_setup(await receive(conn))
    if setup is None:
        return
    if setup.native_os:
        yield "smb.native_os", setup.native_os
    if setup.native_lm:
        yield "smb.native_lm", setup.native_lm
    if challenge := ntlm.parse(setup.blob):
        for fact in ntlm.facts(challenge):
            yield fact


def _header(command: int) -> bytes:
    # [MS-CIFS] 2.2.3.1; flags2: long names, extended security, NT status, Unicode
    return _MAGIC + struct.pack("<BIBHH8sHHHHH", command, 0, 0x18, 0xC801, 0, b"", 0, 0xFFFF, 0xFEFF, 0, 0)


def _is(message: bytes, command: int) -> bool:
    """Whether it is a response (flag 0x80) to that command."""
    return len(message) > 32 and message[:4] == _MAGIC and message[4] == command and bool(message[9] & 0x80)


def _wide(message: bytes) -> bool:
    return bool(int.from_bytes(message[10:12], "little") & _UNICODE)


def _texts(data: bytes, *, wide: bool, skip: int = 0) -> tuple[str, str]:
    """Two NUL-ended texts, after as many as are skipped; the last one may lack its NUL, as Windows does."""
    text = data.decode("utf-16-le", "replace") if wide else data.decode("cp437")
    first, second = [*text.split("\0", skip + 2)[skip : skip + 2], "", ""][:2]
    return first[:CAP], second[:CAP]
