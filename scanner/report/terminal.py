"""The assessment as plain text for a terminal: a line a device, a page a device, a line a finding."""

import textwrap
from collections.abc import Iterator, Sequence
from datetime import timedelta

from scanner.model.assessment import Assessment, Judged
from scanner.model.decision import Decision
from scanner.model.kinds import Role, Support
from scanner.model.verdict import Family, Hole, Horizon, Question
from scanner.report import line, recall, text, words
from scanner.report.register import register
from scanner.report.texts import phrase

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
                line.runs(judged.age.subject or "-"),
                _support(judged),
                device.legs[0].address if device.legs else "-",
            )
        )
    yield from _columns(rows, (13, 22, 22, 20, 30, 28, 39))
    unknown = sum(judged.age.support is Support.UNKNOWN for judged in found.devices)
    yield phrase(
        "terminal.devices_for_support_is_not_known_which_is",
        devices=text.plural(len(found.devices), "device"),
        unknown=unknown,
    )
    for zone in found.zones:
        if zone.recall is not None:
            yield from _wrapped(
                phrase("terminal.found_in", name=zone.name, recall=recall.words(zone.recall)), ""
            )


def findings(found: Assessment) -> Iterator[str]:
    """A line for each finding, worst first, with what to do under it."""
    names = {judged.device.id: judged.device.name for judged in found.devices}
    listed = register(found)
    accepted = [one for one in listed if one.state == "accepted"]
    for one in (*(one for one in listed if one.state != "accepted"), *accepted):
        who = ", ".join(names[device] for device in one.devices[:4])
        more = phrase("terminal.and_more", devices=len(one.devices) - 4) if len(one.devices) > 4 else ""
        yield text.visible(f"{one.id}  {one.band:8} {one.title}: {who}{more}")
        if one.decision:
            yield from _wrapped(one.decision, "             ")
        yield from _wrapped(phrase("terminal.do", remedy=one.remedy), "             ")
    if accepted:
        yield phrase(
            "terminal.open_accepted_by_somebody_the_last_ones",
            listed=len(listed) - len(accepted),
            accepted=len(accepted),
        )


def decided(found: Assessment, decisions: Sequence[Decision]) -> Iterator[str]:
    """A line for each decision, and whether it holds today."""
    listed = register(found)
    for one in decisions:
        about = [finding for finding in listed if one.about in {finding.id, finding.cause, *finding.devices}]
        over = next((part for part in about if part.state == "reopened"), None)
        state = (
            phrase("terminal.not_found_any_more")
            if not about
            else phrase("terminal.open_again", why=over.decision)
            if over
            else phrase("words.holds")
        )
        yield from _wrapped(
            phrase(
                "terminal.until_by",
                about=one.about,
                until=one.until,
                by=one.by,
                reason=one.reason,
                state=state,
            ),
            "",
            "    ",
        )
    yield text.plural(len(decisions), "decision")


def questions(asked: Sequence[Question], most: int, families: Sequence[Family]) -> Iterator[str]:
    """A paragraph for each question with the commands that answer it, and how much is decided by now."""
    for number, one in enumerate(asked, 1):
        places = phrase("terminal.in", zones=", ".join(one.zones)) if one.zones else ""
        count = text.plural(len(one.devices), "device")
        yield from _wrapped(
            phrase(
                "terminal.risk", number=number, count=count, about=one.about, places=places, risk=one.risk
            ),
            "",
            "   ",
        )
        yield from _wrapped(one.text, "   ", "   ")
        for answer in one.answers:
            yield f"     {text.visible(answer)}"
        yield ""
    if most > len(asked):
        yield phrase("terminal.and_smaller_questions_most", most=most - len(asked))
    whole, done = sum(row.devices for row in families), sum(row.decided for row in families)
    shares = ", ".join(
        phrase("terminal.of", name=text.visible(row.name), decided=row.decided, devices=row.devices)
        for row in families
    )
    yield phrase("terminal.decided_of_devices", done=done, whole=whole) + (f" ({shares})" if shares else "")


def sheet(found: Assessment, judged: Judged) -> Iterator[str]:
    """All about one device; nothing that a device, an import or a person chose can act on the terminal."""
    for part in (_who, _how_old, _why, _exposures):
        yield from map(text.visible, part(judged))
        yield ""
    yield from map(text.visible, _evidence(found, judged))


def _who(judged: Judged) -> Iterator[str]:
    device, risk = judged.device, judged.risk
    yield f"{device.name}  ({device.id})"
    yield phrase(
        "terminal.pivot_score",
        kind=device.kind,
        score=risk.score,
        band=risk.band,
        lo=risk.interval.lo,
        hi=risk.interval.hi,
    )
    for leg in device.legs:
        state = phrase("words.answered") if leg.live else phrase("terminal.did_not_answer")
        yield phrase(
            "terminal.zone",
            address=leg.address,
            mac=leg.mac or phrase("terminal.card_not_seen"),
            zone=leg.zone or phrase("terminal.outside_the_scope"),
            state=state,
        )
    yield phrase("terminal.one_device_known_again_confidence", identity_confidence=device.identity_confidence)
    for reason in device.joined_by:
        yield from _wrapped(phrase("terminal.one_device_because", reason=reason), "  ")
    yield phrase("terminal.seen_to_utc", first_seen=device.first_seen, last_seen=device.last_seen)
    if device.location is not None and (at := text.attached(device.location)):
        yield f"  {at}"


