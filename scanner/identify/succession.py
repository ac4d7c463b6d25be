"""What time tells of two places: whether they were there at once or in turn, and whether they are copies of one image."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from scanner.identify import keys
from scanner.identify.keys import Key
from scanner.identify.places import Place
from scanner.model.presence import is_sighting


def span(place: Place) -> tuple[datetime, datetime] | None:
    """From when to when it was there, as far as anybody saw; None for a place that only a register knows."""
    met = [one for one in place.seen if is_sighting(one)]
    return (min(one.first for one in met), max(one.last for one in met)) if met else None


def in_turn(one: Place, other: Place) -> bool:
    """Whether both were met, and never at one time."""
    mine, theirs = span(one), span(other)
    return mine is not None and theirs is not None and (mine[1] < theirs[0] or theirs[1] < mine[0])


def at_once(places: Sequence[Place]) -> int:
    """The most cards of one zone that were there at one time; places that nobody met count as always there."""
    moments: dict[str | None, list[tuple[datetime, int]]] = defaultdict(list)
    always: dict[str | None, int] = defaultdict(int)
    for zone, met in _by_card(places):
        if met is None:
            always[zone] += 1
        else:
            moments[zone] += [(met[0], 1), (met[1], -1)]
    return max((always[zone] + _most(moments[zone]) for zone in {*always, *moments}), default=0)


def turns(one: Place, other: Place, name: Key) -> Iterator[Key]:
    """What speaks for one device beside a shared name: random cards in turn, or one address held in turn."""
    if one.mac is None or other.mac is None or one.mac == other.mac or one.zone != other.zone:
        return
    if not in_turn(one, other):
        return
    if not keys.burnt_in(one.mac) and not keys.burnt_in(other.mac):
        yield Key("turn", "random cards in turn under the name", name.value, 1)
    elif one.address is not None and one.address == other.address:
        yield Key("turn", "cards in turn at one address under the name", name.value, 1)


def copies(one: Place, other: Place) -> bool:
    """Whether two cards go by different names, so that what their disks share was copied."""
    if one.mac is None or other.mac is None or one.mac == other.mac:
        return False
    mine, theirs = _names(one), _names(other)
    return bool(mine and theirs and mine.isdisjoint(theirs))


def _names(place: Place) -> set[str]:
    """First labels: `pc-7` and `pc-7.example` are one name."""
    return {key.value.partition(".")[0] for key in place.keys if key.family == "name"}


def _by_card(places: Sequence[Place]) -> Iterator[tuple[str | None, tuple[datetime, datetime] | None]]:
    """Each card of each zone once, with the whole time that any of its places was there."""
    held: dict[tuple[str | None, str], list[tuple[datetime, datetime] | None]] = defaultdict(list)
    for place in places:
        held[place.zone, place.mac or place.address or ""].append(span(place))
    for (zone, _), spans in held.items():
        met = [one for one in spans if one is not None]
        yield zone, (min(first for first, _ in met), max(last for _, last in met)) if met else None


def _most(moments: Sequence[tuple[datetime, int]]) -> int:
    """The most that are open at one time; at the same instant what begins comes before what ends."""
    most = now = 0
    for _, step in sorted(moments, key=lambda one: (one[0], -one[1])):
        now += step
        most = max(most, now)
    return most
