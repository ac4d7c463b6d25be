"""RDP: which security the server asks for; in office networks also its certificate and NTLM challenge ([MS-RDPBCGR])."""

import ssl
import struct
from collections.abc import AsyncIterator, Iterator
from typing import Final

from cryptography import x509
from msgspec import Struct

from scanner.model.kinds import Profile, Touch
from scanner.model.net import tcp
from scanner.model.observation import Scalar, Value
from scanner.observe import asn1, ntlm
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
_ROUNDS: Final = 24
"""Reads a TLS handshake or an answer through it may take; a real one takes three or four."""


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
    yield "rdp.security", _words(answer)
    if answer.selected not in {_TLS, _CREDSSP, _EARLY_AUTH}:
        return
    second = await conn.again()
    if second is None or await _negotiated(second) is None:
        return
    layer = Layer(second)
    if not await layer.open():
        return
    for fact in certificate(layer.certificate()):
        yield fact
    if answer.selected != _TLS:
        for fact in await _challenge(layer):
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


def parse_challenge(request: bytes) -> ntlm.Challenge | None:
    """The NTLM challenge in a CredSSP message ([MS-CSSP] 2.2.1), or None."""
    return ntlm.parse(request)


def certificate(der: bytes) -> Iterator[tuple[str, Value]]:
    """`x509.subject`, `x509.issuer` and `tls.not_before` of a certificate; nothing of one that cannot be read."""
    try:
        read = x509.load_der_x509_certificate(der)
        subject, issuer = read.subject.rfc4514_string(), read.issuer.rfc4514_string()
        since = read.not_valid_before_utc
    except (ValueError, x509.InvalidVersion):
        return
    yield "x509.subject", subject
    yield "x509.issuer", issuer
    yield "tls.not_before", since.isoformat().replace("+00:00", "Z")


class Layer:
    """TLS over a connection of ours, that accepts anything: we want to see it, and send no secret through it."""

    def __init__(self, conn: Conn) -> None:
        self._conn = conn
        self._come, self._go = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = _lenient().wrap_bio(self._come, self._go)

    async def open(self) -> bool:
        """Shake hands; False when that fails."""
        for _ in range(_ROUNDS):
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                if not await self._turn():
                    return False
            except ssl.SSLError:
                return False
            else:
                return True
        return False

    def certificate(self) -> bytes:
        """The server's certificate, in DER; empty when it showed none."""
        return self._tls.getpeercert(binary_form=True) or b""

    async def ask(self, request: bytes) -> bytes:
        """Send one CredSSP message and return the whole of its answer, or what came of it."""
        got = b""
        try:
            self._tls.write(request)
        except ssl.SSLError:
            return got
        for _ in range(_ROUNDS):
            try:
                got += self._tls.read(16384)
            except ssl.SSLWantReadError:
                if not await self._turn():
                    break
            except ssl.SSLError:
                break
            if (end := asn1.end(got)) is not None and len(got) >= end:
                break
        return got

    async def _turn(self) -> bool:
        """Send what TLS has to send, take in what comes; False when nothing comes."""
        if out := self._go.read():
            await self._conn.send(out)
        data = await self._conn.some(16384)
        self._come.write(data)
        return bool(data)


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


async def _challenge(layer: Layer) -> list[tuple[str, Value]]:
    """Send [MS-CSSP] 2.2.1 TSRequest with our NTLM hello; its answer carries the challenge, and we leave it there."""
    token = asn1.context(0, asn1.element(asn1.OCTET_STRING, ntlm.hello()))
    tokens = asn1.context(1, asn1.element(asn1.SEQUENCE, asn1.element(asn1.SEQUENCE, token)))
    # version 2 is what the oldest CredSSP server (Vista) knows, and every later one still answers
    version = asn1.context(0, asn1.element(asn1.INTEGER, b"\x02"))
    challenge = parse_challenge(await layer.ask(asn1.element(asn1.SEQUENCE, version, tokens)))
    return list(ntlm.facts(challenge)) if challenge else []


def _words(answer: Answer) -> dict[str, Scalar | list[str]]:
    if answer.selected is None:
        return {"failure": _FAILURES.get(answer.failure or 0, f"code {answer.failure}")}
    selected = _PROTOCOLS.get(answer.selected, f"protocol {answer.selected}")
    if not answer.selected:
        return {"selected": selected}
    return {"selected": selected, "flags": [word for bit, word in _FLAGS.items() if answer.flags & bit]}


def _lenient() -> ssl.SSLContext:
    """TLS as old as this machine's OpenSSL can speak: RDP certificates are self-signed, and XP-age ciphers are the point."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.options |= 0x4  # SSL_OP_LEGACY_SERVER_CONNECT (named in Python 3.12): servers without RFC 5746
    return context


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
