"""One sheet a device: what it is, where, how old, what it opens to an intruder, what to do, and every evidence."""

from typing import Final

import msgspec
from msgspec import Struct

from scanner.model.assessment import Assessment, Judged
from scanner.model.kinds import Kind, Support
from scanner.model.observation import EvidenceId
from scanner.model.verdict import Exposure, Hypothesis
from scanner.report import charts, words
from scanner.report.cites import Ref, anchor, cited, refs
from scanner.report.line import Line, line, sheets_of
from scanner.report.monday import Step, steps
from scanner.report.presence import Strip, strip
from scanner.report.register import by_device, register
from scanner.report.sections.forgotten import Sign, axes, signs, where
from scanner.report.sections.pivots import Reason, adversaries, reasons
from scanner.report.sections.zones import reachable
from scanner.report.svg import Shape
from scanner.report.text import age as ago
from scanner.report.text import amount, capital, day, listing, minute, percent, short, span
from scanner.report.texts import phrase

MOST_TEXT: Final = 700
"""Characters of one observed value shown; the JSON output holds it whole."""

OPEN: Final = 10
"""Sheets whose evidence is open, so that it is printed."""
_PAGE: Final = 70.0
"""Lines of evidence that a page of A4 or Letter holds; print.css sets them. Lines of other kinds are weighed against that."""
_FIXED: Final = 22.5
_STEP: Final = 2.7
_REASON: Final = 2.0
_WAY: Final = 3.3
_REGISTER: Final = 1.8


class Fact(Struct, frozen=True):
    """One attribute or reading, and what it rests on."""

    name: str
    value: str
    sure: str
    refs: tuple[Ref, ...]


class Hole(Struct, frozen=True):
    """One exposure."""

    name: str
    gate: str
    likely: str
    grade: str
    grade_means: str
    cves: tuple[str, ...]
    remedy: str
    deadline: str
    refs: tuple[Ref, ...]


class Seen(Struct, frozen=True):
    """One row of the evidence table."""

    number: int
    anchor: str
    id: str
    field: str
    value: str
    source: str
    where: str
    time: str


class Sheet(Struct, frozen=True, kw_only=True):
    """Everything about one device."""

    line: Line
    what: str
    joined_by: tuple[str, ...]
    conflicts: tuple[str, ...]
    legs: tuple[tuple[str, str, str, str], ...]
    """Address, MAC, zone, whether it answered."""
    where: str
    owner: str
    inventories: str
    seen: str
    strip: Strip
    support: str
    support_refs: tuple[Ref, ...]
    readings: tuple[Fact, ...]
    support_why: tuple[str, ...]
    """Its grade, and why that is lower than its evidence."""
    settle: str
    patched: str
    because: tuple[str, ...]
    patched_refs: tuple[Ref, ...]
    reach: tuple[str, ...]
    spread: str
    services: tuple[Fact, ...]
    attributes: tuple[Fact, ...]
    holes: tuple[Hole, ...]
    bar: Shape
    reasons: tuple[Reason, ...]
    sure: str
    adversaries: tuple[tuple[str, int], ...]
    axes: tuple[tuple[str, bool, str], ...]
    signs: tuple[Sign, ...]
    forgotten: str
    steps: tuple[Step, ...]
    findings: tuple[tuple[str, str], ...]
    evidence: tuple[Seen, ...]
    open: bool
    """Whether its evidence is open, and so on paper."""

    @property
    def whole(self) -> bool:
        """Whether it is so short that paper keeps it on one page: measured on the demos' sheets, to about a tenth."""
        registers = len(self.legs) + len(self.readings) + len(self.services)
        lines = _FIXED + _STEP * len(self.steps) + _REASON * len(self.reasons) + _WAY * len(self.holes)
        shown = len(self.evidence) + len(self.attributes) if self.open else 0
        return lines + _REGISTER * registers + shown <= _PAGE


class Sheets(Struct, frozen=True):
    """The sheets, highest score first."""

    sheets: tuple[Sheet, ...]
    left: int


