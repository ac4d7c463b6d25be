"""Fragile devices: whom a row means, and what the strictest of network, kind and fragile list leaves. Pure.

The shipped rows are `scanner/wire/fragile.toml`; those of the owner stand in the scope file (`[[fragile]]`).
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Final

from msgspec.structs import replace

from scanner.model.kinds import Profile, Touch
from scanner.model.net import Address, Mac, Port, is_udp
from scanner.scope.file import Fragile, Learned
from scanner.scope.profile import CAREFUL, LIMITS, Limits

PROFILES: Final = (Profile.PASSIVE, Profile.OT, Profile.CLINICAL)
"""The care that a row may ask for."""

FREE: Final = frozenset({Profile.LAB, Profile.BENCH})
"""Networks whose devices are their owner's affair: there only the owner's own rows hold."""

WIDE: Final[Mapping[str, tuple[str, ...]]] = {
    "vendor": ("hw.vendor", "os.vendor"),
    "product": ("hw.product", "hw.family", "hw.model", "os.product", "os.family", "service.product"),
    "version": ("hw.version", "os.version"),
}
"""Keys of a match that mean any of several attributes."""

ATTRIBUTES: Final = (
    *("hw.vendor", "hw.family", "hw.product", "hw.model", "hw.version", "hw.device"),
    *("os.vendor", "os.family", "os.product", "os.version", "os.device"),
    *("service.vendor", "service.family", "service.product", "service.version", "host.name"),
)

FIELDS: Final = (
    *(
        "snmp.sys_object_id",
        "snmp.sys_description",
        "http_header.server",
        "http_header.wwwauth",
        "html_title",
    ),
    *("ftp.banner", "telnet.banner", "ssh.banner", "dhcp_vendor_class", "upnp.server", "x509.subject"),
    *("lldp.system", "cdp.version", "hp_pjl_id", "dicom.implementation"),
)
"""What was seen, word for word: a match is how it begins."""

KEYS: Final = (*WIDE, *ATTRIBUTES, *FIELDS)
"""What a row can match on."""

Shown = Mapping[str, Collection[str]]
"""What a device has shown, by attribute or field."""


def meant(rows: Iterable[Fragile], shown: Shown, cards: Collection[Mac] = ()) -> tuple[Fragile, ...]:
    """The rows that mean a device, by all that was ever said of it, losers of a contradiction included."""
    return tuple(row for row in rows if _means(row, shown, cards))


def of_card(rows: Iterable[Fragile], mac: Mac | None) -> tuple[Fragile, ...]:
    """The rows that mean a device by its card alone."""
    return tuple(row for row in rows if mac is not None and not row.match and _shares(row, mac))


def in_force(rows: Iterable[Fragile], network: Profile) -> tuple[Fragile, ...]:
    """The rows that hold in a network of this profile."""
    return tuple(row for row in rows if row.by_owner or network not in FREE)


def strictest(network: Profile, rows: Iterable[Fragile]) -> Profile:
    """The most careful of a network's profile and of what the rows ask for there."""
    return most_careful(network, *(row.profile for row in in_force(rows, network)))


def most_careful(*profiles: Profile) -> Profile:
    """The one that allows least."""
    return min(profiles, key=CAREFUL.index)


def why_not(rows: Iterable[Fragile], port: Port, network: Profile) -> str | None:
    """Why a device of these rows gets nothing on `port` there; None when it may."""
    for row in in_force(rows, network):
        limits = LIMITS[row.profile]
        if limits.touch < Touch.KNOCK:
            return f"on the fragile list ({row.id}): nothing is sent to it: {row.reason}"
        allowed = limits.udp if is_udp(port) else limits.ports
        if port in row.never or port not in allowed:
            return f"on the fragile list ({row.id}): nothing is sent to {port}: {row.reason}"
    return None


def limits(network: Limits, needed: Limits, rows: Iterable[Fragile] = ()) -> Limits:
    """The tightest of two profiles and of some rows, knob by knob: no row and no kind ever loosens one."""
    found = network if needed is network else _both(network, needed)
    for row in rows:
        found = replace(
            found,
            per_host=min(found.per_host, row.at_once or found.per_host),
            gap=max(found.gap, row.gap or 0),
            budget=_least(found.budget, row.budget),
            ports=tuple(port for port in found.ports if port not in row.never),
            udp=tuple(port for port in found.udp if port not in row.never),
        )
    return found


