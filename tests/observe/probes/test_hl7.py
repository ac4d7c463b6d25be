"""HL7: heard where it speaks by itself, never spoken to."""

import pytest

from scanner.model.kinds import Profile
from scanner.observe.active import load_probes
from scanner.observe.probes import hl7
from scanner.wire.never import why_not


def test_nothing_is_ever_sent_and_no_profile_connects_to_its_ports():
    assert {Profile.LAB, Profile.BENCH} == set(hl7.PROBE.connections)
    assert "Nothing, ever." in load_probes()["hl7"].sends
    assert all(why_not(port, profile) for port in hl7.PROBE.ports for profile in Profile)


@pytest.mark.parametrize(
    ("data", "want"),
    [
        (b"", None),
        (b"MSH|^~\\&|LAB", None),
        (b"\x0bMSH|", None),
        (b"\x0bMSH|^", " | "),
        (b"\x0bMSH|^~\\&|MIRTH", "MIRTH | "),
        (b"\x0bMSH#^~\\&#A^1.2.3#B#C#D#2026##ADT#1#P#2.5.1\rPID#1#", "A | 2.5.1"),
    ],
)
def test_the_sender_is_read_and_no_message_kept(data, want):
    assert want == hl7.parse(data)
