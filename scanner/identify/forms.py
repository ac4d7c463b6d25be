"""Lay makers' forms (MDS2) beside the devices that they describe: by serial number, else by maker and model.

A form speaks of a model, so it holds for each device of that model. It never changes what a device said of itself; a system
that it names fills only what nobody else said. Which form found no device, or could mean several makers', is told.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from scanner.identify import registers
from scanner.model.device import Attribute, Claim, Device
from scanner.model.knowledge import Knowledge
from scanner.model.observation import Observation, evidence_id

FIELD: Final = "mds2.form"
KEPT: Final = re.compile(
    r"(?:os|ports|has_os|patched_by_owner|anti_malware|ports_closed|(?:CSUP|MLDP|SAHD)-.*)"
)
"""Answers that become facts of a device; the rest stays in the form."""
SURE: Final = 0.6
"""A form is of the day on which it was written, and of one version of the software."""
_MODEL: Final = frozenset({"hw.model", "hw.product"})


def attach(
    devices: Sequence[Device], seen: Sequence[Observation], knowledge: Knowledge
) -> tuple[Device, ...]:
    """The same devices, in the same order, with what forms say of them: facts named `mds2.` and the answer."""
    found = list(devices)
    for form in _forms(seen):
        meant, _ = _meant(form, devices)
        for at in meant:
            found[at] = _told(found[at], form, knowledge)
    return tuple(found)


def strays(devices: Sequence[Device], seen: Sequence[Observation]) -> Iterator[str]:
    """In words, each form that describes no device that is known, or may describe several makers'."""
    for form in _forms(seen):
        meant, why = _meant(form, devices)
        if not meant:
            name = " ".join(filter(None, (_text(form, "manufacturer"), _text(form, "model"))))
            yield f"the MDS2 form of {name}: {why}"


def _forms(seen: Sequence[Observation]) -> list[Observation]:
    """Each once, in an order of their own: which was imported first must not matter."""
    forms = {evidence_id(one): one for one in seen if one.field == FIELD and isinstance(one.value, dict)}
    return [forms[key] for key in sorted(forms)]


def _meant(form: Observation, devices: Sequence[Device]) -> tuple[tuple[int, ...], str]:
    """The places of the devices that it describes; or, where there are none, why not."""
    if serial := _plain(_text(form, "serial")):
        ours = tuple(at for at, one in enumerate(devices) if serial in _values(one, {"hw.serial"}))
        return ours, "matches no device: none has its serial number"
    model, maker = _plain(_text(form, "model")), _plain(_text(form, "manufacturer"))
    if not model:
        return (), "names no model, and matches several devices or none"
    alike = [at for at, one in enumerate(devices) if model in _values(one, _MODEL)]
    if not alike:
        return (), "matches no device"
    if not maker:
        makers = {one for at in alike for one in _makers(devices[at])}
        same = all(_same(one, other) for one in makers for other in makers)
        return (
            tuple(alike) if same else ()
        ), "matches several: its model is made by more than one, and it names no maker"
    ours = tuple(at for at in alike if any(_same(one, maker) for one in _makers(devices[at]) or {maker}))
    return ours, "matches no device: its model is there, from another maker"


def _told(device: Device, form: Observation, knowledge: Knowledge) -> Device:
    proof = evidence_id(form)

    def claim(attr: str, value: str, sure: float) -> Claim:
        return Claim(attr=attr, value=value, confidence=sure, rule=None, seen=form, evidence=proof)

    answers = form.value if isinstance(form.value, dict) else {}
    said = [
        claim(f"mds2.{word}", answer, 1.0)
        for word, answer in sorted(answers.items())
        if isinstance(answer, str) and KEPT.fullmatch(word)
    ]
    system = [claim(*one) for one in registers.system(_text(form, "os"), knowledge, SURE, "")]
    attributes = dict(device.attributes)
    # the first reading of each: a system that is known already, from whomever, is not touched
    if not any(name.startswith("os.") for name in attributes):
        for one in system:
            attributes[one.attr] = Attribute(value=one.value, confidence=SURE, evidence=(proof,))
    return msgspec.structs.replace(
        device,
        facts=(*device.facts, *said, *system),
        attributes={name: attributes[name] for name in sorted(attributes)},
    )


def _values(device: Device, names: frozenset[str] | set[str]) -> set[str]:
    return {_plain(one.value) for one in device.facts if one.attr in names}


def _makers(device: Device) -> set[str]:
    """Makers that it is said to be of; who made its network card says nothing about that."""
    return {
        _plain(one.value)
        for one in device.facts
        if one.attr == "hw.vendor" and _plain(one.value) and not _of_card(one)
    }


def _of_card(claim: Claim) -> bool:
    """Whether it is read from the card, as every sighting of one is; a register's row that has both names the maker itself."""
    row = claim.seen.value
    told = isinstance(row, dict) and row.get("vendor") == claim.value
    return claim.rule is None and claim.seen.mac is not None and not told


def _same(one: str, other: str) -> bool:
    """`Acme` is `Acme Medical GmbH`."""
    return one.startswith(other) or other.startswith(one)


def _text(form: Observation, word: str) -> str:
    said = form.value.get(word) if isinstance(form.value, dict) else None
    return said.strip() if isinstance(said, str) else ""


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())
