"""May all nodes of a link be asked at once, and is this the frame? The strictest that stands on the link decides. Pure."""

import ipaddress
import struct
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from scanner.model.kinds import Touch
from scanner.model.net import Address, Mac
from scanner.scope.file import IPNetwork, Network, Scope
from scanner.scope.fragile import needed
from scanner.scope.gate import Gate
from scanner.scope.profile import LIMITS
from scanner.wire.pipe import ALL_NODES, Method
from scanner.wire.raw.permits import ALLOWED, REFUSED, WAITS, law
from scanner.wire.raw.proof import ECHO_DATA

CARD: Final = "33:33:00:00:00:01"
"""The card of all nodes (RFC 2464 7)."""

_EVERY_LINK: Final = ipaddress.ip_network("fe80::/10")
"""Link-local addresses (RFC 4291 2.5.6): on each link that has IPv6, so no scope file has to name them."""


class Word(Struct, frozen=True):
    """The permit's word on one link at one moment."""

    code: int
    """REFUSED, ALLOWED or WAITS, as `scanner.wire.raw.permits` has them."""
    why: str = ""


def may(scope: Scope, ranges: Iterable[IPNetwork], now: datetime) -> Word:
    """Whether a group may be asked on the link that carries these ranges.

    Only where every network on it allows that, all of it is in the scope, and nothing on it is excluded: a frame to a
    group reaches everyone, and our kernel then answers whoever asks for our card, an excluded one too.
    """
    here = frozenset(ranges)
    own, outside = _on_link(scope, here)
    kin = _kin(scope, own)
    found = [*own, *kin]
    if outside is not None:
        return Word(REFUSED, f"{outside} is on the link and in no network of the scope file")
    if not any(one.cidr.version == 6 for one in found):
        return Word(REFUSED, "no IPv6 network of the scope file is on the link")
    for network in found:
        if why := _forbids(scope, network):
            return Word(REFUSED, why)
    if why := _spared(scope, [*here, *(one.cidr for one in kin)]):
        return Word(REFUSED, why)
    # nothing on the link is excluded; what is elsewhere in a network that is wider than the link does not count
    gate, waits = Gate(replace(scope, exclusions=())), ""
    for network in found:
        for sample in _samples(gate, network, scope.networks):
            decision = gate.may(sample, port=None, touch=Touch.KNOCK, now=now)
            if not (decision.allowed or decision.waits):
                return Word(REFUSED, decision.reason)
            waits = waits or (decision.reason if decision.waits else "")
    return Word(WAITS, waits) if waits else Word(ALLOWED)


def tries(scope: Scope, ranges: Iterable[IPNetwork], wished: int) -> int:
    """How often, at most: as the most careful network on the link has its silent addresses asked."""
    own, _ = _on_link(scope, frozenset(ranges))
    return min([wished, *(LIMITS[one.profile].arp_tries for one in [*own, *_kin(scope, own)])])


def is_it(frame: bytes, mac: Mac, source: Address, proof: int) -> bool:
    """Whether these octets are one echo request of ours to all nodes, and nothing else: each octet counts."""
    return frame == _plain(mac, source, proof)


def _plain(mac: Mac, source: Address, proof: int) -> bytes:
    """The one frame to a group that may go out, built from the standards without the code that crafts it."""
    said = struct.pack("!HH", proof & 0xFFFF, proof >> 16 & 0xFFFF) + ECHO_DATA
    ends = ipaddress.IPv6Address(source).packed + ipaddress.IPv6Address(ALL_NODES).packed
    # RFC 8200 8.1: the sum goes over addresses, length and protocol too; RFC 4443 4.1: type 128, code 0
    length = 4 + len(said)
    total = _sum(ends + struct.pack("!IxxxB", length, 58) + b"\x80\x00" + said)
    ether = bytes.fromhex((CARD + mac).replace(":", "")) + b"\x86\xdd"
    # RFC 4291 2.7: of link-local scope, so no router passes it on; hop limit 1 says so again
    head = struct.pack("!IHBB", 6 << 28, length, 58, 1)
    return ether + head + ends + b"\x80\x00" + struct.pack("!H", total ^ 0xFFFF) + said