def sheets(found: Assessment) -> Sheets:
    """Write a sheet for each device, up to the most that one page can carry."""
    named = by_device(register(found))
    return Sheets(
        tuple(
            _sheet(
                judged,
                found,
                tuple((one.id, one.title) for one in named.get(judged.device.id, ())),
                shown=at < OPEN,
            )
            for at, judged in enumerate(found.devices[: sheets_of(found)])
        ),
        len(found.devices) - sheets_of(found),
    )


def _sheet(of: Judged, found: Assessment, findings: tuple[tuple[str, str], ...], *, shown: bool) -> Sheet:
    device, age, risk = of.device, of.age, of.risk
    return Sheet(
        line=line(of),
        what=_what(of),
        joined_by=device.joined_by,
        conflicts=device.conflicts,
        legs=tuple(
            (
                leg.address,
                leg.mac or words.not_known(),
                leg.zone or phrase("sheets.outside_every_zone"),
                _live(leg.live),
            )
            for leg in device.legs
        ),
        where=where(of),
        owner=device.owner or words.not_known(),
        inventories=listing([one.removeprefix("import:") for one in device.inventories], 8)
        if device.inventories
        else phrase("sheets.no_register_that_we_were_given"),
        seen=phrase(
            "sheets.first_last",
            first_seen=minute(device.first_seen),
            last_seen=minute(device.last_seen),
            presence=words.PRESENCE.get(device.presence, device.presence),
        ),
        strip=strip(device.days, device.presence, found.now.date(), name=f"days-{device.id}"),
        support=support_text(of),
        support_refs=refs(of, age.evidence),
        readings=tuple(_reading(reading, of) for reading in age.hypotheses),
        support_why=(
            phrase("sheets.evidence_grade", grade=age.grade, support_grades=words.SUPPORT_GRADES[age.grade]),
            *age.because,
        ),
        settle=age.settle or "",
        patched=patched_text(of, found),
        because=age.horizon.because,
        patched_refs=refs(of, age.horizon.evidence),
        reach=reachable(of, found),
        spread=phrase(
            "sheets.if_it_falls_other_equipment_worth_ordinary",
            blast=amount(risk.blast),
            critical=percent(risk.critical),
        ),
        services=_services(of),
        attributes=_attributes(of),
        holes=tuple(_hole(exposure, of) for exposure in of.exposures),
        bar=charts.why_bar(risk.why, risk.score, name=f"sw-{device.id}"),
        reasons=reasons(of),
        sure=phrase(
            "sheets.grade",
            interval=span(risk.interval),
            grade=risk.grade,
            means=words.RISK_GRADES.get(risk.grade, words.not_known()),
        ),
        adversaries=adversaries(of),
        axes=axes(of),
        signs=signs(of),
        forgotten=percent(of.forgotten.probability),
        steps=steps(of),
        findings=findings,
        evidence=tuple(_seen(number, name, of, found) for number, name in enumerate(cited(of), 1)),
        open=shown,
    )


def support_text(of: Judged) -> str:
    """Say in one sentence whether it is supported; unknown is said as unknown."""
    what = of.age.subject or phrase("sheets.what_it_runs")
    if of.age.support is Support.UNSUPPORTED:
        since = (
            phrase("sheets.since", ends=day(of.age.ends))
            if of.age.ends
            else phrase("sheets.the_day_it_ended_is_not_known")
        )
        return phrase("sheets.is_unsupported_under_every_contract_that", what=what, since=since)
    if of.age.support is Support.SUPPORTED:
        until = (
            phrase("sheets.until", ends=day(of.age.ends))
            if of.age.ends
            else phrase("sheets.no_end_has_been_named")
        )
        return phrase("sheets.is_supported_whether_its_updates_are", what=what, until=until)
    return phrase("sheets.unknown_whether_is_supported_could_not_be", subject=of.age.subject or "it")


