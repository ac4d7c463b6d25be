"""Tell answers from devices: tarpits, firewalls and routers that answer for others, doubles, many behind one address.

`Faces` gathers what each address showed in one run; `judge` is pure. A flag whose value says `real: false` names an
address that is no device: nothing right of the log makes one of it. `canaries` are the questions that settle it where
the profile allows them: high ports that nobody uses.
"""

import ipaddress
import random
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from msgspec import Struct, field

from scanner.model import net
from scanner.model.kinds import Outcome
from scanner.model.net import Address, Mac, Port
from scanner.model.observation import Observation
from scanner.scope.file import Network

SOURCE: Final = "discover:guards"

CANARIES: Final = 2
"""High ports that are asked of each host; RFC 6335 section 6 leaves them to nobody."""

ONE_CARD: Final = 8
"""A card that answers ARP for so many addresses is suspected to answer for others."""

HIGH: Final = 64500
"""Canary ports begin here."""

ENOUGH: Final = 8
"""So many ports must have been asked before all of them being open means anything."""

MANY: Final = 20
"""Nobody has so many services, nine in ten of what was asked: here even banners are bait."""

ALIKE: Final = 0.9
"""The share that is called all."""

BLOCK: Final = 24
"""Who answers for others does so for a block; IPv4 blocks are judged /24 by /24."""

LEAST: Final = 16
"""Addresses of a block that must have been asked before their likeness means anything."""


class Face(Struct):
    """What one address showed in this run."""

    cards: set[Mac] = field(default_factory=set)
    states: dict[Port, str] = field(default_factory=dict)
    spoke: set[Port] = field(default_factory=set)
    """Ports on which a probe recognised what it heard."""
    ttls: dict[str, int] = field(default_factory=dict)
    """Hops left, by method or port."""
    rtts: list[float] = field(default_factory=list)
    names: dict[Port, str] = field(default_factory=dict)
    """NetBIOS names, by the port that told them."""
    echoed: bool = False

    @property
    def answers(self) -> bool:
        """Whether it answered anything but ARP."""
        return self.echoed or any(state in {"open", "closed"} for state in self.states.values())

    @property
    def opened(self) -> frozenset[Port]:
        """Ports that were open."""
        return frozenset(port for port, state in self.states.items() if state == "open")


class Flag(Struct, frozen=True, kw_only=True):
    """Something about one address that a reader of the results must know."""

    address: Address
    name: str
    """`tarpit`, `answers_for_all`, `proxy_arp`, `duplicate`, `syn_proxy` or `nat`."""
    why: str
    real: bool
    """Whether a device is there all the same."""


class Faces:
    """What every address of one network showed; memory grows with those that answer, not with those asked."""

    def __init__(self) -> None:
        self.of: dict[Address, Face] = defaultdict(Face)

    def saw(self, one: Observation) -> None:
        """Take in one observation of this run."""
        if one.address is None:
            return
        said = one.value if isinstance(one.value, dict) else {}
        match one.field:
            case "link.mac":
                if one.mac:
                    self.of[one.address].cards.add(one.mac)
            case "port.state":
                if one.port and isinstance(one.value, str):
                    self.of[one.address].states[one.port] = one.value
            case "icmp.echo":
                self.of[one.address].echoed = True
            case "probe.outcome":
                if one.port and said.get("outcome") == Outcome.OK:
                    self.of[one.address].spoke.add(one.port)
            case "ntlm.names":
                if one.port and isinstance(name := said.get("netbios_name"), str):
                    self.of[one.address].names[one.port] = name.lower()
            case _:
                return

    def timed(self, address: Address, by: str, ttl: int | None, rtt_ms: float | None) -> None:
        """An answer came with so many hops left and after so many milliseconds."""
        face = self.of[address]
        if rtt_ms is not None:
            face.rtts.append(rtt_ms)
        if ttl is not None:
            face.ttls[by] = ttl


def judge(faces: Mapping[Address, Face], asked: Mapping[str, int]) -> list[Flag]:
    """Every flag, in order of address. `asked` says how many addresses of each block (`block`) were asked."""
    found = [*_one_card(faces), *_everyone(faces, asked)]
    for address, face in faces.items():
        found += _alone(address, face)
    # one reason is enough to be no device; what comes first above is said
    first: dict[tuple[Address, bool], Flag] = {}
    for flag in found:
        first.setdefault((flag.address, flag.real), flag)
    return sorted(first.values(), key=lambda flag: (net.order(flag.address), flag.name))


def block(address: Address) -> str:
    """The block that an address is judged with."""
    bits = BLOCK if ":" not in address else 120
    return str(ipaddress.ip_network(f"{address}/{bits}", strict=False))


def suspects(faces: Mapping[Address, Face]) -> dict[Address, Mac]:
    """Addresses whose card answers for many, and that card: ARP alone proves nobody there."""
    held: dict[Mac, list[Address]] = defaultdict(list)
    for address, face in faces.items():
        for card in face.cards:
            held[card].append(address)
    return {address: card for card, owned in held.items() if len(owned) >= ONE_CARD for address in owned}


