"""Plan the packets of a scan before any is sent: per network, per known host, in total, with its end. Sends nothing."""

import asyncio
import fnmatch
import hashlib
import ipaddress
import math
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Final, Self

import msgspec
from msgspec import Struct

from scanner.errors import ScopeError
from scanner.model.kinds import Kind, Outcome, Profile, Touch
from scanner.model.net import Address, Mac, Port, is_udp, order
from scanner.model.packets import Ask, HostPlan, NetworkPlan, PacketPlan, Question
from scanner.observe.active import load_probes, probes_for
from scanner.observe.probe import permit
from scanner.scope import approval, fragile, identity
from scanner.scope.file import Exclusion, Flags, Fragile, Network, Scope
from scanner.scope.gate import Gate, is_open
from scanner.scope.plan import size
from scanner.scope.profile import LIMITS
from scanner.wire.first import strictest
from scanner.wire.never import why_not

AGENT: Final = "stalehost"
_LISTEN: Final = "listen"
_SHOWN: Final = 12
"""Ports that a line of the plan names; the change request has them all."""
_STEP: Final = timedelta(minutes=1)
_EXAMPLE: Final = Address("192.0.2.10")  # RFC 5737: nobody's


class Known(Struct, frozen=True, kw_only=True):
    """A host that the log knows."""

    address: Address
    kind: Kind | None = None
    mac: Mac | None = None
    names: tuple[str, ...] = ()
    rows: tuple[Fragile, ...] = ()
    """What the fragile list says of it."""


def plan(scope: Scope, known: Sequence[Known], now: datetime, sources: Sequence[str] = ()) -> PacketPlan:
    """What a scan of this scope sends at most when it begins `now`; known hosts are planned one by one."""
    job = scope.engagement
    networks = tuple(_network(network, scope, known, now) for network in scope.networks)
    probes = sorted({ask.probe for network in networks for ask in network.asks})
    return PacketPlan(
        title=job.name,
        owner=job.owner,
        authorized_by=job.authorized_by,
        contact=job.contact,
        reference=job.reference,
        valid_from=job.valid_from,
        valid_until=job.valid_until,
        made=now,
        networks=networks,
        questions=tuple(_question(name) for name in probes),
        exclusions=tuple((_what(one), one.reason) for one in scope.exclusions),
        sources=tuple(sources),
        agent=f"{AGENT}/{version('stalehost')}",
        fingerprint=fingerprint(scope),
    )


def fingerprint(scope: Scope) -> str:
    """SHA-256 of what would be sent, whatever the hour: scope, limits, ports, probes and what they send."""
    profiles = {str(network.cidr): network.profile for network in scope.networks}
    return approval.fingerprint(scope, profiles, questions(scope))


