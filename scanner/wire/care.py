"""What is known in this run of each device that bears on how it may be treated: its kind, and how it fares.

The dialer asks it before each connection and tells it how each one went; the look tells it what was seen.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from scanner.model.kinds import Kind, Outcome, Profile
from scanner.model.net import Address, Mac, Port, order
from scanner.model.observation import Observation
from scanner.model.run import Cared
from scanner.scope import fragile
from scanner.scope.file import Fragile, Learned, Network
from scanner.scope.gate import Gate
from scanner.scope.profile import CAREFUL, LIMITS, Limits
from scanner.wire.breaker import Breaker, Level, Trip
from scanner.wire.first import strictest, why_leave
from scanner.wire.health import Health
from scanner.wire.stop import Stop
from scanner.wire.touched import Touched

Judge = Callable[[Sequence[Observation]], Kind | None]
"""What sort of thing the observations of one address speak of; None or unknown while they do not tell."""

SOURCE = "wire:breaker"

ATTENDED: Final = frozenset({Profile.CLINICAL, Profile.OT})
"""Where overheard signs count; in an office somebody just restarted a computer."""


Namer = Callable[[Sequence[Observation]], Sequence[str]]
"""The host names that the observations of one address speak of."""


Lister = Callable[[Sequence[Observation]], Sequence[Fragile]]
"""The rows of the fragile list that the observations of one address call for."""


def nobody_knows(_seen: Sequence[Observation]) -> Kind | None:
    """A judge for runs that identify nothing, such as one probe on one port."""
    return None


class Care:
    """One of them serves a whole run."""

    def __init__(
        self,
        breaker: Breaker,
        stop: Stop,
        clock: Callable[[], datetime],
        judge: Judge = nobody_knows,
        namer: Namer = lambda _seen: (),
        lister: Lister = lambda _seen: (),
    ) -> None:
        self.breaker, self.stop, self.judge, self.namer = breaker, stop, judge, namer
        self._lister = lister
        self.owned = True
        """Whether the owner has rows in the fragile list; only those hold in a network that is its owner's affair."""
        self._rows: dict[Address, Sequence[Fragile]] = {}
        self._clock = clock
        self._seen: dict[Address, list[Observation]] = defaultdict(list)
        self._kinds: dict[Address, Kind] = {}
        self._health: dict[Address, Health] = defaultdict(Health)
        self._touched: dict[Profile, set[Address]] = defaultdict(set)
        self._networks: dict[Address, Network] = {}
        self._asked = Touched()
        self.on: Callable[[Mac], Sequence[Address]] = lambda _mac: ()
        """The addresses that were last met on a card."""
        self.known: Callable[[Address], Sequence[Learned]] = lambda _address: ()
        """What was known of whoever is at an address before the run: from its first frame on it counts as if shown."""
        self.carded: Callable[[Address], Sequence[Fragile]] = lambda _address: ()
        """What the fragile list says of the card that an address is on."""
        self.told: Callable[[Observation], None] = lambda _seen: None
        """Who hears of a trip."""
        self.minders: dict[str, Callable[[Address], None]] = {}
        """Who hears that a connection has ended, by network: the device may be looked after."""
        self.confirms: dict[str, Callable[[Address], Awaitable[None]]] = {}
        """Who asks, by network, on which card an address is now."""
        self.showed: Callable[[Address, Mac | None], None] = lambda _address, _mac: None
        """Who hears that an address has shown something of itself, and on which card if that was seen."""

    def saw(self, seen: Observation) -> None:
        """Take in what was seen of a device: its kind is judged anew when next asked for."""
        if seen.address is None or (seen.field == "port.state" and seen.value != "open"):
            return
        self._seen[seen.address].append(seen)
        self._kinds.pop(seen.address, None)
        self._rows.pop(seen.address, None)
        self.showed(seen.address, seen.mac)

    def names(self, address: Address) -> Sequence[str]:
        """The host names that it has shown."""
        seen = self._seen.get(address)
        return self.namer(seen) if seen else ()

    def kind(self, address: Address) -> Kind:
        """What sort of thing it is: as it has shown, else as was known before."""
        return next((one for one in self.kinds(address) if one is not Kind.UNKNOWN), Kind.UNKNOWN)

    def kinds(self, address: Address) -> Sequence[Kind]:
        """Every kind that it is held for; the one that it has shown in this run first."""
        if address not in self._kinds:
            seen = self._seen.get(address)
            self._kinds[address] = (self.judge(seen) if seen else None) or Kind.UNKNOWN
        return (self._kinds[address], *(one.kind for one in self.known(address)))

    def rows(self, address: Address) -> Sequence[Fragile]:
        """What the fragile list says of it: by what it has shown, by its card, and by what was known before."""
        if address not in self._rows:
            seen = self._seen.get(address)
            self._rows[address] = self._lister(seen) if seen else ()
        before = (row for one in self.known(address) for row in one.rows)
        found: list[Fragile] = []
        for row in (*before, *self.carded(address), *self._rows[address]):
            # by its content: two rows of one name are two rows
            if row not in found:
                found.append(row)
        return found

    def profile(self, address: Address, network: Network) -> Profile:
        """The strictest of its network's profile, of what its kind needs and of what the fragile list says."""
        kinds = () if network.profile in fragile.FREE else self.kinds(address)
        needed = (strictest(network.profile, kind) for kind in kinds)
        return fragile.most_careful(fragile.strictest(network.profile, self._held(address, network)), *needed)

    def limits(self, address: Address, network: Network, among: Mapping[Profile, Limits] = LIMITS) -> Limits:
        """Its ceilings, each the tightest of network, kind and fragile list."""
        rows = fragile.in_force(self._held(address, network), network.profile)
        found = among[network.profile]
        for profile in dict.fromkeys((self.profile(address, network), *(row.profile for row in rows))):
            found = fragile.limits(found, among[profile])
        return fragile.limits(found, found, rows)

    def why_not(self, address: Address, port: Port, network: Network) -> str | None:
        """Why it gets no connection on `port` now; None when it may."""
        if self.breaker.holds and (
            held := self.breaker.why_not(address, str(network.cidr), self.kind(address))
        ):
            return held
        kinds = () if network.profile in fragile.FREE else self.kinds(address)
        left = (why_leave(kind, port, network.profile) for kind in kinds)
        rows = self._held(address, network)
        return next(filter(None, left), None) or fragile.why_not(rows, port, network.profile)

    def _held(self, address: Address, network: Network) -> Sequence[Fragile]:
        """Its rows, as far as any can hold in this network: judging what somebody is costs time."""
        if network.profile in fragile.FREE and not self.owned:
            # what the owner said of it before the run, and of its card, holds there too
            return [row for one in self.known(address) for row in one.rows] + list(self.carded(address))
        return self.rows(address)

    def careful(self, gate: Gate, network: Network) -> tuple[Address, ...]:
        """Whom something known before makes more delicate than a network's profile says, by their addresses."""
        return tuple(
            address
            for address in gate.expected
            if gate.network(address) == network and self.profile(address, network) is not network.profile
        )

    def treated(self, gate: Gate) -> Iterator[Cared]:
        """Who was treated with more care than the network asks for, and why; in the order of addresses."""
        for address in sorted({*gate.expected, *self._seen}, key=order):
            network = gate.network(address)
            if network is None:
                continue
            profile, rows = (
                self.profile(address, network),
                fragile.in_force(self._held(address, network), network.profile),
            )
            if CAREFUL.index(profile) < CAREFUL.index(network.profile) or rows:
                yield Cared(
                    address=address,
                    kind=self.kind(address),
                    profile=profile,
                    network=network.profile,
                    before=bool(self.known(address)),
                    rows=tuple(row.id for row in rows),
                    why=tuple(row.reason for row in rows),
                    source=tuple(row.source for row in rows),
                )

    def wanted(self, address: Address, port: Port, network: Network) -> bool:
        """Whether it is worth asking for a connection at all."""
        return not self.stop and self.why_not(address, port, network) is None

    def touching(self, address: Address, network: Network) -> None:
        """Something of ours goes to it now, or it just answered something of ours."""
        self._asked.touch(address, self._clock())
        self._networks[address] = network

    def overheard(self, why: str, at: datetime, address: Address | None, mac: Mac | None) -> None:
        """Somebody heard at `at` that a device fares badly; it counts if we had touched that one moments before."""
        found = (address,) if address is not None else self.on(mac) if mac is not None else ()
        for one in found:
            network = self._networks.get(one)
            if network is None or not self._asked.moments_before(one, at):
                continue
            if self.profile(one, network) in ATTENDED:
                self._mind(one, network, self._health[one].sign(why))

    def connected(
        self, address: Address, port: Port, network: Network, outcome: Outcome, seconds: float | None
    ) -> None:
        """A connect to it ended so."""
        self.touching(address, network)
        self._touched[network.profile].add(address)
        self._mind(address, network, self._health[address].connect(port, outcome, seconds))
        if outcome is not Outcome.OK:
            self._ended(address)

    def parted(self, address: Address, outcome: Outcome) -> None:
        """A connection that it had accepted ended so."""
        self.touching(address, self._networks[address])
        self._mind(address, self._networks[address], self._health[address].end(outcome))
        self._ended(address)

    def heard(self, address: Address, network: Network, at: float, *, answered: bool) -> bool:
        """It did or did not answer an ARP request sent at `at`; True = it is missing, so ask again soon."""
        self.touching(address, network)
        health = self._health[address]
        self._mind(address, network, health.arp(at, answered=answered))
        return health.missed and health.verdict is None

    def _ended(self, address: Address) -> None:
        minder = self.minders.get(str(self._networks[address].cidr))
        if minder is not None:
            minder(address)

    def _mind(self, address: Address, network: Network, verdict: str | None) -> None:
        if verdict is None:
            return
        profile = self.profile(address, network)
        found = Trip(
            level=Level.HOST,
            address=address,
            cidr=str(network.cidr),
            kind=self.kind(address),
            profile=profile,
            why=verdict,
            at=self._clock(),
        )
        trip = self.breaker.sick(found, len(self._touched[network.profile]))
        if trip is None:
            return
        self.told(observation(trip, network.zone))
        if trip.level is Level.SCAN:
            self.stop.set(f"the breaker: {address} ({trip.kind}) in {network.zone}: {verdict}")


def observation(trip: Trip, zone: str) -> Observation:
    """A trip as something that was seen, so that the report can say what the device could not stand."""
    return Observation(
        source=SOURCE,
        first=trip.at,
        last=trip.at,
        field="breaker.trip",
        value={
            "level": trip.level.value,
            "why": trip.why,
            "kind": trip.kind.value,
            "profile": trip.profile.value,
            "network": trip.cidr,
        },
        address=trip.address,
        zone=zone,
    )
