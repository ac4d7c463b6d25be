"""The second connection is closed however its use ends."""

import asyncio

import pytest

from scanner.lab.talk import End, Talk
from scanner.observe.another import another

QUIET = Talk(name="x", origin="synthetic", port="tcp/1", connections=((End("silence"),),), expect=())


def test_it_is_open_within_and_closed_after(talk_conn):
    first = talk_conn(QUIET, connections=2)

    async def use():
        async with another(first) as second:
            return second, first.closed, second.closed

    second, first_closed, closed = asyncio.run(use())

    assert (True, False) == (first_closed, closed)
    assert second.closed


def test_it_is_none_where_no_more_is_allowed(talk_conn):
    first = talk_conn(QUIET, connections=1)

    async def use():
        async with another(first) as second:
            return second

    assert asyncio.run(use()) is None
    assert first.closed


def test_it_is_closed_after_a_fault_of_ours(talk_conn):
    first = talk_conn(QUIET, connections=2)

    async def use():
        async with another(first):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(use())
    assert [True, True] == [conn.closed for conn in first.opened]