def questions(scope: Scope) -> str:
    """SHA-256 of what is asked on each port of each network, and of what each probe sends."""
    parts = [f"{network.cidr} {_asks(network, scope.flags)!r}" for network in scope.networks]
    parts += [f"{name}: {probe.sends}" for name, probe in load_probes().items()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def require_approval(scope: Scope, among: Sequence[Network]) -> None:
    """Raise ScopeError when something would be sent to a ward or a plant of these and nobody has approved that.

    What is more careful than the approved plan is approved with it, and so is a part of it (`discover`, `probe`).
    """
    gentle = [one for one in among if needs_approval(one)]
    for network in gentle:
        if why := approval.why_not(scope, network):
            raise ScopeError(why)
    one = scope.authority.approval
    if gentle and one is not None and one.questions != questions(approval.of(scope, one)):
        raise ScopeError(f"plan {one.plan[:16]}... asks other questions than this version; {approval.HOW}")


def needs_approval(network: Network) -> bool:
    """Whether something is sent to a ward or a plant: then somebody must have approved the plan."""
    return network.needs_signatures and LIMITS[network.profile].touch >= Touch.KNOCK


def lines(made: PacketPlan) -> Iterator[str]:
    """The plan in words, network by network and host by host, for a terminal."""
    yield f"{made.title}: at most, and only on your word:"
    for network in made.networks:
        yield from _network_lines(network)
    yield f"in all: {made.connections:,} connections, {made.initiations:,} initiations, {took(made.seconds)} at most"
    ends = [network.ends for network in made.networks if network.asks]
    if None in ends:
        yield "NOT before the engagement ends: widen its windows or its dates"
    elif ends:
        yield f"begun {made.made:%Y-%m-%d %H:%M} UTC it is over by {max(end for end in ends if end):%Y-%m-%d %H:%M} UTC"
    yield f"plan {made.fingerprint}"


def _network_lines(network: NetworkPlan) -> Iterator[str]:
    head = f"  {network.cidr} ({network.zone}, {network.profile})"
    if not network.asks:
        yield f"{head}: nothing is sent"
        return
    hosts = len(network.known) or network.addresses
    yield (
        f"{head}: {network.arp:,} ARP requests at {network.arp_rate:g}/s, {len(network.asks)} ports of each of"
        f" {'' if network.known else 'at most '}{hosts:,} hosts, {network.connections:,} connections; {took(network.seconds)}"
    )
    ports = [f"{ask.port} {ask.probe}" for ask in network.asks if not ask.permit]
    more = f" and {len(ports) - _SHOWN} more" if len(ports) > _SHOWN else ""
    yield f"    {', '.join(ports[:_SHOWN])}{more}"
    if allowed := [f"{ask.port} {ask.probe}" for ask in network.asks if ask.permit]:
        yield (
            f"    by permit of the scope's signer (ot_read_identity), one of these to a device at most,"
            f" by its kind: {', '.join(allowed)}"
        )
    for host in network.known:
        kind = f" {host.kind}" if host.kind else ""
        what = f"nothing: {host.refused}" if host.refused else f"at most {host.connections} connections"
        care = f", {host.care}" if host.care and host.refused is None else ""
        yield f"    {host.address}{kind}: {what}{care}"
    if listed := [f"{host.address} ({', '.join(host.fragile)})" for host in network.known if host.fragile]:
        one = "1 device is" if len(listed) == 1 else f"{len(listed):,} devices are"
        yield f"    {one} on the fragile list: {', '.join(listed)}"


def took(seconds: float) -> str:
    """A duration in the unit that a person would use."""
    if seconds > 5400:
        return f"about {seconds / 3600:.1f} hours"
    return f"about {seconds / 60:.0f} minutes" if seconds > 90 else f"about {seconds:.0f} seconds"


def _network(network: Network, scope: Scope, known: Sequence[Known], now: datetime) -> NetworkPlan:
    limits = LIMITS[network.profile]
    asks = _asks(network, scope.flags)
    here = sorted((one for one in known if _nearest(one.address, scope) is network), key=_place)
    each = sum(ask.connections for ask in asks)
    each = each if limits.budget is None else min(each, limits.budget)
    hosts = tuple(_host(one, scope, network, each) for one in here)
    addresses = size(msgspec.structs.replace(scope, networks=(network,)))
    count = sum(host.refused is None for host in hosts) if hosts else addresses
    rate = fragile.arp_rate(
        network.profile,
        [one for one in scope.learned if one.address and _nearest(one.address, scope) is network],
    )
    arp = addresses * limits.arp_tries if asks and network.cidr.version == 4 else 0
    seconds = _seconds(network, count, each, arp, rate) if asks else 0.0
    starts, ends = _times(network, scope, now, seconds)
    return NetworkPlan(
        cidr=str(network.cidr),
        zone=network.zone,
        profile=network.profile,
        addresses=addresses,
        known=hosts,
        asks=asks,
        connections=sum(host.connections for host in hosts) if hosts else count * each,
        per_host=each,
        arp=arp,
        arp_rate=rate,
        rate_total=limits.rate_total,
        rate_host=limits.rate_host,
        gap=limits.gap,
        at_once=limits.per_host,
        budget=limits.budget,
        seconds=seconds,
        starts=starts,
        ends=ends,
    )


def _asks(network: Network, flags: Flags) -> tuple[Ask, ...]:
    limits = LIMITS[network.profile]
    if limits.touch < Touch.KNOCK:
        return ()
    wanted = (*limits.ports, *limits.udp)
    asks = [_ask(port, network.profile) for port in wanted if why_not(port, network.profile) is None]
    # nobody speaks first by UDP: without a question of ours there is nothing to hear
    usual = tuple(ask for ask in asks if ask.probe != _LISTEN or not is_udp(ask.port))
    return tuple(_permitted(network, flags)) + usual


def _permitted(network: Network, flags: Flags) -> Iterator[Ask]:
    """What the scope's signer permits to be asked on control ports; of two probes of one port each device gets one."""
    for port in identity.ports(network, flags):
        for probe in load_probes().values():
            if port in probe.ports and permit(probe, network.profile):
                most = probe.connections[network.profile]
                yield Ask(port=port, probe=probe.name, connections=most, permit="ot_read_identity")


def _ask(port: Port, profile: Profile) -> Ask:
    probe = probes_for(port)
    if probe is None or profile not in probe.connections:
        return Ask(port=port, probe=_LISTEN, connections=1)
    return Ask(port=port, probe=probe.name, connections=probe.connections[profile])


def _host(one: Known, scope: Scope, network: Network, each: int) -> HostPlan:
    excluded = next((exclusion for exclusion in scope.exclusions if _excludes(exclusion, one)), None)
    refused = f"excluded: {excluded.reason}" if excluded else _strange(one, scope)
    rows = fragile.in_force(one.rows, network.profile)
    profile = fragile.strictest(strictest(network.profile, one.kind or Kind.UNKNOWN), rows)
    limits = fragile.limits(LIMITS[network.profile], LIMITS[profile], rows)
    care = None if profile is network.profile and not rows else _care(one, profile, rows)
    if refused is None and limits.touch < Touch.KNOCK and network.profile is not profile:
        refused = care
    most = each if limits.budget is None else min(each, limits.budget)
    return HostPlan(
        address=one.address,
        kind=one.kind,
        connections=0 if refused else most,
        refused=refused,
        care=care,
        fragile=tuple(row.id for row in rows),
    )


def _care(one: Known, profile: Profile, rows: Sequence[Fragile]) -> str:
    why = "; ".join(row.reason for row in rows) or f"its kind, {one.kind}, needs that"
    return f"treated as {profile}: {why}"


def _strange(one: Known, scope: Scope) -> str | None:
    """Why a known host of a clinical or ot network is not spoken to: that it is there says not what it is."""
    if one.kind not in {None, Kind.UNKNOWN}:
        return None
    return Gate(scope).strange(one.address, one.mac)


def _excludes(exclusion: Exclusion, one: Known) -> bool:
    if exclusion.cidr is not None:
        return ipaddress.ip_address(one.address) in exclusion.cidr
    if exclusion.mac is not None:
        bits = 48 - exclusion.mac_bits
        return one.mac is not None and _number(one.mac) >> bits == _number(exclusion.mac) >> bits
    if exclusion.hostname is not None:
        pattern = exclusion.hostname.lower()
        names = [part for name in one.names for part in (name.lower(), name.lower().split(".")[0])]
        return any(fnmatch.fnmatchcase(name, pattern) for name in names)
    return exclusion.kind is not None and exclusion.kind is one.kind


def _number(mac: Mac) -> int:
    return int(mac.replace(":", ""), 16)


def _seconds(network: Network, hosts: int, each: int, arp: int, arp_rate: float) -> float:
    """The longest that it can take: every connect and every read meets its deadline."""
    limits = LIMITS[network.profile]
    one = limits.connect_seconds + limits.read_seconds + max(limits.gap, 1 / limits.rate_host)
    turns = math.ceil(hosts / limits.hosts_parallel) * each * one / max(1, limits.per_host)
    return arp / arp_rate + max(turns, hosts * each / limits.rate_total)


def _times(
    network: Network, scope: Scope, now: datetime, seconds: float
) -> tuple[datetime | None, datetime | None]:
    """When it may begin and when it is over, with closed windows waited out to the minute."""
    at, last = max(now, scope.engagement.valid_from), scope.engagement.valid_until
    if not network.windows:
        end = at + timedelta(seconds=seconds)
        return (at if at < last else None), (end if end <= last else None)
    starts, left = None, timedelta(seconds=seconds)
    while at < last:
        if any(is_open(window, at) for window in network.windows):
            starts = starts or at
            if left <= _STEP:
                return starts, at + left
            left -= _STEP
        at += _STEP
    return starts, None


def _nearest(address: Address, scope: Scope) -> Network | None:
    """The most specific network that holds it, as the gate has it."""
    holding = [network for network in scope.networks if ipaddress.ip_address(address) in network.cidr]
    return max(holding, key=lambda network: network.cidr.prefixlen, default=None)


def _place(one: Known) -> tuple[int, int]:
    return order(one.address)


def _what(one: Exclusion) -> str:
    if one.mac is not None:
        return f"cards {one.mac}/{one.mac_bits}"
    return str(one.cidr or one.hostname or one.kind)


def _question(name: str) -> Question:
    probe = load_probes().get(name)
    if probe is None:
        words = "Nothing. The device is given two seconds to speak first; only a protocol that it speaks is answered."
        return Question(probe=name, words=words, opening=b"")
    return Question(probe=name, words=probe.sends, opening=asyncio.run(_opening(name)))


async def _opening(name: str) -> bytes:
    """What the probe says first to a device that says nothing."""
    probe = load_probes()[name]
    mute = _Mute(min(probe.ports, key=lambda port: (len(port), port)))
    talk = probe.talk(mute)
    if isinstance(talk, AsyncGenerator):
        async with aclosing(talk) as said:
            async for _ in said:
                pass
    return mute.first


class _Mute:
    """A `scanner.wire.conn.Conn` to nobody: keeps the first message and never answers."""

    def __init__(self, port: Port) -> None:
        self.address, self.port, self.outcome = _EXAMPLE, port, Outcome.OK
        self.first = b""

    async def send(self, data: bytes) -> None:
        """Keep the first message."""
        self.first = self.first or data

    async def some(self, limit: int = 4096) -> bytes:
        """Nothing."""
        del limit
        return b""

    async def exactly(self, count: int) -> bytes:
        """Nothing."""
        del count
        return b""

    async def until(self, marker: bytes, limit: int = 4096) -> bytes:
        """Nothing."""
        del marker, limit
        return b""

    async def quiet(self, seconds: float, limit: int = 4096) -> bytes:
        """Nothing."""
        del seconds, limit
        return b""

    async def again(self) -> Self | None:
        """No second one."""
        return None

    async def close(self) -> None:
        """Nothing to close."""
