"""How endoflife.date names the editions of Windows, and which rows of windows_builds they are."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final, NamedTuple

from scanner.knowledge.updater.feed import Row

CLIENT: Final = "windows"
SERVER: Final = "windows-server"
_BUILD: Final = re.compile(r"\d+\.\d+\.\d+")
# 10-22h2, 11-24h2-w (Home and Pro), -e (Enterprise and Education), -e-lts, -iot-lts
_CYCLE: Final = re.compile(r"(?P<name>1\d)-(?P<version>\d{4}|\d\dh\d)(?P<edition>|-w|-e|-e-lts|-iot-lts)")
# 23h2-ac, 20h2-sac: the channels that had no long support
_CHANNEL: Final = re.compile(r"(?P<version>\d{4}|\d\dh\d)-(?:sac|ac)")
_YEAR: Final = re.compile(r"20(?:1[6-9]|[2-9]\d)")
"""From 2016 on a year names one build; before that service packs do, and our rows of them are from Microsoft's pages."""
_EDITIONS: Final = {
    "": ("standard", ""),
    "-w": ("pro", " Home and Pro"),
    "-e": ("enterprise", " Enterprise and Education"),
    "-e-lts": ("ltsc", " Enterprise LTSC"),
    "-iot-lts": ("iot", " IoT Enterprise LTSC"),
}


class Cycle(NamedTuple):
    """One release of a Windows, as the feed has it."""

    product: str
    name: str
    build: str
    released: date | None
    ends: date | None
    paid: date | None
    """Last day of the updates that are paid for."""


def rows(cycle: Cycle, dated: date) -> Iterator[Row]:
    """Its rows of windows_builds; none where the feed names it in a way that we do not know."""
    if cycle.ends is None or not _BUILD.fullmatch(cycle.build):
        return
    named = _client(cycle.name) if cycle.product == CLIENT else _server(cycle.name)
    if named is None:
        return
    product, branch, edition, label = named
    yield _row(cycle, (product, branch, edition, label), cycle.ends, dated)
    if cycle.paid is not None:
        # what a client's paid updates cost firms; the consumers' are another row, kept by hand
        paid = f"{label} with commercial ESU" if cycle.product == CLIENT else f"{label} with ESU"
        yield _row(cycle, (product, branch, "esu", paid), cycle.paid, dated)


def _client(name: str) -> tuple[str, str, str, str] | None:
    found = _CYCLE.fullmatch(name)
    if found is None:
        return None
    version = found["version"].upper()
    edition, words = _EDITIONS[found["edition"]]
    return f"microsoft:windows_{found['name']}", version, edition, f"Windows {found['name']} {version}{words}"


def _server(name: str) -> tuple[str, str, str, str] | None:
    if found := _CHANNEL.fullmatch(name):
        version = found["version"].upper()
        return (
            "microsoft:windows_server_sac",
            version,
            "standard",
            f"Windows Server {version} (semi-annual channel)",
        )
    if _YEAR.fullmatch(name):
        return f"microsoft:windows_server_{name}", "RTM", "standard", f"Windows Server {name}"
    return None


def _row(cycle: Cycle, named: tuple[str, str, str, str], ends: date, dated: date) -> Row:
    product, branch, edition, label = named
    return {
        "build": cycle.build,
        "product": product,
        "branch": branch,
        "edition": edition,
        "label": label,
        "released": cycle.released.isoformat() if cycle.released and cycle.released <= ends else "",
        "ends": ends.isoformat(),
        "open_ended": "no",
        "source": f"endoflife.date {dated}",
        "looked_up": dated.isoformat(),
        "confidence": "high",
    }
