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
from scanner.report.texts import Named, phrase

MOST: Final = 12
"""Models with a ladder of their own; the others are counted."""
MOST_NAMED: Final = 12
"""Devices of one model named at most."""
FORM: Final = "mds2.form"
"""The observation that holds a maker's form about one model (ANSI/NEMA HN 1-2019)."""

QUESTIONS: Final = Named("maker_questions", ("until_when", "update", "weaknesses", "ports", "forms", "steps"))
"""What its maker is asked."""


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
        tuple(QUESTIONS.values()),
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
        title=f"{kind}: {short(subject(worst) or words.product_not_known())}",
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
        return (
            phrase("unpatchable.unsupported_since", ends=day(of.age.ends))
            if of.age.ends
            else phrase("unpatchable.unsupported_the_day_is_not_known")
        )
    if of.age.support is Support.UNKNOWN:
        return phrase("unpatchable.support_not_known")
    return words.SUPPORT[of.age.support].lower()


def _values(those: list[Judged], *names: str) -> str:
    found = [
        one.device.attributes[name].value for one in those for name in names if name in one.device.attributes
    ]
    return listing([short(value, 48) for value in dict.fromkeys(found)], 4) if found else ""


def _fields(those: list[Judged]) -> tuple[tuple[str, str], ...]:
    unknown = words.not_known()
    return (
        (phrase("unpatchable.maker"), _maker(those) or unknown),
        (phrase("unpatchable.model"), _name(those) or unknown),
        (phrase("unpatchable.firmware_or_system"), _firmware(those) or unknown),
        ("UDI", _values(those, "hw.udi") or phrase("unpatchable.not_known_read_it_from_the_label")),
        (phrase("unpatchable.known_weaknesses"), _holes(those)),
    )


def _maker(those: list[Judged]) -> str:
    """Whose name is on the case; who made the system in it is asked only where there is no such name."""
    return _values(those, "hw.vendor") or _values(those, "os.vendor")


def _name(those: list[Judged]) -> str:
    return _values(those, "hw.model", "hw.product", "os.device")


def _firmware(those: list[Judged]) -> str:
    return _values(those, "hw.version", "os.version", "os.build")


def _holes(those: list[Judged]) -> str:
    cves = list(dict.fromkeys(cve for one in those for hole in one.exposures for cve in hole.cves))
    return listing(cves, 8) if cves else phrase("unpatchable.none_that_has_a_cve_number")


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
            return phrase(
                "unpatchable.mds2_of_version_yes_no_see_note",
                get=short(str(seen.value.get("released", phrase("unpatchable.unknown_date"))), 40),
                get_2=short(str(seen.value.get("version", words.not_known())), 40),
                count=answers.count("yes"),
                count_2=answers.count("no"),
                count_3=answers.count("see note"),
            )
    return phrase("unpatchable.no_mds2_form_of_this_model_was_imported_ask")


def _letter(those: list[Judged]) -> tuple[str, ...]:
    maker, model = _maker(those), _name(those)
    firmware, udi = _firmware(those), _values(those, "hw.udi")
    devices = plural(len(those), "device")
    told = (
        phrase("unpatchable.we_run_of_your_model", devices=devices, model=model)
        if model
        else phrase("unpatchable.we_run_of_yours_see_the_label", devices=devices),
        phrase("unpatchable.firmware_or_system_is", firmware=firmware) if firmware else "",
        phrase("unpatchable.udi_is", udi=udi) if udi else "",
        phrase("unpatchable.from_the_network_we_see", those=_seen(those[0]), cves=_holes(those)),
    )
    return (
        phrase("unpatchable.to_the_product_security_contact")
        + (phrase("unpatchable.of", maker=maker) if maker else ""),
        " ".join(part for part in told if part),
        phrase("unpatchable.please_answer_within_30_days"),
    )


def _seen(of: Judged) -> str:
    what = short(of.age.subject) if of.age.subject else phrase("unpatchable.a_system_that_we_could_not_name")
    return f"{what}, {_support(of)}"
