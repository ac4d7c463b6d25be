"""One device as dating sees it: its claims, its readings, and every observation of it, also those no rule reads."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Final

from scanner.age import evidence
from scanner.age.editions import Reading
from scanner.model import freshness
from scanner.model.device import Device, DeviceId
from scanner.model.knowledge import DataSource, Knowledge
from scanner.model.observation import EvidenceId, Observation, Value, evidence_id

RAW: Final = frozenset(
    {
        "dhcp.options",
        "http.etag",
        "http.last_modified",
        "patch.last",
        "ssh.kexinit",
        "tcp.syn",
        "tcp.timestamps",
    }
    | {
        "http_header.server",
        "http_header.via",
        "http_header.x_powered_by",
        "mysql.banners",
        "dns.versionbind",
    }
    | {"smb2.boot_time", "smb2.dialect", "smb2.system_time", "tls.groups", "tls.versions", "hp_pjl_id"}
    | {"ntlm.timestamp", "ntp.clock", "tls.not_after"}
)
"""Fields that dating reads although no rule may make a claim of them."""
TEXTS: Final = (
    "snmp.",
    "telnet.",
    "cdp.",
    "lldp.",
    "mndp.",
    "ubnt.",
    "sadp.",
    "upnp.",
    "ntp.",
    "mdns.",
    "ftp.",
    "smtp.",
    "ssh.b",
)
"""Beginnings of the fields whose texts may carry a day."""


SSH: Final = "SSH server"
"""What all rows call the component that speaks SSH."""


class Scene:
    """What is known of one device when its last update is asked for; read-only."""

    def __init__(
        self,
        device: Device,
        knowledge: Knowledge,
        readings: Sequence[Reading],
        seen: Sequence[Observation],
        now: datetime,
    ) -> None:
        self.device = device
        self.knowledge = knowledge
        self.readings = tuple(readings)
        self.now = now
        self.today: date = now.astimezone(UTC).date()
        known = {claim.evidence: claim.seen for claim in device.facts}
        known |= {evidence_id(one): one for one in seen}
        self._seen = [(one, name) for name, one in sorted(known.items())]
        self._by_field: dict[str, list[tuple[Observation, EvidenceId]]] = defaultdict(list)
        for one, name in self._seen:
            self._by_field[one.field].append((one, name))

    def each(self, *fields: str) -> Sequence[tuple[Observation, EvidenceId]]:
        """The observations of these fields, in a stable order; of every field where none is named."""
        if not fields:
            return self._seen
        held = [self._by_field[field] for field in fields if field in self._by_field]
        if len(held) < 2:
            return held[0] if held else ()
        return sorted((pair for those in held for pair in those), key=_by_name)

    def last(self, shown: Sequence[EvidenceId]) -> date:
        """The day on which the youngest of these was read; today for what we do not hold."""
        times = [self._times[name] for name in shown if name in self._times]
        return max(times, default=self.today)

    @cached_property
    def late(self) -> Mapping[str, DataSource]:
        """The tables of facts that are older than they may be, by name."""
        return freshness.late_of(self.knowledge, self.today)

    @cached_property
    def _times(self) -> Mapping[EvidenceId, date]:
        return {name: one.last.astimezone(UTC).date() for one, name in self._seen}

    @cached_property
    def programs(self) -> tuple[evidence.Reading, ...]:
        """The programs that speak on its ports, by product and version."""
        return evidence.programs(self.device, self.knowledge)

    @cached_property
    def packaged(self) -> tuple[tuple[str, str, EvidenceId], ...]:
        """Each program whose banner shows a distribution's package: product, revision, and what shows it."""
        return tuple(evidence.packaged(self.device, self.knowledge))

    @cached_property
    def windows(self) -> bool:
        """Whether it is known to be Windows; a Samba server fills many of the same fields as it likes."""
        family = self.device.attributes.get("os.family")
        return bool(evidence.builds(self.device)) or (family is not None and family.value == "Windows")

    @cached_property
    def program(self) -> str:
        """Which SSH server speaks: `openssh`, `dropbear`, or empty when it is another or says nothing."""
        for one, _ in self.each("ssh.banner"):
            found = re.match(r"openssh|dropbear", text(one.value).lower())
            if found:
                return found[0]
        return ""


def _by_name(pair: tuple[Observation, EvidenceId]) -> EvidenceId:
    return pair[1]


def text(value: Value) -> str:
    """A value's texts in one line, so that an in-band date is found wherever it stands."""
    if isinstance(value, str):
        return value
    return "\n".join(str(part) for part in value.values() if isinstance(part, str))


def words(value: Value, part: str) -> tuple[str, ...]:
    """The list that stands under a name in a structured value; empty where there is none."""
    found = value.get(part) if isinstance(value, dict) else None
    return tuple(found) if isinstance(found, list) else ()


def belonging(
    devices: Sequence[Device], seen: Sequence[Observation]
) -> Mapping[DeviceId, tuple[Observation, ...]]:
    """The observations of RAW fields that each device made, by its addresses and cards.

    Where two devices were seen at one address, the card decides; without one the observation belongs to neither.
    """
    owners: dict[tuple[str, str | None], set[DeviceId]] = {}
    for device in devices:
        for leg in device.legs:
            owners.setdefault((leg.address, leg.mac), set()).add(device.id)
            owners.setdefault((leg.address, None), set()).add(device.id)
    found: dict[DeviceId, list[Observation]] = {}
    for one in seen:
        if one.address is None or not (one.field in RAW or one.field.startswith(TEXTS)):
            continue
        holders = owners.get((one.address, one.mac), set()) or owners.get((one.address, None), set())
        if len(holders) == 1:
            found.setdefault(next(iter(holders)), []).append(one)
    return {device: tuple(those) for device, those in found.items()}