def _how_old(judged: Judged) -> Iterator[str]:
    age = judged.age
    shown = f" {_refs(age.evidence)}" if age.evidence else ""
    yield f"SUPPORT  {_support(judged)}: {age.subject or phrase('terminal.what_it_runs_is_not_known')}{shown}"
    for guess in age.hypotheses:
        state = {
            True: phrase("words.over"),
            False: phrase("terminal.still_runs"),
            None: phrase("terminal.end_not_known"),
        }[guess.ended]
        end = _end(guess.ends, open_ended=guess.open_ended)
        yield from _wrapped(
            phrase(
                "terminal.says",
                label=guess.label,
                edition=guess.edition,
                end=end,
                state=state,
                source=guess.source,
            ),
            "  ",
        )
    means = words.SUPPORT_GRADES[age.grade]
    yield from _wrapped(phrase("terminal.evidence", grade=age.grade, means=means), "  ")
    for reason in age.because:
        yield from _wrapped(f"- {reason}", "  ")
    if age.settle:
        yield from _wrapped(phrase("terminal.would_settle_it", settle=age.settle), "  ")
    for contradiction in judged.device.conflicts:
        yield from _wrapped(phrase("terminal.contradiction", contradiction=contradiction), "  ")
    yield ""
    yield from _patched(judged)


def _patched(judged: Judged) -> Iterator[str]:
    """Between which days, why, how sure, and what would narrow it."""
    window = judged.age.horizon
    yield f"LAST PATCHED  {_horizon(window)}"
    if window.median is not None:
        means = words.EVIDENCE_GRADES.get(window.grade, words.not_known())
        yield from _wrapped(
            phrase(
                "terminal.as_likely_before_as_after_it_sure_of_the",
                median=window.median,
                level=window.level,
                grade=window.grade,
                means=means,
                evidence=_refs(window.evidence),
            ),
            "  ",
        )
    for reason in window.because:
        yield from _wrapped(f"- {reason}", "  ")
    for name, part in judged.age.programs:
        if part != window:
            yield from _wrapped(
                phrase("terminal.its_by_itself", name=name, part=_horizon(part), grade=part.grade), "  "
            )
    if window.not_before is None or window.not_after is None or window.not_after - window.not_before > _YEAR:
        yield from _wrapped(
            phrase("terminal.would_narrow_it_an_inventory_or_update_tool"),
            "  ",
        )
        yield phrase("terminal.stalehost_assert_match_device_set_patched", id=judged.device.id)


def _why(judged: Judged) -> Iterator[str]:
    yield f"WHY {judged.risk.score}"
    for why in judged.risk.why:
        yield from _wrapped(f"{why.points:+4d}  {why.text} {_refs(why.evidence)}", "  ", "        ")
        yield from _wrapped(phrase("terminal.gone_with", removes=why.removes), "        ")


def _exposures(judged: Judged) -> Iterator[str]:
    yield (
        phrase("terminal.exposures_that_this_leaves")
        if judged.exposures
        else phrase("terminal.exposures_none_seen")
    )
    for hole in judged.exposures:
        said = f"{hole.probability:4.0%}  {hole.name} ({hole.gate}, {hole.grade}): {hole.remedy}"
        yield from _wrapped(said, "  ", "        ")
        for reason in hole.because:
            yield from _wrapped(reason, "        ")
        for one in hole.holes[:_HOLES]:
            yield from _wrapped(_hole(one), "        ", "          ")
        if len(hole.holes) > _HOLES:
            yield phrase("terminal.and_more_in_the_report", holes=len(hole.holes) - _HOLES)


def _hole(hole: Hole) -> str:
    """One CVE on one line: how sure, whether exploited, how likely, and the informative deadline."""
    parts = (
        hole.grade,
        hole.exploited
        and phrase(
            "terminal.exploited_listed",
            exploited=hole.exploited,
            ransomware=" (ransomware)" if hole.ransomware else "",
        ),
        hole.epss is not None and f"EPSS {hole.epss:.1%}",
        hole.cvss is not None and f"CVSS {hole.cvss:.1f}",
        hole.ssvc and f"SSVC {hole.ssvc}",
        hole.condition and phrase("terminal.if", condition=hole.condition),
        hole.deadline and phrase("terminal.bod_26_04_informative", deadline=hole.deadline),
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
        return phrase("terminal.unsupported_since", ends=age.ends)
    return words.not_known() if age.support is Support.UNKNOWN else age.support.value


def _end(ends: object, *, open_ended: bool) -> str:
    return phrase("terminal.no_end_named") if open_ended else str(ends or phrase("terminal.end_not_known"))


def _horizon(window: Horizon) -> str:
    low, high = window.not_before, window.not_after
    if low and high:
        return phrase("terminal.between_and", low=low, high=high)
    if low:
        return phrase("terminal.on_or_later_whether_anything_came_after", low=low)
    return phrase("terminal.no_later_than", high=high) if high else words.not_known()


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
