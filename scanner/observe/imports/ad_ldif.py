"""Computers of Active Directory as LDIF (RFC 2849), from ldifde or ldapsearch."""

import base64
import binascii
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from scanner.model.observation import Observation
from scanner.observe.files.opened import Source, reading, text
from scanner.observe.files.told import Teller
from scanner.observe.format import Format
from scanner.observe.imports import ad_csv

SOURCE: Final = "import:ad-ldif"
LONGEST: Final = 4096
"""Lines of one entry."""
DISABLED: Final = 2
"""userAccountControl: the bit of a disabled account ([MS-ADTS] 2.2.16)."""

_WORDS: Final = {
    heading: (word, rank) for word, all_of in ad_csv.NAMES.items() for rank, heading in enumerate(all_of)
}


def parse(source: Source, now: datetime) -> Iterator[Observation]:
    """Every computer; entries of users, groups and units say nothing here."""
    teller = Teller(source=SOURCE, now=now)
    for line, entry in _entries(source):
        if "computer" not in entry.get("objectclass", ["computer"]):
            continue
        row: dict[str, str] = {}
        best: dict[str, int] = {}
        for name, values in entry.items():
            word, rank = _WORDS.get(name.replace("-", ""), ("", 0))
            if word and rank <= best.get(word, rank) and values[0]:
                row[word], best[word] = values[0], rank
        control = entry.get("useraccountcontrol", [""])[0]
        if control.isdecimal():
            row["enabled"] = "False" if int(control) & DISABLED else "True"
        told = list(teller.row(ad_csv.amend(row)))
        if not told and set(entry) - {"version", "search", "result", "ref"}:
            source.skip(f"line {line}", "an entry without a name")
        yield from told


def _entries(source: Source) -> Iterator[tuple[int, dict[str, list[str]]]]:
    """Each entry with the line that it begins at: attribute in lower case -> values."""
    begin, held = 0, list[tuple[int, str]]()
    for number, line in source.lines():
        if not line.strip():
            if held:
                yield begin, _entry(source, held)
            held = []
        elif line.startswith("#"):
            continue
        elif line.startswith(" ") and held:
            # RFC 2849, note 2: a line goes on where the next begins with one blank
            at, before = held[-1]
            held[-1] = at, before + line[1:]
        elif len(held) < LONGEST:
            begin = begin if held else number
            held.append((number, line))
    if held:
        yield begin, _entry(source, held)


def _entry(source: Source, held: list[tuple[int, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for number, line in held:
        name, colon, value = line.partition(":")
        if not colon:
            source.skip(f"line {number}", "no attribute")
            continue
        if value.startswith(":"):
            try:
                value = text(base64.b64decode(value[1:].strip(), validate=True))
            except (binascii.Error, ValueError):
                source.skip(f"line {number}", f"{name[:40]} is no base64")
                continue
        # `cn;lang-en`: options of an attribute do not change what it is
        found.setdefault(name.partition(";")[0].lower(), []).append(value.strip())
    return found


def fits(head: bytes) -> bool:
    """Whether it begins with an entry that names an object."""
    lines = [
        line for line in head.decode("utf-8", "replace").splitlines()[:200] if line[:1] not in {"#", "", " "}
    ]
    return any(line.lower().startswith(("dn: ", "dn:: ")) for line in lines[:8])


FORMAT: Final = Format(
    name="ad-ldif",
    checked_against="memory",
    export=(
        'ldifde -f ad-computers.ldf -r "(objectCategory=computer)" -l "cn,dNSHostName,objectClass,operatingSystem,'
        "operatingSystemVersion,lastLogonTimestamp,pwdLastSet,userAccountControl,location,managedBy,"
        'ms-Mcs-AdmPwdExpirationTime,msLAPS-PasswordExpirationTime"'
    ),
    says="computer accounts: system, last logon, LAPS expiry",
    fits=fits,
    read=reading(parse),
)
