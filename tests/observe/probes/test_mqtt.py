"""A broker in a lab is asked whether it takes anybody; nothing is subscribed or published."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.model.kinds import Profile
from scanner.observe.probes import mqtt

MQTT = Path(__file__).parents[3] / "fixtures" / "mqtt"
CONNECT, DISCONNECT = bytes.fromhex("100c 0004 4d515454 04 02 000a 0000"), bytes.fromhex("e000")


@pytest.mark.parametrize(
    ("answer", "want"),
    [
        ("20020000", "open"),
        ("20020100", "open"),
        ("20020001", "refused: protocol"),
        ("20020004", "refused: user name or password"),
        ("20020005", "refused: not authorised"),
        ("20020077", None),
        ("20020200", None),
        ("30020000", None),
        ("200200", None),
        ("", None),
    ],
)
def test_the_answer_is_read(answer, want):
    assert want == mqtt.parse(bytes.fromhex(answer))


@pytest.mark.parametrize("path", sorted(MQTT.glob("*.talk")), ids=lambda path: path.stem)
def test_whoever_is_let_in_leaves_at_once(path, talk_conn, gather):
    conn = talk_conn(talk.load(path))

    (access,) = gather(mqtt.talk(conn))

    assert CONNECT + (DISCONNECT if access == ("mqtt.access", "open") else b"") == conn.sent


def test_outside_a_lab_nobody_is_asked():
    assert {Profile.LAB, Profile.BENCH} == set(mqtt.PROBE.connections)
