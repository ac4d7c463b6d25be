"""HTTP: one GET of the front page, and a few more where it gives reason to: see `scanner.observe.visit`."""

from collections.abc import AsyncIterator
from typing import Final

from scanner.model.kinds import Profile, Touch
from scanner.model.net import number, tcp
from scanner.model.observation import Value
from scanner.observe import httpread, visit
from scanner.observe.another import another
from scanner.observe.probe import Probe
from scanner.wire.conn import Conn


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Ask for `/`; where the answer gives reason and the profile a second connection, ask on; yield each thing once."""
    name = httpread.host(conn.address, number(conn.port), 80)
    answer = await httpread.get(conn, name)
    seen = parse(answer) or ()
    seen += visit.opened(seen, conn.port)
    for fact in seen:
        yield fact
    base = f"http://{name}/"
    todo = visit.wants(answer, seen, base, conn.port)
    if not todo:
        return
    async with another(conn) as following:
        if following is not None:
            async for fact in visit.go_on(following, name, base, conn.port, todo, seen):
                yield fact


def parse(data: bytes) -> tuple[tuple[str, Value], ...] | None:
    """Read one answer; None when it is not HTTP."""
    return httpread.parse(data)


PROBE: Final = Probe(
    name="http",
    ports=frozenset(
        map(
            tcp,
            (
                80,
                631,
                1234,
                2375,
                5000,
                5357,
                5601,
                5984,
                5985,
                7080,
                7860,
                8000,
                8001,
                8008,
                8042,
                8080,
                8081,
                8188,
                9200,
                9400,
                11434,
            ),
        )
    ),
    touch=Touch.ASK,
    connections={
        Profile.CLINICAL: 1,
        Profile.OT: 1,
        Profile.OFFICE: 2,
        Profile.LAB: 2,
        Profile.BENCH: 2,
    },
    talk=talk,
    sends="One GET of the front page, as a browser would, naming this program. In office and lab one more connection to"
    " the same port where the answer gives reason, with at most four GETs on it: the page that it points to on this port,"
    " the one path by which a product that the answer names tells its version (the list is"
    " scanner/observe/http_asks.toml), and the icon that a page without a name says it has. No form, no password, no"
    " cookie, no guess.",
)
