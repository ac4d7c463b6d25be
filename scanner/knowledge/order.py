"""The order of version texts: one comparator, and a table of what each maker's spelling means.

A key compares as bytes, so that SQLite's index and Python agree. Every scheme but the package managers' only rewrites
the text into words and numbers; the order of those is the same for all. Keys give a total order. Whether that order
means anything for two versions is another question: `comparable` says no for two trains of Cisco IOS.
"""

import enum
import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple


class Scheme(enum.StrEnum):
    """How a maker counts."""

    PLAIN = "plain"
    """Numbers by value, `rc` and its kin before the release, a patch letter after it, a further number after both."""
    DEB = "deb"
    """`[epoch:]upstream[-revision]` with `~` below everything (Debian policy 5.6.12, deb-version(7))."""
    RPM = "rpm"
    """`[epoch:]version[-release]`, `~` below and `^` just above the end (rpm-version(7))."""
    OPENSSL = "openssl"
    """`0.9.8zh`, `1.0.2-beta1`; `-fips` is a build of the same version."""
    OPENSSH = "openssh"
    """`7.4` and `7.4p1` are one release; `6.6.1p2` is a later port of it."""
    IOS = "ios"
    """`12.2(33)SXI4a`: number, maintenance, train, rebuild. Two trains have no order between them."""
    JUNOS = "junos"
    """`12.3R4-S2`: service releases follow their release; the spin in `12.3R4.5` says nothing."""
    FORTIOS = "fortios"
    """`v6.0.4,build0231`: the build names the same release again."""
    PANOS = "panos"
    """`9.1.0-h3` is a hotfix on 9.1.0, `10.0.0-b7` a beta before it."""
    SAMBA = "samba"
    """`3.6.6`, `4.0.0rc1`; what a distribution appends says nothing."""
    BIND = "bind"
    """`9.9.5-P1`, `9.9.0b2` before 9.9.0, `9.11.3-S1` of a line of its own."""
    ROUTEROS = "routeros"
    """`6.42rc27` before `6.42`."""
    BUILD = "build"
    """Numbers only: `10.0.17763.4974`, `6.1 (Build 7601)`, `15.0.847.32`."""
    TOMCAT = "tomcat"
    """`9.0.0.M1` is a milestone before 9.0.0."""


def key(text: str, scheme: Scheme = Scheme.PLAIN) -> bytes:
    """Give a key whose byte order is the scheme's order of versions; never raises, for any text."""
    return _SCHEMES[scheme].key(_clean(text, scheme))


def compare(one: str, other: str, scheme: Scheme) -> int | None:
    """Give -1, 0 or 1; None where the scheme has no order between the two."""
    if not comparable(one, other, scheme):
        return None
    left, right = key(one, scheme), key(other, scheme)
    return (left > right) - (left < right)


def comparable(one: str, other: str, scheme: Scheme) -> bool:
    """Whether the order of two versions says which of them is newer; False where either is no version at all."""
    line = _SCHEMES[scheme].line
    left, right = line(_clean(one, scheme)), line(_clean(other, scheme))
    if left is None or right is None:
        return False
    return left.fork == right.fork or left.release != right.release


def _clean(text: str, scheme: Scheme) -> str:
    """The text as its scheme reads it: package managers tell capitals from small letters, banners do not."""
    text = text.strip()[:_LONGEST]
    return text if scheme in {Scheme.DEB, Scheme.RPM} else text.lower()


_LONGEST: Final = 256
"""A device's text may be hostile."""
_MOST: Final = 64
"""Tokens that count, for the same reason."""
_TOKEN: Final = re.compile(r"(?P<number>\d+)|(?P<word>[a-z]+)|(?P<tilde>~)")
_BEFORE: Final = frozenset({"alpha", "beta", "dev", "milestone", "pre", "preview", "rc", "snapshot"})
"""Words that come before the release they name: 1.0rc1 < 1.0."""

# A pre-release mark sorts below the end of the text, a patch letter above it, a further number above both:
# 1.2rc1 < 1.2 < 1.2p1 < 1.2.1
_PRE: Final = b"\x01"
_END: Final = b"\x02"
_LETTERS: Final = b"\x03"
_NUMBER: Final = b"\x04"


