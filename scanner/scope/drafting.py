"""Draft the networks of a scope file out of what DHCP servers, IPAM, routers and controllers list; a person checks it.

A network's name says what stands in it (`Radiology`, `VLAN30-PACS`), or does not: then nothing will be sent there until
somebody has said what it is. What was guessed is marked CHECK.
"""

import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct

from scanner.model.kinds import Profile
from scanner.model.observation import Observation
from scanner.scope.file import IPNetwork

FIELD: Final = "network.range"

_WORDS: Final[tuple[tuple[str, str, Profile, int], ...]] = (
    (r"radiolog|imaging|pacs|\bct\b|\bmri?\b|x-?ray|modalit|dicom|ultraso", "imaging", Profile.CLINICAL, 30),
    (r"ward|\bicu\b|intensive|patient|bed(?:side)?\b|nurse|infusion|monitor|theatre|surg|clinical|biomed", "ward", Profile.CLINICAL, 20),
    (r"\blab\b|laborator|patholog|analy[sz]er", "laboratory", Profile.CLINICAL, 20),
    (r"substation|\brtu\b|iec|protection|feeder", "substation", Profile.OT, 80),
    (r"scada|\bplc\b|\bot\b|control|process|plant|\bics\b", "control-room", Profile.OT, 50),
    (r"\bbms\b|building|hvac|\bdoors?\b|camera|cctv|facilit|lift", "building", Profile.OT, 15),
    (r"\batms?\b|cash", "atm", Profile.CLINICAL, 30),
    (r"payment|\bpos\b|card|swift", "payment", Profile.PASSIVE, 80),
    (r"server|data ?cent|\bdc\b|\bsrv\b|esx|storage|backup", "servers", Profile.OFFICE, 10),
    (r"mgmt|management|\boob\b|\bilo\b|ipmi|admin", "management", Profile.OFFICE, 10),
    (r"guest|visitor|public|hotspot", "guest", Profile.OFFICE, 1),
    (r"voice|voip|phone|telephon", "voice", Profile.OFFICE, 5),
    (r"\bdmz\b", "dmz", Profile.OFFICE, 10),
    (r"print", "printers", Profile.OFFICE, 2),
    (r"office|user|client|desktop|staff|corp|\blan\b|default|workstation|\bpcs?\b", "office", Profile.OFFICE, 1),
)  # fmt: skip
"""A word in a network's name, the zone that it means, and the profile and weight that such zones have in `init`."""


class Listed(Struct, frozen=True, kw_only=True):
    """One network as files list it."""

    cidr: IPNetwork
    name: str = ""
    vlan: int | None = None
    role: str = ""
    guessed: bool = False
    """Whether its size is a guess: `show ip interface brief` shows no mask."""
    sources: tuple[str, ...] = ()


def listed(seen: Iterable[Observation]) -> tuple[Listed, ...]:
    """The networks that files tell of, each range once, in order; a guess gives way to whoever knows better."""
    found: dict[IPNetwork, Listed] = {}
    for one in seen:
        if one.field != FIELD or not isinstance(one.value, dict):
            continue
        new = _listed(one.source, {word: str(part) for word, part in one.value.items()})
        if new is not None:
            old = found.get(new.cidr)
            found[new.cidr] = _both(old, new) if old else new
    sure = [one.cidr for one in found.values() if not one.guessed]
    kept = [
        one
        for one in found.values()
        if not one.guessed or not any(_overlap(one.cidr, other) for other in sure)
    ]
    return tuple(sorted(kept, key=lambda one: (one.cidr.version, one.cidr)))


def lines(networks: Sequence[Listed], sector: str) -> Iterator[str]:
    """The tables of a scope file for these networks; those that must not stand in one are named as comments."""
    ranges = [one.cidr for one in networks]
    for one in networks:
        about = f"{_plain(one.name) or 'no name'}, by {', '.join(one.sources)}"
        if one.role == "outside" or (one.cidr.is_global and one.cidr.num_addresses > 1):
            yield f"# {one.cidr} ({about}) was left out: it is public, or faces outward"
            continue
        if any(one.cidr != other and _holds(one.cidr, other) for other in ranges):
            yield f"# {one.cidr} ({about}) was left out: it only holds networks that are listed by themselves"
            continue
        yield from _table(one, about, sector)


def _table(one: Listed, about: str, sector: str) -> Iterator[str]:
    zone, profile, weight, doubt = _zone(one, sector)
    yield f"[[network]]  # {about}"
    yield f'cidr = "{one.cidr}"' + ("  # CHECK: its size is a guess" if one.guessed else "")
    yield f'zone = "{zone}"' + (f"  # CHECK: {doubt}" if doubt else "  # CHECK: by its name alone")
    yield f'profile = "{profile}"'
    yield f"criticality = {weight}"
    if one.vlan:
        yield f"vlan = {one.vlan}"
    yield ""


def _zone(one: Listed, sector: str) -> tuple[str, Profile, int, str]:
    """Zone, profile, weight, and what is doubtful about them; empty where the name says it."""
    named = re.sub(r"[_\d]+", " ", one.name.lower())
    for word, zone, profile, weight in _WORDS:
        if re.search(word, named):
            return zone, profile, weight, ""
    slug = re.sub(r"[^a-z0-9]+", "-", one.name.lower()).strip("-")[:40]
    zone = slug or f"net-{re.sub(r'[.:/]+', '-', str(one.cidr.network_address)).strip('-')}"
    if sector == "office":
        return zone, Profile.OFFICE, 1, "nobody knows what stands here"
    return zone, Profile.PASSIVE, 1, "nothing will be sent here until you say what stands here"


def _listed(source: str, value: dict[str, str]) -> Listed | None:
    try:
        cidr = ipaddress.ip_network(value.get("cidr", ""), strict=False)
    except ValueError:
        return None
    vlan = value.get("vlan", "")
    return Listed(
        cidr=cidr,
        name=value.get("name", ""),
        vlan=int(vlan) if re.fullmatch(r"[0-9]{1,4}", vlan) and 0 < int(vlan) < 4095 else None,
        role=value.get("role", ""),
        guessed="guessed" in value,
        sources=(source.removeprefix("import:"),),
    )


def _both(old: Listed, new: Listed) -> Listed:
    return Listed(
        cidr=old.cidr,
        name=old.name or new.name,
        vlan=old.vlan or new.vlan,
        role=old.role or new.role,
        guessed=old.guessed and new.guessed,
        sources=tuple(sorted({*old.sources, *new.sources})),
    )


def _plain(text: str) -> str:
    return "".join(char for char in text if char.isprintable())[:60]


def _overlap(one: IPNetwork, other: IPNetwork) -> bool:
    return one.version == other.version and one.overlaps(other)


def _holds(outer: IPNetwork, inner: IPNetwork) -> bool:
    return _overlap(outer, inner) and inner.prefixlen > outer.prefixlen
