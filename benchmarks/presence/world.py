"""Who is on which network on which of ninety days, and what each of three watchers could have seen of it.

It knows nothing of how devices are joined: it makes things with cards, names, keys and habits, lets them wake, move,
change cards and be copied, and writes down what a switch port, a lease file and a scan would have shown.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from scanner.model.net import Address, Mac, Port
from scanner.model.observation import Observation, Value

START = datetime(2026, 9, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Parameters:
    """The world in numbers; printed with every result."""

    seed: int
    things: int = 600
    zones: int = 6
    days: int = 90
    scans_a_week: int = 2
    scan_minutes: int = 30
    listened: float = 0.7
    """Share of the zones whose broadcasts a listener hears."""
    leased: float = 0.75
    """Share of the things that take their address from the DHCP server."""
    rare: float = 0.08
    """Share of the things that are on for less than two hours a month."""
    random_cards: float = 0.12
    """Share of the things with a random card: one a network for most, a new one every day for a fifth of them."""
    swaps: int = 8
    """Things that get another card one day (a dock, a repair)."""
    two_legs: int = 10
    """Things with a card in two zones."""
    clones: int = 3
    """Groups of eight machines from one disk image that nobody made unique: one SSH key, one SMB GUID."""
    factory: int = 3
    """Groups of ten cameras with one factory key, one certificate and one name."""


@dataclass
class Thing:
    """One physical device."""

    number: int
    kind: str
    name: str
    domain: str | None
    guid: str | None
    ssh: str | None
    certificate: str | None
    cards: dict[int, str]
    """Zone -> card."""
    leases: bool
    rare: bool
    daily_card: bool
    swap_day: int | None = None
    addresses: dict[tuple[int, str], str] = field(default_factory=dict)


class World:
    """Things, and the ninety days of their lives."""

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self._random = random.Random(parameters.seed)
        self._next = dict.fromkeys(range(parameters.zones), 10)
        self.heard = set(range(round(parameters.zones * parameters.listened)))
        self.things = [self._thing(number) for number in range(parameters.things)]
        self._copy()
        self._static = {
            (zone, card): self._fresh(zone) for thing in self.things for zone, card in thing.cards.items()
        }
        self.truth: dict[tuple[str, str], int] = {}
        """(address, card) -> the thing that had it; what an address alone showed has no card here."""

    def days(self) -> Iterator[tuple[datetime, list[Observation]]]:
        """What the watchers write down, day after day."""
        parameters = self.parameters
        for day in range(parameters.days):
            midnight = START + timedelta(days=day)
            # two looks a week at any hour of the working day
            scan = None
            if self._random.random() < parameters.scans_a_week / 7:
                scan = midnight + timedelta(minutes=self._random.randrange(7 * 60, 19 * 60))
            seen: list[Observation] = []
            for thing in self.things:
                for begin, end in self._awake(thing, day, midnight):
                    noticed = list(self._noticed(thing, day, begin, end, scan))
                    # what nobody noticed cannot be judged
                    self.truth |= {(str(one.address), str(one.mac)): thing.number for one in noticed}
                    seen += noticed
            yield midnight, seen

    def _thing(self, number: int) -> Thing:
        draw, parameters = self._random, self.parameters
        kind = draw.choices(
            ["workstation", "laptop", "phone", "server", "printer", "camera", "device"],
            [30, 14, 14, 8, 10, 10, 14],
        )[0]
        windows = kind in {"workstation", "laptop"} or (kind == "server" and draw.random() < 0.6)
        rare = kind not in {"server", "camera"} and draw.random() < parameters.rare / 0.82
        loose = kind in {"phone", "laptop"} and draw.random() < parameters.random_cards / 0.28
        zone = draw.randrange(parameters.zones)
        card = self._card(local=loose)
        return Thing(
            number=number,
            kind=kind,
            name=f"{kind[:2].upper()}-{number:04d}" if kind != "phone" or draw.random() < 0.5 else "android",
            domain="hospital.example" if windows and draw.random() < 0.85 else None,
            guid=f"{draw.getrandbits(128):032x}" if windows else None,
            ssh=f"SHA256:{draw.getrandbits(200):050x}"
            if kind in {"server", "device"} and not windows
            else None,
            certificate=f"{draw.getrandbits(256):064x}" if kind in {"server", "printer", "camera"} else None,
            cards={zone: card},
            leases=draw.random() < parameters.leased or loose,
            rare=rare,
            daily_card=loose and kind == "phone" and draw.random() < 0.2 * 2,
        )

    def _copy(self) -> None:
        """Second legs, changed cards, clones and factory twins."""
        draw, parameters = self._random, self.parameters
        fixed = [
            thing for thing in self.things if thing.kind in {"workstation", "laptop"} and not thing.daily_card
        ]
        draw.shuffle(fixed)
        for thing in fixed[: parameters.two_legs]:
            zone = draw.choice([one for one in range(parameters.zones) if one not in thing.cards])
            thing.cards[zone] = self._card()
        for thing in fixed[parameters.two_legs : parameters.two_legs + parameters.swaps]:
            thing.swap_day = draw.randrange(20, 70)
        rest = fixed[parameters.two_legs + parameters.swaps :]
        for group in range(parameters.clones):
            twins = rest[group * 8 : group * 8 + 8]
            for twin in twins:
                # each joined the domain under its own name; the image's keys are the same in all
                twin.guid, twin.ssh = twins[0].guid, f"SHA256:clone{group}"
        cameras = [thing for thing in self.things if thing.kind == "camera"]
        for group in range(parameters.factory):
            for twin in cameras[group * 10 : group * 10 + 10]:
                twin.name, twin.ssh, twin.certificate = "camera", f"SHA256:factory{group}", f"{group:064x}"

    def _awake(self, thing: Thing, day: int, midnight: datetime) -> Iterator[tuple[datetime, datetime]]:
        draw = self._random
        if thing.rare:
            # once a month, for half an hour to two hours
            if day % 30 == (thing.number * 7 + day // 30 * 5) % 30:
                begin = midnight + timedelta(minutes=draw.randrange(0, 22 * 60))
                yield begin, begin + timedelta(minutes=draw.randrange(30, 115))
        elif thing.kind in {"server", "camera", "printer", "device"}:
            yield midnight, midnight + timedelta(hours=24)
        elif midnight.weekday() < 5 and draw.random() < 0.85:
            begin = midnight + timedelta(minutes=draw.randrange(7 * 60, 10 * 60))
            yield begin, begin + timedelta(minutes=draw.randrange(4 * 60, 10 * 60))

    def _noticed(
        self, thing: Thing, day: int, begin: datetime, end: datetime, scan: datetime | None
    ) -> Iterator[Observation]:
        for zone, first_card in thing.cards.items():
            card = self._today(thing, zone, first_card, day)
            address = self._address(thing, zone, card, day)
            if thing.leases:
                yield self._saw(
                    "import:dhcp-isc",
                    "dhcp.lease",
                    {"hostname": thing.name, "state": "active"},
                    begin,
                    end,
                    zone,
                    address,
                    card,
                )
            if zone in self.heard:
                yield self._saw("passive:arp", "link.mac", card, begin, end, zone, address, card)
                yield from self._said(thing, begin, end, zone, address, card)
            if (
                scan is not None
                and begin <= scan + timedelta(minutes=self.parameters.scan_minutes)
                and scan <= end
            ):
                at = max(scan, begin)
                yield self._saw("raw:arp", "link.mac", card, at, at, zone, address, card)
                yield from self._answered(thing, at, zone, address, card)

    def _said(
        self, thing: Thing, begin: datetime, end: datetime, zone: int, address: str, card: str
    ) -> Iterator[Observation]:
        """What it says unasked: its name, in most cases."""
        if thing.kind in {"workstation", "laptop", "server"} and thing.guid:
            yield self._saw("passive:nbns", "netbios.name", thing.name, begin, end, zone, address, card)
        elif thing.kind in {"printer", "phone"} and thing.number % 2:
            yield self._saw("passive:mdns", "mdns.host", thing.name, begin, end, zone, address, card)

    def _answered(
        self, thing: Thing, at: datetime, zone: int, address: str, card: str
    ) -> Iterator[Observation]:
        def told(source: str, what: str, value: Value, port: str) -> Observation:
            return self._saw(source, what, value, at, at, zone, address, card, port=port)

        if thing.guid:
            yield told("probe:smb", "smb2.guid", thing.guid, "tcp/445")
            names: dict[str, object] = {"netbios_name": thing.name}
            if thing.domain:
                names |= {"dns_name": f"{thing.name}.{thing.domain}".lower(), "dns_domain": thing.domain}
            yield told("probe:smb", "ntlm.names", names, "tcp/445")  # type: ignore[arg-type]  # texts only
        if thing.ssh:
            yield told(
                "probe:ssh", "ssh.host_key", {"algorithm": "ssh-rsa", "fingerprint": thing.ssh}, "tcp/22"
            )
        if thing.certificate:
            yield told("probe:tls", "tls.certificate", {"sha256": thing.certificate}, "tcp/443")

    def _today(self, thing: Thing, zone: int, first: str, day: int) -> str:
        if thing.daily_card:
            mixed = random.Random(thing.number * 1000 + day)
            return self._written(mixed.getrandbits(46) << 2 >> 2, local=True)
        if thing.swap_day is not None and day >= thing.swap_day:
            mixed = random.Random(thing.number * 7919 + zone)
            return self._written(mixed.getrandbits(24), local=False)
        return first

    def _address(self, thing: Thing, zone: int, card: str, day: int) -> str:
        if not thing.leases:
            # who has a fixed address keeps it with a new card
            return self._static[zone, thing.cards[zone]]
        # a lease is given again to the same card; a quarter of the cards get another after a month
        key = (zone, card if (thing.number + day // 30) % 4 else f"{card} {day // 30}")
        if key not in thing.addresses:
            thing.addresses[key] = self._fresh(zone)
        return thing.addresses[key]

    def _fresh(self, zone: int) -> str:
        self._next[zone] += 1
        number = self._next[zone]
        return f"10.{zone}.{number // 250}.{number % 250 + 1}"

    def _card(self, *, local: bool = False) -> str:
        return self._written(self._random.getrandbits(46 if local else 24), local=local)

    def _written(self, bits: int, *, local: bool) -> str:
        """A card's number: by a maker, or with the bit that says "made up"."""
        if local:
            raw = (bits & (1 << 46) - 1).to_bytes(6, "big")
            raw = bytes([raw[0] << 2 & 0xFC | 2]) + raw[1:]
        else:
            raw = bytes.fromhex("3c970e") + (bits & 0xFFFFFF).to_bytes(3, "big")
        return raw.hex(":")

    def _saw(
        self, source: str, what: str, value: Value, begin: datetime, end: datetime, zone: int, address: str, card: str,
        *, port: str | None = None,
    ) -> Observation:  # fmt: skip
        return Observation(
            source=source,
            first=begin,
            last=end,
            field=what,
            value=value,
            address=Address(address),
            mac=Mac(card),
            port=Port(port) if port else None,
            zone=f"zone-{zone}",
            vantage=None if source.startswith("import:") else f"zone-{zone}",
        )
