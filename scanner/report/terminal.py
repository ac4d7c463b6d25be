"""The assessment as plain text for a terminal: a line a device, a page a device, a line a finding."""

import textwrap
from collections.abc import Iterator, Sequence
from datetime import timedelta

from scanner.model.assessment import Assessment, Judged
from scanner.model.decision import Decision
from scanner.model.kinds import Role, Support
from scanner.model.verdict import Family, Hole, Horizon, Question
from scanner.report import recall, text, words
from scanner.report.register import register

_WIDTH = 110
_YEAR = timedelta(days=365)
_HOLES = 4
"""CVEs of one exposure that a terminal shows."""


def devices(found: Assessment) -> Iterator[str]:
    """A line for each device, most dangerous first, and what the unknowns would take."""
    rows = [("SCORE", "DEVICE", "KIND", "ZONES", "SYSTEM", "SUPPORT", "ADDRESS")]
    for judged in found.devices:
        device = judged.device
        role = f" ({device.role})" if device.role is not Role.NONE else ""
        rows.append(
            (
                f"{judged.risk.score} {judged.risk.band}",
                device.name,
                f"{device.kind}{role}",
                "+".join(device.zones),
                judged.age.subject or "-",
                _support(judged),
                device.legs[0].address if device.legs else "-",
            )
        )
    yield from _columns(rows, (13, 22, 22, 20, 30, 28, 39))
    unknown = sum(judged.age.support is Support.UNKNOWN for judged in found.devices)
    yield f"{len(found.devices)} devices; for {unknown} support is not known, which is not the same as fine"
    for zone in found.zones:
        if zone.recall is not None:
            yield from _wrapped(f"found in {zone.name}: {recall.words(zone.recall)}", "")


def findings(found: Assessment) -> Iterator[str]:
    """A line for each finding, worst first, with what to do under it."""
    names = {judged.device.id: judged.device.name for judged in found.devices}
    listed = register(found)
    accepted = [one for one in listed if one.state == "accepted"]
    for one in (*(one for one in listed if one.state != "accepted"), *accepted):
        who = ", ".join(names[device] for device in one.devices[:4])
        more = f" and {len(one.devices) - 4} more" if len(one.devices) > 4 else ""
        yield text.visible(f"{one.id}  {one.band:8} {one.title}: {who}{more}")
        if one.decision:
            yield from _wrapped(one.decision, "             ")
        yield from _wrapped(f"do: {one.remedy}", "             ")
    if accepted:
        yield f"{len(listed) - len(accepted)} open, {len(accepted)} accepted by somebody: the last ones above"


def decided(found: Assessment, decisions: Sequence[Decision]) -> Iterator[str]:
    """A line for each decision, and whether it holds today."""
    listed = register(found)
    for one in decisions:
        about = [finding for finding in listed if one.about in {finding.id, finding.cause, *finding.devices}]
        over = next((part for part in about if part.state == "reopened"), None)
        state = "not found any more" if not about else f"OPEN AGAIN ({over.decision})" if over else "holds"
        yield from _wrapped(f"{one.about}  until {one.until} by {one.by}: {one.reason} [{state}]", "", "    ")
    yield f"{len(decisions)} decisions"


def questions(asked: Sequence[Question], most: int, families: Sequence[Family]) -> Iterator[str]:
    """A paragraph for each question with the commands that answer it, and how much is decided by now."""
    for number, one in enumerate(asked, 1):
        places = f", in {', '.join(one.zones)}" if one.zones else ""
        count = "1 device" if len(one.devices) == 1 else f"{len(one.devices)} devices"
        yield from _wrapped(f"{number}. {count}: {one.about}{places} (risk {one.risk:.0f})", "", "   ")
        yield from _wrapped(one.text, "   ", "   ")
        for answer in one.answers:
            yield f"     {text.visible(answer)}"
        yield ""
    if most > len(asked):
        yield f"and {most - len(asked)} smaller questions (--most)"
    whole, done = sum(row.devices for row in families), sum(row.decided for row in families)
    shares = ", ".join(f"{text.visible(row.name)} {row.decided} of {row.devices}" for row in families)
    yield f"decided: {done} of {whole} devices" + (f" ({shares})" if shares else "")


def sheet(found: Assessment, judged: Judged) -> Iterator[str]:
    """All about one device; nothing that a device, an import or a person chose can act on the terminal."""
    for part in (_who, _how_old, _why, _exposures):
        yield from map(text.visible, part(judged))
        yield ""
    yield from map(text.visible, _evidence(found, judged))


def _who(judged: Judged) -> Iterator[str]:
    device, risk = judged.device, judged.risk
    yield f"{device.name}  ({device.id})"
    yield f"  {device.kind}, pivot score {risk.score} {risk.band} [{risk.interval.lo:.0f}..{risk.interval.hi:.0f}]"
    for leg in device.legs:
        state = "answered" if leg.live else "did not answer"
        yield f"  {leg.address}  {leg.mac or 'card not seen'}  zone {leg.zone or 'outside the scope'}, {state}"
    yield f"  one device, known again: confidence {device.identity_confidence:.2f}"
    for reason in device.joined_by:
        yield from _wrapped(f"one device because: {reason}", "  ")
    yield f"  seen {device.first_seen:%Y-%m-%d %H:%M} to {device.last_seen:%Y-%m-%d %H:%M} UTC"
    if device.location is not None and (at := text.attached(device.location)):
        yield f"  {at}"


