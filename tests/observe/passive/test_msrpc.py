import pytest

from scanner.lab import talk
from scanner.observe import ntlm
from scanner.observe.passive.msrpc import PARSER

HEAD = bytes.fromhex("0500 {kind} 03 10000000 0000 0000 01000000".replace("{kind}", "0b"))


def packet(kind, token):
    return HEAD[:2] + bytes([kind]) + HEAD[3:] + token


@pytest.mark.parametrize("name", ["windows-7-sp1", "windows-10"])
def test_a_server_says_in_passing_what_its_file_sharing_says(read, said, name):
    path, texts = said(f"smb/{name}")
    at = b"".join(texts).index(b"NTLMSSP\0\2")

    facts = read(PARSER, packet(12, b"".join(texts)[at:]), sport=49664, dport=50000)

    want = dict(talk.load(path).expect)
    assert [("ntlm.version", want["ntlm.version"]), ("ntlm.names", want["ntlm.names"])] == [
        fact[:2] for fact in facts
    ]
    assert {"tcp/49664"} == {fact.port for fact in facts}


def test_a_client_says_its_version(read):
    token = ntlm.hello().replace(bytes(7) + b"\x0f", b"\x0a\x00\xba\x47" + bytes(3) + b"\x0f")

    assert [("ntlm.version", "10.0.18362", None)] == [
        fact[:3] for fact in read(PARSER, packet(11, token), sport=50000, dport=135)
    ]


@pytest.mark.parametrize(
    "data", [b"\x05\x00\x0b", packet(2, b"NTLMSSP\0\2\0\0\0"), packet(11, b""), b"\x06\x00" + bytes(20)]
)
def test_calls_and_other_bytes_tell_nothing(read, data):
    assert [] == read(PARSER, data, sport=50000, dport=135)