def needed(one: Learned, network: Profile) -> Profile:
    """The care that a device takes in a network of this profile; never less than the network's own."""
    return most_careful(network, one.owned if network in FREE else one.profile)


def arp_rate(network: Profile, here: Iterable[Learned]) -> float:
    """ARP requests a second that the most careful device known in a network bears: it hears those to others too."""
    rates = [
        # where nothing is sent to one, its neighbours are still asked: as slowly as anywhere
        LIMITS[needed(one, network)].arp_rate or min(LIMITS[network].arp_rate, LIMITS[Profile.OT].arp_rate)
        for one in here
        if one.quiet
    ]
    return min([LIMITS[network].arp_rate, *rates])


class Index:
    """Who was known as the run began, by address and by card."""

    def __init__(self, learned: Iterable[Learned]) -> None:
        self._addresses: dict[Address, list[Learned]] = defaultdict(list)
        self._cards: dict[Mac, list[Learned]] = defaultdict(list)
        for one in learned:
            if one.address is not None:
                self._addresses[one.address].append(one)
            if one.mac is not None:
                self._cards[one.mac].append(one)
        self.followed: frozenset[Mac] = frozenset(
            one.mac for held in self._cards.values() for one in held if one.quiet and one.mac is not None
        )
        """Cards that matter wherever they turn up."""

    @property
    def addresses(self) -> Iterable[Address]:
        """Where somebody was known."""
        return self._addresses.keys()

    def of(self, address: Address, mac: Mac | None) -> Sequence[Learned]:
        """Whoever was known at the address or on the card: what either needs holds."""
        here = self._addresses.get(address, ())
        there = self._cards.get(mac, ()) if mac is not None else ()
        return (*here, *(one for one in there if one not in here))


def _means(row: Fragile, shown: Shown, cards: Collection[Mac]) -> bool:
    if row.mac is not None and not any(_shares(row, mac) for mac in cards):
        return False
    return all(_says(key, text, shown) for key, text in row.match.items())


def _says(key: str, text: str, shown: Shown) -> bool:
    """Whether any value has the text as whole words: anywhere in an attribute, at the beginning of a field."""
    pattern = _words(text)
    values = (value for name in WIDE.get(key, (key,)) for value in shown.get(name, ()))
    return any((pattern.match if key in FIELDS else pattern.search)(value) is not None for value in values)


@cache
def _words(text: str) -> re.Pattern[str]:
    """Whole words in whatever case, `a | b` either. Our own and the owner's texts, quoted: nothing here can backtrack."""
    either = "|".join(re.escape(one.strip()) for one in text.split("|") if one.strip())
    return re.compile(rf"(?<![^\W_])(?:{either})(?![^\W_])", re.IGNORECASE)


def _shares(row: Fragile, mac: Mac) -> bool:
    if row.mac is None:
        return False
    shift = 48 - row.mac_bits
    return number(mac) >> shift == number(row.mac) >> shift


def number(mac: Mac) -> int:
    """A card as a number of 48 bits."""
    return int(mac.replace(":", ""), 16)


def _both(one: Limits, two: Limits) -> Limits:
    return Limits(
        touch=min(one.touch, two.touch),
        rate_total=min(one.rate_total, two.rate_total),
        rate_host=min(one.rate_host, two.rate_host),
        per_host=min(one.per_host, two.per_host),
        gap=max(one.gap, two.gap),
        budget=_least(one.budget, two.budget),
        hosts_parallel=min(one.hosts_parallel, two.hosts_parallel),
        connect_seconds=min(one.connect_seconds, two.connect_seconds),
        read_seconds=min(one.read_seconds, two.read_seconds),
        arp_rate=min(one.arp_rate, two.arp_rate),
        arp_tries=min(one.arp_tries, two.arp_tries),
        ports=tuple(port for port in one.ports if port in two.ports),
        syn=one.syn and two.syn,
        icmp=one.icmp and two.icmp,
        udp=tuple(port for port in one.udp if port in two.udp),
        multicast=one.multicast and two.multicast,
    )


def _least(one: int | None, two: int | None) -> int | None:
    return two if one is None else one if two is None else min(one, two)
