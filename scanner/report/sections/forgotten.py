"""Devices that nobody seems to look after, with the signs behind that and where to go and look."""

from typing import Final

from msgspec import Struct

from scanner.model.assessment import Assessment, Judged
from scanner.report import words
from scanner.report.cites import Ref, refs
from scanner.report.line import Line, line, listed, sheets_of
from scanner.report.text import attached, percent
from scanner.report.texts import phrase

MOST: Final = 40
"""Forgotten devices described at most, likeliest first."""
DETAILED: Final = 10
"""Those of them that are described at length; the others are a row of a table each."""
LIKELY: Final = 0.5
"""Listed from this probability on, or when two of the three signs are there."""


class Sign(Struct, frozen=True):
    """One sign, and how strongly it counts."""

    text: str
    strength: str
    refs: tuple[Ref, ...]


class Lost(Struct, frozen=True):
    """One forgotten device."""

    line: Line
    probability: str
    axes: tuple[tuple[str, bool, str], ...]
    """Name, whether it holds, what it means."""
    signs: tuple[Sign, ...]
    where: str
    presence: str


class Forgotten(Struct, frozen=True):
    """The list, likeliest first."""

    devices: tuple[Lost, ...]
    others: tuple[Lost, ...]
    """Those below, to be told briefly."""
    silent: int
    """How many devices of the whole list did not answer in the last run."""
    left: int


def forgotten(found: Assessment) -> Forgotten:
    """List forgotten devices by probability."""
    those = sorted(
        (judged for judged in found.devices if is_forgotten(judged)),
        key=lambda judged: (-judged.forgotten.probability, -judged.risk.score, judged.device.id),
    )
    silent = sum(not judged.device.live for judged in found.devices)
    sheets = {judged.device.id for judged in found.devices[: sheets_of(found)]}
    places = listed(found)
    told = tuple(_lost(one, one.device.id in sheets, one.device.id in places) for one in those[:MOST])
    return Forgotten(
        told[:DETAILED],
        told[DETAILED:],
        silent,
        max(len(those) - MOST, 0),
    )


def is_forgotten(of: Judged) -> bool:
    """Say whether a device counts as forgotten."""
    told = of.forgotten
    return told.probability >= LIKELY or sum((told.unknown, told.unmanaged, told.stale)) >= 2


def axes(of: Judged) -> tuple[tuple[str, bool, str], ...]:
    """The three signs that are kept apart."""
    told = of.forgotten
    return (
        (phrase("forgotten.unknown"), told.unknown, phrase("forgotten.no_register_names_an_owner")),
        (
            phrase("forgotten.unmanaged"),
            told.unmanaged,
            phrase("forgotten.no_sign_that_anyone_manages_or_patches_it"),
        ),
        (phrase("forgotten.stale"), told.stale, phrase("forgotten.its_last_update_lies_long_ago")),
    )


def signs(of: Judged, *, sheet: bool = True, linked: bool = True) -> tuple[Sign, ...]:
    """The signs behind the probability, strongest first; without a sheet their evidence is sought at its row, if any."""
    ordered = sorted(of.forgotten.signals, key=lambda signal: (-signal.points, signal.name))
    found = []
    for signal in ordered:
        pointers = refs(of, signal.evidence) if linked else ()
        rows = pointers if sheet else tuple(Ref(ref.number, of.device.id) for ref in pointers)
        found.append(Sign(signal.name, f"{signal.points:+.1f}", rows))
    return tuple(found)


def where(of: Judged) -> str:
    """Say where it was last attached, in words that one can walk to."""
    place = of.device.location
    if place is None:
        return phrase("forgotten.where_it_stands_is_no_switch_access_point", not_known=words.not_known())
    at = attached(place)
    return (
        f"{at[0].upper()}{at[1:]}"
        if at
        else phrase("forgotten.where_it_stands_is", not_known=words.not_known())
    )


def _lost(of: Judged, sheet: bool, linked: bool) -> Lost:
    return Lost(
        line(of, linked=linked),
        percent(of.forgotten.probability),
        axes(of),
        signs(of, sheet=sheet, linked=linked),
        where(of),
        words.PRESENCE[of.device.presence],
    )