def canaries(seed: int) -> tuple[int, ...]:
    """High TCP ports that no service is known to use, drawn anew for each run: whoever opens them opens everything."""
    dice = random.Random(seed)  # noqa: S311  # a choice, not a secret
    # RFC 6335 section 6: 49152-65535 are assigned to nobody; clients draw the last thousand rarely
    return tuple(dice.sample(range(HIGH, HIGH + 1000), CANARIES))


def observations(
    flags: Iterable[Flag], network: Network, vantage: str | None, now: datetime
) -> Iterator[Observation]:
    """The flags as things that were seen: `guard.<name>`, with `why` and whether it is `real`."""
    for flag in flags:
        yield Observation(
            source=SOURCE,
            first=now,
            last=now,
            field=f"guard.{flag.name}",
            value={"why": flag.why, "real": flag.real},
            address=flag.address,
            zone=network.zone,
            vantage=vantage,
        )


def _one_card(faces: Mapping[Address, Face]) -> Iterator[Flag]:
    """Proxy ARP (RFC 1027): one card for many addresses, of which those that answer nothing else are nobody."""
    by_card: dict[Mac, list[Address]] = defaultdict(list)
    for address, card in suspects(faces).items():
        by_card[card].append(address)
    for card, owned in by_card.items():
        silent = sorted((one for one in owned if not faces[one].answers), key=net.order)
        if len(silent) == len(owned):
            silent = silent[1:]  # somebody has that card: one address of it is a device
        why = f"{card} answers ARP for {len(owned)} addresses, and nobody answers anything else here"
        yield from (Flag(address=one, name="proxy_arp", why=why, real=False) for one in silent)


def _everyone(faces: Mapping[Address, Face], asked: Mapping[str, int]) -> Iterator[Flag]:
    """A firewall or SYN proxy that answers for a whole block: all alike in ports, hops and time, and none speaks."""
    blocks: dict[str, list[Address]] = defaultdict(list)
    for address, face in faces.items():
        if face.answers and not face.cards:
            blocks[block(address)].append(address)
    for name, owned in blocks.items():
        total = asked.get(name, 0)
        if total < LEAST or len(owned) < ALIKE * total:
            continue
        mute = [one for one in owned if not faces[one].spoke]
        shapes = Counter((faces[one].opened, tuple(sorted(faces[one].ttls.values()))) for one in mute)
        shape, many = shapes.most_common(1)[0] if shapes else ((frozenset[Port](), ()), 0)
        if many < ALIKE * total or not _same_time([faces[one] for one in mute]):
            continue
        why = f"{many} of {total} addresses of {name} answer alike: something on the way answers for all of them"
        for one in mute:
            if (faces[one].opened, tuple(sorted(faces[one].ttls.values()))) == shape:
                yield Flag(address=one, name="answers_for_all", why=why, real=False)


def _same_time(faces: Iterable[Face]) -> bool:
    """Whether all answered after about the same time: within a fifth of the median, or a millisecond."""
    times = [min(face.rtts) for face in faces if face.rtts]
    if len(times) < 2:
        return True
    middle = statistics.median(times)
    within = sum(abs(one - middle) <= max(1.0, middle / 5) for one in times)
    return within >= ALIKE * len(times)


def _alone(address: Address, face: Face) -> Iterator[Flag]:
    """What one address shows by itself."""
    asked = [state for port, state in face.states.items() if port.startswith("tcp/")]
    opened = asked.count("open")
    high = [port for port in face.opened if net.number(port) >= HIGH]
    whole = opened >= ALIKE * len(asked) and (len(asked) >= ENOUGH or len(high) >= CANARIES)
    if whole and (not face.spoke or (len(asked) >= MANY and len(face.spoke) >= opened / 2)):
        said = "none of them says anything" if not face.spoke else "no machine has so many services"
        why = f"{opened} of {len(asked)} ports are open and {said}: a tarpit, or a firewall that answers for others"
        yield Flag(address=address, name="tarpit", why=why, real=False)
    elif whole:
        why = f"{opened} of {len(asked)} ports accept connections, {len(face.spoke)} of them speak: a SYN proxy stands before it"
        yield Flag(address=address, name="syn_proxy", why=why, real=True)
    if len(face.cards) > 1:
        why = f"two cards answer for one address: {', '.join(sorted(face.cards))}"
        yield Flag(address=address, name="duplicate", why=why, real=True)
    if behind := _behind(face):
        yield Flag(address=address, name="nat", why=behind, real=True)


def _behind(face: Face) -> str | None:
    """Why more than one machine answers under this address; None where nothing says so."""
    if len(set(face.names.values())) > 1:
        told = ", ".join(f"{name} on {port}" for port, name in sorted(face.names.items()))
        return f"several machines behind one address: {told}"
    begun = {by: _initial(ttl) for by, ttl in face.ttls.items() if by.startswith("tcp/")}
    if len(set(begun.values())) > 1:
        told = ", ".join(f"{ttl} on {by}" for by, ttl in sorted(begun.items()))
        return f"several machines behind one address: packets begin with different hop counts ({told})"
    return None


def _initial(ttl: int) -> int:
    """The hop count that a packet began with: systems begin with 32, 64, 128 or 255."""
    return next(begin for begin in (32, 64, 128, 255) if ttl <= begin)
