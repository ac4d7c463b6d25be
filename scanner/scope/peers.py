"""Read which networks of other sites a scope file names: whose an address is that is none of ours."""

import ipaddress
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NoReturn

from scanner.model.kinds import Profile
from scanner.scope.file import IPNetwork, Network, Peer
from scanner.scope.site import NAME

PROFILES: Final = (Profile.PASSIVE, Profile.OFFICE, Profile.LAB)
"""What a peer's profile may be: a ward or a plant of another site is never knocked on from here."""
SITES: Final = "letters, digits, dots, dashes and underscores, 40 at most, a letter or digit first"
"""What a site may be called."""

Stop = Callable[[int, str], NoReturn]
"""Raises ScopeError for the table of that number, with its line."""


def is_site(name: object) -> bool:
    """Whether a site may be called that."""
    return isinstance(name, str) and NAME.fullmatch(name) is not None


def peers(
    tables: Iterable[Mapping[str, object]], networks: Sequence[Network], stop: Stop
) -> tuple[Peer, ...]:
    """The peers of a scope with these networks of its own; an address is never two sites' as seen from here."""
    found: list[Peer] = []
    for at, table in enumerate(tables):
        one = _peer(at, table, stop)
        taken = (*(own.cidr for own in networks), *(other.cidr for other in found if other.cidr == one.cidr))
        for cidr in taken:
            if cidr.version == one.cidr.version and cidr.overlaps(one.cidr):
                stop(at, f"{one.cidr} overlaps with {cidr}: an address that is seen here is one site's only")
        found.append(one)
    return tuple(found)


def _peer(at: int, table: Mapping[str, object], stop: Stop) -> Peer:
    site, zone = table.get("site"), table.get("zone")
    if not isinstance(site, str) or not is_site(site):
        stop(at, f"site {site!r} is no name of a site: {SITES}")
    if not isinstance(zone, str) or not zone.strip():
        stop(at, "zone is missing: what the network is called at its own site")
    cidr = _cidr(at, table.get("cidr"), stop)
    there = _cidr(at, table["there"], stop) if "there" in table else None
    if there is not None and (there.version, there.prefixlen) != (cidr.version, cidr.prefixlen):
        stop(at, f"there is of another size than {cidr}: each address stands for one of its own site")
    profile = table.get("profile", Profile.PASSIVE)
    if profile not in PROFILES:
        stop(at, f"profile is one of {', '.join(PROFILES)}: a peer is heard, or knocked on for reach")
    return Peer(site=site, cidr=cidr, zone=zone.strip(), profile=Profile(str(profile)), there=there)


def _cidr(at: int, text: object, stop: Stop) -> IPNetwork:
    try:
        cidr = ipaddress.ip_network(str(text))
    except ValueError as error:
        stop(at, str(error))
    if cidr.is_global and cidr.num_addresses > 1:
        stop(at, f"{cidr} is public: list public addresses one by one, as /32 or /128")
    return cidr
