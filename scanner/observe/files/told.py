"""Make observations of what a list says: a row of a register, a lease, a switch port; times, cards and addresses read."""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import Struct

from scanner.model import net
from scanner.model.net import Address, Mac, Port
from scanner.model.observation import Observation, Scalar, Value

LONGEST: Final = 2048
"""Characters kept of one text, as of what devices say."""

ENTRY: Final = "register.entry"
"""The field of one row of a register: a flat object of the words below."""
WORDS: Final = (
    "name", "domain", "product", "version", "build", "edition", "vendor", "model", "serial", "kind", "owner", "place",
    "last_active", "patched", "enabled", "laps", "password_set", "agent", "note",
)  # fmt: skip
"""What a row may say. `last_active`, `patched`, `laps` and `password_set` are moments in ISO 8601; `enabled` is yes or no."""
_MOMENTS: Final = frozenset({"last_active", "patched", "laps", "password_set"})

_CARD: Final = re.compile(
    r"(?<![0-9a-fA-F:.-])((?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}|(?:[0-9a-fA-F]{4}[.-]){2}[0-9a-fA-F]{4}|[0-9a-fA-F]{12})"
    r"(?![0-9a-fA-F:.-])"
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FILETIME: Final = datetime(1601, 1, 1, tzinfo=UTC)
_NUMERIC: Final = re.compile(
    r"(\d{1,4})([./-])(\d{1,2})\2(\d{2,4})(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*([AaPp][Mm])?)?"
)
_PLAIN: Final = re.compile(r"(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(?:\.\d+)?Z?")


class Teller(Struct, frozen=True, kw_only=True):
    """Who tells (`import:NAME`), and when it was read: the time of what bears none, and the latest there can be."""

    source: str
    now: datetime

    def say(
        self,
        field: str,
        value: Value,
        *,
        address: Address | None = None,
        mac: Mac | None = None,
        port: Port | None = None,
        first: datetime | None = None,
        last: datetime | None = None,
    ) -> Observation:
        """One observation; without times it is of now, and none is of later."""
        end = min(last or first or self.now, self.now)
        return Observation(
            source=self.source, first=min(first or end, end), last=end, field=field, value=value,
            address=address, mac=mac, port=port,
        )  # fmt: skip

    def row(self, said: Mapping[str, str]) -> Iterator[Observation]:
        """One row of a register under the names of `WORDS`, and `address` and `mac` with one or more of either.

        One observation for each card (or address, or else for the name alone); nothing when it names none of them.
        """
        held = list(addresses(said.get("address", "")))
        shown = list(cards(said.get("mac", "")))
        value = self.entry(said)
        when = moment(said.get("last_active", ""))
        ends: list[tuple[Address | None, Mac | None]] = [
            (held[index] if index < len(held) and len(held) == len(shown) else None, card)
            for index, card in enumerate(shown)
        ]
        ends = ends or [(address, None) for address in held]
        if len(shown) == 1 and held:
            ends = [(address, shown[0]) for address in held]
        if not ends and "name" in value:
            ends = [(None, None)]
        for address, mac in ends:
            if value:
                yield self.say(ENTRY, value, address=address, mac=mac, last=when)

    def entry(self, said: Mapping[str, str]) -> dict[str, Scalar | list[str]]:
        """The value of a row: only our words, each cleaned; a name loses its domain to `domain`."""
        value: dict[str, Scalar | list[str]] = {}
        for word in WORDS:
            text = clean(said.get(word, ""))
            if word in _MOMENTS:
                when = moment(text)
                text = when.isoformat() if when else ""
            if text:
                value[word] = text
        name = str(value.get("name", "")).rstrip("$.")
        label, _, rest = name.partition(".")
        if label and not re.fullmatch(r"[\d.:]+", name):
            value["name"] = label
            if rest and "domain" not in value:
                value["domain"] = rest.lower()
        else:
            value.pop("name", None)
        return value


def clean(text: str) -> str:
    """A text as it may be kept: its first 2048 characters without control characters."""
    kept = text[:LONGEST]
    return (kept if kept.isprintable() else "".join(c if c.isprintable() else " " for c in kept)).strip()


def cards(text: str) -> Iterator[Mac]:
    """Every network card that a text names in any usual spelling, each once; group and empty addresses are none."""
    seen: set[Mac] = set()
    for found in _CARD.finditer(text[:LONGEST]):
        card = net.mac(found[0])
        if card not in seen and not int(card[:2], 16) & 1 and card != "00:00:00:00:00:00":
            seen.add(card)
            yield card


def card(text: str) -> Mac | None:
    """The first network card that a text names; None when it names none."""
    return next(cards(text), None)


def addresses(text: str) -> Iterator[Address]:
    """Every address of a host that a text lists, each once; loopback, link-local, group and empty ones are none."""
    seen: set[Address] = set()
    for word in re.split(r"[\s,;|{}()\[\]\"']+", text[:LONGEST]):
        try:
            parsed = ipaddress.ip_interface(word.partition("%")[0]).ip if word else None
        except ValueError:
            continue
        if (
            parsed is None
            or parsed.is_loopback
            or parsed.is_multicast
            or parsed.is_unspecified
            or parsed.is_link_local
        ):
            continue
        found = Address(str(parsed))
        if found not in seen:
            seen.add(found)
            yield found


def address(text: str) -> Address | None:
    """The first address of a host that a text lists; None when it lists none."""
    return next(addresses(text), None)


def moment(text: str) -> datetime | None:
    """Read a moment in any usual spelling, UTC where it names no zone; None for anything else.

    ISO 8601, seconds or milliseconds since 1970, Windows file times, `20261120140311Z`, and dates with dots (day first)
    or slashes (month first, unless that cannot be).
    """
    text = text.strip().strip("'\"")
    if not text or len(text) > 64:
        return None
    try:
        if re.fullmatch(r"\d{9,20}(?:\.\d+)?", text) and not (len(text) == 14 and text[:2] in {"19", "20"}):
            return _number(float(text))
        if found := _PLAIN.fullmatch(text):
            year, month, day, hour, minute, second = map(int, found.groups())
            return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        if found := _NUMERIC.fullmatch(text):
            return _numeric(found)
        when = datetime.fromisoformat(re.sub(r"\s+UTC$|\s+GMT$", "+00:00", text))
    except (ValueError, OverflowError):
        return None
    if when.year < 1970:
        return None
    return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)


def _number(value: float) -> datetime | None:
    """Seconds or milliseconds since 1970, or tenths of microseconds since 1601: no two of them can be confused."""
    if value < 1e11:
        when = _EPOCH + timedelta(seconds=value)
    elif value < 1e14:
        when = _EPOCH + timedelta(milliseconds=value)
    else:
        when = _FILETIME + timedelta(microseconds=value / 10)
    return when if 1970 < when.year < 9999 else None


def _numeric(found: re.Match[str]) -> datetime | None:
    one, mark, two, three = int(found[1]), found[2], int(found[3]), int(found[4])
    if len(found[1]) == 4:
        year, month, day = one, two, three
    elif mark == "." or one > 12:
        day, month, year = one, two, three
    else:
        month, day, year = one, two, three
    year += 2000 if year < 100 else 0
    hour, minute, second = (int(part or 0) for part in (found[5], found[6], found[7]))
    if found[8]:
        hour = hour % 12 + (12 if found[8].lower() == "pm" else 0)
    when = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    return when if year >= 1970 else None
