"""The one place that answers `may I?`: this address, this port, this much, now. The default is no."""

import ipaddress
import itertools
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from scanner.model.kinds import Kind, Touch
from scanner.model.net import Address, Mac, Port
from scanner.scope import approval, exclude, fragile, identity, known
from scanner.scope.file import Authority, Exclusion, Fragile, Group, Learned, Network, Scope, Window
from scanner.scope.profile import LIMITS

_FORTNIGHT: Final = timedelta(days=15)
"""Two weeks and a day: a clock change may swallow the one opening of a week."""
_MINUTE: Final = timedelta(minutes=1)


class Decision(Struct, frozen=True, kw_only=True):
    """Yes or no, why, and under which network's rules."""

    allowed: bool
    reason: str
    """In words for the audit; `allowed` when allowed."""
    network: Network | None
    waits: bool = False
    """All that forbids it is that no window is open."""


class Gate:
    """Every send asks it, in the main process and again in the raw helper."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        # longest prefix first: the most specific network decides
        self._networks = sorted(scope.networks, key=lambda net: -net.cidr.prefixlen)
        self._unapproved: dict[str, str | None] = {}
        self._holds: dict[Address, Network | None] = {}
        self._learned: list[Exclusion] = []
        self._told: dict[Address, Mac | None] = {}
        self.minds_nature = exclude.by_nature(scope)
        """Whether anything is excluded by host name or kind."""
        self._known = known.Index(scope.known)
        self._before = fragile.Index(scope.learned)

    @property
    def groups(self) -> tuple[Group, ...]:
        """Devices of which never two are worked on at a time."""
        return self._scope.groups

    @property
    def fragile(self) -> tuple[Fragile, ...]:
        """What the owner adds to the list of fragile devices."""
        return self._scope.fragile

    @property
    def expected(self) -> Iterable[Address]:
        """Where somebody was known as the run began."""
        return self._before.addresses

    def learned(self, address: Address, mac: Mac | None) -> Sequence[Learned]:
        """Whoever was known at the address, or on the card that it is on, as the run began."""
        return self._before.of(address, mac)

    def network(self, address: Address) -> Network | None:
        """The most specific network of the scope that holds the address."""
        # the same all the time, and asked many times for each connection
        if address not in self._holds:
            parsed = ipaddress.ip_address(address)
            self._holds[address] = next((net for net in self._networks if parsed in net.cidr), None)
        return self._holds[address]

    def may(
        self, address: Address, *, port: Port | None, touch: Touch, now: datetime, mac: Mac | None = None
    ) -> Decision:
        """Decide about one initiation; `mac` is the card the address is known to be on, where it is known."""
        network = self.network(address)
        reason = self._refusal(address, port, touch, now, mac, network)
        if reason is None and network is not None and touch > Touch.LISTEN and not _in_window(network, now):
            return Decision(
                allowed=False, reason=f"no window of {network.cidr} is open now", network=network, waits=True
            )
        return Decision(allowed=reason is None, reason=reason or "allowed", network=network)

    def opens(self, network: Network, now: datetime) -> datetime | None:
        """When the network may next be touched as far as its windows go, `now` included; None = not in this engagement."""
        if not network.windows:
            return now
        opens = opening(network.windows, now)
        return opens if opens is None or opens == now or opens < self._scope.engagement.valid_until else None

    def showed(self, address: Address, mac: Mac | None, names: Sequence[str], kind: Kind) -> str | None:
        """Take in what an address shows itself to be; why it is left alone from now on, when that is new."""
        if self._told.get(address) == mac and address in self._told:
            return None
        if self._excluded(address, mac) is None:
            self._learned += exclude.shown(self._scope, address, mac, names, kind)
        found = self._excluded(address, mac)
        if found is None:
            return None
        self._told[address] = mac
        return found.reason

    def excluded(self, address: Address, mac: Mac | None) -> str | None:
        """Why an address, or the card that it is on, is excluded; None when neither is."""
        found = self._excluded(address, mac)
        return found.reason if found else None

    def minds_cards(self, network: Network) -> bool:
        """Whether it matters there on which card an address is: a card is excluded or fragile, or a device must be
        known.
        """
        listed = [one.mac for one in (*self._scope.exclusions, *self._learned)]
        listed += [one.mac for one in self._scope.fragile]
        followed = network.profile not in fragile.FREE and bool(self._before.followed)
        return network.needs_signatures or followed or any(mac is not None for mac in listed)

    def strange(self, address: Address, mac: Mac | None) -> str | None:
        """Why it may not be spoken to in a clinical or ot network: nothing says what it is. None where it may."""
        network = self.network(address)
        if network is None or not network.needs_signatures:
            return None
        return self._known.why_not(address, mac, self._scope.known_days)

    def identity(self, network: Network) -> tuple[Port, ...]:
        """The control ports on which the scope's signer permits one question there: who are you?"""
        return identity.ports(network, self._scope.flags)

    def kinds(self, address: Address, mac: Mac | None) -> frozenset[Kind]:
        """Of what kind it is, by the scope file and by what the log knew as the run began."""
        return self._known.kinds(address, mac)

    def unasked(self, address: Address, port: Port, mac: Mac | None, network: Network) -> str | None:
        """Why a device is not asked on a control port who it is; None where it may be."""
        if port not in self.identity(network):
            return f"profile {network.profile} does not list {port}: {identity.LACKS}"
        return identity.why_not(port, self.kinds(address, mac), network)

    @property
    def minds_kinds(self) -> bool:
        """Whether anything is excluded by its kind."""
        return any(one.kind is not None for one in self._scope.exclusions)

    def excludes(self, kind: Kind) -> str | None:
        """Why a device that has shown itself to be of this kind is left alone; None when it is not."""
        found = next((one for one in self._scope.exclusions if one.kind is kind), None)
        return f"{kind} is excluded: {found.reason}" if found else None

    def _refusal(
        self,
        address: Address,
        port: Port | None,
        touch: Touch,
        now: datetime,
        mac: Mac | None,
        network: Network | None,
    ) -> str | None:
        if touch is Touch.LISTEN:
            return None
        if network is None:
            return f"{address} is in no network of the scope file"
        if excluded := self._excluded(address, mac):
            return f"{address} is excluded: {excluded.reason}"
        if not_now := self._not_part(address) or self._not_now(network, now):
            return not_now
        limits = LIMITS[network.profile]
        if touch > limits.touch:
            return f"profile {network.profile} allows {limits.touch.name.lower()} at most, not {touch.name.lower()}"
        if port in identity.PORTS:
            return self.strange(address, mac) or self.unasked(address, port, mac, network)
        if port is not None and port not in (*limits.ports, *limits.udp) and limits.budget is not None:
            return f"profile {network.profile} does not list {port}"
        # a question by ARP is asked of everybody on the segment: the lowest rung needs no name
        return self.strange(address, mac) if port is not None else None

    def _not_part(self, address: Address) -> str | None:
        only = self._scope.only
        if only is None or ipaddress.ip_address(address) in only:
            return None
        return f"{address} is not in {only}, the part of its network that is looked at now"

    def _not_now(self, network: Network, now: datetime) -> str | None:
        engagement, authority = self._scope.engagement, self._scope.authority
        if not engagement.valid_from <= now < engagement.valid_until:
            return f"the engagement is valid from {engagement.valid_from:%Y-%m-%d} to {engagement.valid_until:%Y-%m-%d}"
        if network.needs_signatures and not authority.by_two(now):
            return _unsigned(network, authority, now)
        return self._not_approved(network)

    def _not_approved(self, network: Network) -> str | None:
        """Why no approved plan covers this network: the same all the time, so it is worked out once."""
        cidr = str(network.cidr)
        if cidr not in self._unapproved:
            self._unapproved[cidr] = approval.why_not(self._scope, network)
        return self._unapproved[cidr]

    def _excluded(self, address: Address, mac: Mac | None) -> Exclusion | None:
        if not self._scope.exclusions and not self._learned:
            return None
        parsed = ipaddress.ip_address(address)
        for exclusion in itertools.chain(self._scope.exclusions, self._learned):
            if exclusion.cidr is not None and parsed in exclusion.cidr:
                return exclusion
            if (
                exclusion.mac is not None
                and mac is not None
                and _shares(mac, exclusion.mac, exclusion.mac_bits)
            ):
                return exclusion
        return None


