"""Answer one question: what would be lost if this were done? `isolate pc-7`, `deny office -> imaging tcp/445`."""

import difflib
import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from scanner.errors import DataError
from scanner.model.device import DeviceId
from scanner.model.net import port
from scanner.model.plan import Answer
from scanner.model.verdict import Interval
from scanner.risk.plan import moves
from scanner.risk.plan.change import Change
from scanner.risk.plan.choose import interval
from scanner.risk.plan.moves import NEEDED, Move
from scanner.risk.plan.planner import LEVEL, SHOWING, worlds
from scanner.risk.plan.trial import Trial, losses, rehearse
from scanner.risk.score import Stage

HOW: Final = (
    "possible are: isolate DEVICE, patch DEVICE, remove DEVICE, unplug DEVICE from ZONE,"
    " deny ZONE -> ZONE [tcp/445 ...]"
)
_VERBS: Final = ("isolate", "patch", "remove", "unplug", "deny")
_LONGEST: Final = 500


class Question(Struct, frozen=True, kw_only=True):
    """A what-if as it was written, taken apart; names are not looked up yet."""

    text: str
    verb: str
    device: str = ""
    """As a person names it: an id, an address or a name."""
    source: str = ""
    target: str = ""
    """Zones; `unplug` has its zone in `source`."""
    ports: tuple[str, ...] = ()
    """Empty = all."""


def read(text: str) -> Question:
    """Take a question apart; DataError with what is possible when it is none."""
    words = text.split()
    if not words or len(text) > _LONGEST:
        raise DataError(f"what-if {text[:40]!r}: nothing is asked; {HOW}")
    verb, rest = words[0].lower(), text.split(maxsplit=1)[1].strip() if len(words) > 1 else ""
    if verb not in _VERBS:
        near = difflib.get_close_matches(verb, _VERBS, 1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise DataError(f"what-if {text!r}: {verb!r} is no action; {hint}{HOW}")
    if not rest:
        raise DataError(f"what-if {text!r}: {verb} what? {HOW}")
    if verb == "deny":
        return _denial(text, rest)
    if verb == "unplug":
        parts = re.split(r"\s+from\s+", rest)
        if len(parts) != 2:
            raise DataError(f"what-if {text!r}: from which zone? {HOW}")
        return Question(text=text, verb=verb, device=parts[0], source=parts[1])
    return Question(text=text, verb=verb, device=rest)


def _denial(text: str, rest: str) -> Question:
    sides = [side.strip() for side in re.split("->|→", rest)]
    if len(sides) != 2 or not all(sides):
        raise DataError(f"what-if {text!r}: write two zones with an arrow between them; {HOW}")
    target, *named = sides[1].replace(",", " ").split()
    try:
        ports = () if named == ["everything"] else tuple(str(port(one)) for one in named)
    except ValueError as error:
        raise DataError(f"what-if {text!r}: {error}; {HOW}") from error
    return Question(text=text, verb="deny", source=sides[0], target=target, ports=ports)


class Asked(Struct, frozen=True, kw_only=True):
    """A question that was understood: what it changes."""

    question: Question
    move: Move
    note: str


def understand(trial: Trial, question: Question, device: DeviceId | None) -> Asked:
    """What a question changes; `device` is whom it means. DataError for a zone that is not there."""
    if question.verb == "deny":
        source, target = (_zone(trial, question, name) for name in (question.source, question.target))
        move = moves.deny(trial, source, target, question.ports)
        what = " ".join(question.ports) or "everything"
        text = f"Deny {question.source} -> {question.target} {what}"
        if source == target:
            return _idle(question, text, "devices of one zone reach each other without passing a rule")
        note = "" if move else "nothing that was found weak listens there, or other ports open it as well"
        return Asked(question=question, move=move, note=note) if move else _idle(question, text, note)
    ids = [actor.device.id for actor in trial.on.cast]
    if device is None or device not in ids:
        raise DataError(f"what-if {question.text!r}: no device {question.device!r}; see `stalehost devices`")
    return _device(trial, question, ids.index(device))


def _device(trial: Trial, question: Question, host: int) -> Asked:
    device, values = trial.on.cast[host].device, trial.on.values
    text, change, cost, note = "", Change(), values["cost.isolate"], ""
    match question.verb:
        case "isolate":
            text, change = f"Isolate {moves.called(device)}", Change(apart=frozenset({host}))
            note = "others work with it: cut off from them it is of no use" if device.kind in NEEDED else ""
        case "remove":
            text, change, cost = (
                f"Remove {moves.called(device)}",
                Change(gone=frozenset({host})),
                values["cost.replace"],
            )
        case "patch":
            weak = [at for at in trial.weak_of[host] if moves.mendable(trial.weak[at][1])]
            text, change, cost = (
                f"Patch {moves.called(device)}",
                Change(mended=frozenset(weak)),
                values["cost.patch"],
            )
            if moves.forbidden(device):
                cost, note = (
                    values["cost.medical"],
                    "only its maker may do that; until then, a wall: isolate it",
                )
            elif not weak:
                note = "nothing that was found on it goes away with an update"
        case _:
            zone = _zone(trial, question, question.source)
            text, cost = f"Unplug {moves.called(device)} from {question.source}", values["cost.unplug"]
            change = Change(unplugged=frozenset({(host, zone)}))
            note = "" if zone in trial.wiring.stood[host] else f"it has no leg in {question.source}"
    move = Move(
        key=(question.text,), action=question.verb, text=text, hosts=(host,), cost=cost, change=change
    )
    return Asked(question=question, move=move, note=note)


def _idle(question: Question, text: str, note: str) -> Asked:
    move = Move(key=(question.text,), action=question.verb, text=text, hosts=(), cost=0.0, change=Change())
    return Asked(question=question, move=move, note=note)


def _zone(trial: Trial, question: Question, name: str) -> int:
    zones = list(trial.on.net.zones)
    if name in zones:
        return zones.index(name)
    near = difflib.get_close_matches(name, zones, 1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise DataError(
        f"what-if {question.text!r}: no zone {name!r}; {hint}zones are: {', '.join(zones) or 'none'}"
    )


def answer(
    on: Stage, expected: float, asked: Sequence[tuple[Question, DeviceId | None]]
) -> tuple[Answer, ...]:
    """What each would save, and, where several are asked, what all of them save together (last)."""
    trial = rehearse(on, worlds(len(on.cast)), SHOWING)
    found = [understand(trial, question, device) for question, device in asked]
    if len(found) > 1:
        both = moves.together([one.move for one in found], "All together")
        text = "; ".join(one.question.text for one in found)
        found.append(Asked(question=Question(text=text, verb="all"), move=both, note=""))
    return tuple(_answered(trial, one, expected) for one in found)


def _answered(trial: Trial, one: Asked, expected: float) -> Answer:
    base, after = losses(trial), losses(trial, one.move.change)
    scale = expected / float(base.mean()) if len(base) and base.mean() > 0 else 0.0
    saved, lo, hi = interval((base - after) * scale)
    return Answer(
        question=one.question.text,
        text=one.move.text,
        devices=tuple(trial.on.cast[host].device.id for host in one.move.hosts),
        cost=round(one.move.cost, 3),
        loss=round(expected, 3),
        after=round(max(0.0, expected - saved), 3),
        saves=round(saved, 3),
        interval=Interval(lo=round(max(0.0, lo), 3), hi=round(hi, 3), level=LEVEL),
        note=one.note,
    )
