"""SNMPv3 engines tell who they are to a message without user and community."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.lab.talk import Say
from scanner.observe.probes import snmp

TALKS = Path(__file__).parents[3] / "fixtures" / "snmp"


def answer(name):
    """What the device of a talk says."""
    (script,) = talk.load(TALKS / f"{name}.talk").connections
    return b"".join(step.data for step in script if isinstance(step, Say))


def test_the_question_names_no_community_and_no_user():
    assert b"public" not in snmp.QUESTION
    assert 60 == len(snmp.QUESTION)


@pytest.mark.parametrize("change", [lambda said: said[:20], lambda said: b"\x04" + said[1:], lambda _: b""])
def test_what_is_no_report_tells_nothing(change):
    assert snmp.parse(change(answer("net-snmp"))) is None


def test_another_version_tells_nothing():
    assert snmp.parse(answer("net-snmp").replace(b"\x02\x01\x03", b"\x02\x01\x01", 1)) is None
