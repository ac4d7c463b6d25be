"""Which devices probably share a password: by image, domain or factory key, and what a directory shows of it.

No password is ever tried. A group says only: whoever takes one of these may own what opens the others. That is an
assumption and is labelled as one, but where a directory was imported: a machine with a password of its own (LAPS) is
in no group of its image, and one that the directory shows without, or that has long stopped to change its own machine
password, is more likely to have kept the image's.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from scanner.model.device import Device, DeviceId
from scanner.model.kinds import Role
from scanner.model.net import Port
from scanner.model.observation import EvidenceId
from scanner.risk.exposure import Adversary
from scanner.risk.facts import Facts, unique

_ADMIN: Final = (
    "tcp/22",
    "tcp/23",
    "tcp/80",
    "tcp/135",
    "tcp/443",
    "tcp/445",
    "tcp/3389",
    "tcp/5900",
    "tcp/5985",
)
_KEYS: Final = {"ssh.host_key.sha256": "one SSH host key", "tls.certificate.sha256": "one certificate"}
"""Keys that come from the factory or a cloned disk when several devices have the same."""
OWN: Final = "setting.laps"
"""When the password that the directory keeps for this machine alone runs out."""
CHANGED: Final = "register.entry.password_set"
"""When the machine last changed the password by which the directory knows it."""
LATE: Final = timedelta(days=90)
"""Judgement: a machine changes it every 30 days; after three that were missed no policy reaches it either."""


class Group(Struct, frozen=True, kw_only=True):
    """Devices assumed to share a password, and what the assumption rests on."""

    name: str
    label: str
    """For people: `the Windows domain clinic.example`."""
    parameter: str
    """The parameter that says how likely they do share one."""
    members: Mapping[DeviceId, tuple[Port, ...]]
    """Device -> the ports on which the password would be used."""
    evidence: Mapping[DeviceId, tuple[EvidenceId, ...]]


def groups(devices: Sequence[tuple[Device, Facts]]) -> tuple[Group, ...]:
    """Every group of at least two devices, by name."""
    found: dict[tuple[str, str, str], dict[DeviceId, tuple[tuple[Port, ...], tuple[EvidenceId, ...]]]] = {}
    managed = {domain_of(facts) for _, facts in devices if facts.says(OWN)} - {""}
    for device, facts in devices:
        ports = facts.open(_ADMIN)
        if device.role is Role.VIRTUAL or not ports:
            continue
        for kind, what, evidence in _signs(device, facts, managed):
            found.setdefault((kind, what[0], what[1]), {})[device.id] = (ports, evidence)
    return tuple(
        Group(
            name=f"{kind}:{value}",
            label=label,
            parameter=f"credential.{kind}",
            members={device: ports for device, (ports, _) in sorted(members.items())},
            evidence={device: evidence for device, (_, evidence) in sorted(members.items())},
        )
        for (kind, value, label), members in sorted(found.items())
        if len(members) > 1
    )


def tries(adversary: Adversary, values: Mapping[str, float]) -> float:
    """P(this adversary reuses a password it found, and it opens the next device)."""
    share = values["credential.commodity"] if adversary is Adversary.COMMODITY else 1.0
    return share * values["credential.opens"]


def domain_of(facts: Facts) -> str:
    """The Windows domain that a device says it belongs to, in lower case; empty = none."""
    said = facts.says("host.domain")
    return said.value.lower() if said else ""


def _signs(
    device: Device, facts: Facts, managed: Collection[str]
) -> Iterable[tuple[str, tuple[str, str], tuple[EvidenceId, ...]]]:
    """`managed` are the domains whose directory keeps a password for some machine alone."""
    domain = domain_of(facts)
    if facts.windows and domain and not facts.says(OWN):
        build = ".".join(map(str, facts.windows))
        image, known = f"{domain}/{build}", unique((*_evidence(facts, "host.domain"), *facts.os))
        yield "shared", (image, f"the Windows {build} image of {domain}"), known
        if domain in managed and facts.says("register.entry.name"):
            label = f"the directory of {domain}, which keeps passwords for other machines and none for these"
            yield "unmanaged", (image, label), unique((*known, *_evidence(facts, "register.entry.name")))
        elif _late(device, facts):
            label = f"machine passwords of {domain} that nobody changed for {LATE.days} days"
            yield "unmanaged", (f"{image}/late", label), unique((*known, *_evidence(facts, CHANGED)))
    for field, label in _KEYS.items():
        for seen in facts.fields.get(field, ()):
            yield "factory", (f"{field}/{seen.value}", f"{label} in all of them"), seen.evidence


def _late(device: Device, facts: Facts) -> bool:
    """Whether the machine was still there long after it last changed its own password."""
    days = [moment for seen in facts.fields.get(CHANGED, ()) if (moment := _moment(seen.value))]
    return bool(days) and device.last_seen - max(days) > LATE


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _evidence(facts: Facts, field: str) -> tuple[EvidenceId, ...]:
    said = facts.says(field)
    return said.evidence if said else ()
