"""What to do about a device that cannot be patched: rungs from taking it away to accepting it, with what each saves."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from scanner.model.assessment import Judged
from scanner.model.kinds import Kind
from scanner.report.text import amount, listing

REMOVE: Final = 0
FILTER: Final = 3

BROKERS: Final = {
    Kind.MODALITY: "an image router that passes studies on",
    Kind.PACS: "an image router that passes studies on",
    Kind.PATIENT_MONITOR: "the maker's own gateway, with nothing else behind it",
    Kind.INFUSION_GATEWAY: "the maker's own gateway, with nothing else behind it",
    Kind.LAB_ANALYSER: "an interface engine that passes results on",
    Kind.INTERFACE_ENGINE: "a proxy that speaks TLS on its behalf",
    Kind.NURSE_CALL: "the maker's own gateway, with nothing else behind it",
    Kind.PLC: "a jump host for engineers and a one-way path for readings",
    Kind.RTU: "a jump host for engineers and a one-way path for readings",
    Kind.HMI: "a jump host for engineers",
    Kind.RELAY: "a jump host for engineers and a one-way path for readings",
    Kind.METER: "a gateway that only reads",
    Kind.BUILDING_CONTROLLER: "a jump host for engineers",
}
"""What can stand in front of a kind, so that only one known partner speaks to it."""
_BROKER: Final = "a jump host or a proxy"


class Rung(Struct, frozen=True):
    """One way to bear with the device."""

    number: int
    do: str
    benefit: str
    first: bool
    """Whether to start here; the lowest number that works is best."""


def ladder(those: Sequence[Judged]) -> tuple[Rung, ...]:
    """The rungs for devices of one model, fitted to what was seen of them; never empty.

    Benefits are in endpoint equivalents: the model knows what it saves when a device can no longer be taken. What a
    filter or a proxy saves is at most that; watching and accepting save nothing that the model counts.
    """
    saves = sum(one.risk.fix_value for one in those)
    whole, most, none = f"{amount(saves)} units", f"at most {amount(saves)} units", "not modelled"
    lost = all(one.forgotten.unknown and one.forgotten.unmanaged for one in those)
    start = REMOVE if lost else FILTER
    texts = (
        ("Take it out of use, or switch it off when nobody needs it", whole),
        ("Ask its maker for an approved update or hardening guide, with the letter below", most),
        (_off(those), most),
        (_filter(those), most),
        (f"Put it behind {BROKERS.get(those[0].device.kind, _BROKER)}", most),
        (_patch(those), most),
        ("Close its way to and from the internet, and to hosts that compute for others", none),
        (
            "Watch it: keep a record of its usual partners, alarm on any new one, set a decoy beside it",
            "finds, does not prevent",
        ),
        ("Accept it in writing, with an owner, the reason of the ward or plant, and a day on which that ends", "none"),
    )  # fmt: skip
    return tuple(Rung(number, do, benefit, number == start) for number, (do, benefit) in enumerate(texts))


def _off(those: Sequence[Judged]) -> str:
    names = list(dict.fromkeys(hole.name for one in those for hole in one.exposures))
    about = f": {listing(names, 3)}" if names else ""
    return f"Switch off services that nobody needs, where its maker allows that{about}"


def _filter(those: Sequence[Judged]) -> str:
    ports = list(dict.fromkeys(str(service.port) for one in those for service in one.device.services))
    seen = f" (open now: {listing(ports, 6)})" if ports else ""
    return f"Let its switch port pass only the partners and ports that it needs{seen}"


def _patch(those: Sequence[Judged]) -> str:
    cves = list(dict.fromkeys(cve for one in those for hole in one.exposures for cve in hole.cves))
    about = f" for {listing(cves, 4)}" if cves else ""
    return f"Let an intrusion prevention system in front of it stop what is known to attack it{about}"
