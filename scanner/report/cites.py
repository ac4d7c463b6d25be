"""Which evidence a device's verdicts stand on, numbered once per device so that every sentence can point to it."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from scanner.model.assessment import Judged
from scanner.model.observation import EvidenceId


class Ref(Struct, frozen=True):
    """A pointer from a sentence to one row of the device's evidence table."""

    number: int
    anchor: str


def cited(of: Judged) -> tuple[EvidenceId, ...]:
    """Every evidence id that a verdict about this device cites, each once, in the order of the sheet."""
    return tuple(dict.fromkeys(_all(of)))


def refs(of: Judged, ids: Iterable[EvidenceId]) -> tuple[Ref, ...]:
    """Number the evidence of one sentence as the device's evidence table does."""
    numbers = {name: number for number, name in enumerate(cited(of), 1)}
    return tuple(Ref(number, anchor(of, number)) for number in sorted({numbers[name] for name in ids}))


def anchor(of: Judged, number: int) -> str:
    """The id of a row of the device's evidence table in the page."""
    return f"{of.device.id}-e{number}"


def _all(of: Judged) -> Iterator[EvidenceId]:
    for why in of.risk.why:
        yield from why.evidence
    for exposure in of.exposures:
        yield from exposure.evidence
    yield from of.age.evidence
    for reading in of.age.hypotheses:
        yield from reading.evidence
    yield from of.age.horizon.evidence
    for signal in of.forgotten.signals:
        yield from signal.evidence
    for name in sorted(of.device.attributes):
        yield from of.device.attributes[name].evidence
    for service in of.device.services:
        yield from service.evidence
