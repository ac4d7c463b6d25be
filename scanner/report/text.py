"""Text made safe and readable: hidden characters shown, long names cut, numbers and dates in one spelling."""

from collections.abc import Sequence
from datetime import date, datetime

from scanner.model.device import Location
from scanner.model.verdict import Interval
from scanner.report import words
from scanner.report.texts import phrase


def visible(text: str) -> str:
    """Show control, bidirectional and invisible characters as escapes, so that what is seen is what is there."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text
    )


def css(text: str) -> str:
    """Quote any text as a CSS string: every character but plain letters and digits becomes an escape."""
    shown = visible(text)
    return '"' + "".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):06x}" for c in shown) + '"'


def short(text: str, most: int = 60) -> str:
    """Cut a text to at most that many characters, marking the cut."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def amount(value: float) -> str:
    """Print a weight: whole from ten up, one decimal below, thousands set apart; what is not zero never prints as 0."""
    if 0 < value < 0.05:
        return "<0.1"
    return f"{value:,.0f}" if value >= 9.95 else f"{value:.1f}"


def percent(share: float) -> str:
    """Print a share of 0..1 as whole per cent; what is not zero never prints as 0, nor what is not all as 100."""
    if 0 < share < 0.005:
        return "<1%"
    if 0.995 <= share < 1:
        return ">99%"
    return f"{share * 100:.0f}%"


def span(of: Interval) -> str:
    """Print the interval of a score or weight with its level."""
    return phrase(
        "text.in_of_draws",
        lo=between(amount_or_whole(of.lo), amount_or_whole(of.hi)),
        level=percent(of.level),
    )


def between(low: str, high: str) -> str:
    """Two printed ends of a range; one where rounding made them the same."""
    return low if low == high else phrase("text.to", low=low, high=high)


def amount_or_whole(value: float) -> str:
    """Print whole numbers without a decimal, others as an amount."""
    return f"{value:,.0f}" if value == int(value) else amount(value)


def day(of: date | datetime | None) -> str:
    """Print a day as ISO 8601, or say that it is not known."""
    return of.strftime("%Y-%m-%d") if of else words.not_known()


def minute(of: datetime | None) -> str:
    """Print a time to the minute in UTC, or say that it is not known."""
    return of.strftime("%Y-%m-%d %H:%M UTC") if of else words.not_known()


def age(since: date, now: date) -> str:
    """Say how long ago a day was, in the largest unit that fits."""
    days = (now - since).days
    if days < 0:
        return phrase("text.in_the_future")
    if days < 60:
        return plural(days, "day")
    months = days * 12 // 365
    return plural(months, "month") if months < 24 else plural(days // 365, "year")


def duration(hours: float) -> str:
    """Say a time roughly, as `a few minutes`, `40 minutes`, `9 hours`, `3 days`."""
    minutes = round(hours * 60)
    if minutes < 15:
        return phrase("text.a_few_minutes")
    if minutes < 50:
        return phrase("text.minutes", minutes=minutes)
    if minutes < 90:
        return phrase("text.an_hour")
    return phrase("text.hours", hours=max(hours, 2)) if hours < 48 else phrase("text.days", hours=hours / 24)


def plural(count: int, what: str) -> str:
    """Count things: `1 device`, `1,200 devices`; their names stand in the catalogue, by the word for one."""
    return phrase(f"counts.{what}", count=count)


def listing(items: Sequence[str], most: int = 4) -> str:
    """Join words as people do: `a, b and c`; beyond `most`, say how many more."""
    if not items:
        return phrase("words.none")
    if len(items) > most:
        return phrase("text.and_more", items=", ".join(items[:most]), more=len(items) - most)
    if len(items) == 1:
        return items[0]
    return phrase("text.and", items=", ".join(items[:-1]), items_2=items[-1])


def in_zones(names: Sequence[str]) -> str:
    """Zones within a sentence, where a bare name might be any word; at least one."""
    return phrase("words.zones", count=len(names), names=listing(names))


def capital(text: str) -> str:
    """Raise the first letter, leaving the others as they are."""
    return text[:1].upper() + text[1:]


def attached(place: Location) -> str:
    """Where it was last attached: `last seen 2026-10-08 on sw-3 port Gi1/0/12 (ward 3)`; empty where nothing is known."""
    parts = (
        short(place.switch) if place.switch else "",
        phrase("text.port", port=short(place.port)) if place.port else "",
        phrase("text.access_point", access_point=short(place.access_point)) if place.access_point else "",
    )
    on = " ".join(part for part in parts if part)
    about = short(place.description) if place.description else ""
    when = phrase("text.last_seen_on", seen=place.seen) if place.seen else "on"
    if not on:
        return about
    return f"{when} {on}" + (f" ({about})" if about else "")
