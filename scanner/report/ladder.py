"""What to do about a device that cannot be patched: rungs from taking it away to accepting it, with what each saves."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from scanner.model.assessment import Judged
from scanner.model.kinds import Kind
from scanner.report.text import amount, listing
from scanner.report.texts import Named, phrase

REMOVE: Final = 0
FILTER: Final = 3

BROKERS: Final = Named(
    "brokers",
    (
        Kind.MODALITY,
        Kind.PACS,
        Kind.PATIENT_MONITOR,
        Kind.INFUSION_GATEWAY,
        Kind.LAB_ANALYSER,
        Kind.INTERFACE_ENGINE,
        Kind.NURSE_CALL,
        Kind.PLC,
        Kind.RTU,
        Kind.HMI,
        Kind.RELAY,
        Kind.METER,
        Kind.BUILDING_CONTROLLER,
    ),
)
"""What can stand in front of a kind, so that only one known partner speaks to it."""


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
    whole, most, none = (
        phrase("ladder.units", saves=amount(saves)),
        phrase("ladder.at_most_units", saves=amount(saves)),
        phrase("ladder.not_modelled"),
    )
    lost = all(one.forgotten.unknown and one.forgotten.unmanaged for one in those)
    start = REMOVE if lost else FILTER
    texts = (
        (phrase("ladder.take_it_out_of_use_or_switch_it_off"), whole),
        (phrase("ladder.ask_its_maker_for_an_approved_update_or"), most),
        (_off(those), most),
        (_filter(those), most),
        (phrase("ladder.put_it_behind", kind=BROKERS.get(those[0].device.kind) or phrase("brokers.any")), most),
        (_patch(those), most),
        (phrase("ladder.close_its_way_to_and_from_the_internet_and"), none),
        (
            phrase("ladder.watch_it_keep_a_record_of_its_usual"),
            phrase("ladder.finds_does_not_prevent"),
        ),
        (phrase("ladder.accept_it_in_writing_with_an_owner_the"), phrase("words.none")),
    )  # fmt: skip
    return tuple(Rung(number, do, benefit, number == start) for number, (do, benefit) in enumerate(texts))


def _off(those: Sequence[Judged]) -> str:
    names = list(dict.fromkeys(hole.name for one in those for hole in one.exposures))
    about = phrase("ladder.first_those_behind", names="; ".join(names[:3])) if names else ""
    return phrase("ladder.switch_off_services_that_nobody_needs_where", about=about)


def _filter(those: Sequence[Judged]) -> str:
    ports = list(dict.fromkeys(str(service.port) for one in those for service in one.device.services))
    seen = phrase("ladder.open_now", ports=listing(ports, 6)) if ports else ""
    return phrase("ladder.let_its_switch_port_pass_only_the_partners", seen=seen)


def _patch(those: Sequence[Judged]) -> str:
    cves = list(dict.fromkeys(cve for one in those for hole in one.exposures for cve in hole.cves))
    about = phrase("ladder.for", cves=listing(cves, 4)) if cves else ""
    return phrase("ladder.let_an_intrusion_prevention_system_in_front", about=about)
