"""Read a simulated device: what it is, where it is cabled, what speaks on its ports, and the truth about it.

One file is one device (`count = 12` makes a crowd of twelve), and its name is the device's id:

    kind = "laptop"
    names = ["${host}"]                     `${x}` is filled from [set], which `vary` may have changed
    [set]
    host = "RAD-LT-014"
    [vary]
    host = "RAD-LT-###"                     # a digit, ? a capital letter: redrawn for each run
    [[variant]]                             other values of the same support class: one is drawn for each run
    patch = "0.9"
    [[nic]]
    zone = "office"
    address = "10.20.10.57"
    mac = "3c:97:0e:41:a2:10"
    [[port]]
    at = "tcp/445"
    talk = "smb/windows-7-sp1.talk"
    [truth]
    knowable = ["kind", "support"]
    support = "unsupported"
"""

import difflib
import ipaddress
import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from scanner.errors import DataError
from scanner.model import net
from scanner.model.kinds import Kind, Role, Support
from scanner.model.net import Address, Mac, Port

Does = Literal["talk", "garbage", "endless", "reset", "silent", "record"]
"""What a port does once connected: play its talk, or misbehave, or keep what arrives (a printer's raw port)."""

MAX_CROWD: Final = 64


class Lease(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the DHCP server remembers about a network card."""

    hostname: str | None = None
    vendor_class: str | None = None
    days_ago: float = 0.1
    """When it was last renewed, in days before the run."""


class Jack(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the switches remember of where a network card is attached."""

    switch: str
    port: str
    description: str = ""
    days_ago: float = 0.1
    """When the card was last heard there, in days before the run."""


class Account(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the directory holds of a computer: its system as it said itself, and when it last logged on."""

    system: str = ""
    version: str = ""
    """As Active Directory writes it: `6.1 (7601)`."""
    days_ago: float = 1.0


class Nic(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One network card: the zone it is cabled to, its address and its MAC."""

    zone: str
    address: Address
    mac: Mac
    pinned: bool = False
    """True when neither may change from run to run: a gateway, a virtual MAC."""
    lease: Lease | None = None
    jack: Jack | None = None


class Door(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One open port and what answers there, on every card of the device."""

    at: Port
    does: Does = "talk"
    talk: str | None = None
    """File under fixtures/ that it plays: `smb/windows-7-sp1.talk`."""
    set: Mapping[str, str] = {}
    """Values for this port's talk alone; `${x}` is filled from the device's own."""


class Behaviour(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How it stands on the network, and how fragile it is."""

    second_connection: Literal["lives", "dies"] = "lives"
    """`dies`: two connections open at once take the whole device off the network."""
    slow: float = 0.0
    """Seconds that it thinks before each answer."""
    up_days: float | None = None
    """Days since it was started, for talks that tell; None = as the talk has it."""
    firewalled: bool = False
    """Answers ARP and nothing else; what it is sent is dropped without a word."""
    empty: int | None = None
    """The connection on which nothing was said that takes it off the network: half open, or opened and left."""
    per_hour: int | None = None
    """The most connections within an hour that it can bear."""
    conversations: int | None = None
    """The conversation after which it is off the network until somebody switches it off and on: it gives nothing
    back of what a connection took."""
    any_udp: Literal["lives", "dies"] = "lives"
    """`dies`: one datagram, to whatever port."""
    garbage: Literal["lives", "dies"] = "lives"
    """`dies`: bytes that no script of the port foresees."""
    cut_off: Literal["lives", "dies"] = "lives"
    """`dies`: a conversation that ends by a reset, or never."""
    drag: float = 0.0
    """Seconds by which each open connection delays everything that it sends: it is too busy to answer in time."""
    load: float = 0.0
    """Seconds that each further connection adds to the thinking before an answer."""
    tamper: Literal["lives", "dies"] = "lives"
    """`dies`: any frame that is meant for it, a question who has its address included."""
    arp_limit: int | None = None
    """A switch: so many ARP requests in one second shut the port that they came in by."""


class Truth(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is so, and how much of it anyone could know from outside under the zone's profile."""

    knowable: frozenset[Literal["kind", "support", "role"]]
    """Empty: only that something is there (its MAC and maker)."""
    because: str
    """Why it is knowable, or what hides the rest."""
    support: Support | None = None
    """The right verdict from `asof` on (`unknown` where one edition still runs); None where nothing is datable."""
    subject: str | None = None
    """What the verdict is about: `Windows 7 SP1`."""
    ends: date | None = None
    """Last day of support of its longest-lived edition; None when not known."""
    source: str | None = None
    """Where `ends` comes from; required beside a verdict."""
    asof: date | None = None
    """First day on which `support` holds; required beside a verdict."""
    until: date | None = None
    """Last day on which `support` holds; None = for good."""
    alike: frozenset[Kind] = frozenset()
    """Kinds that nobody could tell from it from outside: a laptop on a cable is a workstation."""
    apart: bool = False
    """True when nothing that may be asked says that its cards are one device's: found as several, it is found."""
    attributes: Mapping[str, str] = {}


class Device(Struct, frozen=True, kw_only=True):
    """One simulated device."""

    id: str
    kind: Kind
    names_written: tuple[str, ...]
    values: Mapping[str, str]
    """What `${x}` stands for in its names, talks and truth."""
    patterns: Mapping[str, str]
    variants: tuple[Mapping[str, str], ...]
    nics: tuple[Nic, ...]
    doors: tuple[Door, ...]
    role: Role
    powered: bool
    """Off: known from old papers only."""
    account: Account | None
    behaviour: Behaviour
    truth: Truth

    @property
    def names(self) -> tuple[str, ...]:
        """Its names as it would say them."""
        return tuple(fill(name, self.values) for name in self.names_written)

    @property
    def attributes(self) -> dict[str, str]:
        """The attributes that a perfect scan would find."""
        return {attr: fill(value, self.values) for attr, value in self.truth.attributes.items()}


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file as written."""

    kind: Kind
    nic: tuple[Nic, ...]
    truth: Truth
    names: tuple[str, ...] = ()
    role: Role = Role.NONE
    powered: bool = True
    account: Account | None = None
    count: int = 1
    set: Mapping[str, str] = {}
    vary: Mapping[str, str] = {}
    variant: tuple[Mapping[str, str], ...] = ()
    port: tuple[Door, ...] = ()
    behaviour: Behaviour = Behaviour()


_KEYS: Final = sorted(
    {
        name
        for struct in (_File, Nic, Lease, Jack, Account, Door, Behaviour, Truth)
        for name in struct.__struct_fields__
    }
)
_UNKNOWN: Final = re.compile(r"unknown field `([^`]+)`")
_NAME: Final = re.compile(r"\$\{([\w.-]+)\}")


def fixtures() -> Path:
    """The folder of talks and simulated networks: in a checkout beside the package, in a wheel inside it."""
    package = Path(str(resources.files("scanner")))
    inside = package / "_fixtures"
    return inside if inside.is_dir() else package.parent / "fixtures"


def read(path: Path) -> tuple[Device, ...]:
    """Read one device file, a crowd member by member; raise DataError with file and place."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        written = msgspec.convert(raw, _File)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise DataError(f"{path}: {error}{_near(str(error))}") from error
    try:
        _check(written)
        return tuple(_member(path.stem, written, number) for number in range(1, written.count + 1))
    except (ValueError, DataError) as error:
        raise DataError(f"{path}: {error}") from error


def read_all(folder: Path) -> tuple[Device, ...]:
    """Read every device of a sector's folder, by id; raise DataError when two share an address or a MAC."""
    paths = sorted(path for path in folder.glob("*.toml") if path.stem != "network")
    devices = [device for path in paths for device in read(path)]
    if not devices:
        raise DataError(f"{folder}: no device files; name a folder under fixtures/lab/")
    for what in ("address", "mac"):
        owner: dict[str, str] = {}
        for device in devices:
            for nic in device.nics:
                value = getattr(nic, what)
                if value in owner and (what == "address" or owner[value] != device.id):
                    raise DataError(f"{folder}: {device.id} and {owner[value]} both have {what} {value}")
                owner[value] = device.id
    return tuple(devices)


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put the values in place of `${x}`; raise DataError for one that nobody set."""

    def value(found: re.Match[str]) -> str:
        if found[1] not in values:
            raise DataError(
                f"${{{found[1]}}} in {text!r} is not in [set]{_closest(found[1], sorted(values))}"
            )
        return values[found[1]]

    return _NAME.sub(value, text)


def _check(written: _File) -> None:
    """Raise ValueError for what the types cannot hold."""
    if not written.nic:
        raise ValueError("a device needs at least one [[nic]]")
    if not 1 <= written.count <= MAX_CROWD:
        raise ValueError(f"count is from 1 to {MAX_CROWD}")
    for name, pattern in written.vary.items():
        if len(written.set.get(name, "")) != len(pattern):
            raise ValueError(
                f"vary.{name} {pattern!r} must be as long as set.{name}: talks count on the length"
            )
    for name in {name for variant in written.variant for name in variant}:
        if name not in written.set:
            raise ValueError(
                f"variant names {name}, which is not in [set]{_closest(name, sorted(written.set))}"
            )
    for door in written.port:
        if (door.talk is None) is (door.does == "talk"):
            raise ValueError(f"{door.at}: give a talk, or say what else it does, but not both")
        if net.is_udp(door.at) and door.does not in {"talk", "silent"}:
            raise ValueError(f"{door.at}: by UDP a device answers as a talk says, or is silent")
    truth = written.truth
    if truth.support and not (truth.source and truth.subject and truth.asof):
        raise ValueError("a support verdict needs subject, source and asof beside it")
    if "support" in truth.knowable and not truth.support:
        raise ValueError("support is said to be knowable but no verdict is given")


def _member(stem: str, written: _File, number: int) -> Device:
    crowd = written.count > 1
    values = {**written.set, "n": f"{number:02d}"}
    device = Device(
        id=f"{stem}-{number:02d}" if crowd else stem,
        kind=written.kind,
        names_written=written.names,
        values=values,
        patterns=written.vary,
        variants=written.variant,
        nics=tuple(_moved(nic, number - 1) for nic in written.nic),
        doors=tuple(msgspec.structs.replace(door, at=net.port(door.at)) for door in written.port),
        role=written.role,
        powered=written.powered,
        account=written.account,
        behaviour=written.behaviour,
        truth=written.truth,
    )
    for text in (*written.names, *written.truth.attributes.values()):
        fill(text, values)  # complains of what nobody set while the file is still known
    return device


def _moved(nic: Nic, steps: int) -> Nic:
    """The same card for a later member of a crowd: next address, next MAC."""
    address = net.address(str(ipaddress.ip_address(nic.address) + steps))
    return msgspec.structs.replace(nic, address=address, mac=next_mac(net.mac(nic.mac), steps))


def next_mac(of: Mac, steps: int) -> Mac:
    """The MAC that many after `of`, as a factory numbers them."""
    return net.mac(f"{(int(of.replace(':', ''), 16) + steps) % (1 << 48):012x}")


def _near(complaint: str) -> str:
    found = _UNKNOWN.search(complaint)
    return _closest(found[1], _KEYS) if found else ""


def _closest(word: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(word, known, 1, 0.5)
    return f"; did you mean {close[0]}?" if close else ""
