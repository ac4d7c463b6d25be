"""What headers alone tell: which card holds which address, who answers on which port, and which zones reach which."""

import ipaddress
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import numpy as np

from scanner.model.net import Address, Port
from scanner.model.observation import Scalar
from scanner.observe.capture.headers import ACK, SYN, TCP, UDP, mixed
from scanner.observe.capture.known import Known
from scanner.observe.capture.scene import Scene
from scanner.observe.capture.watch import FLOW, Span, Watch

SOURCE: Final = "passive:ip"
DYNAMIC: Final = 32_768
"""Ports from here on are lent to whoever calls (Linux; Windows from 49152, RFC 6335): not kept as services."""
SIGHTS: Final = 1 << 16
"""Pairs and flows that are remembered by name."""
_ROUTED: Final = np.uint64(0x726F75746564)


class Sights:
    """Cards, addresses, services and flows; told to a watch, and widened for as long as they are seen."""

    def __init__(self, watch: Watch, zone: Callable[[Address], str | None] | None = None) -> None:
        self._watch, self._zone = watch, zone
        self._known = Known()
        self._spans: dict[int, tuple[Span, ...]] = {}
        self._reached: set[tuple[str, str, Port]] = set()

    def see(self, scene: Scene) -> None:
        """Everything in one batch."""
        self._hosts(scene)
        self._answers(scene)

    def settle(self) -> None:
        """Widen what was seen again since."""
        for number, spans in self._spans.items():
            last = self._known.last(number)
            for span in spans if last is not None else ():
                span.widen(last or 0.0)
        if len(self._spans) >= SIGHTS or self._watch.full:
            self.forget()

    def forget(self) -> None:
        """Begin anew: what is seen again is told again."""
        self._spans.clear()
        self._reached.clear()
        self._known = Known()

    def _hosts(self, scene: Scene) -> None:
        found = scene.heads
        near = scene.near & (scene.cards != 0)
        rows = np.flatnonzero((found.version > 0) & (found.source != 0))
        # a router's card stands for whoever is behind it: there the address is seen alone
        whose = np.where(near[rows], scene.cards[rows], _ROUTED)
        numbers = mixed(whose, found.source[rows])
        for one, first, last in self._known.strangers(numbers, scene.time[rows]):
            number, row = numbers.item(one), rows.item(one)
            if number not in self._spans:
                self._spans[number] = self._host(scene, row, near=near.item(row))
            self._enter(number, first, last)

    def _enter(self, number: int, first: float, last: float) -> None:
        """It was met from then to then, and is looked up first from now on; what it pushes out was last met before."""
        pushed, before = self._known.enter(number, last)
        for span in self._spans.get(pushed, ()):
            span.widen(before)
        for span in self._spans[number]:
            span.widen(first)
            span.widen(last)

    def _host(self, scene: Scene, row: int, *, near: bool) -> tuple[Span, ...]:
        time, address, card = scene.time.item(row), scene.source(row), scene.card(row)
        if address is None:
            return ()
        if near and card is not None:
            span = self._watch.note(SOURCE, "link.mac", card, time, address, card)
        else:
            span = self._watch.note(SOURCE, "ip.seen", "through a router", time, address, None, near=False)
        return (span,) if span else ()

    def _answers(self, scene: Scene) -> None:
        """Who answered on a port: SYN-ACK, and datagrams from the lower to the higher port (RFC 6335, 6)."""
        found = scene.heads
        tcp = (found.protocol == TCP) & (found.flags & (SYN | ACK) == SYN | ACK)
        udp = (found.protocol == UDP) & (found.sport < 1024) & (found.dport >= 1024)
        rows = np.flatnonzero((tcp | udp) & (found.sport < DYNAMIC) & (found.sport > 0))
        if not len(rows):
            return
        # of neighbouring IPv4 clients one will do: sixteen addresses are in one zone, or nearly always so
        shift = np.where(found.version[rows] == 4, 4, 0).astype(np.uint64)
        asked = found.target[rows] >> shift
        numbers = mixed(found.source[rows], asked, found.sport[rows] << 8 | found.protocol[rows])
        for one, first, last in self._known.strangers(numbers, scene.time[rows]):
            number, row = numbers.item(one), rows.item(one)
            if number not in self._spans:
                self._spans[number] = self._answer(scene, row)
            self._enter(number, first, last)

    def _answer(self, scene: Scene, row: int) -> tuple[Span, ...]:
        server, client = scene.source(row), scene.target(row)
        if server is None or client is None or ipaddress.ip_address(client).is_multicast:
            return ()
        protocol = "tcp" if scene.heads.protocol[row] == TCP else "udp"
        port, time = Port(f"{protocol}/{scene.heads.sport.item(row)}"), scene.time.item(row)
        open_ = self._watch.note(
            SOURCE, "port.state", "open", time, server, None, port, near=scene.near.item(row)
        )
        flow = None
        if (
            (open_ is not None or self._watch.far(server))
            and (pair := self._apart(client, server))
            and (*pair, port) not in self._reached
        ):
            self._reached.add((*pair, port))
            said: dict[str, Scalar | list[str]] = {"from": client}
            flow = self._watch.note(SOURCE, FLOW, said, time, server, None, port, near=False)
        return tuple(span for span in (open_, flow) if span is not None)

    def _apart(self, client: Address, server: Address) -> tuple[str, str] | None:
        """The zones, or without a scope file the networks, that the two are in; None when it is one, or not ours."""
        place = self._zone or _network
        pair = place(client), place(server)
        return (pair[0], pair[1]) if pair[0] and pair[1] and pair[0] != pair[1] else None


@lru_cache(4096)
def _network(address: Address) -> str | None:
    """A guess at the network of a private address: a /24 or a /64."""
    found = ipaddress.ip_address(address)
    if not found.is_private:
        return None
    return str(ipaddress.ip_network((found, 24 if found.version == 4 else 64), strict=False))
