"""Signatures as OpenSSH writes them (its PROTOCOL.sshsig), and its list of who may sign: read, never made, here.

Several armored signatures stand one after the other in `scope.toml.sig`. Only the one spelling that OpenSSH itself
writes is read, so that no byte of a signature can change without its failing.
"""

import binascii
import fnmatch
import hashlib
import re
import struct
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

from scanner.errors import ScopeError
from scanner.scope import ed25519

NAMESPACE: Final = "stalehost-scope"
"""What a signature says that it is for: one made for another purpose is none for a scope file."""

KEY_TYPE: Final = b"ssh-ed25519"
MAGIC: Final = b"SSHSIG"
HASHES: Final[Mapping[bytes, str]] = {b"sha512": "sha512", b"sha256": "sha256"}
BEGIN: Final = "-----BEGIN SSH SIGNATURE-----"
END: Final = "-----END SSH SIGNATURE-----"

MOST: Final = 16
"""More signatures than this are nobody's two-person rule."""
LONGEST: Final = 64 * 1024
"""Characters of a signature file or of a list of signers."""


class Signature(Struct, frozen=True, kw_only=True):
    """One signature, read but not yet checked."""

    key: bytes
    """The 32 bytes of the public key that it says it is by."""
    hash: bytes
    signed: bytes
    """The 64 bytes of the signature itself."""

    def holds(self, message: bytes, namespace: str = NAMESPACE) -> bool:
        """Whether its key signed exactly this message, for a scope or whatever else `namespace` names."""
        return ed25519.verify(self.key, to_sign(message, self.hash, namespace), self.signed)


class Allowed(Struct, frozen=True, kw_only=True):
    """One line of an allowed_signers file: whose key this is, and from when to when it counts."""

    principal: str
    key: bytes
    valid_after: datetime | None
    valid_before: datetime | None


def fingerprint(key: bytes) -> str:
    """The key's name as `ssh-keygen -l` prints it."""
    digest = hashlib.sha256(key_blob(key)).digest()
    return "SHA256:" + binascii.b2a_base64(digest, newline=False).decode().rstrip("=")


def to_sign(message: bytes, algorithm: bytes = b"sha512", namespace: str = NAMESPACE) -> bytes:
    """The bytes that are signed in a message's place: its hash, bound to the namespace."""
    digest = hashlib.new(HASHES[algorithm], message).digest()
    return MAGIC + b"".join(map(string, (namespace.encode(), b"", algorithm, digest)))


def armor(key: bytes, signed: bytes, algorithm: bytes = b"sha512", namespace: str = NAMESPACE) -> str:
    """One signature as OpenSSH writes it into a file."""
    parts = (key_blob(key), namespace.encode(), b"", algorithm, string(KEY_TYPE) + string(signed))
    blob = MAGIC + struct.pack("!I", 1) + b"".join(map(string, parts))
    text = binascii.b2a_base64(blob, newline=False).decode()
    lines = [text[at : at + 70] for at in range(0, len(text), 70)]
    return "\n".join([BEGIN, *lines, END, ""])


def key_blob(key: bytes) -> bytes:
    """A public key as OpenSSH encodes it (RFC 8709, section 4)."""
    return string(KEY_TYPE) + string(key)


def string(data: bytes) -> bytes:
    """A string of the SSH protocol: its length, then itself (RFC 4251, section 5)."""
    return struct.pack("!I", len(data)) + data


# --- signature files --------------------------------------------------------------------------------------


def signatures(text: str, where: str, namespace: str = NAMESPACE) -> tuple[Signature, ...]:
    """Read every signature of a file; raise ScopeError with the line of the one that is no signature of ours."""
    if len(text) > LONGEST:
        raise ScopeError(f"{where}: {len(text)} characters are no signatures; the file is damaged")
    found = tuple(_signature(at, body, where, namespace) for at, body in _armored(text, where))
    if not found:
        raise ScopeError(f"{where}: holds no signature; sign again with `stalehost scope sign`")
    if len(found) > MOST:
        raise ScopeError(f"{where}: {len(found)} signatures; at most {MOST} are read")
    return found


def _armored(text: str, where: str) -> Iterator[tuple[int, str]]:
    """The base64 between each pair of armor lines, with the number of the first of them."""
    begun, body = 0, ""
    for number, line in enumerate(text.split("\n"), 1):
        if not begun and line == BEGIN:
            begun, body = number, ""
        elif begun and line == END:
            yield begun, body
            begun = 0
        elif begun and line:
            body += line
        elif begun:
            raise ScopeError(f"{where}:{begun}: this signature has no end")
        elif line:
            raise ScopeError(f"{where}:{number}: this is not part of an OpenSSH signature")
    if begun:
        raise ScopeError(f"{where}:{begun}: this signature has no end")


def _signature(at: int, body: str, where: str, wanted: str) -> Signature:
    place = f"{where}:{at}"
    try:
        blob = _unarmored(body)
        version = int.from_bytes(blob[:4], "big")
        key, namespace, reserved, algorithm, signed = _strings(blob[4:], 5)
        kinds = [_strings(part, 2) for part in (key, signed)]
    except ValueError as error:
        raise ScopeError(f"{place}: this signature is damaged") from error
    if version != 1 or reserved:
        raise ScopeError(f"{place}: this signature is of a kind that this stalehost does not know")
    if namespace != wanted.encode():
        said = namespace.decode("utf-8", "replace")
        raise ScopeError(f"{place}: this signature is for {said!r}, not for {wanted!r}")
    if algorithm not in HASHES:
        raise ScopeError(f"{place}: this signature uses a hash other than sha256 and sha512")
    if any(kind != KEY_TYPE for kind, _ in kinds):
        raise ScopeError(
            f"{place}: sign with an ed25519 key; this is {kinds[0][0].decode('ascii', 'replace')!r}"
        )
    return Signature(key=kinds[0][1], hash=algorithm, signed=kinds[1][1])


