import asyncio
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest

from scanner.discover.budget import Budget, apart
from scanner.wire.ledger import Ledger

from .ground import Books, Far, Host, Seen, crowd, way  # noqa: TID252 - the network that these tests look at

NOW = datetime(2026, 12, 2, tzinfo=UTC)


def borne(budget, targets, count):
    return asyncio.run(budget.bear(targets, count))


def addresses(targets):
    return {str(one) for target in targets for one in ip_network(target)}


def test_who_has_had_enough_is_left_out_and_the_others_are_booked(tmp_path):
    with Ledger(tmp_path / "ledger.db") as ledger:
        budget = Budget(books=ledger, most=12, clock=lambda: NOW)
        assert ledger.spend("10.0.0.77", NOW, 12, 10)

        first = borne(budget, ["10.0.0.0/24"], 6)
        second = borne(budget, ["10.0.0.0/24", "10.0.1.1"], 6)
        third = borne(budget, ["10.0.0.0/24", "10.0.1.1", "10.0.1.2"], 7)

        assert {"10.0.0.77"} == addresses(["10.0.0.0/24"]) - addresses(first)
        assert addresses(first) | {"10.0.1.1"} == addresses(second)
        assert ("10.0.1.2",) == third
        assert (12, 10, 6) == tuple(ledger.spent(one, NOW) for one in ("10.0.0.5", "10.0.0.77", "10.0.1.1"))


def test_for_those_who_are_spared_nothing_is_booked_and_the_order_stays(tmp_path):
    """A booking for frames that never left would eat what its connections may cost."""
    with Ledger(tmp_path / "ledger.db") as ledger:
        alone = (ip_network("10.0.0.9/32"), ip_network("10.9.0.9/32"))
        budget = Budget(books=ledger, most=12, clock=lambda: NOW, spared=alone)

        assert ("10.0.0.0/24", "10.9.0.9", "10.9.0.8") == borne(
            budget, ["10.0.0.0/24", "10.9.0.9", "10.9.0.8"], 6
        )
        assert (0, 6, 0, 6) == tuple(
            ledger.spent(one, NOW) for one in ("10.0.0.9", "10.0.0.10", "10.9.0.9", "10.9.0.8")
        )


def test_what_reaches_a_whole_segment_is_booked_to_everyone_on_it_in_one_row(tmp_path):
    part = ip_network("fd00::/64")
    with Ledger(tmp_path / "ledger.db") as ledger:
        budget = Budget(books=ledger, most=6, clock=lambda: NOW)

        assert [True, True, False] == [asyncio.run(budget.segment(part, count)) for count in (2, 4, 1)]
        assert (6, 0) == tuple(ledger.spent(one, NOW) for one in ("fd00::77", "fd00:0:0:1::77"))
        assert asyncio.run(Budget(books=ledger, most=None, clock=lambda: NOW).segment(part, 99))


def test_without_a_budget_nothing_is_booked():
    books = Books()
    assert ("10.0.0.0/8",) == borne(Budget(books=books, most=None, clock=lambda: NOW), ["10.0.0.0/8"], 99)
    assert [] == books.spent


@pytest.mark.parametrize(
    ("tired", "left"), [("10.0.0.0/24", set()), ("10.0.0.128/25", {f"10.0.0.{n}" for n in range(1, 41)})]
)
def test_a_search_asks_nobody_who_is_tired(tired, left):
    far = Far(crowd(40) | {"10.0.0.200": Host()})
    seen = Seen(far, books=Books([tired])).run(way(routed=True))

    assert left == seen.hosts
    assert not {address for _, address, _ in far.asked} & addresses([tired])


def test_arp_is_no_initiation_that_a_host_bears():
    books = Books()
    Seen(Far(crowd(3)), books=books).run(way())
    assert [] == books.spent


class All:
    """What all machines together may still send: nobody of some ranges."""

    def __init__(self, *tired):
        self.asked, self.tired = [], [ip_network(one) for one in tired]

    async def sweep(self, targets, count, budget):
        self.asked.append((targets, count, budget))
        return tuple(
            str(left) for one in targets for left in apart(ip_network(one), self._within(ip_network(one)))
        )

    def _within(self, network):
        return [one for one in self.tired if network.supernet_of(one)]


def test_what_all_machines_together_may_not_send_is_left_out_too(tmp_path):
    everyone = All("10.0.0.128/25", "10.0.1.1/32")
    with Ledger(tmp_path / "ledger.db") as ledger:
        budget = Budget(books=ledger, most=12, clock=lambda: NOW, grant=everyone)

        asked = ["10.0.0.0/24", "10.0.1.1", "10.0.1.2", "10.9.0.0/24"]
        # who is asked alone keeps the name by which it was asked
        assert ("10.0.0.0/25", "10.0.1.2", "10.9.0.0/24") == borne(budget, asked, 6)
        assert [(("10.0.0.0/24", "10.0.1.1/32", "10.0.1.2/32", "10.9.0.0/24"), 6, 12)] == everyone.asked
        assert [True, False] == [
            asyncio.run(budget.segment(ip_network(one), 1)) for one in ("10.3.0.0/24", "10.0.0.0/24")
        ]


def test_who_is_spared_is_booked_nowhere(tmp_path):
    everyone, alone = All(), (ip_network("10.0.0.9/32"),)
    with Ledger(tmp_path / "ledger.db") as ledger:
        budget = Budget(books=ledger, most=12, clock=lambda: NOW, spared=alone, grant=everyone)

        assert ("10.0.0.0/24",) == borne(budget, ["10.0.0.0/24"], 6)
        assert ("10.0.0.9",) == borne(budget, ["10.0.0.9"], 6)

    ((pieces, _count, _most),) = everyone.asked
    assert "10.0.0.9" not in addresses(pieces)
    assert 255 == len(addresses(pieces))


def test_what_our_own_book_does_not_bear_is_asked_of_nobody(tmp_path):
    everyone, part = All(), ip_network("10.0.0.0/24")
    with Ledger(tmp_path / "ledger.db") as ledger:
        budget = Budget(books=ledger, most=2, clock=lambda: NOW, grant=everyone)

        assert ((), False) == (borne(budget, [str(part)], 3), asyncio.run(budget.segment(part, 3)))
    assert [] == everyone.asked
