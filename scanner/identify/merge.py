"""Make devices of observations: gather by place, join places, let the strongest claims say what each thing is.

A pure function of the log, the knowledge and the scope: the order of the observations never matters, and the devices
come out in order of address.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from scanner.identify import borrowed, decoys, forms, keys, kinds, phantoms, spoken, trust
from scanner.identify.claims import claims
from scanner.identify.join import Group, join
from scanner.identify.listening import services
from scanner.identify.places import ROW, Place, places
from scanner.identify.presence import Calendar
from scanner.identify.readings import first, parts
from scanner.identify.systems import settle
from scanner.model.device import Attribute, Claim, Device, DeviceId, Leg, Location
from scanner.model.kinds import Kind, Role
from scanner.model.knowledge import Knowledge
from scanner.model.net import order
from scanner.model.observation import Observation
from scanner.model.presence import Presence
from scanner.scope.file import Scope
from scanner.scope.site import peer

NETWORKING: Final = frozenset({Kind.ROUTER, Kind.SWITCH, Kind.FIREWALL})
"""Two zones are enough for these to be a gateway."""
ENDS: Final = frozenset(
    {Kind.LAPTOP, Kind.WORKSTATION, Kind.SERVER, Kind.DOMAIN_CONTROLLER, Kind.NAS, Kind.PRINTER, Kind.PHONE}
    | {Kind.CAMERA, Kind.MODALITY, Kind.PACS, Kind.KIOSK, Kind.ATM, Kind.POS, Kind.HMI, Kind.PATIENT_MONITOR}
)
"""Things that join zones by accident: with legs in however many zones, each of these is a bridge, not a gateway."""
SCANS: Final = frozenset(
    {
        "import:nmap-xml",
        "import:nmap",
        "import:masscan",
        "import:pcap",
        "import:arp-scan",
        "import:zeek",
        "import:p0f",
    }
    | {"import:nessus", "import:openvas", "import:runzero", "import:cisco", "import:unifi", "import:netdisco"}
    | {"import:librenms", "import:defender-seen"}
)
"""Imports that only saw a device; every other import is a list that somebody keeps, and so knows it."""


def devices(
    observations: Iterable[Observation],
    knowledge: Knowledge,
    scope: Scope,
    now: datetime,
    kept: Iterable[Presence] = (),
) -> tuple[Device, ...]:
    """Every device that the observations up to `now` speak of, each once, in order of address.

    `kept` are the days that the store keeps beside the log, which tell how often each was there.
    """
    known = phantoms.real(one for one in observations if one.first <= now and not _elsewhere(one, scope))
    groups = join(places([one for one in known if not _only_a_word(one)], scope), spoken.words(known))
    drafts = [(group, _keys(group)) for group in groups]
    calendar = Calendar(kept, known)
    taken = Counter(key for _, candidates in drafts for key in candidates)
    found = tuple(
        _device(group, _name_id(candidates, taken), knowledge, calendar, now)
        for group, candidates in drafts
        if group.places
    )
    return forms.attach(found, known, knowledge)


def _only_a_word(one: Observation) -> bool:
    """Whether it only says how things belong together, and is no sign that anything exists."""
    return one.field in {"person.same", "person.different"}


def _elsewhere(one: Observation, scope: Scope) -> bool:
    """Whether it speaks of an address of another site, whose devices are made of what that site has seen."""
    return bool(scope.peers) and one.address is not None and peer(scope, one.address) is not None


def _keys(group: Group) -> tuple[str, ...]:
    """What could name the device for good, strongest first: card, SMB GUID, SSH key, name, address."""
    held = group.places
    lent = bool(group.notes)
    cards = {p.mac for p in held if p.mac and keys.burnt_in(p.mac) and not keys.virtual(p.mac) and not lent}
    marks = sorted({key for place in held for key in place.keys})
    strong = ("smb guid", "ssh host key", "name in domain", "name")
    found = [f"mac {card}" for card in sorted(cards)]
    found += [f"{word} {key.value}" for word in strong for key in marks if key.word == word]
    found += [f"address {place.address} {place.mac}" for place in held]
    return tuple(found)


def _name_id(candidates: Sequence[str], taken: Mapping[str, int]) -> DeviceId:
    """Name a device by its strongest key that no other device has; its address and card are always its own."""
    key = next((one for one in candidates if taken[one] == 1), candidates[-1])
    return DeviceId("dev-" + hashlib.sha256(key.encode()).hexdigest()[:10])


def _device(group: Group, name: DeviceId, knowledge: Knowledge, calendar: Calendar, now: datetime) -> Device:
    seen = sorted(
        {id(one): one for place in group.places for one in place.seen}.values(), key=lambda one: one.last
    )
    facts = tuple(sorted(claims(seen, knowledge), key=_claim_order))
    attributes, conflicts = trust.choose(facts)
    names = _names(facts)
    held = services(seen, facts)
    kind, confidence = kinds.decide(facts, attributes, [one.port for one in held], names)
    attributes, doubts = borrowed.doubt(settle(attributes, facts, kind), facts)
    conflicts += doubts
    decoy = decoys.find(facts, [one.port for one in held], seen)
    if decoy:
        attributes = decoys.doubt(attributes, decoy)
        confidence *= 1.0 - decoy.weight * (1.0 - decoys.LEFT)
        conflicts += tuple(f"looks arranged: {why}" for why in decoy.why)
    days = calendar.days(group.places)
    return Device(
        id=name,
        names=names,
        legs=_legs(group.places),
        kind=kind,
        kind_confidence=confidence,
        role=_role(group.places, kind),
        attributes=_told(attributes),
        services=held,
        first_seen=min(one.first for one in seen),
        last_seen=max(one.last for one in _met(seen)),
        presence=calendar.state(group.places, days, seen[-1].last, now),
        location=_location(seen),
        owner=spoken.owner(seen),
        inventories=tuple(sorted({one.source for one in seen if _inventory(one.source)})),
        joined_by=group.because,
        identity_confidence=group.sure,
        conflicts=tuple(sorted({*conflicts, *group.notes})),
        facts=facts,
        days=days,
    )


def _met(seen: Sequence[Observation]) -> Sequence[Observation]:
    """What shows when it was met: a register's row without a date of its own only shows when it was read."""
    dated = [one for one in seen if one.field != ROW or "last_active" in parts(one.value)]
    return dated or seen


