"""The harm budget: what each device had to bear, read back from the audit. Pure: entries in, table out."""

import ipaddress
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from scanner.model.net import Address, order
from scanner.model.run import Harm

_SWEPT: Final = frozenset({"swept", "asked"})
"""What ends a sweep in the audit."""


def table(lines: Iterable[Mapping[str, Any]], since: datetime | None = None) -> tuple[Harm, ...]:
    """What each address was sent and sent back, by address; of lines from `since` on, when given.

    A line that says less than it should counts for what it says: the audit may be from another version.
    """
    found: dict[Address, dict[str, int]] = {}
    handed: dict[Address, int] = {}
    for line in lines:
        if since is not None and _at(line) < since:
            continue
        for address, what, count in _counts(line, handed):
            row = found.setdefault(address, {})
            row[what] = row.get(what, 0) + count
    for address, count in handed.items():
        row = found.setdefault(address, {})
        row["initiations"] = row.get("initiations", 0) + count
    return tuple(Harm(address=address, **found[address]) for address in sorted(found, key=order))


def frames(lines: Iterable[Mapping[str, Any]], since: datetime | None = None) -> int:
    """How many frames of our own the sweeps sent, all segments together."""
    swept = (line for line in lines if line.get("event") in _SWEPT and (since is None or _at(line) >= since))
    return sum(_whole(line.get("sent")) for line in swept)


def _counts(line: Mapping[str, Any], handed: dict[Address, int]) -> Iterable[tuple[Address, str, int]]:
    """What a line adds. `handed` has, of each host that nmap has and of which it gave no account yet, its ports."""
    event = line.get("event")
    if event == "nmap":
        # one for each port, should a crash have kept the account from being written
        for one in filter(None, map(_address, _words(line.get("hosts")))):
            handed[one] = handed.get(one, 0) + max(1, _whole(line.get("ports")))
        return []
    address = _address(line.get("to"))
    if address is None:
        return []
    if event == "knocked":
        handed.pop(address, None)
        return [(address, "initiations", _whole(line.get("count")))]
    if event == "end" and "sent" in line:
        sent, got = _whole(line["sent"]), _whole(line.get("received"))
        return [(address, "connections", 1), (address, "sent", sent), (address, "received", got)]
    what = {"open": "initiations", "refused": "refused"}.get(str(event))
    return [(address, what, 1)] if what else []


def _at(line: Mapping[str, Any]) -> datetime:
    try:
        at = datetime.fromisoformat(str(line.get("at")))
    except ValueError:
        at = datetime.min.replace(tzinfo=UTC)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _words(hosts: object) -> list[str]:
    return hosts.split() if isinstance(hosts, str) else []


def _address(text: object) -> Address | None:
    try:
        return Address(str(ipaddress.ip_address(str(text))))
    except ValueError:
        return None


def _whole(value: object) -> int:
    return value if isinstance(value, int) and value >= 0 else 0
