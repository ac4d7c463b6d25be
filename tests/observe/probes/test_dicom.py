"""One association is proposed, its answer read, and what was accepted is aborted."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.lab import row, talk
from scanner.observe.probes import dicom

DICOM = Path(__file__).parents[3] / "fixtures" / "dicom"
ABORT = bytes.fromhex("07000000000400000000")


def server(said, ending="close"):
    text = f"# origin = synthetic\n@ tcp/104\n> 01 00 *\n< {said}\n> *\n! {ending}"
    return talk.parse(text, "x", {})


def accept(user):
    return row.data("02 00 long[ 0001 0000" + " 00" * 64 + f" 50 00 be[ {user} ] ]", {})


def test_the_proposal_is_laid_out_as_the_standard_says(talk_conn, gather):
    conn = talk_conn(server("03 00 00000004 00 01 01 01"))

    gather(dicom.talk(conn))

    pdu = conn.sent
    # PS3.8, table 9-11
    assert (b"\x01\0", len(pdu) - 6) == (pdu[:2], int.from_bytes(pdu[2:6], "big"))
    assert (b"ANY-SCP         ", b"STALEHOST       ") == (pdu[10:26], pdu[26:42])
    items = dict(walk(pdu[74:]))
    assert b"1.2.840.10008.3.1.1.1" == items[0x10]
    # PS3.8, table 9-13: one context, odd id, Verification in Implicit VR Little Endian
    assert [(0x30, b"1.2.840.10008.1.1"), (0x40, b"1.2.840.10008.1.2")] == list(walk(items[0x20][4:]))
    user = dict(walk(items[0x50]))
    assert user[0x52].startswith(b"2.25.")
    # PS3.5, 9.1 and PS3.7, D.3.3.2.3: a UID has at most 64 characters, a version name 16
    assert (True, True) == (len(user[0x52]) <= 64, len(user[0x55]) <= 16)


def walk(data):
    while data:
        length = int.from_bytes(data[2:4], "big")
        yield data[0], data[4 : 4 + length]
        data = data[4 + length :]


@pytest.mark.parametrize(
    ("pdu", "want"),
    [
        (
            accept('52 00 be[ "1.2.3" ] 55 00 be[ "X_1" ]'),
            {"class_uid": "1.2.3", "version_name": "X_1", "result": "accepted"},
        ),
        (accept('52 00 be[ "1.2.3" 00 ] 55 00 be[ "  " ]'), {"class_uid": "1.2.3", "result": "accepted"}),
        (accept("51 00 be[ 00004000 ]"), {"result": "accepted"}),
        (accept("")[:74], {"result": "accepted"}),
        (bytes.fromhex("03000000000400010107"), {"result": "rejected: called AE title not recognised"}),
        (bytes.fromhex("03000000000400020301"), {"result": "rejected: temporary congestion"}),
        (bytes.fromhex("03000000000400010909"), {"result": "rejected: source 9, reason 9"}),
        (bytes.fromhex("07000000000400000200"), {"result": "aborted"}),
        (bytes.fromhex("05000000000400000000"), None),
        (accept("")[:73], None),
        (b"\x03\0\0\0\0\x04", None),
        (b"", None),
        (b"HTTP/1.0 400 Bad Request", None),
    ],
)
def test_answers_are_read(pdu, want):
    assert want == dicom.parse(pdu)


@pytest.mark.parametrize("path", sorted(DICOM.glob("*.talk")), ids=lambda path: path.stem)
def test_only_an_accepted_association_is_aborted(path, talk_conn, gather):
    script = talk.load(path)
    conn = talk_conn(script)

    gather(dicom.talk(conn))

    accepted = script.expect[0][1]["result"] == "accepted"
    assert accepted == conn.sent.endswith(ABORT)
    assert 1 == conn.sent.count(b"ANY-SCP")


@pytest.mark.parametrize(
    "said", ["04 00 00000004 00000000", "02 00 7fffffff 00", '"HTTP/1.0 400"', "02 00", "03 00 00000004 00"]
)
def test_what_is_no_answer_tells_nothing(said, talk_conn, gather):
    conn = talk_conn(server(said))

    assert [] == gather(dicom.talk(conn))
    assert not conn.sent.endswith(ABORT)


@given(st.binary(max_size=120))
def test_any_items_are_read_within_their_bounds(data):
    got = dicom.parse(b"\x02\0" + bytes(72) + data)

    assert "accepted" == got["result"]
