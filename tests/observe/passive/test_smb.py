from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.observe import ntlm
from scanner.observe.passive.smb import PARSER
from scanner.observe.smb import smb1, smb2

NAMES = sorted(path.stem for path in (Path(__file__).parents[3] / "fixtures" / "smb").glob("*.talk"))


def place(text, at):
    """Length, room and offset, as NTLM points to a text."""
    return len(text).to_bytes(2, "little") * 2 + at.to_bytes(4, "little")


@pytest.mark.parametrize("name", NAMES)
def test_a_server_says_in_passing_no_more_than_to_a_probe(read, said, name):
    path, texts = said(f"smb/{name}")
    want = talk.load(path).expect

    facts = [fact for text in texts for fact in read(PARSER, text, sport=445, dport=40000)]

    assert [] == [
        fact for fact in facts if (fact.field, fact.value) not in want and fact.field != "smb1.accepted"
    ]


def test_a_client_is_told_by_what_it_sends_and_not_by_who_it_is(read):
    setup = smb1.session_setup(ntlm.hello(), 0)
    third = b"NTLMSSP\0" + (3).to_bytes(4, "little") + bytes(16)
    name, user = "PC-07".encode("utf-16-le"), "jane".encode("utf-16-le")
    third += place(b"", 72) + place(user, 72) + place(name, 72 + len(user)) + place(b"", 0)
    third += (
        (0x02000001).to_bytes(4, "little")
        + bytes([6, 1])
        + (7601).to_bytes(2, "little")
        + bytes(4)
        + user
        + name
    )

    facts = read(PARSER, smb2.session_setup(third, 1), sport=40000, dport=445)

    assert [("ntlm.version", "6.1.7601"), ("ntlm.names", {"netbios_name": "PC-07"})] == [
        fact[:2] for fact in facts
    ]
    assert [("smb.native_lm", "stalehost")] == [
        fact[:2] for fact in read(PARSER, setup, sport=40000, dport=445)
    ]


def test_other_bytes_tell_nothing(read):
    assert [] == read(PARSER, b"\x85\0\0\0", sport=139, dport=40000)
    assert [] == read(PARSER, b"\0\0\0\x04abcd", sport=445, dport=40000)
    assert [] == read(PARSER, b"\0\0\0\x04abcd", sport=40000, dport=445)
