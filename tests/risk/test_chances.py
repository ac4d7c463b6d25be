"""The chances laid out as arrays are the chances told one by one."""

import pytest

from scanner.risk.chances import chances
from scanner.risk.exposure import Adversary
from scanner.risk.parameters import resolve
from scanner.risk.scene import actors
from scanner.risk.spread import lay

VALUES = resolve({})


@pytest.fixture
def laid(make):
    joined = {"os.family": "Windows", "os.build": "6.1.7601", "host.domain": "x"}
    judged = [
        make.windows7("w7", "a"),
        make.xp("xp", "a"),
        make.patched("pc", "a"),
        *(
            (make.device(f"j{at}", "a", ports=("tcp/445",), attributes=joined), make.age(), make.kept())
            for at in "12"
        ),
    ]
    cast = actors(judged, make.scope("a"), make.known, make.now, VALUES)
    return cast, lay([actor.host(Adversary.ADAPTIVE, VALUES) for actor in cast], ["a"], lambda *_: 1.0)


@pytest.mark.parametrize("adversary", list(Adversary))
def test_arrays_agree_with_the_hosts_rows(laid, adversary):
    cast, net = laid
    want = [row.chance for actor in cast for row in actor.host(adversary, VALUES).rows]

    assert want == pytest.approx(chances(cast, net).under(adversary, VALUES, {}).tolist())


def test_a_draw_that_doubles_the_odds_of_a_grade_raises_its_rows(laid):
    cast, net = laid
    every = chances(cast, net)
    usual = every.under(Adversary.ADAPTIVE, VALUES, {})

    more = every.under(Adversary.ADAPTIVE, VALUES, {"E2": 1.0, "E4": 1.0, "success.platform": 1.0})

    assert (more >= usual).all()
    assert (more > usual).any()
