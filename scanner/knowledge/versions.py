"""The order of version texts: a key that compares as bytes, so that SQLite and Python agree on it."""

import re
from typing import Final

_TOKEN: Final = re.compile(r"(?P<number>\d+)|(?P<word>[a-z]+)|(?P<tilde>~)|(?P<gap>[^a-z0-9~]+)")
_BEFORE: Final = frozenset({"alpha", "beta", "dev", "milestone", "pre", "preview", "rc", "snapshot"})
"""Words that come before the release they name: 1.0rc1 < 1.0."""

# A pre-release mark sorts below the end of the text, a patch letter above it, a further number above both:
# 1.2rc1 < 1.2 < 1.2p1 < 1.2.1
_PRE: Final = b"\x01"
_END: Final = b"\x02"
_LETTERS: Final = b"\x03"
_NUMBER: Final = b"\x04"
_MOST: Final = 64
"""Tokens that count; a device's text may be hostile."""


def key(text: str) -> bytes:
    """Give a key whose byte order is the order of versions; never raises, for any text."""
    parts = [
        _part(token) for token, _ in zip(_TOKEN.finditer(text.lower()[:256]), range(_MOST), strict=False)
    ]
    return b"".join(parts) + _END


def within(version: str, branch: str) -> bool:
    """Whether the version lies in the branch: equal, or longer at a boundary (`7.9` in `7`, `12.2(55)SE` in `12.2`)."""
    version, branch = plain(version), plain(branch)
    if not branch or not version.startswith(branch):
        return False
    if len(version) == len(branch):
        return True
    following = version[len(branch)]
    return not following.isdigit() if branch[-1].isdigit() else not following.isalnum()


def plain(text: str) -> str:
    """A version text in its comparable spelling: lower case, no leading `v`, `8.00` as `8.0`."""
    text = text.strip().lower()
    text = text[1:] if re.match(r"v\d", text) else text
    return re.sub(r"(?<![\w])0+(?=\d)", "", text)


def _part(token: re.Match[str]) -> bytes:
    """One token's bytes; gaps (dots, dashes, brackets) only separate."""
    word = token["word"]
    if word is not None:
        return (_PRE if word in _BEFORE else _LETTERS) + word.encode() + b"\x00"
    if token["number"] is not None:
        digits = token["number"].lstrip("0")
        # Length before digits: 9 < 10 in byte order without a limit on the number's size.
        return _NUMBER + bytes([min(len(digits), 255)]) + digits.encode()
    return _PRE if token["tilde"] is not None else b""
