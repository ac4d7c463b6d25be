"""SMB2 messages are laid out as [MS-SMB2] says, and answers are read within their bounds."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.lab import row
from scanner.observe.smb import smb2

GUID = "00112233-4455-6677-8899-aabbccddeeff"
HEAD = (
    "fe534d42 4000 0000 {status} {command} 0100 01000000 00000000 0100000000000000 fffe0000 00000000 0000000000000000"
    + " 00" * 16
)
NEGOTIATED = (
    "4100 {mode} {dialect} 0000 g'{guid}' 7f000000 00008000 00008000 00008000 t'2026-11-23T09:41:07Z' {boot}"
    " 8000 0000 00000000"
).replace("'", '"')


def head(command="0000", status="00000000"):
    return HEAD.format(command=command, status=status)


def negotiated(mode="0100", dialect="1103", guid=GUID, boot="0000000000000000", **of_head):
    return row.data(head(**of_head) + NEGOTIATED.format(mode=mode, dialect=dialect, guid=guid, boot=boot), {})


def test_the_offer_has_every_dialect_and_what_the_newest_needs():
    got = smb2.negotiate(1)

    assert len(got) - 4 == int.from_bytes(got[:4], "big")
    message = got[4:]
    assert (36, 5) == struct.unpack_from("<HH", message, 64)
    assert (0x0202, 0x0210, 0x0300, 0x0302, 0x0311) == struct.unpack_from("<5H", message, 100)
    at, count = struct.unpack_from("<IH", message, 92)
    # [MS-SMB2] 2.2.3: contexts on multiples of eight, the first of them the integrity hash
    assert (0, 2) == (at % 8, count)
    kind, length = struct.unpack_from("<HH", message, at)
    assert 1 == kind
    second = at + -(-(8 + length) // 8) * 8
    kind, length = struct.unpack_from("<HH", message, second)
    assert (2, len(message)) == (kind, second + 8 + length)


def test_messages_carry_the_number_they_are_given():
    for message in (smb2.negotiate(7), smb2.session_setup(b"", 7)):
        assert 7 == int.from_bytes(message[28:36], "little")


def test_a_session_setup_is_its_token():
    message = smb2.session_setup(b"TOKEN", 2)[4:]

    assert (88, 5) == struct.unpack_from("<HH", message, 76)
    assert b"TOKEN" == message[88:]


@pytest.mark.parametrize(
    ("mode", "want"), [("0000", "disabled"), ("0100", "enabled"), ("0200", "required"), ("0300", "required")]
)
def test_signing_is_read_from_the_mode(mode, want):
    assert want == smb2.parse_negotiate(negotiated(mode)).signing


@pytest.mark.parametrize(
    ("dialect", "want"),
    [
        ("0202", "2.0.2"),
        ("1002", "2.1"),
        ("0003", "3.0"),
        ("0203", "3.0.2"),
        ("1103", "3.1.1"),
        ("9909", "0x0999"),
    ],
)
def test_dialects_have_the_words_that_people_use(dialect, want):
    facts = dict(smb2.facts(smb2.parse_negotiate(negotiated(dialect=dialect))))

    assert want == facts["smb2.dialect"]


def test_everything_an_answer_tells_is_a_fact():
    answer = smb2.parse_negotiate(negotiated(boot='t"2026-10-12T06:03:51Z"'))

    assert [
        ("smb2.dialect", "3.1.1"),
        ("smb2.signing", "enabled"),
        ("smb2.guid", GUID),
        ("smb2.system_time", "2026-11-23T09:41:07Z"),
        ("smb2.boot_time", "2026-10-12T06:03:51Z"),
    ] == list(smb2.facts(answer))


def test_a_guid_of_zeros_names_nobody():
    answer = smb2.parse_negotiate(negotiated(guid="00000000-0000-0000-0000-000000000000"))

    assert "smb2.guid" not in dict(smb2.facts(answer))


def test_zero_times_are_no_times():
    message = negotiated()
    answer = smb2.parse_negotiate(message[:104] + bytes(16) + message[120:])

    assert {"smb2.system_time", "smb2.boot_time"}.isdisjoint(dict(smb2.facts(answer)))


@pytest.mark.parametrize(
    "message",
    [
        b"",
        negotiated()[:127],
        negotiated(command="0100"),
        negotiated(status="0d0000c0"),
        negotiated()[:16] + b"\0" + negotiated()[17:],  # a request, not a response
        negotiated()[:64] + b"\x09" + negotiated()[65:],
        b"\xffSMB" + negotiated()[4:],
    ],
)
def test_what_is_no_negotiate_response_is_none(message):
    assert smb2.parse_negotiate(message) is None


def test_the_blob_of_a_setup_is_where_it_says():
    message = row.data(head("0100", "160000c0") + '0900 0000 4a00 0300 ffff "ABC" ff', {})

    assert b"ABC" == smb2.parse_setup(message)


@pytest.mark.parametrize("message", [b"", negotiated(), row.data(head("0100"), {})])
def test_what_is_no_setup_response_is_none(message):
    assert smb2.parse_setup(message) is None


@given(st.binary(max_size=200), st.integers(0, 128))
def test_any_damage_is_read_or_not(noise, at):
    whole = negotiated()
    message = whole[:at] + noise + whole[at + len(noise) :]

    assert isinstance(smb2.parse_negotiate(message), smb2.Negotiated | None)
    assert isinstance(smb2.parse_setup(message), bytes | None)
