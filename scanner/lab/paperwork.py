"""Write what a real site hands over with its network: a scope file, leases, directory, switch ports; apart, the truth."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from scanner.errors import DataError
from scanner.lab.device import Device, Lease, Nic, fill
from scanner.lab.sector import Sector
from scanner.model.kinds import Kind, Role, Support
from scanner.model.net import Address, Mac
from scanner.scope.authority import signature_path

VALID: Final = timedelta(days=30)
"""How long the demo's scope file is good for."""
SIGNERS: Final = ("A. Ward (simulated)", "B. Plant (simulated)")
"""Who signs a lab's scope file."""
_LEASE_TIME: Final = timedelta(hours=8)
_ATTACHED: Final = timedelta(days=900)
"""How long ago before that a card was first heard at its switch port."""
_FILETIME: Final = datetime(1601, 1, 1, tzinfo=UTC)
_HOLE: Final = re.compile(r"\$\{(\w+)(?::([\w-]+))?\}")


class Expected(Struct, frozen=True, kw_only=True):
    """The truth about one device as this run's seed made it; never shown to the scanner."""

    id: str
    names: tuple[str, ...]
    kind: Kind
    alike: frozenset[Kind]
    """Kinds that count as right too: nobody could tell them from it from outside."""
    role: Role
    powered: bool
    addresses: tuple[Address, ...]
    macs: tuple[Mac, ...]
    zones: tuple[str, ...]
    knowable: frozenset[str]
    because: str
    apart: bool = False
    """Its cards may be found as several devices: nothing that may be asked says that they are one."""
    support: Support | None
    """The right verdict on the day of the run; None where nothing datable runs on it."""
    subject: str | None
    ends: date | None
    source: str | None
    attributes: Mapping[str, str]


def signers(folder: Path) -> Path:
    """Where the list of those is who may sign a lab's scope file: beside its folder, never in it."""
    whole = folder.resolve()
    return whole.with_name(f"{whole.name}-signers") / "allowed_signers"


def write(sector: Sector, folder: Path, now: datetime) -> None:
    """Put `scope.toml`, its signatures, `PAPERS` and `truth.json` into the folder, and its signers beside it."""
    text = scope(sector, now)
    (folder / "scope.toml").write_text(text, "utf-8")
    _sign(folder, text)
    for name, paper in PAPERS.items():
        (folder / name).write_text(paper(sector.devices, now), "utf-8")
    truth = [expected(device, now.date()) for device in sector.devices]
    (folder / "truth.json").write_bytes(msgspec.json.format(msgspec.json.encode(truth)))


