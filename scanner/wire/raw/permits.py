"""The gate's word for millions of addresses: where it may change, asked once; when it may change, asked again.

Between two edges of networks and exclusions the gate answers alike, and between two minutes too.
"""

import ipaddress
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from scanner.model.kinds import Touch
from scanner.model.net import Address, Mac, Port, tcp, udp
from scanner.scope.file import IPNetwork, Network, Scope
from scanner.scope.fragile import number
from scanner.scope.gate import Gate
from scanner.scope.profile import LIMITS
from scanner.wire.never import why_not
from scanner.wire.pipe import Method
from scanner.wire.raw import spare
from scanner.wire.raw.cookie import U64
from scanner.wire.raw.order import I64, Space

Codes = npt.NDArray[np.int8]
REFUSED, ALLOWED, WAITS = 0, 1, 2
"""`WAITS`: all that forbids it is that no window is open."""

SPACED: Final = 3
"""Tries that a careful profile allows at most (docs/safety.md); of UDP one datagram for a port."""

_ON_LINK: Final = spare.ON_LINK
_ECHO: Final = frozenset({Method.ECHO, Method.ECHO6})


class Pace(Struct, frozen=True):
    """How fast and how often: what the most careful network among those that are asked allows."""

    rate: float
    rate_host: float
    tries: int