def _unsigned(network: Network, authority: Authority, now: datetime) -> str:
    names = ", ".join(authority.names(now)) or "nobody"
    profile = network.written or network.profile
    return (
        f"{network.cidr} is {profile}: two people must sign the scope file, each with a key of their own;"
        f" signed by {names} (see `stalehost scope verify`)"
    )


def _in_window(network: Network, now: datetime) -> bool:
    return not network.windows or any(is_open(window, now) for window in network.windows)


def opening(windows: Sequence[Window], now: datetime) -> datetime | None:
    """The first moment at which one of the windows is open, `now` included; None = none opens within a fortnight."""
    moment = now
    # windows open and close on full minutes, and every week is like the last, but for clock changes
    while not any(is_open(window, moment) for window in windows):
        moment = moment.replace(second=0, microsecond=0) + _MINUTE
        if moment > now + _FORTNIGHT:
            return None
    return moment


def closing(windows: Sequence[Window], now: datetime) -> datetime:
    """The first moment at which none of the windows is open, `now` included; after a fortnight at the latest."""
    moment = now
    while any(is_open(window, moment) for window in windows) and moment < now + _FORTNIGHT:
        moment = moment.replace(second=0, microsecond=0) + _MINUTE
    return moment


def is_open(window: Window, now: datetime) -> bool:
    """Whether a weekly window is open; one that runs past midnight belongs to the day on which it opened."""
    local = now.astimezone(ZoneInfo(window.zone))
    minute = local.hour * 60 + local.minute
    if window.opens < window.closes:
        return local.weekday() in window.days and window.opens <= minute < window.closes
    yesterday = (local - timedelta(days=1)).weekday()
    return (local.weekday() in window.days and minute >= window.opens) or (
        yesterday in window.days and minute < window.closes
    )


def _shares(mac: Mac, other: Mac, bits: int) -> bool:
    shift = 48 - bits
    return int(mac.replace(":", ""), 16) >> shift == int(other.replace(":", ""), 16) >> shift
