"""Make an ask ready: hold the wish against reason, the scope and the profile; craft its frames."""

import ipaddress
from datetime import datetime

import numpy as np

from scanner.errors import ScopeError
from scanner.model.net import Address, Mac, udp
from scanner.scope.file import Scope
from scanner.scope.gate import Gate
from scanner.wire import never_bytes
from scanner.wire.pipe import Ask, Method
from scanner.wire.raw.asking import Job
from scanner.wire.raw.cookie import U64
from scanner.wire.raw.order import Order, Space, space
from scanner.wire.raw.permits import Cards, Permits
from scanner.wire.raw.spare import ON_LINK
from scanner.wire.raw.stamp import Stamp

WIDEST = 1 << 16
"""Addresses that one ask looks for by ARP or ND: at 10 a second they take two hours."""

LISTED = 1 << 20
"""Addresses of one ask that may each have a card of their own."""

_VERSION = {Method.ARP: 4, Method.ECHO: 4, Method.ND: 6, Method.ECHO6: 6}
_WITH_PORTS = frozenset({Method.SYN, Method.UDP})
_LONGEST = 1400
"""Octets of a datagram: no fragment is ever sent."""
_MOST_TEMPLATES = 1024
"""UDP ports of one ask: each has a frame of its own."""


def ready(wish: Ask, scope: Scope, gate: Gate, mac: Mac, key: bytes, now: datetime) -> Job:
    """Everything that sending needs; raise ScopeError for a wish beyond reason, or that a profile forbids altogether."""
    if wish.method is Method.NODES:
        raise ScopeError("all nodes of a link are asked by `nodes.Nodes` alone")
    _sane(wish)
    among = space(wish.targets)
    source = ipaddress.ip_address(wish.source)
    if source.version != among.version or _VERSION.get(wish.method, among.version) != among.version:
        raise ScopeError(f"{wish.method} from {wish.source} cannot ask addresses of IPv{among.version}")
    if wish.method in {Method.ARP, Method.ND} and among.size > WIDEST:
        raise ScopeError(f"{wish.targets[0]} is too wide to sweep by {wish.method}; list /16 or narrower")
    order = Order(among, max(1, len(wish.ports)), wish.seed)
    if not 0 <= wish.begin <= order.total * wish.tries:
        raise ScopeError(f"place {wish.begin} is beyond the end of this ask, {order.total * wish.tries}")
    permits = Permits(scope, gate, among, wish.method, wish.ports, wish.cards)
    if (why := permits.why_none(now)) is not None:
        raise ScopeError(why)
    # on-link, ARP and ND go to everyone; through a router the card is the router's
    cards = Cards(scope, () if wish.via is not None or wish.method in ON_LINK else permits.cards())
    return Job(
        wish=wish,
        among=among,
        order=order,
        permits=permits,
        cards=cards,
        stamp=Stamp(
            wish.method, _templates(wish, mac, key), version=among.version, tagged=wish.vlan is not None
        ),
        key=key,
        card_of=_card_of(wish, among),
        own=among.index(int(source)),
    )


def _sane(wish: Ask) -> None:
    where = wish.targets[0] if wish.targets else "nothing"
    if not wish.rate > 0:
        raise ScopeError(f"a sweep of {where} needs a rate above 0, not {wish.rate}")
    if wish.tries < 1 or wish.wait < 0 or wish.seed < 0:
        raise ScopeError(f"a sweep of {where} needs one try at least, and neither wait nor seed below 0")
    if (wish.method in _WITH_PORTS) != bool(wish.ports):
        raise ScopeError(f"{wish.method} {'needs ports' if not wish.ports else 'knows no ports'}")
    if any(not 0 < one < 65536 for one in wish.ports) or len(set(wish.ports)) < len(wish.ports):
        raise ScopeError("ports are numbers from 1 to 65535, each once")
    if wish.method is Method.UDP and len(wish.ports) > _MOST_TEMPLATES:
        raise ScopeError(f"{len(wish.ports)} UDP ports are too many for one ask; at most {_MOST_TEMPLATES}")
    if any(len(data) > _LONGEST for data in wish.payloads.values()):
        raise ScopeError(f"a datagram of more than {_LONGEST} octets would have to be cut into fragments")
    if wish.vlan is not None and not 0 <= wish.vlan < 4095:
        raise ScopeError(f"{wish.vlan} is no VLAN; they go from 0 to 4094")
    for port, data in wish.payloads.items():
        if forbidden := never_bytes.why_not(udp(port), b"", data):
            raise ScopeError(f"udp/{port}: {forbidden}")
    try:
        ipaddress.ip_address(wish.source)
    except ValueError as error:
        raise ScopeError(f"cannot ask from {wish.source}: {error}") from error


def _templates(wish: Ask, mac: Mac, key: bytes) -> list[bytes]:
    # scapy loads here, once, and only when something is to be sent
    from scanner.wire.raw.template import Sender, frame

    version = ipaddress.ip_address(wish.source).version
    sender = Sender(method=wish.method, mac=mac, source=wish.source, vlan=wish.vlan, key=key)
    nobody = "0.0.0.0" if version == 4 else "::"  # noqa: S104  # a blank in a frame, not a bind
    data = [wish.payloads.get(port, b"") for port in wish.ports] if wish.method is Method.UDP else [b""]
    return [frame(sender, "00:00:00:00:00:00", nobody, data=one) for one in data]


def _card_of(wish: Ask, among: Space) -> U64 | None:
    """The card of each on-link target; None where all go to the next hop, or ARP and ND ask everyone."""
    if wish.via is not None or wish.method in {Method.ARP, Method.ND}:
        return None
    if among.size > LISTED:
        raise ScopeError(
            f"{among.size} addresses are too many to be on-link, each with a card; at most {LISTED}"
        )
    found = np.zeros(among.size, np.uint64)
    for address, card in wish.cards.items():
        index = among.index(_number(address))
        if index is not None:
            found[index] = int(card.replace(":", ""), 16)
    return found


def _number(address: Address) -> int:
    try:
        return int(ipaddress.ip_address(address))
    except ValueError as error:
        raise ScopeError(f"cannot ask {error}") from error