class Permits:
    """May this method ask these addresses on these ports?"""

    def __init__(
        self,
        scope: Scope,
        gate: Gate,
        among: Space,
        method: Method,
        ports: tuple[int, ...],
        cards: Mapping[Address, Mac],
    ) -> None:
        self._scope, self._gate, self._method, self._cards = scope, gate, method, cards
        self._space = among
        self._ports: tuple[Port | None, ...] = (None,)
        if method in {Method.SYN, Method.UDP}:
            self._ports = tuple((tcp if method is Method.SYN else udp)(one) for one in ports)
        self._networks: list[Network] = []
        self._samples: list[Address] = []
        """For each network an address of it that is not excluded: what the gate says of it holds for all."""
        self._cuts, self._whose = self._pieces(among)
        self._lawful = [self._allows(network) for network in self._networks]
        self._known = {at: self._familiar(network) for at, network in enumerate(self._networks)}
        self._codes = np.zeros((1, 1), np.int8)
        self._avoided: I64 = spare.spared(scope, gate, among, method)
        self._quiet = [spare.quiet(scope, gate, network) for network in self._networks]
        self.version = 0
        """Goes up whenever the gate was asked anew."""
        self._since = self._until = datetime.min.replace(tzinfo=scope.engagement.valid_from.tzinfo)

    def avoid(self, addresses: Iterable[Address]) -> None:
        """Refuse these from now on, whatever the scope file says."""
        parsed = [ipaddress.ip_address(one) for one in addresses]
        found = [self._space.index(int(one)) for one in parsed if one.version == self._space.version]
        self._avoided = np.union1d(
            self._avoided, np.array([one for one in found if one is not None], np.int64)
        )

    def codes(self, indexes: I64, ports: I64, now: datetime) -> Codes:
        """For each address (by number in the space) and port (by number): REFUSED, ALLOWED or WAITS."""
        self._look(now)
        network = self._whose[np.searchsorted(self._cuts, indexes, "right") - 1]
        codes = self._codes[network, ports]
        for at, known in self._known.items():
            if known is not None:
                codes[(network == at) & ~np.isin(indexes, known)] = REFUSED
        if self._avoided.size:
            codes[np.isin(indexes, self._avoided)] = REFUSED
        return codes

    def cards(self) -> Iterator[tuple[int, int]]:
        """Cards, as numbers with so many bits, that are spared in the networks that are asked."""
        return spare.cards(self._scope, self._networks)

    def share(self, now: datetime) -> float:
        """How much of all addresses times ports may be asked, now or when a window opens: 0 to 1."""
        self._look(now)
        lengths = np.diff(np.append(self._cuts, self._space.size))
        return float(
            (lengths * (self._codes[self._whose] != REFUSED).mean(axis=1)).sum() / max(1, self._space.size)
        )

    def pace(self, rate: float, tries: int, now: datetime) -> Pace:
        """What the most careful network allows, of those of which anything may be asked now or later."""
        self._look(now)
        for at, network in enumerate(self._networks):
            if not self._codes[at].any():
                continue
            limits = LIMITS[network.profile]
            rate = min(rate, self._quiet[at] if self._method in _ON_LINK else limits.rate_total)
            if limits.budget is not None:
                tries = min(tries, 1 if self._method is Method.UDP else max(SPACED, limits.arp_tries))
        hosts = [
            LIMITS[one.profile].rate_host for at, one in enumerate(self._networks) if self._codes[at].any()
        ]
        return Pace(rate, min(hosts, default=1.0), tries)

    def why_none(self, now: datetime) -> str | None:
        """Why the profile lets this method ask nobody at all; None when it is not the profile."""
        self._look(now)
        if self._codes.any() or not self._networks:
            return None
        reasons = [
            law(self._method, network, self._scope, port)
            for network in self._networks
            for port in self._ports
        ]
        return reasons[0] if all(reasons) else None

    def _look(self, now: datetime) -> None:
        """Ask the gate again when its answers may have changed, also when the clock was set back."""
        if self._since <= now < self._until:
            return
        self._since, self._until = now, self._change(now)
        self.version += 1
        lines = [self._line(at, now) for at in range(len(self._networks))]
        # the last line is for what is in no network, or excluded
        self._codes = np.array([*lines, np.zeros(len(self._ports), np.int8)], np.int8)

    def _line(self, at: int, now: datetime) -> Codes:
        """What the gate says of one network, port by port."""
        lawful = np.flatnonzero(self._lawful[at])
        line = np.zeros(len(self._ports), np.int8)
        if LIMITS[self._networks[at].profile].budget is None:
            # no list of ports there: what the gate says of one it says of all, and 65,535 would take a second
            line[lawful] = self._code(at, self._ports[lawful[0]], now) if len(lawful) else REFUSED
            return line
        for one in lawful.tolist():
            line[one] = self._code(at, self._ports[one], now)
        return line

    def _code(self, at: int, port: Port | None, now: datetime) -> int:
        decision = self._gate.may(self._samples[at], port=port, touch=Touch.KNOCK, now=now)
        if decision.waits:
            return WAITS
        return ALLOWED if decision.allowed else REFUSED

    def _allows(self, network: Network) -> npt.NDArray[np.bool_]:
        """Which ports profile and never-list let this method ask there: the same all the time."""
        limits = LIMITS[network.profile]
        listed = {None, *limits.ports, *limits.udp}
        return np.array(
            [
                (limits.budget is None or port in listed)
                and law(self._method, network, self._scope, port) is None
                for port in self._ports
            ],
            np.bool_,
        )

    def _change(self, now: datetime) -> datetime:
        """The next moment at which the gate may answer otherwise: windows open and close on full minutes."""
        engagement = self._scope.engagement
        bounds = [engagement.valid_from, engagement.valid_until]
        for signer in self._scope.authority.signers:
            bounds += [one for one in (signer.valid_after, signer.valid_before) if one is not None]
        minute = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
        return min([minute, *(one for one in bounds if one > now)])

    def _pieces(self, among: Space) -> tuple[I64, I64]:
        """Where, by number in the space, the answer may change, and whose network begins there."""
        excluded = _merged(self._scope, among.version, asks_all=self._method in _ON_LINK)
        edges = {0}
        networks = [one for one in self._scope.networks if one.cidr.version == among.version]
        for one in networks:
            edges |= set(_edges(one.cidr))
        for first, last in excluded:
            edges |= {first, last + 1}
        starts = [first for first, _ in excluded]
        cuts: dict[int, int] = {}
        for edge in sorted(edges):
            if edge >> (32 if among.version == 4 else 128) == 0:
                # of several edges at one rank only the last has addresses of the space behind it
                cuts[among.rank(edge)] = edge
        cuts.pop(among.size, None)
        numbers: dict[str, int] = {}
        whose = np.array([self._owner(edge, excluded, starts, numbers) for edge in cuts.values()], np.int64)
        whose[whose < 0] = len(self._networks)
        return np.array(list(cuts), np.int64), whose

    def _owner(
        self, address: int, excluded: list[tuple[int, int]], starts: list[int], numbers: dict[str, int]
    ) -> int:
        at = bisect_right(starts, address) - 1
        if at >= 0 and address <= excluded[at][1]:
            return -1
        text = _text(address, self._space.version)
        network = self._gate.network(text)
        if network is None:
            return -1
        key = str(network.cidr)
        if key not in numbers:
            numbers[key] = len(self._networks)
            self._networks.append(network)
            self._samples.append(text)
        return numbers[key]

    def _familiar(self, network: Network) -> I64 | None:
        """Where a network's devices must be known first (clinical, ot), those that may get an echo; None = all may."""
        if not network.needs_signatures or self._method not in _ECHO:
            return None
        named = {one.address for one in self._scope.known if one.address is not None} | set(self._cards)
        found = [
            self._space.index(int(ipaddress.ip_address(one)))
            for one in named
            if self._gate.strange(one, self._cards.get(one)) is None
        ]
        return np.array([one for one in found if one is not None], np.int64)


