"""HTTP: one GET of the front page, and one more where it only points to itself elsewhere."""

from collections.abc import AsyncIterator
from typing import Final

from scanner.model.kinds import Profile, Touch
from scanner.model.net import number, tcp
from scanner.model.observation import Value
from scanner.observe import httpread
from scanner.observe.another import another
from scanner.observe.probe import Probe
from scanner.wire.conn import Conn


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Ask for `/`, follow at most one redirect to the same port, yield what both answers say, each thing once."""
    name = httpread.host(conn.address, number(conn.port), 80)
    answer = await httpread.get(conn, name)
    seen = parse(answer) or ()
    for fact in seen:
        yield fact
    path = httpread.moved(answer, f"http://{name}/")
    if path is None:
        return
    async with another(conn) as following:
        followed = parse(await httpread.get(following, name, path)) if following else None
    for field, value in followed or ():
        if field != "http.status" and (field, value) not in seen:
            yield field, value


def parse(data: bytes) -> tuple[tuple[str, Value], ...] | None:
    """Read one answer; None when it is not HTTP."""
    return httpread.parse(data)


PROBE: Final = Probe(
    name="http",
    ports=frozenset(
        map(
            tcp,
            (80, 631, 2375, 5000, 5357, 5984, 5985, 7080, 8000, 8008, 8042, 8080, 8081, 9200, 11434),
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
    sends="One GET of the front page, as a browser would, naming this program; in office and lab one more when the"
    " answer points to another page of the same port. No form, no password, no cookie.",
)