def patched_text(of: Judged, found: Assessment) -> str:
    """Say between which days its last update must lie."""
    window = of.age.horizon
    today = found.now.date()
    if window.median and window.not_after and window.not_before:
        return phrase(
            "sheets.last_patched_between_and_sure_as_likely",
            not_before=day(window.not_before),
            not_after=day(window.not_after),
            level=percent(window.level),
            median=day(window.median),
            ago=ago(window.median, today),
            grade=window.grade,
            means=words.EVIDENCE_GRADES.get(window.grade, words.not_known()),
        )
    if window.not_after and window.not_before:
        return phrase(
            "sheets.last_patched_no_later_than_ago_and_not",
            not_after=day(window.not_after),
            ago=ago(window.not_after, today),
            not_before=day(window.not_before),
        )
    if window.not_after:
        return phrase(
            "sheets.last_patched_no_later_than_ago",
            not_after=day(window.not_after),
            ago=ago(window.not_after, today),
        )
    if window.not_before:
        return phrase("sheets.patched_on_or_later_whether_anything_came", not_before=day(window.not_before))
    return phrase("sheets.when_it_was_last_patched_is_not_known")


def _what(of: Judged) -> str:
    device = of.device
    role = f"; {words.ROLES[device.role]}" if device.role in words.ROLES and device.role.value != "-" else ""
    names = (
        phrase("sheets.also_called", names=listing([short(name, 40) for name in device.names[1:]]))
        if len(device.names) > 1
        else ""
    )
    sure = (
        ""
        if device.kind is Kind.UNKNOWN
        else phrase("sheets.sure", kind_confidence=percent(device.kind_confidence))
    )
    return f"{capital(words.kind(device.kind))}{sure}{role}{names}"


def _live(live: bool) -> str:
    return phrase("words.answered") if live else phrase("sheets.known_from_a_register_or_lease_only")


def _reading(reading: Hypothesis, of: Judged) -> Fact:
    ends = phrase("sheets.still_supported_no_end_named") if reading.open_ended else day(reading.ends)
    state = {
        True: phrase("words.ended"),
        False: phrase("sheets.still_runs"),
        None: phrase("sheets.end_not_known"),
    }[reading.ended]
    return Fact(
        f"{reading.label} ({reading.edition})",
        ends,
        phrase("sheets.source", state=state, source=reading.source),
        refs(of, reading.evidence),
    )


def _services(of: Judged) -> tuple[Fact, ...]:
    return tuple(
        Fact(
            phrase("sheets.on", port=service.port, address=service.address),
            " ".join(part for part in (service.product, service.version) if part) or words.not_known(),
            service.protocol or phrase("sheets.protocol_not_recognised"),
            refs(of, service.evidence),
        )
        for service in of.device.services
    )


def _attributes(of: Judged) -> tuple[Fact, ...]:
    return tuple(
        Fact(
            name,
            short(value.value, 200),
            phrase("sheets.sure_2", confidence=percent(value.confidence)),
            refs(of, value.evidence),
        )
        for name, value in sorted(of.device.attributes.items())
    )


def _hole(exposure: Exposure, of: Judged) -> Hole:
    return Hole(
        name=exposure.name,
        gate=exposure.gate,
        likely=percent(exposure.probability),
        grade=exposure.grade,
        grade_means=words.EVIDENCE_GRADES.get(exposure.grade, words.not_known()),
        cves=exposure.cves,
        remedy=exposure.remedy or phrase("sheets.no_remedy_is_on_record_ask_the_maker"),
        deadline=day(exposure.deadline) if exposure.deadline else phrase("sheets.none_set"),
        refs=refs(of, exposure.evidence),
    )


def _seen(number: int, name: EvidenceId, of: Judged, found: Assessment) -> Seen:
    seen = found.evidence.get(name)
    if seen is None:
        return Seen(
            number,
            anchor(of, number),
            name,
            phrase("sheets.cited_but_not_in_this_file"),
            words.not_known(),
            "",
            "",
            "",
        )
    text = (
        seen.value
        if isinstance(seen.value, str)
        else msgspec.json.encode(seen.value, order="deterministic").decode()
    )
    value = (
        text
        if len(text) <= MOST_TEXT
        else phrase("sheets.characters_whole_in_the_json", text=text[:MOST_TEXT], text_2=len(text))
    )
    place = " ".join(part for part in (seen.address or seen.mac, seen.port) if part) or words.not_known()
    vantage = phrase("sheets.from", place=place, vantage=seen.vantage) if seen.vantage else place
    time = (
        minute(seen.first)
        if seen.first == seen.last
        else phrase("sheets.to", first=minute(seen.first), last=minute(seen.last))
    )
    return Seen(number, anchor(of, number), name, seen.field, value, seen.source, vantage, time)
