"""Turn what a device said into text that can be kept: bounded, never failing, otherwise as it was sent."""

from typing import Final

CAP: Final = 2048
"""The most characters kept of one text; rules look no further."""


def said(data: bytes) -> str:
    r"""Decode UTF-8, show other bytes as `\xNN`, and keep the first 2 KiB.

    A NUL is shown as `\x00`: no database keeps one in text.
    """
    return data[: 4 * CAP].decode("utf-8", "backslashreplace").replace("\0", "\\x00")[:CAP]


def row(*parts: str) -> str:
    """Several short texts as one that a rule can match, ` | ` between them: a bar within a part is shown as a slash."""
    return " | ".join(" ".join(part.replace("|", "/").split()) for part in parts)[:CAP]