class _Line(NamedTuple):
    """Where a version stands among lines that are kept up side by side."""

    release: str = ""
    """Two versions of different releases have an order, whatever their forks."""
    fork: str = ""
    """Within one release, two forks have none."""


class _Scheme(NamedTuple):
    key: Callable[[str], bytes]
    line: Callable[[str], _Line | None]


def _number(digits: str) -> bytes:
    """Length before digits: 9 < 10 in byte order, without a limit on the number's size."""
    digits = digits.lstrip("0")
    return bytes([min(len(digits), 255)]) + digits.encode()


def _words(text: str) -> bytes:
    """The one order of words and numbers; zeros that end a run of numbers do not count: 8.0 is 8.0.0."""
    parts: list[bytes] = []
    zeros = 0
    for token, _ in zip(_TOKEN.finditer(text), range(_MOST), strict=False):
        digits, word = token["number"], token["word"]
        if digits is not None and parts and not digits.strip("0"):
            zeros += 1
            continue
        if digits is not None:
            parts += [_NUMBER + _number("")] * zeros + [_NUMBER + _number(digits)]
        elif word is not None:
            parts.append((_PRE if word in _BEFORE else _LETTERS) + word.encode() + b"\x00")
        else:
            parts.append(_PRE)
        zeros = 0
    return b"".join(parts) + _END


def _counts(pattern: str, *rewrites: tuple[str, str]) -> _Scheme:
    """A scheme in which only what the pattern finds first counts, spelled for `_words`."""
    wanted = re.compile(pattern)
    steps = [(re.compile(old), new) for old, new in rewrites]

    def rewritten(text: str) -> bytes:
        found = wanted.search(text)
        # Debian spells a candidate 1.0~rc1, its maker 1.0-rc1
        kept = (found[0] if found else text).replace("~", "-")
        for old, new in steps:
            kept = old.sub(new, kept)
        return _words(kept)

    return _Scheme(rewritten, _any)


def _any(text: str) -> _Line | None:
    return _Line() if any(one.isdigit() for one in text) else None


_NUMBERS: Final = r"\d+(?:\.\d+)*"

# --- Cisco IOS: 12.2(33)SXI4a, 15.0(2a)EX5, 12.4(24.6)PI11r

_IOS: Final = re.compile(r"(\d+)\.(\d+)(?:\((\d+)(?:\.(\d+)|([a-z]))?\))?(?:([a-z]+)(\d*)([a-z]*))?")


def _ios(text: str) -> bytes:
    found = _IOS.search(text)
    if not found:
        return _words(text)
    major, minor, maintenance, interim, letter, train, rebuild, late = found.groups()
    # 15.0(2a) is a rebuild of 15.0(2): a number place of its own, so that the train does not disturb it
    place = str(ord(letter) - ord("a") + 1) if letter else "0"
    numbers = f"{major}.{minor}.{maintenance or 0}.{place}.{interim or 0}"
    return _words(numbers) + _words(f"{train or ''} {rebuild or ''} {late or ''}")


def _ios_line(text: str) -> _Line | None:
    """A train of one release; a bare `12.2` is on every train, so it has no order with any but its like."""
    found = _IOS.search(text)
    return _Line(fork=f"{found[1]}.{found[2]} {found[6] or ''}") if found else None


# --- Junos: 12.1X46-D10, 12.3R4-S2, 15.1F6, 20.4R1-S1.4-EVO

_JUNOS: Final = re.compile(r"(\d+\.\d+)(?:([a-z])(\d+))?(?:\.\d+)?(?:-([sd])(\d+))?")


def _junos(text: str) -> bytes:
    found = _JUNOS.search(text)
    if not found:
        return _words(text)
    release, kind, number, service, patch = found.groups()
    return _words(release) + _words(f"{kind or ''} {number or ''} {service or ''} {patch or ''}")


def _junos_line(text: str) -> _Line | None:
    """Within one release, the ordinary line (R) and each special one (X46, F) fork."""
    found = _JUNOS.search(text)
    if not found:
        return None
    kind = found[2] or "r"
    return _Line(release=found[1], fork=f"{kind}{found[3]}" if kind == "x" else kind)


def _bind_line(text: str) -> _Line | None:
    """The subscription editions (-S) are a line of their own."""
    if _any(text) is None:
        return None
    return _Line(fork="s" if re.search(r"\d-s\d", text) else "")


# --- Debian: Policy 5.6.12; dpkg's lib/dpkg/version.c is the oracle of the tests

