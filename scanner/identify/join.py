"""Find which places are one device: by card, by marks that agree, by a person's word; never by a factory's key.

How it is weighed, and why:
- The same card (MAC) is one device, unless the card answers for a crowd (proxy ARP: a router lending its card) or
  the places contradict each other (two SMB GUIDs behind one card are two machines behind one router).
- A virtual card (HSRP, VRRP, CARP, GLBP, cluster) moves between devices: such a place joins nothing, by nothing but a
  person's word. The address of an HSRP pair shows the active router's own SSH key, and must not swallow it.
- Marks add up over independent families (see `keys`): image 2 (a certificate 1: they are shared on purpose, too),
  name in a domain 2, name alone 1, start time 2. Two live places with different cards in ONE zone need 4: twelve
  cameras with one factory certificate, one SSH key and one name reach 3. In DIFFERENT zones, or where the card
  cannot be seen, they need 3: copies of one image stand side by side far more often than one in each zone, and a
  device with a leg in two zones is what we look for. So one SSH key or one certificate alone never joins two
  live cards, whereas SSH key + name does across zones, and SMB GUID + name + domain does anywhere (a laptop with two
  cards). Exactly two live hosts with the same SSH key and the same names in one zone are left apart: a cloned pair
  looks just so, and a cluster too; one machine with two cards in one zone mostly shows its SMB start time or domain.
- Where one of the two no longer answers (an old address, a lease), 2 is enough: nothing contradicts it.
- A mark that three or more cards of one zone show is a factory's or an image's and weighs nothing. One holder in each
  of three or more zones is how a router looks, not how a crowd does: that adds 1.
- Marks of the image family that go with different names on different cards are those of a disk image, of which each
  copy was named: such a pair is never joined by them, nor through a third.
- A random card (its local bit is set) is made to change. Two of them in one zone that were never there at one time, under
  one name, are one device: that adds 1 to the name. So does one address that two cards under one name had in turn.
  A name that three cards had at one time in one zone is a factory's; three in turn are one phone's.
- Two live places that contradict (other SMB GUID, other SSH key on the same port, other NetBIOS name, both running
  since different instants) are never joined, nor through a third.
Pairs are taken strongest first and ties by address, so the order of observations cannot matter.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Final

from msgspec import Struct

from scanner.identify import keys, succession, sureness
from scanner.identify.keys import Key
from scanner.identify.places import Place
from scanner.identify.spoken import Word
from scanner.model.net import Mac

CROWD: Final = 3
"""So many cards with one mark in one zone: the mark is a factory's."""
PROXY: Final = 8
"""More live addresses than this behind one card in one zone: the card answers for others."""
CARD: Final = 100
"""The weight of the same card: more than all marks together."""

Zone = str | None
Pair = tuple[int, int]


class Group(Struct, frozen=True, kw_only=True):
    """Places that are one device, and why."""

    places: tuple[Place, ...]
    because: tuple[str, ...]
    notes: tuple[str, ...]
    """What must be said with it: a card that answers for many."""
    sure: float
    """How sure it is that they are one device, that will be known again (see `sureness`)."""


def join(places: Sequence[Place], words: Sequence[Word] = ()) -> tuple[Group, ...]:
    """Group places into devices; see above for the reasons. Groups come in the order of their first place."""
    lent = lent_cards(places)
    together, apart = _spoken(places, words)
    union = _Union(places, apart)
    for pair in sorted(together):
        union.link(pair, "a person says so", sureness.UNBROKEN, by_person=True)
    weighed = {pair: _weigh(places, pair, why) for pair, why in _candidates(places, lent).items()}
    for pair in sorted(weighed, key=lambda one: (-weighed[one][0], one)):
        weight, why = weighed[pair]
        if weight >= _needed(places[pair[0]], places[pair[1]]):
            union.link(pair, why, weight, by_person=False)
    return tuple(_group(places, union, members, lent) for members in union.groups())


def lent_cards(places: Sequence[Place]) -> dict[tuple[Mac, Zone], int]:
    """Cards that answer for others (proxy ARP, NAT): card and zone -> how many addresses it answered for."""
    behind: dict[tuple[Mac, Zone], list[Place]] = defaultdict(list)
    for place in places:
        if place.mac and place.live and place.address and not keys.virtual(place.mac):
            behind[place.mac, place.zone].append(place)
    return {
        card: len(held)
        for card, held in behind.items()
        if len(held) > PROXY or any(contradict(one, other) for one, other in combinations(held, 2))
    }


def contradict(one: Place, other: Place) -> bool:
    """Whether two live places cannot be one running machine."""
    if not (one.live and other.live):
        return False
    mine: dict[str, set[str]] = defaultdict(set)
    for trait in one.traits:
        mine[trait.what].add(trait.value)
    theirs: dict[str, set[str]] = defaultdict(set)
    for trait in other.traits:
        theirs[trait.what].add(trait.value)
    if any(mine[what].isdisjoint(theirs[what]) for what in mine.keys() & theirs.keys()):
        return True
    return _both_running(one, other)


def _both_running(one: Place, other: Place) -> bool:
    """Different start times, both before either was looked at: two machines, not one that was restarted between."""
    if one.started is None or other.started is None or one.started == other.started:
        return False
    looked = min(seen.last for place in (one, other) for seen in place.seen if seen.field == "smb2.boot_time")
    return max(one.started, other.started) < looked


def _spoken(places: Sequence[Place], words: Sequence[Word]) -> tuple[set[Pair], set[Pair]]:
    """Pairs that a person joins and pairs that a person keeps apart; the later word wins."""
    said: dict[Pair, bool] = {}
    for word in words:
        meant = [index for index, place in enumerate(places) if word.names(place)]
        for first, second in combinations(meant, 2):
            # what a person calls different are the things named, not two places of one of them
            if word.same or word.tells_apart(places[first], places[second]):
                said[first, second] = word.same
    return {pair for pair, same in said.items() if same}, {pair for pair, same in said.items() if not same}