def _how_old(judged: Judged) -> Iterator[str]:
    age = judged.age
    shown = f" {_refs(age.evidence)}" if age.evidence else ""
    yield f"SUPPORT  {_support(judged)}: {age.subject or 'what it runs is not known'}{shown}"
    for guess in age.hypotheses:
        state = {True: "over", False: "still runs", None: "end not known"}[guess.ended]
        end = _end(guess.ends, open_ended=guess.open_ended)
        yield from _wrapped(f"{guess.label} ({guess.edition}): {end}, {state}; says {guess.source}", "  ")
    means = words.SUPPORT_GRADES[age.grade]
    yield from _wrapped(f"evidence {age.grade} ({means})", "  ")
    for reason in age.because:
        yield from _wrapped(f"- {reason}", "  ")
    if age.settle:
        yield from _wrapped(f"would settle it: {age.settle}", "  ")
    for contradiction in judged.device.conflicts:
        yield from _wrapped(f"contradiction: {contradiction}", "  ")
    yield ""
    yield from _patched(judged)


def _patched(judged: Judged) -> Iterator[str]:
    """Between which days, why, how sure, and what would narrow it."""
    window = judged.age.horizon
    yield f"LAST PATCHED  {_horizon(window)}"
    if window.median is not None:
        means = words.EVIDENCE_GRADES.get(window.grade, words.NOT_KNOWN)
        yield from _wrapped(
            f"as likely before {window.median} as after it; {window.level:.0%} sure of the whole range; evidence"
            f" {window.grade} ({means}) {_refs(window.evidence)}",
            "  ",
        )
    for reason in window.because:
        yield from _wrapped(f"- {reason}", "  ")
    for name, part in judged.age.programs:
        if part != window:
            yield from _wrapped(f"its {name} by itself: {_horizon(part)} ({part.grade})", "  ")
    if window.not_before is None or window.not_after is None or window.not_after - window.not_before > _YEAR:
        yield from _wrapped(
            "would narrow it: an inventory or update tool that knows its updates (stalehost import), or its owner's word:",
            "  ",
        )
        yield f"    stalehost assert --match device={judged.device.id} --set patched=DATE --by NAME"


def _why(judged: Judged) -> Iterator[str]:
    yield f"WHY {judged.risk.score}"
    for why in judged.risk.why:
        yield from _wrapped(f"{why.points:+4d}  {why.text} {_refs(why.evidence)}", "  ", "        ")
        yield from _wrapped(f"gone with: {why.removes}", "        ")


def _exposures(judged: Judged) -> Iterator[str]:
    yield "EXPOSURES that this leaves" if judged.exposures else "EXPOSURES  none seen"
    for hole in judged.exposures:
        said = f"{hole.probability:4.0%}  {hole.name} ({hole.gate}, {hole.grade}): {hole.remedy}"
        yield from _wrapped(said, "  ", "        ")
        for reason in hole.because:
            yield from _wrapped(reason, "        ")
        for one in hole.holes[:_HOLES]:
            yield from _wrapped(_hole(one), "        ", "          ")
        if len(hole.holes) > _HOLES:
            yield f"        and {len(hole.holes) - _HOLES} more in the report"


def _hole(hole: Hole) -> str:
    """One CVE on one line: how sure, whether exploited, how likely, and the informative deadline."""
    parts = (
        hole.grade,
        hole.exploited and f"exploited, listed {hole.exploited}{' (ransomware)' if hole.ransomware else ''}",
        hole.epss is not None and f"EPSS {hole.epss:.1%}",
        hole.cvss is not None and f"CVSS {hole.cvss:.1f}",
        hole.ssvc and f"SSVC {hole.ssvc}",
        hole.condition and f"if {hole.condition}",
        hole.deadline and f"BOD 26-04 {hole.deadline}, informative",
    )
    return f"{hole.cve}: {'; '.join(str(part) for part in parts if part)}"


def _evidence(found: Assessment, judged: Judged) -> Iterator[str]:
    yield "EVIDENCE"
    behind = {fact.evidence for fact in judged.device.facts} | {*judged.age.horizon.evidence}
    for name, seen in found.evidence.items():
        if name in behind:
            yield f"  {name}  {seen.last:%Y-%m-%d %H:%M}  {seen.source}  {seen.port or ''}  {seen.field} = {_value(seen.value)}"


def _support(judged: Judged) -> str:
    age = judged.age
    if age.support is Support.UNSUPPORTED and age.ends:
        return f"unsupported since {age.ends}"
    return words.NOT_KNOWN if age.support is Support.UNKNOWN else age.support.value


def _end(ends: object, *, open_ended: bool) -> str:
    return "no end named" if open_ended else str(ends or "end not known")


def _horizon(window: Horizon) -> str:
    low, high = window.not_before, window.not_after
    if low and high:
        return f"between {low} and {high}"
    if low:
        return f"on {low} or later; whether anything came after that is not known"
    return f"no later than {high}" if high else words.NOT_KNOWN


def _refs(evidence: Sequence[str]) -> str:
    return f"[{', '.join(evidence[:4])}]" if evidence else "[assumed]"


def _value(value: object) -> str:
    return text.short(text.visible(str(value)), 90)


def _columns(rows: Sequence[Sequence[str]], most: Sequence[int]) -> Iterator[str]:
    shown = [
        [text.short(text.visible(cell), width) for cell, width in zip(row, most, strict=True)] for row in rows
    ]
    widths = [max(len(row[at]) for row in shown) for at in range(len(most))]
    for row in shown:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _wrapped(line: str, first: str, rest: str | None = None) -> list[str]:
    return textwrap.wrap(
        text.visible(line),
        _WIDTH,
        initial_indent=first,
        subsequent_indent=rest or first + "  ",
        break_long_words=False,
    )
