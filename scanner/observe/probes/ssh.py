"""SSH: the identification line, the algorithms offered, and the host key by one key exchange; never a login."""

import base64
import hashlib
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scanner.model.kinds import Touch
from scanner.model.net import tcp
from scanner.model.observation import Scalar, Value
from scanner.observe.probe import ONCE, Probe
from scanner.observe.text import CAP, said
from scanner.wire.conn import Conn

IDENT: Final = b"SSH-2.0-stalehost_0.1\r\n"

_KEXINIT, _KEX_ASK, _KEX_REPLY, _DISCONNECT = 20, 30, 31, 1
# RFC 4253 section 6.1: an implementation must take packets of up to 35000 bytes
_LONGEST: Final = 35000
# RFC 4253 section 4.2: the server may send other lines before its own; old banners run to a screenful
_LINES: Final = 50
_PACKETS: Final = 8

_HOST_KEYS: Final[tuple[str, ...]] = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
    "ssh-rsa",
    "ssh-dss",
)
"""What we ask for, first the one that every later scan will ask for too: the same device, the same key."""

_LISTS: Final = (
    "kex",
    "host_key",
    "encryption",
    "encryption_back",
    "mac",
    "mac_back",
    "compression",
    "compression_back",
    "language",
    "language_back",
)
_SHOWN: Final = ("kex", "host_key", "encryption", "mac", "compression")


def _modp(digits: str) -> int:
    """A MODP prime of RFC 2409 section 6.2 and RFC 3526: all ones at both ends, pi between."""
    return int("F" * 16 + digits + "F" * 16, 16)


