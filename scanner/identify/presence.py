"""When a device was there, day by day, and what that makes of it; nothing ages out and nothing is deleted.

A day on which anything in a zone was seen is a day on which somebody looked there, so a device's share of those days
says how rarely it wakes. The days of a device are those that the store kept of its places, and the first and the last
of each of its sightings.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from scanner.identify.places import Place
from scanner.model.net import Address, Mac
from scanner.model.observation import Observation
from scanner.model.presence import Presence, day, is_sighting, sort_of

DORMANT: Final = timedelta(days=30)
"""Absent for so long: asleep, put away, or gone; it stays in every list until somebody says that it is gone."""
RARE: Final = 0.2
"""A smaller share of the days on which somebody looked: it comes and goes."""
LOOKS: Final = 5
"""On fewer days than this nobody can tell."""


class Calendar:
    """The days of every place, and those on which somebody looked at each zone."""

    def __init__(self, kept: Iterable[Presence], log: Iterable[Observation]) -> None:
        self._places: dict[tuple[Address | None, Mac | None], set[date]] = defaultdict(set)
        self._cards: dict[Address | None, set[Mac]] = defaultdict(set)
        self._looks: dict[str | None, set[date]] = defaultdict(set)
        for row in kept:
            self._note(row.address, row.mac, row.zone, row.source, set(row.dates()))
        met: dict[tuple[Address | None, Mac | None, str | None, str], set[datetime]] = defaultdict(set)
        for seen in filter(is_sighting, log):
            moments = met[seen.address, seen.mac, seen.zone, seen.source]
            moments.add(seen.first)
            moments.add(seen.last)
        for (address, mac, zone, source), moments in met.items():
            self._note(address, mac, zone, sort_of(source), set(map(day, moments)))

    def days(self, places: Sequence[Place]) -> tuple[date, ...]:
        """The days on which a device was seen at any of its places, sorted.

        A day that is known by the address alone counts where the address has one card only.
        """
        found: set[date] = set()
        for place in places:
            found |= self._places.get((place.address, place.mac), set())
            if place.mac is not None:
                found |= self._places.get((None, place.mac), set())
            if place.address is not None and self._alone(place):
                found |= self._places.get((place.address, None), set())
        return tuple(sorted(found))

    def state(self, places: Sequence[Place], days: Sequence[date], told: datetime, now: datetime) -> str:
        """`seen`, `intermittent`, `silent` or `dormant`; see `Device.presence`.

        What was never met counts from the last day on which anybody told of it (`told`).
        """
        live = any(place.live for place in places)
        if not live and day(now) - (days[-1] if days else day(told)) > DORMANT:
            return "dormant"
        if days and self._share(places, days) < RARE:
            return "intermittent"
        return "seen" if live else "silent"

    def _share(self, places: Sequence[Place], days: Sequence[date]) -> float:
        """The share of the days since it was first met on which it was there; 1 where too few looked to tell."""
        looked = {one for place in places for one in self._looks.get(place.zone, ()) if one >= days[0]}
        return len(looked & set(days)) / len(looked) if len(looked) >= LOOKS else 1.0

    def _alone(self, place: Place) -> bool:
        return self._cards[place.address] <= {place.mac}

    def _note(
        self, address: Address | None, mac: Mac | None, zone: str | None, source: str, days: set[date]
    ) -> None:
        self._places[address, mac] |= days
        if mac is not None:
            self._cards[address].add(mac)
        # a list that somebody keeps goes on while nobody looks
        if not source.startswith("import:"):
            self._looks[zone] |= days