def _sign(folder: Path, text: str) -> None:
    """Let two people who do not exist sign the scope, with keys that are forgotten at once."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from scanner.scope import signing

    keys = {name: Ed25519PrivateKey.generate() for name in SIGNERS}
    listed = signers(folder)
    listed.parent.mkdir(mode=0o700, exist_ok=True)
    listed.unlink(missing_ok=True)
    listed.touch(mode=0o600)
    listed.write_text("".join(signing.allowed_line(name, key) for name, key in keys.items()), "utf-8")
    signatures = "".join(signing.signed(key, text.encode()) for key in keys.values())
    signature_path(folder / "scope.toml").write_text(signatures, "utf-8")


def scope(sector: Sector, now: datetime) -> str:
    """The sector's scope file, with this run's addresses and dates in it; raise DataError for an unknown name.

    `${known:ZONE}` stands for the register of that zone's devices: what each card is, by the word of those who sign.
    """
    template = sector.folder / "scope.toml.in"
    devices = {device.id: device for device in sector.devices}
    zones = {zone.name for zone in sector.plan.zones}

    def value(found: re.Match[str]) -> str:
        match found[1], found[2]:
            case "from", None:
                return str(now.date())
            case "until", None:
                return str(now.date() + VALID)
            case "address", name if name in devices:
                return str(devices[name].nics[0].address)
            case "mac", name if name in devices:
                return str(devices[name].nics[0].mac)
            case "known", zone if zone in zones:
                return "\n".join(_registered(sector.devices, zone))
            case _:
                raise DataError(
                    f"{template}: {found[0]} is neither a date, nor a device's address or mac, nor a zone's register"
                )

    return _HOLE.sub(value, template.read_text("utf-8"))


def _registered(devices: Sequence[Device], zone: str) -> Iterator[str]:
    for device in devices:
        for nic in device.nics:
            if nic.zone == zone and device.kind is not Kind.UNKNOWN:
                yield f'[[known]]\naddress = "{nic.address}"\nmac = "{nic.mac}"\nkind = "{device.kind}"\n'


def leases(devices: Sequence[Device], now: datetime) -> str:
    """An ISC dhcpd lease file of every card that has one, oldest first."""
    cards = [(nic, nic.lease, device) for device in devices for nic in device.nics if nic.lease]
    cards.sort(key=lambda card: (-card[1].days_ago, card[0].address))
    head = "# The format of this file is documented in the dhcpd.leases(5) manual page.\nauthoring-byte-order little-endian;\n"
    return head + "".join("\n".join(_lease(nic, lease, device, now)) + "\n" for nic, lease, device in cards)


def _lease(nic: Nic, lease: Lease, device: Device, now: datetime) -> Iterator[str]:
    start = now - timedelta(days=lease.days_ago)
    end = start + _LEASE_TIME
    yield f"lease {nic.address} {{"
    yield f"  starts {_moment(start)};"
    yield f"  ends {_moment(end)};"
    yield f"  cltt {_moment(start)};"
    yield f"  binding state {'active' if end > now else 'free'};"
    yield f"  hardware ethernet {nic.mac};"
    if lease.vendor_class:
        yield f'  set vendor-class-identifier = "{lease.vendor_class}";'
    if lease.hostname:
        yield f'  client-hostname "{fill(lease.hostname, device.values)}";'
    yield "}"


def _moment(of: datetime) -> str:
    """`4 2026/11/19 08:30:00`: the day of the week from Sunday = 0, then UTC."""
    return f"{of.isoweekday() % 7} {of:%Y/%m/%d %H:%M:%S}"


def directory(devices: Sequence[Device], now: datetime) -> str:
    """The computers of Active Directory, as PowerShell exports them, in order of name."""
    lines = [
        '"DNSHostName","Enabled","IPv4Address","LastLogonTimestamp","Name","OperatingSystem","OperatingSystemVersion"'
    ]
    for name, account in sorted(
        (device.names[0], device.account) for device in devices if device.account and device.names
    ):
        seen = now - timedelta(days=account.days_ago)
        ticks = (seen - _FILETIME) // timedelta(microseconds=1) * 10
        lines.append(
            f'"{name}.clinic.example","True","","{ticks}","{name}","{account.system}","{account.version}"'
        )
    return "\n".join((*lines, ""))


def jacks(devices: Sequence[Device], now: datetime) -> str:
    """Where every card was last attached, as Netdisco remembers it, oldest first."""
    cards = [
        (nic.jack.days_ago, nic.mac, nic, nic.jack) for device in devices for nic in device.nics if nic.jack
    ]
    lines = ["mac,ip,dns,switch_name,switch,port,port_name,vlan,time_first,time_last"]
    for days, mac, nic, jack in sorted(cards, key=lambda card: (-card[0], card[1])):
        last = now - timedelta(days=days)
        first = last - _ATTACHED
        times = f"{first:%Y-%m-%d %H:%M:%S},{last:%Y-%m-%d %H:%M:%S}"
        lines.append(f'{mac},{nic.address},,{jack.switch},,{jack.port},"{jack.description}",,{times}')
    return "\n".join((*lines, ""))


PAPERS: Final[Mapping[str, Callable[[Sequence[Device], datetime], str]]] = {
    "dhcpd.leases": leases,
    "ad-computers.csv": directory,
    "netdisco.csv": jacks,
}
"""What the site hands over to be imported: the name of each file, and what writes it."""


def expected(device: Device, today: date) -> Expected:
    """What is true of a device on a day; a verdict that does not hold on that day is left unknown."""
    truth = device.truth
    holds = truth.asof and truth.asof <= today and (truth.until is None or today <= truth.until)
    return Expected(
        id=device.id,
        names=device.names,
        kind=device.kind,
        alike=truth.alike,
        role=device.role,
        powered=device.powered,
        addresses=tuple(nic.address for nic in device.nics),
        macs=tuple(nic.mac for nic in device.nics),
        zones=tuple(sorted({nic.zone for nic in device.nics})),
        knowable=frozenset(truth.knowable),
        because=truth.because,
        apart=truth.apart,
        support=truth.support if holds else None,
        subject=truth.subject,
        ends=truth.ends,
        source=truth.source,
        attributes=device.attributes,
    )