def _unarmored(body: str) -> bytes:
    """What follows the magic word; raise ValueError when it is not there, or not in its one spelling."""
    blob = binascii.a2b_base64(body, strict_mode=True)
    # the bits that base64 leaves over must be zero, or one signature would have several spellings
    if binascii.b2a_base64(blob, newline=False).decode() != body or blob[:6] != MAGIC:
        raise ValueError("not base64 of a signature")
    return blob[6:]


def _strings(data: bytes, count: int) -> list[bytes]:
    """So many SSH strings and nothing after them; raise ValueError for anything else."""
    found = []
    for _ in range(count):
        size = int.from_bytes(data[:4], "big")
        if len(data) < 4 + size:
            raise ValueError("cut off")
        found.append(data[4 : 4 + size])
        data = data[4 + size :]
    if data:
        raise ValueError("more than there should be")
    return found


# --- allowed_signers files --------------------------------------------------------------------------------

_OPTION: Final = re.compile(r'([A-Za-z][A-Za-z-]*)(?:="([^"]*)")?')
_LINE: Final = re.compile(
    r'(?:"([^"]+)"|([^"\s]+))\s+(?:((?:[^"\s]|"[^"]*")+)\s+)?([a-z0-9@.-]+)\s+(AAAA[\w+/=]*)(?:\s.*)?'
)
_KEY_NAME: Final = re.compile(r"(ssh|ecdsa|sk)-\S+")
_MOMENT: Final = re.compile(r"\d{8}(\d{4}(\d{2})?)?Z?")


def allowed(text: str, where: str, namespace: str = NAMESPACE) -> tuple[Allowed, ...]:
    """Read who may sign scopes (or what `namespace` names) (ssh-keygen(1), ALLOWED SIGNERS); raise ScopeError with the line that is wrong.

    Lines for other namespaces, for certificate authorities and for keys other than ed25519 are left out: they allow
    nobody to sign a scope here.
    """
    if len(text) > LONGEST:
        raise ScopeError(f"{where}: {len(text)} characters are no list of signers")
    found: list[Allowed] = []
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if bare and not bare.startswith("#"):
            found += _allowed(bare, f"{where}:{number}", namespace)
    return tuple(found)


def _allowed(line: str, place: str, namespace: str) -> Iterator[Allowed]:
    parts = _LINE.fullmatch(line)
    if not parts or not _KEY_NAME.fullmatch(parts[4]):
        raise ScopeError(f'{place}: write: name namespaces="{namespace}" ssh-ed25519 AAAA...')
    options = dict(_options(parts[3] or "", place))
    moments = [_moment(options.get(name), place) for name in ("valid-after", "valid-before")]
    for_us = "namespaces" not in options or _matches(namespace, options["namespaces"])
    if not for_us or "cert-authority" in options or parts[4] != KEY_TYPE.decode():
        return
    try:
        kind, key = _strings(binascii.a2b_base64(parts[5], strict_mode=True), 2)
    except ValueError as error:
        raise ScopeError(f"{place}: this key is damaged") from error
    if kind != KEY_TYPE or len(key) != 32:
        raise ScopeError(f"{place}: this is no ed25519 key")
    # several names on one line are several names of one person
    principal = (parts[1] or parts[2]).split(",")[0]
    yield Allowed(principal=principal, key=key, valid_after=moments[0], valid_before=moments[1])


def _options(text: str, place: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text):
        found = _OPTION.match(text, at)
        if not found or text[found.end() : found.end() + 1] not in ("", ","):
            raise ScopeError(f"{place}: cannot read the option {text[at:]!r}")
        name = found[1].lower()
        if name not in ("namespaces", "valid-after", "valid-before", "cert-authority"):
            raise ScopeError(f"{place}: unknown option {found[1]!r}")
        yield name, found[2] or ""
        at = found.end() + 1


def _matches(name: str, patterns: str) -> bool:
    """Whether a list of patterns holds the name; one with `!` that fits forbids it (ssh_config(5), PATTERNS)."""
    held = False
    for pattern in patterns.split(","):
        if fnmatch.fnmatchcase(name, pattern.removeprefix("!")):
            if pattern.startswith("!"):
                return False
            held = True
    return held


def _moment(text: str | None, place: str) -> datetime | None:
    """Read YYYYMMDD[HHMM[SS]][Z]; without Z it is this machine's own time, as for OpenSSH."""
    if text is None:
        return None
    if not _MOMENT.fullmatch(text):
        raise ScopeError(f"{place}: {text!r} is no time such as 20261231 or 202612312359Z")
    try:
        digits = text.removesuffix("Z").ljust(14, "0")
        year, *rest = int(digits[:4]), *(int(digits[at : at + 2]) for at in range(4, 14, 2))
        month, day, hour, minute, second = rest
        local = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        return local if text.endswith("Z") else local.replace(tzinfo=None).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ScopeError(f"{place}: {text!r} is no time such as 20261231 or 202612312359Z") from error
