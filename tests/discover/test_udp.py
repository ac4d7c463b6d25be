import pytest

from scanner.discover.how import Fact
from scanner.discover.udp import HOW, KEPT, PAYLOADS, ports
from scanner.model.kinds import Profile
from scanner.scope.file import Flags
from scanner.scope.profile import LIMITS
from scanner.wire.pipe import Heard


def said(**more):
    return list(HOW.facts(Heard(address="10.0.0.3", **more)))


@pytest.mark.parametrize(
    ("heard", "want"),
    [
        (
            {"port": 161, "state": "answered", "data": b"\x30\x01" * 400},
            [
                Fact(field="port.state", value="open", port="udp/161"),
                Fact(field="udp.answer", value=(b"\x30\x01" * 400)[:KEPT].hex(), port="udp/161"),
            ],
        ),
        (
            {"port": 161, "state": "unreachable", "by": "10.0.0.3", "error": 0x0303},
            [Fact(field="port.state", value="closed", port="udp/161")],
        ),
        ({"port": 161, "state": "unreachable", "by": "10.0.0.254", "error": 0x0303}, []),
        ({"port": 161, "state": "unreachable", "by": "10.0.0.3", "error": 0x0301}, []),
        ({"state": "answered"}, []),
    ],
)
def test_an_answer_is_open_and_its_own_refusal_closed(heard, want):
    assert want == said(**heard)


def test_no_ward_gets_a_datagram_and_an_office_those_that_its_profile_lists():
    serves = [one for one in Profile if HOW.serves(LIMITS[one], Flags(), 4, near=False)]
    assert [Profile.OFFICE, Profile.LAB, Profile.BENCH] == serves
    assert set(PAYLOADS) == set(ports(LIMITS[Profile.OFFICE]))
    assert () == ports(LIMITS[Profile.CLINICAL])


def walk(data):
    """Every BER length of a message adds up (X.690, definite short form): the contents, level by level."""
    at = 0
    while at < len(data):
        tag, size = data[at], data[at + 1]
        body = data[at + 2 : at + 2 + size]
        assert size < 128
        assert size == len(body)
        if tag & 0x20:
            yield from walk(body)
        else:
            yield tag, body
        at += 2 + size


def test_the_snmp_question_is_a_well_formed_discovery_without_engine_or_user():
    parts = list(walk(PAYLOADS[161]))

    assert (2, b"\x03") == parts[0]
    (security,) = [body for tag, body in parts if tag == 4 and len(body) == 16]
    assert [b"", b"\x00", b"\x00", b"", b"", b""] == [body for _, body in walk(security)]


@pytest.mark.parametrize(("port", "size"), [(123, 48), (137, 50), (5353, 46)])
def test_the_other_questions_have_the_shape_of_their_standard(port, size):
    payload = PAYLOADS[port]

    assert size == len(payload)
    # a DNS-shaped question: one query, no answers; NTP: version 4, client
    assert payload[4:12] == b"\x00\x01" + bytes(6) if port != 123 else payload[0] == 0x23
