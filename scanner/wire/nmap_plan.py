"""Which hosts nmap may be given now, on which ports, in which batches: gate, never-list and care decide."""

from collections.abc import Callable, Sequence
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from msgspec import Struct

from scanner.errors import ScopeError
from scanner.model.kinds import Profile, Touch
from scanner.model.net import Address, Mac, Port
from scanner.scope.file import Network
from scanner.scope.gate import Gate
from scanner.wire.audit import Audit
from scanner.wire.care import Care
from scanner.wire.ledger import Ledger
from scanner.wire.never import why_not
from scanner.wire.stop import Stop
from scanner.wire.windows import Windows

Target = IPv4Address | IPv6Address

BATCH: Final = 64
"""Hosts of one nmap process: progress comes batch by batch, and a run that is ended loses one batch at most."""

ALLOWED: Final = frozenset({Profile.OFFICE, Profile.LAB, Profile.BENCH})
"""Even `-sT` opens several connections at once, which a ward or a plant must not see."""


class Batch(Struct, frozen=True, kw_only=True):
    """Hosts of one network that may be asked for the same ports."""

    network: Network
    hosts: tuple[Target, ...]
    ports: tuple[Port, ...]


class Means(Struct, frozen=True, kw_only=True):
    """What decides about every batch, and keeps what came of it."""

    gate: Gate
    audit: Audit
    ledger: Ledger
    clock: Callable[[], datetime]
    card: Callable[[Address], Mac | None] = lambda _address: None
    care: Care | None = None
    windows: Windows | None = None
    stop: Stop | None = None
    behind: Callable[[Address], bool] = lambda _address: False
    """Which addresses lie behind a router, whose burden is limited too."""
    program: str = "nmap"


def plan(targets: Sequence[Target], ports: Sequence[Port], means: Means) -> list[Batch]:
    """Group what may be asked now by network and ports, at most BATCH hosts each.

    Raises ScopeError when a target lies in a clinical, ot or passive network.
    """
    groups: dict[tuple[str, int, tuple[Port, ...]], list[Target]] = {}
    networks: dict[str, Network] = {}
    for network, hosts in turns(targets, means):
        for target in hosts:
            able, reason = _able(target, ports, network, means)
            if not able:
                refuse((target,), means.audit, reason)
                continue
            networks[str(network.cidr)] = network
            groups.setdefault((str(network.cidr), target.version, able), []).append(target)
    return [
        Batch(network=networks[cidr], hosts=tuple(hosts[at : at + BATCH]), ports=able)
        for (cidr, _, able), hosts in groups.items()
        for at in range(0, len(hosts), BATCH)
    ]


def turns(targets: Sequence[Target], means: Means) -> list[tuple[Network, tuple[Target, ...]]]:
    """The targets by network, at most BATCH at a time; what is in no network is refused."""
    groups: dict[str, tuple[Network, list[Target]]] = {}
    for target in map(_plain, targets):
        network = means.gate.network(Address(str(target)))
        if network is None:
            refuse((target,), means.audit, f"{target} is in no network of the scope file")
            continue
        if network.profile not in ALLOWED:
            raise ScopeError(
                f"{target} is in a network of profile {network.profile}: --engine nmap is for office and lab only"
            )
        groups.setdefault(str(network.cidr), (network, []))[1].append(target)
    return [
        (network, tuple(hosts[at : at + BATCH]))
        for network, hosts in groups.values()
        for at in range(0, len(hosts), BATCH)
    ]


def _plain(target: object) -> Target:
    """An address that was parsed as one: whatever else is written there would reach a command line."""
    if isinstance(target, IPv4Address | IPv6Address) and not getattr(target, "scope_id", None):
        return target
    raise ScopeError(f"{str(target)[:60]!r} is no plain address, and nmap gets nothing else")


def _able(
    target: Target, ports: Sequence[Port], network: Network, means: Means
) -> tuple[tuple[Port, ...], str]:
    """The ports of a host that nmap may knock on now, and what forbids the first of the others."""
    address = Address(str(target))
    said = {port: forbidden(address, port, network, means) for port in ports}
    reasons = [why for why in said.values() if why is not None]
    return tuple(port for port, why in said.items() if why is None), (reasons or ["no port was named"])[0]


def forbidden(address: Address, port: Port, network: Network, means: Means) -> str | None:
    """Why nmap may not knock there now; None when it may."""
    if not port.startswith("tcp/"):
        return f"{port} is not TCP"
    now, card = means.clock(), means.card(address)
    decision = means.gate.may(address, port=port, touch=Touch.ASK, now=now, mac=card)
    if not decision.allowed:
        return decision.reason
    if never := why_not(port, network.profile):
        return never
    care = means.care
    if care is None:
        return None
    kind = care.kind(address)
    if excluded := means.gate.excludes(kind) or care.why_not(address, port, network):
        return excluded
    if care.profile(address, network) is not network.profile:
        return f"it is a {kind}, which needs more care than nmap takes"
    return None


def refuse(hosts: Sequence[Target], audit: Audit, reason: str) -> None:
    """Write down that these get nothing, and why."""
    for host in hosts:
        audit.write("refused", to=str(host), reason=reason)