def _candidates(places: Sequence[Place], lent: Mapping[tuple[Mac, Zone], int]) -> dict[Pair, list[Key]]:
    """Pairs that share a card or a mark that is not a crowd's, with all that they share."""
    shared: dict[Pair, list[Key]] = defaultdict(list)
    by_key: dict[Key, list[int]] = defaultdict(list)
    for index, place in enumerate(places):
        if keys.virtual(place.mac):
            continue
        if place.mac and (place.mac, place.zone) not in lent:
            by_key[Key("card", "MAC", place.mac, CARD)].append(index)
        for key in place.keys:
            by_key[key].append(index)
    for key, holders in sorted((key, held) for key, held in by_key.items() if len(held) > 1):
        if key.family != "card" and _crowd([places[index] for index in holders], key):
            continue
        for pair in combinations(holders, 2):
            shared[pair].append(key)
        if key.family == "image" and _one_a_zone([places[index] for index in holders]):
            for pair in combinations(holders, 2):
                shared[pair].append(Key("spread", "one address in each zone with", key.word, 1))
        if key.family == "name":
            for pair in combinations(holders, 2):
                shared[pair] += succession.turns(places[pair[0]], places[pair[1]], key)
    return shared


def _crowd(holders: Sequence[Place], key: Key) -> bool:
    """Whether a mark is a factory's: many cards of one zone show it; a name, at one time."""
    if key.family == "name":
        return succession.at_once(holders) >= CROWD
    cards: dict[Zone, set[str]] = defaultdict(set)
    for place in holders:
        cards[place.zone].add(place.mac or place.address or "")
    return any(len(held) >= CROWD for held in cards.values())


def _one_a_zone(holders: Sequence[Place]) -> bool:
    zones = [place.zone for place in holders if place.zone]
    return len(zones) == len(holders) >= CROWD and len(set(zones)) == len(zones)


def _weigh(places: Sequence[Place], pair: Pair, shared: Iterable[Key]) -> tuple[int, str]:
    best: dict[str, Key] = {}
    for key in sorted(shared, key=lambda one: (one.weight, one)):
        best[key.family] = key
    if contradict(places[pair[0]], places[pair[1]]):
        return 0, ""
    if succession.copies(places[pair[0]], places[pair[1]]):
        best.pop("image", None)
    why = ", ".join(f"{key.word} {_short(key.value)}" for _, key in sorted(best.items()))
    return sum(key.weight for key in best.values()), why


def _short(value: str) -> str:
    return value if len(value) <= 48 else f"{value[:24]}..."


def _needed(one: Place, other: Place) -> int:
    """The weight that joins two places; the reasons stand at the top of this file."""
    if not (one.live and other.live):
        return 2
    if one.zone == other.zone and one.mac and other.mac:
        return 4
    return 3


class _Union:
    """Sets of places that grow together, unless something keeps them apart."""

    def __init__(self, places: Sequence[Place], apart: set[Pair]) -> None:
        self._places = places
        self._apart = apart
        self._members: dict[int, list[int]] = {index: [index] for index in range(len(places))}
        self._root = list(range(len(places)))
        self._why: dict[int, list[str]] = defaultdict(list)
        self._weakest = [sureness.UNBROKEN] * len(places)

    def link(self, pair: Pair, why: str, weight: float, *, by_person: bool) -> None:
        """Make the sets of two places one, and keep the reason; a contradiction forbids it, a person overrules."""
        first, second = sorted(self._root[index] for index in pair)
        if first != second and self._forbidden(first, second, by_person=by_person):
            return
        self._why[first].append(why)
        if first == second:
            return
        self._why[first] += self._why.pop(second, [])
        self._weakest[first] = min(weight, self._weakest[first], self._weakest[second])
        for member in self._members[second]:
            self._root[member] = first
        self._members[first] += self._members.pop(second)

    def groups(self) -> list[list[int]]:
        """The sets, each in order, by their first place."""
        return [sorted(members) for _, members in sorted(self._members.items())]

    def why(self, members: Sequence[int]) -> tuple[str, ...]:
        """Every reason that holds a set together, each once."""
        return tuple(sorted(set(self._why.get(self._root[members[0]], []))))

    def weakest(self, members: Sequence[int]) -> float:
        """The weight of the link of a set that would break first."""
        return self._weakest[self._root[members[0]]]

    def _forbidden(self, first: int, second: int, *, by_person: bool) -> bool:
        crossing = [(one, other) for one in self._members[first] for other in self._members[second]]
        if any((min(pair), max(pair)) in self._apart for pair in crossing):
            return True
        return not by_person and any(
            contradict(self._places[one], self._places[other])
            or succession.copies(self._places[one], self._places[other])
            for one, other in crossing
        )


def _group(
    places: Sequence[Place], union: _Union, members: Sequence[int], lent: Mapping[tuple[Mac, Zone], int]
) -> Group:
    held = tuple(places[index] for index in members)
    notes = {
        f"MAC {place.mac} answers for {lent[place.mac, place.zone]} addresses in zone {place.zone}: "
        "a router lends it (proxy ARP), so it proves nothing"
        for place in held
        if place.mac and (place.mac, place.zone) in lent
    }
    cards = {place.mac for place in held if place.mac and (place.mac, place.zone) in lent}
    certain = sureness.sure(held, union.weakest(members), cards)
    return Group(places=held, because=union.why(members), notes=tuple(sorted(notes)), sure=certain)
