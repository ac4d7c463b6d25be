"""A NetBIOS session is asked for by the general name, and only where nobody's life hangs on the device."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.lab.talk import End, Say
from scanner.model.kinds import Profile
from scanner.observe.probes import nbss

NBSS = Path(__file__).parents[3] / "fixtures" / "nbss"


def server(*steps):
    granted = talk.load(NBSS / "windows-xp.talk").connections[0][:2]
    return talk.Talk(
        name="x", origin="synthetic", port="tcp/139", connections=((*granted, *steps),), expect=()
    )


@pytest.mark.parametrize("profile", [Profile.PASSIVE, Profile.CLINICAL, Profile.OT])
def test_it_is_forbidden_where_care_is_needed(profile):
    assert profile not in nbss.PROBE.connections


def test_the_request_is_laid_out_as_rfc_1002_says(talk_conn, gather):
    conn = talk_conn(talk.load(NBSS / "refuses.talk"))

    gather(nbss.talk(conn))

    # 4.3.2: type, flags, length, then two encoded names of 34 bytes
    assert b"\x81\0\0\x44" == conn.sent[:4]
    assert 72 == len(conn.sent)
    assert b" CKFDENECFDEFFCFGEFFCCACACACACACA\0" == conn.sent[4:38]


@pytest.mark.parametrize(
    ("answer", "want"),
    [
        (b"\x82\0\0\0", True),
        (b"\x83\0\0\x01", False),
        (b"\x84\0\0\x06", False),
        (b"\x82\0\0\x01", None),
        (b"\x83\0", None),
        (b"", None),
        (b"HTTP", None),
    ],
)
def test_answers_to_a_session_request(answer, want):
    assert want is nbss.parse(answer)


@pytest.mark.parametrize("after", [(End("close"),), (Say(b"\0\0\0\x04junk"), End("close"))])
def test_a_session_without_smb_tells_nothing(after, talk_conn, gather):
    conn = talk_conn(server(talk.load(NBSS / "windows-xp.talk").connections[0][2], *after))

    assert [] == gather(nbss.talk(conn))
