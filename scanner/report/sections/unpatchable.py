"""Devices that cannot be patched: what to do instead, and the letter to their maker."""

from collections import defaultdict
from typing import Final

from msgspec import Struct

from scanner.model.assessment import Assessment, Judged
from scanner.model.device import DeviceId
from scanner.model.kinds import Support
from scanner.report import words
from scanner.report.ladder import Rung, ladder
from scanner.report.line import Line, line, listed, subject
from scanner.report.text import capital, day, listing, plural, short

MOST: Final = 12
"""Models with a ladder of their own; the others are counted."""
MOST_NAMED: Final = 12
"""Devices of one model named at most."""
FORM: Final = "mds2.form"
"""The observation that holds a maker's form about one model (ANSI/NEMA HN 1-2019)."""

QUESTIONS: Final = (
    "Until when do you mend this model and this software, and under which contract?",
    "Is there an update or a hardening guide that we may install, and does it need a visit?",
    "Which of the weaknesses named above concern it, and what do you advise until they are mended (a VEX statement)?",
    "Which ports and partners does it need in use and for remote service? May we filter all others?",
    "Please send the current MDS2 form and the list of its software parts (SBOM).",
    "Does any step that we plan touch its safety, its essential performance or your warranty?",
)


class Model(Struct, frozen=True, kw_only=True):
    """Devices of one kind that run one product."""

    title: str
    count: str
    devices: tuple[Line, ...]
    more: int
    support: str
    rungs: tuple[Rung, ...]
    fields: tuple[tuple[str, str], ...]
    """What the maker will ask for: name, value."""
    form: str
    """What the maker's own form says, or that none was imported."""
    letter: tuple[str, ...]
    """Paragraphs."""


class Unpatchable(Struct, frozen=True):
    """The page for those who look after equipment that only its maker may change."""

    models: tuple[Model, ...]
    left: int
    devices: int
    questions: tuple[str, ...]


def unpatchable(found: Assessment) -> Unpatchable:
    """Group devices that only their maker may change and that are unsupported or can be attacked, worst first."""
    groups: dict[tuple[str, str], list[Judged]] = defaultdict(list)
    for judged in found.devices:
        if is_unpatchable(judged):
            groups[judged.device.kind.value, judged.age.subject or ""].append(judged)
    ordered = sorted(groups.items(), key=lambda pair: (-pair[1][0].risk.score, -len(pair[1]), pair[0]))
    places = listed(found)
    return Unpatchable(
        tuple(_model(those, found, places) for _, those in ordered[:MOST]),
        max(len(ordered) - MOST, 0),
        sum(len(those) for _, those in ordered),
        QUESTIONS,
    )


def is_unpatchable(of: Judged) -> bool:
    """Whether nobody but its maker may mend it, and there is something to mend."""
    return of.device.kind in words.MAKER_FIRST and (
        of.age.support is Support.UNSUPPORTED or bool(of.exposures)
    )


def _model(those: list[Judged], found: Assessment, places: frozenset[DeviceId]) -> Model:
    worst = those[0]
    kind = capital(words.kind(worst.device.kind, len(those)))
    return Model(
        title=f"{kind}: {short(subject(worst) or words.PRODUCT_NOT_KNOWN)}",
        count=plural(len(those), "device"),
        devices=tuple(line(one, linked=one.device.id in places) for one in those[:MOST_NAMED]),
        more=max(len(those) - MOST_NAMED, 0),
        support=_support(worst),
        rungs=ladder(those),
        fields=_fields(those),
        form=_form(those, found),
        letter=_letter(those),
    )


def _support(of: Judged) -> str:
    if of.age.support is Support.UNSUPPORTED:
        return f"unsupported since {day(of.age.ends)}" if of.age.ends else "unsupported; the day is not known"
    return words.SUPPORT[of.age.support].lower()


def _values(those: list[Judged], *names: str) -> str:
    found = [
        one.device.attributes[name].value for one in those for name in names if name in one.device.attributes
    ]
    return listing([short(value, 48) for value in dict.fromkeys(found)], 4) if found else ""


def _fields(those: list[Judged]) -> tuple[tuple[str, str], ...]:
    cves = list(dict.fromkeys(cve for one in those for hole in one.exposures for cve in hole.cves))
    return (
        ("Maker", _values(those, "hw.vendor", "os.vendor") or words.NOT_KNOWN),
        ("Model", _values(those, "hw.model", "hw.product", "os.device") or words.NOT_KNOWN),
        ("Firmware or system", _values(those, "hw.version", "os.version", "os.build") or words.NOT_KNOWN),
        ("UDI", _values(those, "hw.udi") or "not known: read it from the label"),
        ("Known weaknesses", listing(cves, 8) if cves else "none that has a CVE number"),
    )


def _form(those: list[Judged], found: Assessment) -> str:
    told = {one.device.attributes[name].value.lower() for one in those for name in ("hw.model", "hw.product")
            if name in one.device.attributes}  # fmt: skip
    for _, seen in sorted(found.evidence.items()):
        if (
            seen.field == FORM
            and isinstance(seen.value, dict)
            and str(seen.value.get("model")).lower() in told
        ):
            answers = [str(value) for value in seen.value.values()]
            return (
                f"MDS2 of {short(str(seen.value.get('released', 'unknown date')), 40)}, "
                f"version {short(str(seen.value.get('version', words.NOT_KNOWN)), 40)}: "
                f"{answers.count('yes')} yes, {answers.count('no')} no, {answers.count('see note')} see note"
            )
    return "No MDS2 form of this model was imported: ask its maker, then stalehost import FORM.csv"


def _letter(those: list[Judged]) -> tuple[str, ...]:
    maker, model, firmware, udi, cves = (value for _, value in _fields(those))
    return (
        "To the product security contact" + (f" of {maker}" if maker != words.NOT_KNOWN else ""),
        (
            f"We run {plural(len(those), 'device')} of your model {model}, firmware or system {firmware} "
            f"(UDI: {udi}). From the network we see {_seen(those[0])}. Weaknesses that may concern it: {cves}."
        ),
        "Please answer within 30 days:",
    )


def _seen(of: Judged) -> str:
    what = short(of.age.subject) if of.age.subject else "a system that we could not name"
    return f"{what}, {_support(of)}"
