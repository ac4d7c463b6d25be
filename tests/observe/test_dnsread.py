"""DNS messages are read as RFC 1035 lays them out, and no bytes make the reading fail or last."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.observe import dnsread

HEAD = bytes.fromhex("0000 8400 0000 0001 0000 0000")


def record(kind, data, name=b"\x02tv\x05local\0"):
    return (
        name + kind.to_bytes(2, "big") + bytes.fromhex("0001 00000078") + len(data).to_bytes(2, "big") + data
    )


@pytest.mark.parametrize(
    ("kind", "data", "want"),
    [
        (dnsread.A, bytes([10, 0, 0, 7]), ("10.0.0.7",)),
        (dnsread.AAAA, bytes(15) + b"\1", ("::1",)),
        (dnsread.A, bytes(3), ()),
        (dnsread.PTR, b"\x04_ipp\xc0\x0f", ("_ipp.local",)),
        (dnsread.SRV, bytes(4) + b"\x00\x50\x02tv\0", ("tv", "80")),
        (dnsread.SRV, bytes(4), ()),
        (dnsread.TXT, b"\x07model=J\x00\x03a=b", ("model=J", "a=b")),
        (99, b"x", ()),
    ],
)
def test_a_record_is_said_in_words(kind, data, want):
    assert (dnsread.Record("tv.local", kind, want),) == dnsread.records(HEAD + record(kind, data))


def test_the_question_is_skipped_and_a_name_may_point_back_to_it():
    asked = dnsread.question("version.bind", dnsread.TXT, 3, number=7)
    answer = asked[:2] + bytes.fromhex("8400 0001 0001 0000 0000") + asked[12:]

    got = dnsread.records(answer + record(dnsread.TXT, b"\x069.18.1", name=b"\xc0\x0c"))

    assert (dnsread.Record("version.bind", dnsread.TXT, ("9.18.1",)),) == got


@pytest.mark.parametrize(
    "message", [b"", HEAD[:8], b"\0\0\0\0" + HEAD[4:], HEAD + record(1, bytes(4))[:-2], HEAD + b"\x02tv\0"]
)
def test_what_is_no_answer_or_is_cut_short_has_no_records(message):
    assert () == dnsread.records(message)


def test_a_name_that_points_to_itself_ends():
    assert 1 == len(dnsread.records(HEAD + record(dnsread.A, bytes(4), name=b"\xc0\x0c")))


@given(st.binary(max_size=200), st.integers(0, 65535))
def test_any_bytes_are_read_without_raising(data, count):
    head = HEAD[:6] + count.to_bytes(2, "big") + HEAD[8:]

    assert 128 >= len(dnsread.records(head + data))
