import asyncio

from scanner.model.kinds import Outcome
from scanner.model.net import Address, tcp
from scanner.wire.through import Through


class Inner:
    """Says what it was asked for, and keeps what it was told."""

    address, port, outcome = Address("10.0.0.3"), tcp(21), Outcome.RESET

    def __init__(self):
        self.told = []

    async def send(self, data):
        self.told.append(data)

    async def some(self, limit=4096):
        return f"some {limit}".encode()

    async def exactly(self, count):
        return f"exactly {count}".encode()

    async def until(self, marker, limit=4096):
        return b"until " + marker + f" {limit}".encode()

    async def quiet(self, seconds, limit=4096):
        return f"quiet {seconds} {limit}".encode()

    async def again(self):
        self.told.append("again")

    async def close(self):
        self.told.append("close")


def talk(conn):
    async def main():
        await conn.send(b"HELLO")
        said = [await conn.some(2), await conn.exactly(3), await conn.until(b";", 4), await conn.quiet(1, 5)]
        await conn.again()
        await conn.close()
        return said

    return asyncio.run(main())


def test_what_is_asked_and_told_passes_as_it_is():
    inner = Inner()
    through = Through(inner)

    assert [b"some 2", b"exactly 3", b"until ; 4", b"quiet 1 5"] == talk(through)
    assert [b"HELLO", "again", "close"] == inner.told
    assert (inner.address, inner.port, inner.outcome) == (through.address, through.port, through.outcome)


def test_whoever_overrides_what_came_sees_all_of_it():
    class Loud(Through):
        def _came(self, data):
            return data.upper()

    assert [b"SOME 2", b"EXACTLY 3", b"UNTIL ; 4", b"QUIET 1 5"] == talk(Loud(Inner()))
