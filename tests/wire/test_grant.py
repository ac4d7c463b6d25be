"""Rights that are shared: the lower of ours and theirs counts, and what has run out sends nothing."""

import asyncio

import pytest

from scanner.model.kinds import Profile
from scanner.model.net import Address
from scanner.scope.profile import LIMITS
from scanner.wire.grant import awake, right, tell
from scanner.wire.pace import Pacer
from tests.wire.test_pace import most_in_a_second

OFFICE = LIMITS[Profile.OFFICE]


class Given:
    """A grant whose rate a test changes."""

    def __init__(self, rate=10.0, left=5.0):
        self.now, self.lasts, self.gone = rate, left, []

    def rate(self):
        return self.now

    def frames(self, _who, wanted):
        return min(self.now, wanted)

    def done(self, who):
        self.gone.append(who)

    def left(self):
        return self.lasts


@pytest.mark.parametrize(("share", "most"), [(3.0, 3), (10_000.0, 1000)])
def test_of_our_own_rate_and_the_share_the_lower_counts(run, share, most):
    times = []

    async def main():
        clock = asyncio.get_running_loop().time
        pacer = Pacer(clock, grant=Given(share))
        for at in range(12):
            address = Address(f"10.0.0.{at}")
            assert await pacer.enter("net", address, OFFICE)
            times.append(clock())
            pacer.leave(address)

    run(main())
    assert most_in_a_second(times) <= most


def test_nothing_is_begun_while_nothing_of_the_rate_is_ours(run):
    grant = Given(0.0)

    async def main():
        loop = asyncio.get_running_loop()
        pacer = Pacer(loop.time, grant=grant)
        loop.call_later(7.0, lambda: setattr(grant, "now", 5.0))
        assert await pacer.enter("net", Address("10.0.0.1"), OFFICE)
        return loop.time()

    assert run(main()) >= 6.9


def test_a_helper_may_send_for_as_long_as_its_parent_may():
    rate, until = right(Given(4.0, 5.0), object(), 9.0)

    assert 4.0 == rate
    assert until <= awake() + 5.0


def test_a_helper_that_gets_nothing_may_send_nothing():
    assert (0.0, 0.0) == right(Given(0.0), object(), 9.0)


def test_a_helper_is_told_until_its_ask_ends_and_then_gives_back_what_it_had():
    grant, heard = Given(), []

    async def main():
        async def said(rate, until):
            heard.append((rate, until))
            if len(heard) == 3:
                raise asyncio.CancelledError

        async def sleep(_seconds):
            grant.now -= 2

        with pytest.raises(asyncio.CancelledError):
            await tell(grant, lambda: 9.0, said, sleep)

    asyncio.run(main())
    assert [9.0, 8.0, 6.0] == [rate for rate, _until in heard]
    assert 1 == len(grant.gone)
