"""The inventory as NetBox imports it: devices, their interfaces and addresses, as JSON or as three CSV files.

Field names and choices are those of NetBox's bulk import (its models Device, Interface, IPAddress, MACAddress, VRF of
version 4): manufacturer, device type, role, site and VRF are given by name and must exist there, or be made first from
the lists in `needs`. NetBox holds an address once unless it lies in a VRF, so where the networks of two sites overlap
each of the two gets a VRF of its name; elsewhere there is no column `vrf`, and addresses lie in the global table.
"""

import csv
import io
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_address
from typing import Final

import msgspec

from scanner.model.assessment import Assessment, Judged
from scanner.report.csvout import safe
from scanner.report.schema import VERSION
from scanner.report.text import short, visible
from scanner.report.texts import phrase
from scanner.scope.file import IPNetwork
from scanner.scope.parse import parse

TABLES: Final = ("devices", "interfaces", "ip-addresses")
_UNKNOWN: Final = "unknown"
_NAME: Final = 64
"""Characters of a device's name, an interface's, a role's (NetBox's own limits: 64, 64, 100)."""
_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "devices": ("name", "role", "manufacturer", "device_type", "site", "status", "description", "comments"),
    "interfaces": ("device", "name", "type", "mac_address", "enabled", "description"),
    "ip-addresses": ("address", "status", "device", "interface", "dns_name", "is_primary", "description"),
}

_VRF: Final = "vrf"

_Row = Mapping[str, str]


def netbox(found: Assessment) -> str:
    """Write all as one JSON object: `needs` (what must exist first) and the rows of each table."""
    tables = rows(found)
    told = {
        "schema": VERSION,
        "netbox": {
            "needs": {
                "sites": _each(tables["devices"], "site"),
                "roles": _each(tables["devices"], "role"),
                "manufacturers": _each(tables["devices"], "manufacturer"),
                "device_types": sorted(
                    {(row["manufacturer"], row["device_type"]) for row in tables["devices"]}
                ),
                **({"vrfs": _each(tables["ip-addresses"], _VRF)} if _apart(tables["ip-addresses"]) else {}),
            },
            **tables,
        },
    }
    return msgspec.json.format(msgspec.json.encode(told, order="deterministic"), indent=2).decode() + "\n"


def table(found: Assessment, name: str) -> str:
    """Write one of `TABLES` as the CSV that NetBox's import page takes; no cell acts as a formula."""
    page, held = io.StringIO(newline=""), rows(found)[name]
    columns = (*_COLUMNS[name], _VRF) if _apart(held) else _COLUMNS[name]
    writer = csv.DictWriter(page, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({key: safe(cell) for key, cell in row.items()} for row in held)
    return page.getvalue()


def rows(found: Assessment) -> dict[str, Sequence[_Row]]:
    """The rows of each table; names are unique, as NetBox asks for within a site."""
    names, apart = _names(found), overlapping(found)
    return {
        "devices": [_device(judged, names[judged.device.id], _site(judged, found)) for judged in found.devices],
        "interfaces": [row for judged in found.devices for row in _interfaces(judged, names[judged.device.id])],
        "ip-addresses": [
            {**row, **({_VRF: _site(judged, found)} if judged.device.site in apart else {})}
            for judged in found.devices for row in _addresses(judged, names[judged.device.id])
        ],
    }  # fmt: skip


def overlapping(found: Assessment) -> frozenset[str | None]:
    """The sites whose networks overlap with those of another, by the latest scope file of each; None = here."""
    # a redacted run has no scope file, and its addresses are masked
    latest = {run.site: run for run in found.runs if run.scope}
    if len(latest) < 2:
        return frozenset()
    held: dict[str | None, list[IPNetwork]] = {
        site: [one.cidr for one in parse(run.scope, phrase("netbox.scope_of", id=run.id)).networks]
        for site, run in latest.items()
    }
    return frozenset(
        site
        for one, other in itertools.combinations(held, 2)
        for site in (one, other)
        if any(first.version == second.version and first.overlaps(second) for first in held[one] for second in held[other])
    )  # fmt: skip


def _apart(held: Sequence[_Row]) -> bool:
    return any(_VRF in row for row in held)


def _site(of: Judged, found: Assessment) -> str:
    return short(visible(of.device.site or found.title), 100)


def _names(found: Assessment) -> dict[str, str]:
    taken: set[str] = set()
    names: dict[str, str] = {}
    for judged in found.devices:
        name = short(visible(judged.device.name), _NAME)
        if name.lower() in taken:
            name = f"{short(name, _NAME - 15)} {judged.device.id}"
        taken.add(name.lower())
        names[judged.device.id] = name
    return names


def _device(of: Judged, name: str, site: str) -> _Row:
    device = of.device
    attributes = {key: one.value for key, one in device.attributes.items()}
    maker = attributes.get("hw.vendor") or attributes.get("os.vendor") or _UNKNOWN
    model = attributes.get("hw.product") or attributes.get("hw.model") or of.age.subject or _UNKNOWN
    return {
        "name": name,
        "role": device.kind.value,
        "manufacturer": short(visible(maker), 100),
        "device_type": short(visible(model), 100),
        "site": site,
        "status": "active" if device.live else "offline",
        "description": short(
            phrase("netbox.support_pivot_score", id=device.id, support=of.age.support, score=of.risk.score),
            200,
        ),
        "comments": short(visible("; ".join(device.zones)), 200),
    }


def _interfaces(of: Judged, name: str) -> Iterator[_Row]:
    """One for each card; NetBox knows addresses by the interface that has them."""
    for label, mac in _cards(of).items():
        yield {
            "device": name,
            "name": label,
            "type": "other",
            "mac_address": (mac or "").upper(),
            "enabled": "true",
            "description": "",
        }


def _addresses(of: Judged, name: str) -> Iterator[_Row]:
    labels = {mac: label for label, mac in _cards(of).items()}
    primary = {4: True, 6: True}
    dns = next((one for one in of.device.names if _is_dns(one)), "")
    for leg in of.device.legs:
        if leg.address.endswith("x"):  # masked by redaction: no address to keep
            continue
        number = ip_address(leg.address.partition("%")[0])
        yield {
            "address": f"{number}/{number.max_prefixlen}",
            "status": "active" if leg.live else "deprecated",
            "device": name,
            "interface": labels[leg.mac],
            "dns_name": dns,
            "is_primary": "true" if primary.pop(number.version, False) else "false",
            "description": short(visible(leg.zone or ""), 200),
        }


def _cards(of: Judged) -> dict[str, str | None]:
    """Interfaces by name: a card each, and one for the addresses whose card was not seen."""
    macs = dict.fromkeys(leg.mac for leg in of.device.legs)
    return {f"if{number}" if mac else "if-unseen": mac for number, mac in enumerate(macs)}


def _is_dns(name: str) -> bool:
    """What NetBox takes as a DNS name."""
    return (
        len(name) <= 255
        and re.fullmatch(r"(?:[a-z0-9_-]{1,63}\.)+[a-z]{2,63}", name, re.IGNORECASE) is not None
    )


def _each(those: Iterable[_Row], key: str) -> list[str]:
    return sorted({row[key] for row in those if key in row})
