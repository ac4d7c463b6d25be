"""A machine tells its own names to a node status request."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.lab.talk import Say
from scanner.observe.probes import netbios

TALKS = Path(__file__).parents[3] / "fixtures" / "netbios"


def answer(name):
    """What the device of a talk says."""
    (script,) = talk.load(TALKS / f"{name}.talk").connections
    return b"".join(step.data for step in script if isinstance(step, Say))


@pytest.mark.parametrize(
    "change",
    [lambda said: said[:56], lambda said: b"XX" + said[2:], lambda said: said[:56] + b"\0" + said[57:]],
)
def test_what_is_no_table_of_names_tells_nothing(change):
    assert netbios.parse(change(answer("windows-xp"))) is None


def test_a_table_that_is_cut_short_tells_what_came():
    assert [("netbios.name", "PC-RAD-03"), ("netbios.names", "PC-RAD-03<00>")] == netbios.parse(
        answer("windows-xp")[: 57 + 18 + 5]
    )
