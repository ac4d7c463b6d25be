"""The NTLM hello names nobody, and a challenge is read for what it says of its sender."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.lab import row
from scanner.observe import ntlm

CHALLENGE = """
ntlm:[ "NTLMSSP" 00 02000000 len:target len:target at:ntlm.target ${flags} 0123456789abcdef
 0000000000000000 len:info len:info at:ntlm.info 06 01 n"7601" 000000 0f
 target:[ u"OFFICE" ]
 info:[ 0200 le[ u"OFFICE" ] 0100 le[ u"PC-1" ] 0400 le[ u"office.example" ] 0300 le[ u"pc-1.office.example" ]
  0500 le[ u"example" ] 0600 le[ 02000000 ] 0700 le[ t"2026-11-23T09:41:07Z" ] 0000 0000 ] ]
"""
NAMES = {
    "target": "OFFICE",
    "netbios_name": "PC-1",
    "netbios_domain": "OFFICE",
    "dns_name": "pc-1.office.example",
    "dns_domain": "office.example",
    "dns_tree": "example",
}


def challenge(flags="05828aa2"):
    return row.data(CHALLENGE.replace("${flags}", flags), {})


def test_the_hello_names_nobody_and_no_machine():
    got = ntlm.hello()

    # [MS-NLMP] 2.2.1.1: signature, type, flags, then empty domain and workstation
    assert b"NTLMSSP\0\x01\0\0\0" == got[:12]
    assert bytes(16) == got[16:32]
    assert 40 == len(got)


def test_the_hello_asks_for_version_and_target():
    flags = int.from_bytes(ntlm.hello()[12:16], "little")

    assert 0x0200_0000 == flags & 0x0200_0000
    assert 0x4 == flags & 0x4


def test_spnego_carries_the_same_hello():
    want = (
        "der:60[ 06062b0601050502 der:a0[ der:30[ der:a0[ der:30[ 060a2b06010401823702020a ] ]"
        f" der:a2[ der:04[ {ntlm.hello().hex()} ] ] ] ] ]"
    )

    assert row.data(want, {}) == ntlm.wrapped()


@pytest.mark.parametrize("before", [b"", b"\xa1\x82\x01\x02spnego"])
def test_a_challenge_is_read_wherever_it_stands(before):
    got = ntlm.parse(before + challenge() + b"after")

    assert ntlm.Challenge(version="6.1.7601", names=NAMES, timestamp="2026-11-23T09:41:07Z") == got


def test_facts_are_what_observations_are_made_of():
    got = list(ntlm.facts(ntlm.parse(challenge())))

    assert [
        ("ntlm.version", "6.1.7601"),
        ("ntlm.names", NAMES),
        ("ntlm.timestamp", "2026-11-23T09:41:07Z"),
    ] == got


def test_a_challenge_that_says_nothing_gives_nothing():
    silent = ntlm.parse(b"NTLMSSP\0\2\0\0\0" + bytes(20))

    assert [] == list(ntlm.facts(silent))


def test_a_version_that_is_not_flagged_is_not_believed():
    assert ntlm.parse(challenge("05828aa0")).version is None


def test_a_version_of_zeros_is_none():
    assert ntlm.parse(challenge().replace(b"\x06\x01\xb1\x1d", bytes(4))).version is None


def test_names_that_are_not_flagged_are_not_read():
    got = ntlm.parse(challenge("050202a2"))

    assert {"target": "OFFICE"} == got.names
    assert got.timestamp is None


def test_an_old_server_tells_its_target_in_its_own_letters():
    old = row.data(
        'ntlm:[ "NTLMSSP" 00 02000000 len:t len:t at:ntlm.t 02000000 0123456789abcdef t:[ "ÖLD" ] ]', {}
    )

    assert {"target": "╓LD"} == ntlm.parse(old).names


@pytest.mark.parametrize("data", [b"", b"NTLMSSP\0", b"NTLMSSP\0\1\0\0\0" + bytes(40), challenge()[:31]])
def test_what_is_no_challenge_is_none(data):
    assert ntlm.parse(data) is None


def test_an_endless_name_is_cut():
    long = row.data(
        'ntlm:[ "NTLMSSP" 00 02000000 len:t len:t at:ntlm.t 01000000 0123456789abcdef t:[ u"${x}" ] ]',
        {"x": "x" * 30000},
    )

    assert 255 == len(ntlm.parse(long).names["target"])


@given(st.binary(max_size=200), st.integers(0, 60))
def test_any_damage_is_read_or_not(noise, at):
    whole = challenge()

    got = ntlm.parse(whole[:at] + noise + whole[at + len(noise) :])

    assert got is None or isinstance(got, ntlm.Challenge)


def test_a_clients_first_message_tells_its_version():
    said = ntlm.parse_client(
        b"noise" + ntlm.hello().replace(bytes(7) + b"\x0f", b"\x06\x01\xb1\x1d" + bytes(3) + b"\x0f")
    )

    assert ("6.1.7601", {}) == (said.version, said.names)


def test_a_clients_third_message_tells_its_machine_and_never_its_user():
    name, user = b"PC-07", b"jane"
    place = [(b"", 72), (b"", 72), (b"DOM", 72), (user, 75), (name, 79), (b"", 0)]
    rows = b"".join(len(text).to_bytes(2, "little") * 2 + at.to_bytes(4, "little") for text, at in place)
    message = (
        b"NTLMSSP\0\3\0\0\0" + rows + (0x0200_0000).to_bytes(4, "little") + b"\x05\x01\x28\x0a" + bytes(4)
    )

    said = ntlm.parse_client(message + b"DOM" + user + name)

    assert ("5.1.2600", {"netbios_name": "PC-07"}, None) == (said.version, said.names, said.timestamp)


@pytest.mark.parametrize("data", [b"", b"NTLMSSP\0\1\0\0\0", b"NTLMSSP\0\2\0\0\0" + bytes(60)])
def test_what_no_client_says_is_none(data):
    assert ntlm.parse_client(data) is None
