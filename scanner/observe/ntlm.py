"""Ask for an NTLM challenge without any credential, and read the Windows build and names that it carries.

The first message names no user and proves nothing; the exchange is left there, so nobody is logged in ([MS-NLMP] 1.3.1.1).
"""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from scanner.model.observation import Scalar, Value
from scanner.observe import asn1, filetime

_SIGNATURE: Final = b"NTLMSSP\0"

# [MS-NLMP] 2.2.2.5: what we can do. VERSION and REQUEST_TARGET are what makes the answer say who it is
_UNICODE: Final = 0x0000_0001
_REQUEST_TARGET: Final = 0x0000_0004
_NTLM: Final = 0x0000_0200
_ALWAYS_SIGN: Final = 0x0000_8000
_EXTENDED_SECURITY: Final = 0x0008_0000
_TARGET_INFO: Final = 0x0080_0000
_VERSION: Final = 0x0200_0000
_KEYS: Final = 0xA000_0000  # 128 and 56 bits: some old servers answer nobody who has neither
_OURS: Final = _UNICODE | _REQUEST_TARGET | _NTLM | _ALWAYS_SIGN | _EXTENDED_SECURITY | _VERSION | _KEYS

# [MS-NLMP] 2.2.2.1: the AV_PAIR ids of names, in the words that `ntlm.names` uses
_NAMES: Final = {
    1: "netbios_name",
    2: "netbios_domain",
    3: "dns_name",
    4: "dns_domain",
    5: "dns_tree",
}
_TIMESTAMP: Final = 7
_LONGEST: Final = 255
"""A DNS name is no longer (RFC 1035, 2.3.4)."""

_SPNEGO: Final = bytes.fromhex("2b0601050502")  # 1.3.6.1.5.5.2
_NTLMSSP: Final = bytes.fromhex("2b06010401823702020a")  # 1.3.6.1.4.1.311.2.2.10


class Challenge(Struct, frozen=True, kw_only=True):
    """What a CHALLENGE_MESSAGE says about its sender."""

    version: str | None
    """Windows version and build, `6.1.7601`; None when the sender keeps it back."""
    names: dict[str, str]
    """`target` and the words of `ntlm.names`; only what is not empty."""
    timestamp: str | None
    """Its clock, ISO text in UTC."""


def hello() -> bytes:
    """The NEGOTIATE_MESSAGE, without a name, a domain or a credential ([MS-NLMP] 2.2.1.1)."""
    fields = _SIGNATURE + (1).to_bytes(4, "little") + _OURS.to_bytes(4, "little")
    # empty domain and workstation; version 0.0.0 (we are no Windows), NTLM revision 15
    return fields + bytes(16) + bytes(7) + b"\x0f"


def wrapped() -> bytes:
    """The same message as SPNEGO carries it (RFC 4178, 4.2.1: NegTokenInit with NTLMSSP as its one mechanism)."""
    mechanisms = asn1.context(0, asn1.element(asn1.SEQUENCE, asn1.element(asn1.OBJECT, _NTLMSSP)))
    token = asn1.context(2, asn1.element(asn1.OCTET_STRING, hello()))
    init = asn1.context(0, asn1.element(asn1.SEQUENCE, mechanisms, token))
    return asn1.element(0x60, asn1.element(asn1.OBJECT, _SPNEGO), init)


def parse(data: bytes) -> Challenge | None:
    """Read the challenge wherever it stands in `data` (bare, in SPNEGO, in CredSSP), or None if there is none."""
    at = data.find(_SIGNATURE + b"\2\0\0\0")
    message = data[at:]
    # [MS-NLMP] 2.2.1.2: 32 bytes up to the server challenge's end; old servers stop there
    if at < 0 or len(message) < 32:
        return None
    flags = int.from_bytes(message[20:24], "little")
    names: dict[str, str] = {}
    if target := _text(_payload(message, 12), flags):
        names["target"] = target
    pairs = dict(_pairs(_payload(message, 40))) if flags & _TARGET_INFO else {}
    # 2.2.2.1: names in AV pairs are always Unicode
    names |= {word: text for av, word in _NAMES.items() if (text := _text(pairs.get(av, b""), _UNICODE))}
    return Challenge(
        version=_version(message[48:56]) if flags & _VERSION else None,
        names=names,
        timestamp=filetime.read(pairs.get(_TIMESTAMP, b"")),
    )


def parse_client(data: bytes) -> Challenge | None:
    """What a client's own first or third message says of its machine: version and name ([MS-NLMP] 2.2.1.1, 2.2.1.3).

    The third one names a user too: that is never read.
    """
    first = data.find(_SIGNATURE + b"\1\0\0\0")
    third = data.find(_SIGNATURE + b"\3\0\0\0")
    if third >= 0:
        message, flags_at, name_at, version_at = data[third:], 60, 44, 64
    elif first >= 0:
        message, flags_at, name_at, version_at = data[first:], 12, 24, 32
    else:
        return None
    if len(message) < flags_at + 4:
        return None
    flags = int.from_bytes(message[flags_at : flags_at + 4], "little")
    # 2.2.1.1: the first message's name is in the machine's own code page, whatever the flags say
    name = _text(_payload(message, name_at), flags if third >= 0 else 0)
    return Challenge(
        version=_version(message[version_at : version_at + 8]) if flags & _VERSION else None,
        names={"netbios_name": name} if name else {},
        timestamp=None,
    )


def facts(challenge: Challenge) -> Iterator[tuple[str, Value]]:
    """The observations a challenge gives: `ntlm.version`, `ntlm.names`, `ntlm.timestamp`."""
    if challenge.version:
        yield "ntlm.version", challenge.version
    if challenge.names:
        names: dict[str, Scalar | list[str]] = {**challenge.names}
        yield "ntlm.names", names
    if challenge.timestamp:
        yield "ntlm.timestamp", challenge.timestamp


def _payload(message: bytes, at: int) -> bytes:
    """What the Len, MaxLen, BufferOffset triple at `at` points to; short or empty when it points outside."""
    length = int.from_bytes(message[at : at + 2], "little")
    start = int.from_bytes(message[at + 4 : at + 8], "little")
    return message[start : start + length]


def _pairs(data: bytes) -> Iterator[tuple[int, bytes]]:
    """AV_PAIRs up to MsvAvEOL (id 0)."""
    while len(data) >= 4:
        av, length = int.from_bytes(data[:2], "little"), int.from_bytes(data[2:4], "little")
        if av == 0:
            return
        yield av, data[4 : 4 + length]
        data = data[4 + length :]


def _text(data: bytes, flags: int) -> str:
    text = data.decode("utf-16-le", "replace") if flags & _UNICODE else data.decode("cp437")
    return text.partition("\0")[0][:_LONGEST]


def _version(data: bytes) -> str | None:
    """[MS-NLMP] 2.2.2.10: major, minor, build; a sender that fills in zeros says nothing."""
    if len(data) < 4 or not any(data[:4]):
        return None
    return f"{data[0]}.{data[1]}.{int.from_bytes(data[2:4], 'little')}"