_DEB_EPOCH: Final = re.compile(r"(\d+):")
_DEB_PART: Final = re.compile(r"([^\d]*)(\d*)")


def _deb(text: str) -> bytes:
    found = _DEB_EPOCH.match(text)
    rest = text[found.end() :] if found else text
    upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "")
    return _number(found[1] if found else "0") + _deb_part(upstream) + _deb_part(revision)


def _deb_part(text: str) -> bytes:
    """Words and numbers in turn: in words `~` < the end < letters < the rest, by code; numbers by value."""
    parts: list[bytes] = []
    for found in _DEB_PART.finditer(text):
        # the empty text is the number 0 too: 1 is 1-0, and 1-0~ lies before both
        if found[0] or not parts:
            parts.append(b"".join(map(_deb_sign, found[1])) + b"\x02" + _number(found[2]))
    return b"".join(parts) + b"\x02"


def _deb_sign(sign: str) -> bytes:
    if sign == "~":
        return b"\x01"
    if sign.isascii():
        return (b"\x03" if sign.isalpha() else b"\x04") + sign.encode()
    return b"\x05" + sign.encode("utf-8", "surrogatepass")


# --- RPM: rpm-version(7)

_RPM_EPOCH: Final = re.compile(r"(\d+):")
_RPM_PART: Final = re.compile(r"(\d+)|([a-zA-Z]+)|([~^])")


def _rpm(text: str) -> bytes:
    found = _RPM_EPOCH.match(text)
    rest = text[found.end() :] if found else text
    version, _, release = rest.rpartition("-") if "-" in rest else (rest, "", "")
    return _number(found[1] if found else "0") + _rpm_part(version) + _rpm_part(release)


def _rpm_part(text: str) -> bytes:
    """`~` < the end < `^` < letters < numbers; everything else only separates."""
    parts = []
    for number, word, sign in _RPM_PART.findall(text):
        if number:
            parts.append(b"\x05" + _number(number))
        elif word:
            parts.append(b"\x04" + word.encode() + b"\x00")
        else:
            parts.append(b"\x01" if sign == "~" else b"\x03")
    return b"".join(parts) + b"\x02"


_SCHEMES: Final[Mapping[Scheme, _Scheme]] = {
    Scheme.PLAIN: _Scheme(_words, _any),
    Scheme.DEB: _Scheme(_deb, _any),
    Scheme.RPM: _Scheme(_rpm, _any),
    Scheme.OPENSSL: _counts(rf"{_NUMBERS}(?:[a-z]{{1,2}}(?![a-z]))?(?:[-~]+(?:alpha|beta|pre|dev|rc)\d*)?"),
    Scheme.OPENSSH: _counts(rf"{_NUMBERS}(?:p\d+)?", (r"p1$", "")),
    Scheme.IOS: _Scheme(_ios, _ios_line),
    Scheme.JUNOS: _Scheme(_junos, _junos_line),
    Scheme.FORTIOS: _counts(_NUMBERS),
    Scheme.PANOS: _counts(rf"{_NUMBERS}(?:-[hbc]\d+)?", (r"-b", "-beta")),
    Scheme.SAMBA: _counts(rf"{_NUMBERS}(?:[a-z](?![a-z]))?(?:[-~]*(?:alpha|beta|pre|rc)\d*)?"),
    Scheme.BIND: _Scheme(
        _counts(
            rf"{_NUMBERS}(?:[-~]*(?:a|b|rc)\d+)?(?:-esv(?:-r\d+(?:(?:b|rc)\d+)?)?)?(?:-[psw]\d+)?",
            (r"(?<=\d)[-~]*a(?=\d)", "alpha"),
            (r"(?<=\d)[-~]*b(?=\d)", "beta"),
        ).key,
        _bind_line,
    ),
    Scheme.ROUTEROS: _counts(rf"{_NUMBERS}(?:[-~]*(?:alpha|beta|rc)\d*)?"),
    Scheme.BUILD: _counts(r"\d[\d. ]*(?:\(build \d+)?", (r"\(build", "")),
    Scheme.TOMCAT: _counts(
        rf"{_NUMBERS}(?:[.~-]+(?:m|rc|alpha|beta)-?\d*)?", (r"[.~-]+m(?=\d)", "milestone")
    ),
}
