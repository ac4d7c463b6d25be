"""The pair whose test would tell most."""

import pytest

from scanner.model.kinds import Kind
from scanner.risk.judge import rehearsal
from scanner.risk.worth import worth


def staged(make, *segments):
    network = [
        make.windows7("pc", "a"),
        make.windows7("pacs", "b", kind=Kind.PACS),
        make.windows7("plain", "c"),
    ]
    return rehearsal(network, make.scope("a", "b", "c", segments=segments), make.known, {}, 7, make.now, ())


def test_the_pair_that_leads_to_what_weighs_most_comes_first(make):
    got = worth(staged(make))

    assert "b" == got[0].target
    assert got[0].shut < got[0].open
    assert 0.5 * (got[0].open - got[0].shut) == pytest.approx(got[0].narrows, abs=1e-3)
    assert sorted(got, key=lambda one: -one.narrows) == list(got)


def test_what_is_known_need_not_be_tested(make):
    every = [(s, t, [], "declared") for s in "abc" for t in "abc" if s != t]

    assert () == worth(staged(make, *every))
    assert {("c", "b")} >= {
        (one.source, one.target)
        for one in worth(staged(make, *(one for one in every if one[:2] != ("c", "b"))))
    }


def test_a_pair_that_is_surely_open_by_parameter_has_nothing_to_tell(make):
    on = rehearsal(
        [make.windows7("x", "a"), make.windows7("y", "b")],
        make.scope("a", "b"),
        make.known,
        {"reach.flat": 1.0},
        7,
        make.now,
        (),
    )

    assert () == worth(on)