def _claim_order(claim: Claim) -> tuple[str, str, str, str, str, float]:
    return claim.attr, claim.value, claim.seen.field, claim.evidence, claim.rule or "", claim.confidence


def _told(attributes: Mapping[str, Attribute]) -> dict[str, Attribute]:
    return {name: attributes[name] for name in sorted(attributes)}


def _names(facts: Iterable[Claim]) -> tuple[str, ...]:
    """Host names, the best supported first, each once whatever its case."""
    best: dict[str, tuple[float, str]] = {}
    for claim in facts:
        if claim.attr == "host.name" and claim.value:
            key = claim.value.lower()
            best[key] = max(best.get(key, (0.0, "")), (trust.strength(claim), claim.value))
    return tuple(said for _, said in sorted(best.values(), key=lambda one: (-one[0], one[1])))


def _legs(held: Sequence[Place]) -> tuple[Leg, ...]:
    legs = [
        Leg(address=place.address, mac=place.mac, zone=place.zone, live=place.live)
        for place in held
        if place.address is not None
    ]
    return tuple(sorted(legs, key=lambda leg: (order(leg.address), leg.mac or "")))


def _role(held: Sequence[Place], kind: Kind) -> Role:
    """Virtual: every card of it moves between devices. Gateway: it joins zones by design, so it is no bridge."""
    if held and all(keys.virtual(place.mac) for place in held):
        return Role.VIRTUAL
    zones = {place.zone for place in held if place.zone}
    if len(zones) >= 3 and kind not in ENDS:
        return Role.GATEWAY
    return Role.GATEWAY if len(zones) >= 2 and kind in NETWORKING else Role.NONE


def _location(seen: Iterable[Observation]) -> Location | None:
    """The last that a switch, an access point or a list says about where it is attached."""
    said: list[tuple[datetime, list[tuple[str, str]]]] = []
    rooms: list[tuple[datetime, str]] = []
    for one in seen:
        if one.field == "location":
            said.append((one.last, sorted(parts(one.value).items())))
        elif one.field == ROW and (room := parts(one.value).get("place")):
            rooms.append((one.last, room))
    when, found = max(said, default=(None, list[tuple[str, str]]()))
    where = defaultdict(str, found)
    placed = max(rooms)[1] if rooms else ""
    if not said and not placed:
        return None
    return Location(
        switch=where["switch"] or None,
        port=where["port"] or None,
        # what a port is called and where a register has it: both help whoever walks there
        description="; ".join(dict.fromkeys(one for one in (first(where, "description", ""), placed) if one))
        or None,
        access_point=where["access_point"] or None,
        seen=when,
    )


def _inventory(source: str) -> bool:
    return source.startswith("import:") and source not in SCANS
