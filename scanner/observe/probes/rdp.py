"""RDP: which security the server asks for; in office networks also its certificate and NTLM challenge ([MS-RDPBCGR])."""

import struct
from collections.abc import AsyncIterator
from typing import Final

from msgspec import Struct

from scanner.model.kinds import Profile, Touch
from scanner.model.net import tcp
from scanner.model.observation import Scalar, Value
from scanner.observe import asn1, ntlm, x509
from scanner.observe.another import another
from scanner.observe.inside import Inside, enter
from scanner.observe.probe import Probe
from scanner.wire.conn import Conn

_TLS, _CREDSSP, _EARLY_AUTH = 1, 2, 8

# [MS-RDPBCGR] 2.2.1.1.1 and 2.2.1.2.1: the protocols
_PROTOCOLS: Final = {
    0: "standard",
    _TLS: "tls",
    _CREDSSP: "credssp",
    4: "rdstls",
    _EARLY_AUTH: "credssp-early-auth",
}
# 2.2.1.2.1: what a server can do
_FLAGS: Final = {
    0x01: "extended-client-data",
    0x02: "graphics-pipeline",
    0x04: "reserved",
    0x08: "restricted-admin",
    0x10: "redirected-authentication",
}
# 2.2.1.2.2: why a server refuses what was asked for
_FAILURES: Final = {
    1: "ssl-required",
    2: "ssl-not-allowed",
    3: "ssl-certificate-missing",
    4: "inconsistent-flags",
    5: "hybrid-required",
    6: "ssl-with-user-auth-required",
}
_LONGEST: Final = 16384
"""A CredSSP message with a challenge has a few hundred bytes."""


class Answer(Struct, frozen=True, kw_only=True):
    """A connection confirm: what the server chose, or why it would not."""

    selected: int | None
    """Protocol; 0 is the old RDP security without TLS; None when it refused."""
    flags: int = 0
    failure: int | None = None


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Ask for the security; where a second connection is allowed, open TLS there and ask for the challenge."""
    answer = await _negotiated(conn)
    if answer is None:
        return
    yield "rdp.security", words(answer)
    if answer.selected not in {_TLS, _CREDSSP, _EARLY_AUTH}:
        return
    async with another(conn) as second:
        if second is None or await _negotiated(second) is None:
            return
        inside = await enter(second)
        if inside is None:
            return
        for fact in x509.parse(inside.certificate()):
            yield fact
        if answer.selected != _TLS:
            for fact in await _challenge(inside):
                yield fact


def parse(data: bytes) -> Answer | None:
    """Read a connection confirm, or None if it is none."""
    # T.123 (TPKT) version 3, then X.224 13.4: length, CC (0xD0), two references, class
    if len(data) < 11 or data[:2] != b"\x03\0" or data[5] & 0xF0 != 0xD0:
        return None
    if len(data) < 19:
        return Answer(selected=0)  # 2.2.1.2: a server that knows no negotiation sends none back
    kind, flags, length, value = struct.unpack_from("<BBHI", data, 11)
    match kind, length:
        case 2, 8:
            return Answer(selected=value, flags=flags)
        case 3, 8:
            return Answer(selected=None, failure=value)
        case _:
            return None


async def _negotiated(conn: Conn) -> Answer | None:
    """2.2.1.1: connection request with TLS, CredSSP and early user authorisation on offer; no cookie, no name."""
    wanted = struct.pack("<BBHI", 1, 0, 8, _TLS | _CREDSSP | _EARLY_AUTH)
    request = b"\xe0\0\0\0\0\0" + wanted
    await conn.send(struct.pack(">BBHB", 3, 0, 5 + len(request), len(request)) + request)
    head = await conn.exactly(4)
    length = int.from_bytes(head[2:], "big")
    if len(head) < 4 or not 11 <= length <= 512:
        return None
    return parse(head + await conn.exactly(length - 4))


async def _challenge(inside: Inside) -> list[tuple[str, Value]]:
    """Send [MS-CSSP] 2.2.1 TSRequest with our NTLM hello; its answer carries the challenge, and we leave it there."""
    token = asn1.context(0, asn1.element(asn1.OCTET_STRING, ntlm.hello()))
    tokens = asn1.context(1, asn1.element(asn1.SEQUENCE, asn1.element(asn1.SEQUENCE, token)))
    # version 2 is what the oldest CredSSP server (Vista) knows, and every later one still answers
    version = asn1.context(0, asn1.element(asn1.INTEGER, b"\x02"))
    await inside.send(asn1.element(asn1.SEQUENCE, version, tokens))
    got = b""
    while len(got) < min(asn1.end(got) or _LONGEST, _LONGEST):
        more = await inside.some()
        if not more:
            break
        got += more
    # the challenge is found wherever it stands in the message
    challenge = ntlm.parse(got)
    return list(ntlm.facts(challenge)) if challenge else []


def words(answer: Answer) -> dict[str, Scalar | list[str]]:
    """The value of `rdp.security`."""
    if answer.selected is None:
        return {"failure": _FAILURES.get(answer.failure or 0, f"code {answer.failure}")}
    selected = _PROTOCOLS.get(answer.selected, f"protocol {answer.selected}")
    if not answer.selected:
        return {"selected": selected}
    return {"selected": selected, "flags": [word for bit, word in _FLAGS.items() if answer.flags & bit]}


PROBE: Final = Probe(
    name="rdp",
    ports=frozenset({tcp(3389)}),
    touch=Touch.ASK,
    connections={
        Profile.CLINICAL: 1,
        Profile.OT: 1,
        Profile.OFFICE: 2,
        Profile.LAB: 2,
        Profile.BENCH: 2,
    },
    talk=talk,
    sends="One X.224 connection request that offers TLS and CredSSP. Office and lab, where the server chose one of them:"
    " a second connection with a TLS handshake and an NTLM hello without name or password, left at the challenge.",
)
