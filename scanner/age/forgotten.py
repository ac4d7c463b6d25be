"""How likely nobody looks after a device: three axes, and a score of signals whose points are shown.

The points are judgements, not measurements: log-odds added to a start of -3. They come from what one device shows;
nothing about people enters.
"""

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from scanner.age import evidence
from scanner.age.traces import traces
from scanner.model.device import Device
from scanner.model.kinds import Kind, Support
from scanner.model.observation import EvidenceId, Observation
from scanner.model.verdict import Age, Forgotten, Signal

START: Final = -3.0
"""Log-odds of a device that shows no signal at all."""
MISSING: Final = 0.9
MISSING_MOST: Final = 2.7
"""Points for each loaded register that should know it and does not, and the most that they add up to."""

_COMPUTERS: Final = frozenset(
    {
        Kind.LAPTOP,
        Kind.WORKSTATION,
        Kind.SERVER,
        Kind.DOMAIN_CONTROLLER,
        Kind.KIOSK,
        Kind.POS,
        Kind.ATM,
        Kind.UNKNOWN,
    }
)
_CLINICAL: Final = frozenset(
    {
        Kind.MODALITY,
        Kind.PATIENT_MONITOR,
        Kind.INFUSION_GATEWAY,
        Kind.LAB_ANALYSER,
        Kind.NURSE_CALL,
        Kind.PACS,
    }
)
_ALL: Final = frozenset(Kind)
COVERS: Final[Mapping[str, frozenset[Kind]]] = {
    "ad": _COMPUTERS,
    "cmdb": _ALL,
    "cmms": _CLINICAL,
    "csv": _ALL,
    "edr": _COMPUTERS,
    "ldap": _COMPUTERS,
    "mdm": _COMPUTERS,
    "wsus": _COMPUTERS,
}
"""Register (the word after `import:`) -> the kinds that it ought to know. A lease or a switch table manages nothing."""
_MANAGES: Final = frozenset({"ad", "edr", "ldap", "mdm", "wsus", "cmms"})
"""Registers that show activity of an agent, a directory or a service team."""

_DEFAULT_NAME: Final = re.compile(
    r"(win-[a-z0-9]{8,11}|desktop-[a-z0-9]{7}|laptop-[a-z0-9]{8}|android-[0-9a-f]{6,16}|admin-pc|owner-pc|user-pc|pc\d*"
    r"|localhost|ubuntu|debian|raspberrypi|unknown|notebook|laptop)",
    re.IGNORECASE,
)
"""Names that an installer gives; a managed device is renamed."""


def judge(
    device: Device,
    age: Age,
    inventories_loaded: frozenset[str],
    now: datetime,
    seen: Sequence[Observation] = (),
) -> Forgotten:
    """Judge whether a device is forgotten; `inventories_loaded` are the registers that were imported for its site.

    `seen` are its observations that no rule reads, as dating has them (`scene.belonging`).
    """
    today = now.astimezone(UTC).date()
    signals = (*_signals(device, age, inventories_loaded, now), *traces(device, seen, now))
    odds = START + sum(signal.points for signal in signals)
    return Forgotten(
        unknown=device.owner is None and not _listed(device, COVERS.keys()),
        unmanaged=bool(_expected(device, inventories_loaded)) and not _listed(device, _MANAGES),
        stale=age.support is Support.UNSUPPORTED or _years(age.horizon.not_after, today) > 2,
        probability=round(1 / (1 + math.exp(-odds)), 4),
        signals=signals,
    )


def _signals(device: Device, age: Age, loaded: frozenset[str], now: datetime) -> Iterator[Signal]:
    today = now.astimezone(UTC).date()
    yield from _unlisted(device, loaded)
    if age.support is Support.UNSUPPORTED:
        yield Signal(name=f"{age.subject}: nobody mends it any more", points=0.8, evidence=age.evidence)
    yield from _stale(age, today)
    yield from _uptime(device, now)
    if default := _default_name(device):
        name, shown = default
        yield Signal(
            name=f"it still has the name {name} that an installer gave it", points=0.6, evidence=shown
        )
    yield from _misnamed(device)
    if _absent(device, now):
        text = f"not seen since {device.last_seen.date()}; only a register remembers it"
        yield Signal(name=text, points=1.0, evidence=_all(device))
    if device.kind in _CLINICAL and "cmms" in _words(device):
        yield Signal(name="the biomedical register looks after it", points=-1.5, evidence=())


def _unlisted(device: Device, loaded: frozenset[str]) -> Iterator[Signal]:
    """One signal for each register that should know it; together at most MISSING_MOST."""
    left = MISSING_MOST
    for register in sorted(_expected(device, loaded) - _words(device)):
        points = round(min(MISSING, left), 2)
        if points > 0:
            yield Signal(
                name=f"not in the inventory {register}, which was loaded", points=points, evidence=()
            )
        left -= points


def _stale(age: Age, today: date) -> Iterator[Signal]:
    old = _years(age.horizon.not_after, today)
    points = 1.8 if old > 5 else 1.2 if old > 2 else 0.0
    if points:
        text = f"not mended after {age.horizon.not_after}"
        yield Signal(name=text, points=points, evidence=age.horizon.evidence)


def _uptime(device: Device, now: datetime) -> Iterator[Signal]:
    started = evidence.boot(device, now)
    if started and now.astimezone(UTC).date() - started[0] > timedelta(days=400):
        yield Signal(name=f"running since {started[0]} without a restart", points=0.8, evidence=(started[1],))


def _default_name(device: Device) -> tuple[str, tuple[EvidenceId, ...]] | None:
    for name in device.names:
        label = name.partition(".")[0]
        if _DEFAULT_NAME.fullmatch(label):
            return name, _behind(device, label)
    return None


def _misnamed(device: Device) -> Iterator[Signal]:
    """A lease that knows it under another name than it gives itself."""
    own = {
        c.value.lower(): c
        for c in device.facts
        if c.attr == "host.name" and not c.seen.field.startswith("dhcp")
    }
    leased = {
        c.value.lower(): c for c in device.facts if c.attr == "host.name" and c.seen.field.startswith("dhcp")
    }
    if own and leased and not own.keys() & leased.keys():
        shown = tuple(sorted({c.evidence for c in (*own.values(), *leased.values())}))
        text = f"its lease says {min(leased)}, it calls itself {min(own)}"
        yield Signal(name=text, points=0.5, evidence=shown)


def _absent(device: Device, now: datetime) -> bool:
    return device.presence != "seen" and now - device.last_seen > timedelta(days=30)


def _expected(device: Device, loaded: frozenset[str]) -> frozenset[str]:
    """The loaded registers that ought to know a device of this kind."""
    return frozenset(word for one in loaded if device.kind in COVERS.get(word := _word(one), frozenset()))


def _listed(device: Device, registers: Collection[str]) -> bool:
    return any(word in registers for word in _words(device))


def _words(device: Device) -> frozenset[str]:
    return frozenset(_word(one) for one in device.inventories)


def _word(register: str) -> str:
    """`import:ad-csv` is the register `ad`."""
    return register.removeprefix("import:").partition("-")[0]


def _behind(device: Device, label: str) -> tuple[EvidenceId, ...]:
    shown = {c.evidence for c in device.facts if c.attr == "host.name" and c.value.partition(".")[0] == label}
    return tuple(sorted(shown))


def _all(device: Device) -> tuple[EvidenceId, ...]:
    return tuple(sorted({claim.evidence for claim in device.facts}))


def _years(day: date | None, today: date) -> float:
    return 0.0 if day is None else (today - day).days / 365.25
