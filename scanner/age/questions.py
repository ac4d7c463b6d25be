"""The few questions whose answers decide most devices: for the people who know what no packet says."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from scanner.age.answers import Answer
from scanner.age.editions import PAID
from scanner.model.device import Device
from scanner.model.kinds import Kind, Support
from scanner.model.verdict import Age, Family, Hypothesis, Question

SHOWN: Final = 4
"""Editions that a question lists; the rest are counted."""
_DECIDES: Final[Mapping[str, float]] = {
    "renewal": 1.0,
    "contract": 1.0,
    "end": 1.0,
    "version": 0.6,
    "system": 0.3,
}
"""Judgement: how often the answer to such a question decides a device; what it runs alone may leave its contract open."""


def ask(
    aged: Sequence[tuple[Device, Age, float]], old: Sequence[tuple[Answer, int]] = ()
) -> tuple[Question, ...]:
    """Give the questions, the one that decides most first; `old` are answers that no longer hold, with whom they touched.

    Each device comes with its risk score: of two questions that decide as many, the more dangerous devices go first.
    """
    groups: dict[tuple[str, str, tuple[str, ...]], list[tuple[Device, Age, float]]] = {}
    for device, age, score in aged:
        if age.support is Support.UNKNOWN:
            groups.setdefault(_key(device, age), []).append((device, age, score))
    found = [*_renewals(old), *(_question(key, those) for key, those in groups.items())]
    return tuple(
        sorted(found, key=lambda it: (-len(it.devices) * _DECIDES[it.sort], -it.risk, it.about, it.text))
    )


def families(aged: Sequence[tuple[Device, Age]]) -> tuple[Family, ...]:
    """How many devices are decided, by family of operating system, the largest family first."""
    counts: dict[str, list[int]] = {}
    for device, age in aged:
        told = device.attributes.get("os.family")
        both = counts.setdefault(told.value if told else "not known", [0, 0])
        both[0] += 1
        both[1] += age.support is not Support.UNKNOWN
    rows = [Family(name=name, devices=many, decided=done) for name, (many, done) in counts.items()]
    return tuple(sorted(rows, key=lambda row: (-row.devices, row.name)))


def _key(device: Device, age: Age) -> tuple[str, str, tuple[str, ...]]:
    """What the devices of one question share: its sort, what it is about, and the match that finds them."""
    if age.hypotheses:
        running = [one for one in age.hypotheses if one.ended is False]
        match = _match(device, "os.build") or _match(device, "os.product", "os.version")
        match = match or _match(device, "hw.product", "hw.version") or (f"device={device.id}",)
        named = (
            f"{age.subject} ({match[0].replace('=', ' ', 1)})"
            if match[0].startswith("os.build")
            else age.subject
        )
        return "contract" if running else "end", named or device.name, match
    if match := _match(device, "os.product", "os.version") or _match(device, "hw.product", "hw.version"):
        words = " ".join(part.partition("=")[2] for part in match)
        return "version", words, match
    kind = "of no known kind" if device.kind is Kind.UNKNOWN else f"of kind {device.kind}"
    vendor = _match(device, "hw.vendor")
    made = f" by {vendor[0].partition('=')[2]}" if vendor else ""
    return "system", f"{kind}{made}", (f"kind={device.kind}", *vendor)


def _question(key: tuple[str, str, tuple[str, ...]], those: Sequence[tuple[Device, Age, float]]) -> Question:
    sort, about, match = key
    ages = [age for _, age, _ in those]
    text, sets = _WORDING[sort](about, ages)
    begin = "stalehost assert " + " ".join(f"--match {shlex.quote(one)}" for one in match)
    zones = sorted({zone for device, _, _ in those for zone in device.zones})
    return Question(
        sort=sort,
        text=text,
        about=about,
        devices=tuple(sorted(device.id for device, _, _ in those)),
        risk=sum(score for _, _, score in those),
        zones=tuple(zones),
        answers=tuple(f"{begin} {one} --by NAME" for one in sets),
    )


def _contract(_: str, ages: Sequence[Age]) -> tuple[str, list[str]]:
    """Which edition or contract it is: those that still run, the longest-lived last."""
    known = {(one.label, one.edition): one for age in ages for one in age.hypotheses}
    running = sorted(
        (one for one in known.values() if one.ended is False), key=lambda one: (str(one.ends), one.label)
    )
    over = [one.ends for one in known.values() if one.ended and one.ends and one.edition not in PAID]
    words = ", or ".join(_until(one) for one in running[:SHOWN])
    rest = len(running) - SHOWN
    more = f", or one of {rest} others" if rest > 1 else ", or another one" if rest == 1 else ""
    lost = f" If it is none of these, nobody has mended it since {max(over)}." if over else ""
    paid = " If it was bought: until when?" if any(one.edition in PAID for one in running) else ""
    return f"Is it {words}{more}?{lost}{paid}", list(dict.fromkeys(_sets(running, list(known.values()))))


def _sets(running: Sequence[Hypothesis], known: Sequence[Hypothesis]) -> Iterator[str]:
    """How to say each of the running editions, and that it is none of them."""
    plain = [one for one in running if one.edition == "standard"]
    for one in running:
        if one.edition != "standard":
            yield f"--set support={one.edition} --until {one.ends or 'DATE'}"
        elif one.label.startswith("Windows"):
            yield f"--set {shlex.quote(f'product={one.label}')}"
        else:
            yield "--set version=VERSION"
    if not plain:
        yield "--set support=standard"
    elif client := next(
        (one.label for one in known if one.ended and one.label.startswith("Windows 1")), None
    ):
        yield f"--set {shlex.quote('product=' + ' '.join(client.split()[:2]))} --set edition=Pro"


def _end(about: str, _: Sequence[Age]) -> tuple[str, list[str]]:
    return f"Until when does the maker of {about} mend it? We have no date that is verified.", [
        "--set until=DATE"
    ]


def _version(about: str, _: Sequence[Age]) -> tuple[str, list[str]]:
    if about == "Windows":
        return "Which build of Windows runs? `winver` shows it.", ["--set build=BUILD"]
    return (
        f"Which version of {about} runs, or until when does its maker mend it?",
        ["--set version=VERSION", "--set until=DATE"],
    )


def _system(about: str, _: Sequence[Age]) -> tuple[str, list[str]]:
    return (
        f"What do the devices {about} run, and until when does their maker mend it?",
        ["--set product=NAME --set version=VERSION", "--set until=DATE"],
    )


_WORDING: Final = {"contract": _contract, "end": _end, "version": _version, "system": _system}


def _renewals(old: Sequence[tuple[Answer, int]]) -> Iterator[Question]:
    """An answer whose time has passed: does it still hold?"""
    for one, count in old:
        matched = " ".join(f"{what}={want}" for what, want in one.match)
        told = " ".join(f"{attr}={text}" for attr, text in one.sets)
        command = " ".join(f"--match {shlex.quote(f'{what}={want}')}" for what, want in one.match)
        command += " " + " ".join(f"--set {shlex.quote(f'{attr}={text}')}" for attr, text in one.sets)
        yield Question(
            sort="renewal",
            text=f"{one.who} said {told} until {one.until}: does it still hold?",
            about=matched,
            devices=tuple(f"#{n}" for n in range(count)),
            risk=0.0,
            zones=(),
            answers=(f"stalehost assert {command} --until DATE --by NAME",),
        )


def _until(one: Hypothesis) -> str:
    return f"{one.label} (until {one.ends})" if one.ends else f"{one.label} (still mended)"


def _match(device: Device, *attrs: str) -> tuple[str, ...]:
    """`attr=value` for each that the device has; empty where it lacks the first."""
    if attrs[0] not in device.attributes:
        return ()
    return tuple(f"{attr}={device.attributes[attr].value}" for attr in attrs if attr in device.attributes)
