"""Answers about identifiers that registries give out: network cards, SNMP numbers and objects, DICOM roots."""

import re
import sqlite3
from collections.abc import Mapping
from functools import cache

from scanner.model.knowledge import SystemObject
from scanner.model.net import Mac


def vendor(base: sqlite3.Connection, mac: Mac) -> str | None:
    """Who made a card, by the longest registered prefix."""
    digits = int(mac.replace(":", ""), 16)
    # IEEE 802, 8.2: the second bit of the first octet marks an address that no registry gave out,
    # the first bit a group address.
    if digits >> 40 & 0b11:
        return None
    return _owner(base, digits >> 12)


def _owner(base: sqlite3.Connection, top: int) -> str | None:
    """The registered owner of the first 36 bits."""
    block = _block(base, top >> 12)
    return next(
        (block[bits, top >> (36 - bits)] for bits in (36, 28, 24) if (bits, top >> (36 - bits)) in block),
        None,
    )


@cache
def _block(base: sqlite3.Connection, start: int) -> Mapping[tuple[int, int], str]:
    """Who registered the first 24 bits, or parts of them, by length and prefix: cards of one fleet share few of them."""
    return {
        (bits, prefix): str(vendor)
        for bits in (24, 28, 36)
        for prefix, vendor in base.execute(
            "SELECT prefix, vendor FROM oui WHERE bits = ? AND prefix BETWEEN ? AND ?",
            (str(bits), start << (bits - 24), ((start + 1) << (bits - 24)) - 1),
        )
    }


@cache
def enterprise(base: sqlite3.Connection, number: int) -> str | None:
    """Who registered a private enterprise number."""
    found = base.execute("SELECT name FROM enterprises WHERE number = ?", (number,)).fetchone()
    return None if found is None else str(found[0])


@cache
def sysoid(base: sqlite3.Connection, oid: str) -> SystemObject | None:
    """The longest known prefix of a sysObjectID; it ends at a dot."""
    parts = oid.strip().strip(".").split(".")
    if not re.fullmatch(r"\d+(?:\.\d+)*", ".".join(parts[:_DEEPEST])):
        return None
    for end in range(min(len(parts), _DEEPEST), 0, -1):
        prefix = ".".join(parts[:end])
        found = base.execute("SELECT name, kind FROM sysobjects WHERE prefix = ?", (prefix,)).fetchone()
        if found is not None:
            return SystemObject(prefix=prefix, name=found[0], kind=found[1])
    return None


_DEEPEST = 32
"""Places of an object's number that are looked at; a device's text may be hostile."""


@cache
def dicom_root(base: sqlite3.Connection, uid: str) -> str | None:
    """The longest known prefix of a DICOM implementation class UID; it ends at a dot."""
    found = base.execute(
        "SELECT maker FROM dicom_roots WHERE substr(?1, 1, length(prefix)) = prefix"
        " AND (substr(prefix, -1) = '.' OR substr(?1, length(prefix) + 1, 1) IN ('', '.'))"
        " ORDER BY length(prefix) DESC LIMIT 1",
        (uid.strip(),),
    ).fetchone()
    return None if found is None else str(found[0])
