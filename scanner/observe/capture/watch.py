"""Turn what parsers tell into observations: whose fact it is, repeats widen its interval, and how much is kept at most."""

import ipaddress
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import msgspec

from scanner.model.net import Address, Mac, Port
from scanner.model.observation import Observation, Value
from scanner.observe.dissect import Fact, Packet

VALUES: Final = 6
"""Different values of one field of one device and port that are kept a day: what changes faster is noise."""
ROWS: Final = 48
"""Facts about one device that are kept on the first day."""
DAILY: Final = 2
"""Facts about one device that are added on each later day: with some 400 octets each, less than 1 KB a day."""
SPANS: Final = 1 << 17
"""Facts that are remembered, so that a repeat is known as one; the store knows the others."""

FLOW: Final = "flow.seen"
"""A service that answered somebody."""

Keep = Callable[[Address, bool], bool]
"""Whether what is told of an address is kept, given whether it was heard on its own link."""

_encode: Final = msgspec.json.Encoder(order="deterministic").encode
_DAY: Final = 86400.0
_NOBODY: Final = Mac("00:00:00:00:00:00")


class Span:
    """One fact, and from when to when it was told."""

    __slots__ = ("first", "last", "seen", "told")

    def __init__(self, seen: Observation, time: float) -> None:
        self.seen, self.first, self.last = seen, time, time
        self.told = False
        """Whether it has been given out as it stands."""

    def widen(self, time: float) -> None:
        """It was told again."""
        if time > self.last:
            self.last, self.told = time, False
        elif time < self.first:
            self.first, self.told = time, False


class Watch:
    """The facts of one capture or of one stretch of listening."""

    def __init__(
        self,
        keep: Keep,
        vantage: str | None = None,
        zone: Callable[[Address], str | None] | None = None,
        far: Callable[[Address], bool] = lambda _address: False,
    ) -> None:
        self._keep, self._vantage, self._zone = keep, vantage, zone
        self.far = far
        """Whether an address is another site's: of those it is kept to whom they answered, and nothing else."""
        self._spans: dict[tuple[object, ...], Span] = {}
        self._values: dict[tuple[object, ...], int] = {}
        self._rows: dict[str, tuple[float, int]] = {}
        self.outside = 0
        """Facts about addresses that are not ours to keep."""
        self.churned = 0
        """Facts that were not kept because the same device had told too many others."""

    def tell(self, name: str, fact: Fact, packet: Packet, *, near: bool) -> Span | None:
        """A fact that a parser found; `near` = the sender's card is its own, and no router's. None when it is not kept."""
        address, mac = fact.address, fact.mac
        if address is None and mac is None:
            address, mac = (
                (packet.target, packet.target_mac) if fact.target else (packet.source, packet.source_mac)
            )
            # whose card the receiver's is (its own, a router's) is not known
            mac = mac if address is None or (near and not fact.target) else None
        return self.note(
            f"passive:{name}", fact.field, fact.value, packet.time, address, mac, fact.port, near=near
        )

    def note(
        self, source: str, field: str, value: Value, time: float, address: Address | None, mac: Mac | None,
        port: Port | None = None, *, near: bool = True,
    ) -> Span | None:  # fmt: skip
        """One thing seen at a time; the span of that fact, or None when it is not kept."""
        said = value if isinstance(value, str) else _encode(value)
        # one row for one card at one address, whoever saw it
        told = None if field == "link.mac" else source
        span = self._spans.get((told, field, said, address, mac, port))
        if span is not None:
            span.widen(time)
            return span
        mac = None if mac is None or mac == _NOBODY or int(mac[1], 16) & 1 else mac
        talked = field == FLOW and address is not None and self.far(address)
        if address is not None and not talked and not self._keep(address, near or fact_is_link(field)):
            self.outside += 1
            # on this link such an address is anybody's: the card is told of instead
            if not (near and ipaddress.ip_address(address).is_link_local):
                return None
            address = None
        if address is None and mac is None:
            return None
        key = (told, field, said, address, mac, port)
        span = self._spans.get(key)
        if span is not None:
            span.widen(time)
            return span
        if not self._affords(source, field, address or mac or "", port, time):
            return None
        at = datetime.fromtimestamp(0, UTC)
        span = self._spans[key] = Span(
            Observation(
                source=source, first=at, last=at, field=field, value=value, address=address, mac=mac, port=port,
                zone=self._zone(address) if self._zone and address else None, vantage=self._vantage,
            ),
            time,
        )  # fmt: skip
        return span

    def news(self) -> Iterator[Observation]:
        """What is new or wider than when it was last given; repeats of all of it do no harm."""
        for span in self._spans.values():
            if not span.told:
                span.told = True
                yield msgspec.structs.replace(
                    span.seen,
                    first=datetime.fromtimestamp(span.first, UTC),
                    last=datetime.fromtimestamp(span.last, UTC),
                )

    @property
    def full(self) -> bool:
        """Whether it is time to give the news and to forget."""
        return len(self._spans) >= SPANS

    def forget(self) -> None:
        """Let go of what has been given; what comes again is given again, and widens what is stored."""
        self._spans.clear()
        if len(self._values) > SPANS:
            self._values.clear()
        if len(self._rows) > SPANS:
            self._rows.clear()

    def _affords(self, source: str, field: str, device: str, port: Port | None, time: float) -> bool:
        """Whether one more fact of the device may be kept."""
        kind = (source, field, device, port, time // _DAY)
        values = self._values.get(kind, 0)
        began, rows = self._rows.get(device, (time, 0))
        if values >= VALUES or rows >= ROWS + DAILY * max(0.0, (time - began) // _DAY):
            self.churned += 1
            return False
        self._values[kind] = values + 1
        self._rows[device] = began, rows + 1
        return True


def fact_is_link(field: str) -> bool:
    """Whether only somebody on the same link can say so."""
    return field.startswith("link.")


@lru_cache(1 << 14)
def ours(address: Address, near: bool) -> bool:
    """Without a scope file to ask: private addresses, and others that were heard on their own link."""
    found = ipaddress.ip_address(address)
    if found.is_multicast or found.is_unspecified or found.is_loopback or found.is_reserved:
        return False
    return near or found.is_private
