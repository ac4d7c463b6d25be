"""What people say about devices: these are one, these are not, this is whose."""

import re
from collections.abc import Iterable

from msgspec import Struct

from scanner.identify.places import Place
from scanner.identify.readings import parts
from scanner.model.observation import Observation


class Word(Struct, frozen=True, kw_only=True):
    """A person's word that the places it names are one device, or are not."""

    same: bool
    about: frozenset[str]
    """Addresses, MACs and host names, in lower case."""

    def names(self, place: Place) -> bool:
        """Whether the word is about this place."""
        return bool(self.about & _called(place))

    def tells_apart(self, one: Place, other: Place) -> bool:
        """Whether the two places are named by different parts of the word."""
        return not (self.about & _called(one) & _called(other))


def words(observations: Iterable[Observation]) -> tuple[Word, ...]:
    """Every `person.same` and `person.different`, earliest first, so that the last word is the last.

    The value is a text or an object that lists addresses, MACs or names; the observation's own address and MAC count.
    """
    said = (one for one in observations if one.field in {"person.same", "person.different"})
    return tuple(
        Word(same=one.field == "person.same", about=_about(one))
        for one in sorted(said, key=lambda one: (one.last, one.field, sorted(_about(one))))
    )


def owner(observations: Iterable[Observation]) -> str | None:
    """Whose it is: the last word of a person, else the last of a list; None when nobody says."""
    said = [
        (one.source.startswith("person:"), one.last, text)
        for one in observations
        if one.field in {"owner", "person.owner", "register.entry"}
        for text in [_whose(one)]
        if text
    ]
    return max(said)[2] if said else None


def _whose(one: Observation) -> str:
    said = parts(one.value)
    if one.field == "register.entry":
        return said.get("owner", "")
    return next((part for part in said.values() if part), "")


def _about(one: Observation) -> frozenset[str]:
    listed = re.split(r"[\s,;]+", " ".join(parts(one.value).values()).lower())
    return frozenset({*listed, one.address or "", one.mac or ""} - {""})


def _called(place: Place) -> frozenset[str]:
    names = {key.value for key in place.keys if key.family == "name"}
    return frozenset({place.address or "", place.mac or "", *names} - {""})
