"""A visit to a web server after its first answer: what that gives reason to ask, on one kept connection.

The first answer is the only thing that is asked everywhere; all that stands here needs a second connection or TLS, which
the careful profiles do not give.
"""

import re
from collections.abc import AsyncIterator, Sequence
from typing import Final

from msgspec import Struct

from scanner.model.net import Port
from scanner.model.observation import Value
from scanner.observe import asks, favicon, httpread
from scanner.observe.asks import Ask
from scanner.observe.httpread import Stream

Fact = tuple[str, Value]

MOST: Final = 4
"""Questions after the first."""

_PLAIN: Final = re.compile(
    r"(?i)\A(?:|index|home|home ?page|login|log ?in|sign ?in|log ?on|welcome|main|main page|web|web (?:ui|interface)|"
    r"webui|device|admin|administration|dashboard|status|redirect(?:ing)?|loading|document|untitled.*|please wait)\W*\Z"
)
"""A title that names nothing: there the page's icon is worth a question."""


class Want(Struct, frozen=True, kw_only=True):
    """One more question."""

    path: str
    ask: Ask | None = None
    """What shows the product; None for a page that the server itself points to, and for its icon."""
    icon: bool = False


def wants(answer: bytes, facts: Sequence[Fact], base: str, port: Port) -> tuple[Want, ...]:
    """What an answer to `base` gives reason to ask: where it points to, what its product tells, its icon if it has no name."""
    path = httpread.moved(answer, base)
    found = [Want(path=path)] if path else []
    found += [Want(path=one.path, ask=one) for one in asks.pointed(facts, port) if one.path]
    if nameless(facts) and (icon := favicon.named(httpread.page(answer), base)):
        found.append(Want(path=icon, icon=True))
    return tuple(found)


def nameless(facts: Sequence[Fact]) -> bool:
    """Whether a page came whose title names nothing."""
    titles = [value for name, value in facts if name == "html_title" and isinstance(value, str)]
    return ("http.status", "200") in facts and all(_PLAIN.match(title) for title in titles)


def opened(facts: Sequence[Fact], port: Port) -> tuple[Fact, ...]:
    """`http.open` for each product whose front page alone shows that anybody may use it."""
    if ("http.status", "200") not in facts:
        return ()
    return tuple(("http.open", one.id) for one in asks.pointed(facts, port) if one.open and not one.path)


async def go_on(
    stream: Stream, name: str, base: str, port: Port, todo: Sequence[Want], seen: Sequence[Fact]
) -> AsyncIterator[Fact]:
    """Ask what is to be asked, as long as the server keeps the connection; yield what is new beside `seen`."""
    left, known, asked = list(todo), set(map(repr, seen)), {"/"}
    for _ in range(MOST):
        want = next((one for one in left if one.path not in asked), None)
        if want is None:
            return
        asked.add(want.path)
        answer = await httpread.get(stream, name, want.path, keep=True)
        if want.icon:
            facts = _icon(answer)
        elif want.ask:
            facts = _told(want.ask, answer)
        else:
            page = httpread.parse(answer) or ()
            facts = [*(fact for fact in page if fact[0] != "http.status"), *opened(page, port)]
            left += [one for one in wants(answer, page, base, port) if one.ask or one.icon]
        for fact in facts:
            if repr(fact) not in known:
                known.add(repr(fact))
                yield fact
        if not httpread.kept(answer):
            return


def _icon(answer: bytes) -> list[Fact]:
    """The icon's numbers, and its dates: a page may be made on the spot, its icon came with the firmware."""
    numbers = favicon.facts(httpread.page(answer)) if httpread.status(answer) == "200" else []
    dates = [fact for fact in httpread.parse(answer) or () if fact[0] in {"http.last_modified", "http.etag"}]
    return [*numbers, *dates] if numbers else []


def _told(ask: Ask, answer: bytes) -> list[Fact]:
    """`http.page`, the path and the words of its answer, and `http.open`; nothing where it was refused."""
    if httpread.status(answer) != "200":
        return []
    words = [value for name, value in httpread.parse(answer) or () if name in {"http.json", "http.xml"}]
    facts: list[Fact] = [("http.page", f"{ask.path} {word}") for word in words if isinstance(word, str)]
    return [*facts, ("http.open", ask.id)] if facts and ask.open else facts