GROUP1: Final = _modp(
    "C90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B"
    "0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381"
)
GROUP14: Final = _modp(
    "C90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B"
    "0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF05"
    "98DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D"
    "670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28F"
    "B5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA051015728E5A8AACAA68"
)


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def _mpint(value: int) -> bytes:
    # RFC 4251 section 5: two's complement, so a leading zero where the top bit is set
    return _string(value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _curve25519() -> bytes:
    return _string(X25519PrivateKey.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def _nistp256() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return _string(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def _finite(prime: int) -> bytes:
    return _mpint(pow(2, secrets.randbits(256) | 1 << 255, prime))


_EXCHANGES: Final[Mapping[str, Callable[[], bytes]]] = {
    "curve25519-sha256": _curve25519,
    "curve25519-sha256@libssh.org": _curve25519,
    "ecdh-sha2-nistp256": _nistp256,
    # old devices offer nothing better; the answer is only read, never relied on
    "diffie-hellman-group14-sha256": lambda: _finite(GROUP14),
    "diffie-hellman-group14-sha1": lambda: _finite(GROUP14),
    "diffie-hellman-group1-sha1": lambda: _finite(GROUP1),
}
"""How to ask for the host key, cheapest for the device first."""


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Read the identification, send ours, read the algorithms, ask for the host key once, and hang up."""
    heard = await _identification(conn)
    if _version(heard).startswith("2") or _version(heard) == "1.99":
        await conn.send(IDENT)
        heard += await _packet(conn, _KEXINIT)
        offer = _offer(_lists(heard))
        if offer:
            await conn.send(offer)
            heard += await _packet(conn, _KEX_REPLY)
    for fact in parse(heard) or ():
        yield fact


def parse(data: bytes) -> tuple[tuple[str, Value], ...] | None:
    """Read all that a server sent: lines, its identification, then packets; None when it is not SSH."""
    line, rest = _split(data)
    version, dash, software = line.removeprefix(b"SSH-").partition(b"-")
    if not line.startswith(b"SSH-") or not version or not dash:
        return None
    facts: list[tuple[str, Value]] = [("ssh.banner", said(software)), ("ssh.protocol", said(version))]
    for payload in _payloads(rest):
        lists = _kexinit(payload)
        key = _host_key(payload)
        if lists:
            facts.append(("ssh.kexinit", {name: lists[name] for name in _SHOWN}))
        if key:
            facts.append(("ssh.host_key", key))
            break
    return tuple(facts)


async def _identification(conn: Conn) -> bytes:
    heard = b""
    for _ in range(_LINES):
        line = await conn.until(b"\n", 512)
        heard += line
        if line.startswith(b"SSH-") or not line:
            break
    return heard


async def _packet(conn: Conn, wanted: int) -> bytes:
    """Packets up to the one wanted; fewer when the server stops or hangs up."""
    heard = b""
    for _ in range(_PACKETS):
        head = await conn.exactly(4)
        length = int.from_bytes(head, "big")
        if len(head) < 4 or not 2 <= length <= _LONGEST:
            break
        body = await conn.exactly(length)
        heard += head + body
        if len(body) < length or body[1] in {wanted, _DISCONNECT}:
            break
    return heard


def _offer(lists: Mapping[str, list[str]] | None) -> bytes:
    """Our KEXINIT and our half of the exchange: what the server offers, given back; empty when we know no way."""
    if lists is None:
        return b""
    kex = next((name for name in _EXCHANGES if name in lists["kex"]), None)
    keys = [name for name in _HOST_KEYS if name in lists["host_key"]]
    if kex is None or not keys:
        return b""
    ours: dict[str, list[str]] = {**lists, "kex": [kex], "host_key": keys}
    names = b"".join(_string(",".join(ours[name]).encode("ascii", "replace")) for name in _LISTS)
    kexinit = bytes([_KEXINIT]) + secrets.token_bytes(16) + names + bytes(5)
    return _framed(kexinit) + _framed(bytes([_KEX_ASK]) + _EXCHANGES[kex]())


def _framed(payload: bytes) -> bytes:
    # RFC 4253 section 6: at least four bytes of padding, the whole a multiple of eight
    padding = 8 - (len(payload) + 5) % 8
    padding += 8 if padding < 4 else 0
    return (len(payload) + padding + 1).to_bytes(4, "big") + bytes([padding]) + payload + bytes(padding)


def _split(data: bytes) -> tuple[bytes, bytes]:
    """The identification line without its end, and what follows it; two empty texts when there is none."""
    at = 0 if data.startswith(b"SSH-") else data.find(b"\nSSH-") + 1
    if at == 0 and not data.startswith(b"SSH-"):
        return b"", b""
    line, _, rest = data[at:].partition(b"\n")
    return line.removesuffix(b"\r")[:CAP], rest


def _version(data: bytes) -> str:
    return said(_split(data)[0].removeprefix(b"SSH-").partition(b"-")[0])


def _lists(data: bytes) -> dict[str, list[str]] | None:
    return next((lists for lists in map(_kexinit, _payloads(_split(data)[1])) if lists), None)


def _payloads(data: bytes) -> Iterator[bytes]:
    """The payload of each whole packet, in the clear."""
    for _ in range(2 * _PACKETS):
        length = int.from_bytes(data[:4], "big")
        if not 2 <= length <= _LONGEST or len(data) < 4 + length:
            return
        yield data[5 : max(5, 4 + length - data[4])]
        data = data[4 + length :]


def _kexinit(payload: bytes) -> dict[str, list[str]] | None:
    # RFC 4253 section 7.1: byte SSH_MSG_KEXINIT, byte[16] cookie, ten name-lists
    if payload[:1] != bytes([_KEXINIT]):
        return None
    lists, rest = {}, payload[17:]
    for name in _LISTS:
        taken = _take(rest)
        if taken is None:
            return None
        lists[name] = [one for one in said(taken[0]).split(",") if one]
        rest = taken[1]
    return lists


def _host_key(payload: bytes) -> dict[str, Scalar | list[str]] | None:
    # RFC 4253 section 8 and RFC 5656 section 4 agree: byte 31, string K_S
    taken = _take(payload[1:]) if payload[:1] == bytes([_KEX_REPLY]) else None
    named = _take(taken[0]) if taken else None
    if taken is None or named is None:
        return None
    digest = base64.b64encode(hashlib.sha256(taken[0]).digest()).decode().rstrip("=")
    algorithm = said(named[0])
    return {"algorithm": algorithm, "fingerprint": f"SHA256:{digest}", "bits": _bits(algorithm, named[1])}


def _bits(algorithm: str, rest: bytes) -> int | None:
    """The key's size; None for a kind of key we do not know or a broken one."""
    match algorithm:
        case "ssh-ed25519" | "ecdsa-sha2-nistp256":
            return 256
        case "ecdsa-sha2-nistp384":
            return 384
        case "ecdsa-sha2-nistp521":
            return 521
        case "ssh-rsa":
            # e, then n
            exponent = _take(rest)
            modulus = _take(exponent[1]) if exponent else None
            return int.from_bytes(modulus[0], "big").bit_length() if modulus else None
        case "ssh-dss":
            prime = _take(rest)
            return int.from_bytes(prime[0], "big").bit_length() if prime else None
        case _:
            return None


def _take(data: bytes) -> tuple[bytes, bytes] | None:
    """One SSH string and what follows it; None when it is cut short."""
    length = int.from_bytes(data[:4], "big")
    if len(data) < 4 or len(data) < 4 + length:
        return None
    return data[4 : 4 + length], data[4 + length :]


PROBE: Final = Probe(
    name="ssh",
    ports=frozenset({tcp(22), tcp(2222)}),
    touch=Touch.ASK,
    connections=ONCE,
    talk=talk,
    sends="An SSH identification line, one list of algorithms and one key-exchange message, as any SSH client"
    " does before a login; then it hangs up. No user name, no password, no key.",
)
