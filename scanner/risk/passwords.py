"""Which devices probably share a password: an assumption by image, domain or factory key, and labelled as one.

No password is ever tried. A group says only: whoever takes one of these may own what opens the others.
"""

from collections.abc import Iterable, Mapping
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


def groups(devices: Iterable[tuple[Device, Facts]]) -> tuple[Group, ...]:
    """Every group of at least two devices, by name."""
    found: dict[tuple[str, str, str], dict[DeviceId, tuple[tuple[Port, ...], tuple[EvidenceId, ...]]]] = {}
    for device, facts in devices:
        ports = facts.open(_ADMIN)
        if device.role is Role.VIRTUAL or not ports:
            continue
        for kind, what, evidence in _signs(facts):
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


def _signs(facts: Facts) -> Iterable[tuple[str, tuple[str, str], tuple[EvidenceId, ...]]]:
    if facts.windows and (domain := facts.says("host.domain")):
        build = ".".join(map(str, facts.windows))
        what = f"{domain.value.lower()}/{build}", f"the Windows {build} image of {domain.value.lower()}"
        yield "shared", what, unique((*domain.evidence, *facts.os))
    for field, label in _KEYS.items():
        for seen in facts.fields.get(field, ()):
            yield "factory", (f"{field}/{seen.value}", f"{label} in all of them"), seen.evidence
