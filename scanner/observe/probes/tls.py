"""TLS: which versions a server accepts, the certificate it shows, and the front page inside where we may ask."""

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Final

from scanner.model.kinds import Outcome, Profile, Touch
from scanner.model.net import number, tcp
from scanner.model.observation import Value
from scanner.observe import httpread, tlsread, visit, x509
from scanner.observe.inside import enter
from scanner.observe.probe import Probe
from scanner.observe.tlsread import NAMES, Answer, Version
from scanner.wire.conn import Conn

_MOST: Final = 64 * 1024
_RECORDS: Final = 64


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Send hellos of falling versions, each on a connection of its own; the third one reads the front page.

    The page comes before the last rungs: what a device is called tells more than which SSL it still has.
    """
    ladder = _Ladder()
    async with aclosing(_Line(conn)) as line:
        async for fact in _climb(line, ladder, 2):
            yield fact
        inside = await line.following() if ladder.accepted else None
        if inside is not None:
            async for fact in _page(inside):
                yield fact
        async for fact in _climb(line, ladder, len(Version)):
            yield fact
    if ladder.accepted:
        yield "tls.versions", ladder.value()


def parse(data: bytes) -> tuple[tuple[str, Value], ...] | None:
    """Read a server's first flight; None when it is not TLS."""
    answer = tlsread.parse(data)
    return None if answer is None else tuple(_facts(answer))


class _Line:
    """Connections to one port, one after the other; the profile says how many."""

    def __init__(self, first: Conn) -> None:
        self._conn: Conn | None = first
        self._fresh = True

    async def following(self) -> Conn | None:
        if self._conn is not None and not self._fresh:
            self._conn = await self._conn.again()
        self._fresh = False
        return self._conn

    async def aclose(self) -> None:
        if self._conn is not None:
            await self._conn.close()


class _Ladder:
    """What is known of each version, and which to offer next."""

    def __init__(self) -> None:
        self.accepted: set[Version] = set()
        self.refused: set[Version] = set()
        self.ceiling: Version | None = Version.TLS1_3
        self.plain = False
        self._seen: set[str] = set()

    def note(self, answer: Answer | None, outcome: Outcome) -> None:
        """Learn from the answer to a hello up to the ceiling, and step down."""
        asked, self.ceiling = self.ceiling or Version.SSL3, None
        if answer and answer.version is not None:
            # RFC 5246 appendix E.1: a server chooses the highest version that both have
            self.accepted.add(answer.version)
            self.refused |= {version for version in Version if answer.version < version <= asked}
            self.ceiling = max((version for version in Version if version < answer.version), default=None)
        elif self.accepted and ((answer and answer.alert) or outcome in {Outcome.OK, Outcome.RESET}):
            self.refused |= {version for version in Version if version <= asked}
        elif answer and answer.alert and not self.plain:
            # some servers older than TLS 1.2 choke on a newer hello, and on extensions
            self.plain, self.ceiling = True, Version.TLS1_0

    def new(self, answer: Answer | None) -> Iterator[tuple[str, Value]]:
        """Facts of a kind not yet seen: later connections add, they do not repeat."""
        # the alert that ends a ladder is no news: `tls.versions` has it
        skip = self._seen | ({"tls.alert"} if self.accepted else set())
        facts = [fact for fact in _facts(answer or Answer()) if fact[0] not in skip]
        self._seen |= {field for field, _ in facts}
        yield from facts

    def value(self) -> Value:
        """Give the value of `tls.versions`; a version in neither list is not known."""
        return {
            "accepted": [NAMES[version] for version in sorted(self.accepted)],
            "refused": [NAMES[version] for version in sorted(self.refused - self.accepted)],
        }


async def _climb(line: _Line, ladder: _Ladder, most: int) -> AsyncIterator[tuple[str, Value]]:
    for _ in range(most):
        conn = await line.following() if ladder.ceiling is not None else None
        if conn is None:
            return
        answer = await _flight(conn, tlsread.hello(ladder.ceiling or Version.SSL3, plain=ladder.plain))
        ladder.note(answer, conn.outcome)
        for fact in ladder.new(answer):
            yield fact


async def _flight(conn: Conn, hello: bytes) -> Answer | None:
    """Send one hello and read the server's records, no further than it goes on in the clear."""
    await conn.send(hello)
    got, answer = b"", None
    for _ in range(_RECORDS):
        head = await conn.exactly(5)
        length = int.from_bytes(head[3:5], "big")
        if len(head) < 5 or head[1] != 3 or len(got) + length > _MOST:
            break
        got += head + await conn.exactly(length)
        answer = tlsread.parse(got)
        if answer is None or answer.done:
            break
    return answer


def _facts(answer: Answer) -> Iterator[tuple[str, Value]]:
    if answer.cipher:
        yield "tls.cipher", answer.cipher
    if answer.certificate:
        yield from x509.parse(answer.certificate)
    # after a ServerHello an alert only says that we went no further
    if answer.alert and answer.version is None:
        yield "tls.alert", answer.alert


async def _page(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """The front page behind TLS and what it gives reason to ask, as the http probe would read them."""
    inside = await enter(conn)
    if inside is None:
        return
    name = httpread.host(conn.address, number(conn.port), 443)
    answer = await httpread.get(inside, name, keep=True)
    seen = httpread.parse(answer) or ()
    seen += visit.opened(seen, conn.port)
    for fact in seen:
        yield fact
    base = f"https://{name}/"
    todo = visit.wants(answer, seen, base, conn.port)
    if todo and httpread.kept(answer):
        async for fact in visit.go_on(inside, name, base, conn.port, todo, seen):
            yield fact


PROBE: Final = Probe(
    name="tls",
    ports=frozenset(map(tcp, (443, 2376, 5001, 6443, 8443, 9443, 10250, 10443))),
    touch=Touch.ASK,
    connections={
        Profile.CLINICAL: 1,
        Profile.OT: 1,
        Profile.OFFICE: 3,
        Profile.LAB: 5,
        Profile.BENCH: 5,
    },
    talk=talk,
    sends="The first message of a TLS handshake, then it hangs up; in office up to two more connections, in lab up"
    " to four, to learn which old versions are still accepted and to GET the front page inside TLS once; on the same"
    " connection, where the answer gives reason, what the http probe asks further.",
)