def _sum(data: bytes) -> int:
    """The sum behind an internet checksum (RFC 1071)."""
    total: int = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + bytes(len(data) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def _on_link(scope: Scope, ranges: Iterable[IPNetwork]) -> tuple[list[Network], IPNetwork | None]:
    """The networks that decide for any address on the link, and a range of it that is not wholly in the scope."""
    found: list[Network] = []
    outside: IPNetwork | None = None
    for one in sorted(ranges, key=str):
        inside = [net for net in scope.networks if _within(net.cidr, one)]
        around = [net for net in scope.networks if _within(one, net.cidr) and net not in inside]
        found += inside
        if list(ipaddress.collapse_addresses(net.cidr for net in inside)) == [one]:  # type: ignore[type-var]  # one version
            continue
        if around:
            found.append(max(around, key=lambda net: net.cidr.prefixlen))
        elif not _within(one, _EVERY_LINK):
            outside = outside or one
    return list({net.cidr: net for net in found}.values()), outside


def _kin(scope: Scope, own: Sequence[Network]) -> list[Network]:
    """What shares zone or VLAN with these counts as on their link too: we may have no address of our own in it."""
    zones = {net.zone for net in own}
    vlans = {net.vlan for net in own} - {None}
    return [net for net in scope.networks if net not in own and (net.zone in zones or net.vlan in vlans)]


def _forbids(scope: Scope, network: Network) -> str | None:
    """Why a network's profile lets no group be asked on its link."""
    if not LIMITS[network.profile].multicast:
        return f"profile {network.profile} of {network.cidr} lets nothing be sent to a group, and it is on the link"
    return law(Method.ECHO6, network, scope, None)


def _spared(scope: Scope, ranges: Iterable[IPNetwork]) -> str | None:
    """Who on the link must not be asked together with all others."""
    here = list(ranges)
    for one in scope.exclusions:
        if one.mac is not None:
            return f"{one.mac}/{one.mac_bits} is excluded ({one.reason}) and may be on the link"
        cidr = one.cidr
        if cidr is not None and any(_within(cidr, on) or _within(on, cidr) for on in here):
            return f"{cidr} is excluded ({one.reason}) and on the link"
    gate = Gate(scope)
    for known in scope.learned:
        if known.address is None or not any(ipaddress.ip_address(known.address) in on for on in here):
            continue
        network = gate.network(known.address)
        # a group's frame would reach it with all others, however little it bears
        if known.quiet and network and not LIMITS[needed(known, network.profile)].multicast:
            return f"{known.address} is on the link and known to need profile {known.profile}"
    for group in scope.groups:
        if any(ipaddress.ip_address(address) in on for address in group.addresses for on in here):
            return f"of group {group.name}, which is on the link, never two are asked at a time"
    return None


def _samples(gate: Gate, network: Network, among: Iterable[Network]) -> Iterator[Address]:
    """An address for which this network decides, if there is any: more specific ones may hold all of it."""
    inner = [one.cidr for one in among if one is not network and _within(one.cidr, network.cidr)]
    edges = [int(network.cidr[0]), int(network.cidr[-1])]
    edges += [edge for one in inner for edge in (int(one[0]) - 1, int(one[-1]) + 1)]
    kind = type(network.cidr[0])
    for edge in edges:
        if int(network.cidr[0]) <= edge <= int(network.cidr[-1]):
            address = Address(str(kind(edge)))
            if gate.network(address) == network:
                yield address
                return


def _within(small: IPNetwork, large: IPNetwork) -> bool:
    return small.version == large.version and small.subnet_of(large)  # type: ignore[arg-type]  # one version
