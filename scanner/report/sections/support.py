"""How many devices are still mended by their makers; the unknown stand in a bar of their own."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from scanner.model.assessment import Assessment, Judged
from scanner.model.kinds import Support as Verdict
from scanner.report import charts, words
from scanner.report.svg import Shape
from scanner.report.text import capital, day, percent
from scanner.report.texts import phrase

ORDER: Final = (Verdict.UNSUPPORTED, Verdict.UNKNOWN, Verdict.SUPPORTED)


class KindRow(Struct, frozen=True):
    """One kind of device, split by support."""

    kind: str
    unsupported: int
    unknown: int
    supported: int


class Subject(Struct, frozen=True):
    """One product that is no longer supported, and how many devices run it."""

    name: str
    """With the edition that was mended longest, where it may be one of several."""
    ends: str
    devices: int


class Question(Struct, frozen=True):
    """One question, and how many devices its answer decides."""

    text: str
    devices: int


class Support(Struct, frozen=True):
    """The overview."""

    bar: Shape
    totals: tuple[tuple[str, str, int, str, str], ...]
    """Code, word, number, share, meaning."""
    kinds: tuple[KindRow, ...]
    gone: tuple[Subject, ...]
    questions: tuple[Question, ...]


def support(found: Assessment) -> Support:
    """Count devices by support, by kind, by product, and the questions that would settle the rest."""
    counts = [(verdict, _count(found.devices, verdict)) for verdict in ORDER]
    whole = len(found.devices) or 1
    return Support(
        bar=charts.support_bar(counts, name="support-bar"),
        totals=tuple(
            (
                verdict.value,
                words.SUPPORT[verdict],
                count,
                percent(count / whole),
                words.SUPPORT_MEANS[verdict],
            )
            for verdict, count in counts
        ),
        kinds=_kinds(found),
        gone=_gone(found),
        questions=_questions(found),
    )


def _count(those: Sequence[Judged], verdict: Verdict) -> int:
    return sum(judged.age.support is verdict for judged in those)


def _kinds(found: Assessment) -> tuple[KindRow, ...]:
    rows = []
    for kind in sorted({judged.device.kind for judged in found.devices}):
        those = [judged for judged in found.devices if judged.device.kind is kind]
        counts = [_count(those, verdict) for verdict in ORDER]
        rows.append(KindRow(capital(words.kind(kind, 2)), *counts))
    return tuple(sorted(rows, key=lambda row: (-row.unsupported, -row.unknown, row.kind)))


def _gone(found: Assessment) -> tuple[Subject, ...]:
    counts = Counter(
        (_subject(judged), day(judged.age.ends))
        for judged in found.devices
        if judged.age.support is Verdict.UNSUPPORTED
    )
    rows = [Subject(name, ends, count) for (name, ends), count in counts.items()]
    return tuple(sorted(rows, key=lambda row: (-row.devices, row.ends, row.name)))


def _subject(of: Judged) -> str:
    what = of.age.subject or words.not_known()
    last = next((one.label for one in of.age.hypotheses if one.ends and one.ends == of.age.ends), what)
    sorts = {one.label for one in of.age.hypotheses}
    return phrase("support.mended_longest", what=what, last=last) if len(sorts) > 1 else what


def _questions(found: Assessment) -> tuple[Question, ...]:
    counts = Counter(
        judged.age.settle or phrase("support.no_observation_would_settle_it_ask_the")
        for judged in found.devices
        if judged.age.support is Verdict.UNKNOWN
    )
    return tuple(
        Question(text, count) for text, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    )