def law(method: Method, network: Network, scope: Scope, port: Port | None) -> str | None:
    """Why the network's profile does not let this method ask there; None when it does."""
    limits = LIMITS[network.profile]
    if method in _ECHO and not (limits.icmp or scope.flags.icmp_echo):
        return f"profile {network.profile} allows ICMP echo only where the scope says icmp_echo = true"
    if method is Method.SYN and (not limits.syn or network.needs_signatures):
        return f"profile {network.profile} allows no half-open connection (SYN)"
    if method is Method.UDP and (not limits.udp or network.needs_signatures):
        return f"profile {network.profile} allows no UDP"
    return why_not(port, network.profile) if port is not None else None


class Cards:
    """Which cards may get a frame: none that is excluded or spared, and no group unless the method asks a group."""

    def __init__(self, scope: Scope, also: Iterable[tuple[int, int]] = ()) -> None:
        self._by_bits: dict[int, list[int]] = {}
        listed = ((number(one.mac), one.mac_bits) for one in scope.exclusions if one.mac is not None)
        for whole, bits in (*listed, *also):
            self._by_bits.setdefault(48 - bits, []).append(whole >> (48 - bits))

    def allowed(self, cards: U64, *, groups: bool) -> npt.NDArray[np.bool_]:
        """For each card, as a number of 48 bits; 0 is no card."""
        good = cards != 0
        if not groups:
            good &= (cards >> np.uint64(40)) & np.uint64(1) == 0
        for shift, numbers in self._by_bits.items():
            good &= ~np.isin(cards >> np.uint64(shift), np.array(numbers, np.uint64))
        return np.asarray(good, np.bool_)


def _merged(scope: Scope, version: int, *, asks_all: bool) -> list[tuple[int, int]]:
    """What is excluded by address, and what is no host: groups, nobody, broadcast addresses; sorted and disjoint.

    ARP goes to everyone anyway, and in a wider segment than the scope's network its last address may be a host.
    """
    networks = [one.cidr for one in scope.networks if one.cidr.version == version == 4]
    hostless = [one for one in networks if one.prefixlen < 31 and not asks_all]
    excluded = [one.cidr for one in scope.exclusions if one.cidr is not None and one.cidr.version == version]
    ranges = sorted(
        [
            *(
                (int(one.network_address), int(one.broadcast_address))
                for one in [*_never(version), *excluded]
            ),
            *(
                (edge, edge)
                for one in hostless
                for edge in map(int, (one.network_address, one.broadcast_address))
            ),
        ]
    )
    merged: list[tuple[int, int]] = []
    for first, last in ranges:
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def _never(version: int) -> Iterator[IPNetwork]:
    # RFC 6890: "this network", multicast and reserved up to the limited broadcast; RFC 4291: nobody, multicast
    return map(ipaddress.ip_network, ("0.0.0.0/8", "224.0.0.0/3") if version == 4 else ("::/128", "ff00::/8"))


def _edges(cidr: IPNetwork) -> tuple[int, int]:
    return int(cidr.network_address), int(cidr.broadcast_address) + 1


def _text(number: int, version: int) -> Address:
    return Address(str(ipaddress.IPv4Address(number) if version == 4 else ipaddress.IPv6Address(number)))
