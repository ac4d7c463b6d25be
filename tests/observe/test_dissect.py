"""What a passive parser is given says which side serves; what it says of itself beside `parse` agrees with `parse`."""

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.lab import talk
from scanner.observe import tlsread
from scanner.observe.dissect import Packet
from scanner.observe.parsers import load_parsers

FIXTURES = Path(__file__).parents[2] / "fixtures"
TALKS = {
    "tls": ["tls/hp-ilo2", "tls/camera-factory"],
    "ssh": ["ssh/debian-9", "ssh/cisco-switch"],
    "smb": ["smb/windows-xp-embedded", "smb/windows-7-sp1"],
    "dicom": ["dicom/ge-ct", "dicom/orthanc"],
    "http": ["http/iis-6.0", "http/camera-boa"],
}
"""What servers of each kind say; a client's first words are written here."""
CLIENTS = {
    "tls": tlsread.hello(tlsread.Version.TLS1_3),
    "ssh": b"SSH-2.0-PuTTY_Release_0.60\r\n" + (12).to_bytes(4, "big") + b"\x04\x15" + bytes(10),
    "http": b"GET /a HTTP/1.1\r\nHost: b\r\nUser-Agent: Wget/1.12\r\nAccept: */*\r\n\r\n",
}
PARSERS = {one.name: one for one in load_parsers() if one.enough or one.gist}
SIDES = [(445, 50000), (50000, 445)]


@cache
def texts(name):
    scripts = [script for path in TALKS[name] for script in talk.load(FIXTURES / f"{path}.talk").connections]
    said = [b"".join(step.data for step in script if isinstance(step, talk.Say)) for script in scripts]
    return [one for one in (*said, CLIENTS.get(name, b"")) if one]


def facts(parser, payload, sides=SIDES):
    return [
        list(parser.parse(Packet(payload, 0.0, None, None, None, None, *ports, 64, None))) for ports in sides
    ]


@pytest.mark.parametrize(
    ("sport", "dport", "want"), [(22, 50000, "tcp/22"), (50000, 22, None), (0, 0, None), (80, 80, None)]
)
def test_the_lower_port_is_the_servers(sport, dport, want):
    seen = Packet(
        payload=b"",
        time=0.0,
        source_mac=None,
        target_mac=None,
        source=None,
        target=None,
        sport=sport,
        dport=dport,
        ttl=0,
        vlan=None,
    )

    assert want == seen.service()


def test_every_parser_that_says_enough_or_gist_is_looked_at():
    assert set(TALKS) == set(PARSERS)


@pytest.mark.parametrize("name", [name for name, one in PARSERS.items() if one.enough])
def test_who_has_enough_would_read_no_more_of_whatever_follows(name):
    parser, satisfied = PARSERS[name], 0
    for said in texts(name):
        text = said + b"\xff" * 8
        for cut in range(1, min(len(text), 3000)):
            if parser.enough(text[:cut]):
                satisfied += 1
                want = facts(parser, text[:cut])
                for more in (text[cut:], bytes(range(cut % 200, 256)), b"\x17\x03\x03\0\x10" + bytes(99)):
                    assert want == facts(parser, (text[:cut] + more)[: parser.gather])
                break
    assert satisfied


@pytest.mark.parametrize("name", [name for name, one in PARSERS.items() if one.gist])
def test_payloads_with_the_same_gist_tell_the_same(name):
    parser, alike = PARSERS[name], 0
    for text in texts(name):
        gist, want = parser.gist(text), facts(parser, text)
        for at in range(0, min(len(text), 1500), 3):
            other = text[:at] + bytes([text[at] ^ 1]) + text[at + 1 :]
            if parser.gist(other) == gist:
                alike += 1
                assert want == facts(parser, other), at
    assert alike


@given(
    one=st.sampled_from(sorted(PARSERS)),
    begin=st.sampled_from(
        [
            b"",
            b"\x16\x03\x01\0\x20",
            b"\x16\x03\x01\0\x20\x01\0",
            b"SSH-2.0-x\n\0\0\0",
            b"HTTP/1.1 200 OK\r\n",
        ]
    ),
    rest=st.binary(max_size=60),
)
def test_hostile_bytes_have_a_gist_and_may_be_enough(one, begin, rest):
    parser, payload = PARSERS[one], begin + rest
    assert parser.enough is None or parser.enough(payload) in {True, False}
    assert parser.gist is None or hash(parser.gist(payload)) is not None
