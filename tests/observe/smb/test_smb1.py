"""SMB1 messages are laid out as [MS-CIFS] and [MS-SMB] say, and answers are read within their bounds."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.lab import row
from scanner.observe.smb import smb1

HEAD = "ff534d42 {} {} 98 {} 0000 0000000000000000 0000 ffff fffe 0000 0000 "
WORDS = "11 0000 03 0a00 0100 04110000 00000100 78563412 {} 0000000000000000 0000 {} "


def head(command, status="00000000", flags2="01c8"):
    return HEAD.format(command, status, flags2)


def bytes_of(text):
    return row.data(text, {})


def negotiated(data="le[ 00000000000000000000000000000000 ]", capabilities="fde30080", challenge="00"):
    return bytes_of(head("72") + WORDS.format(capabilities, challenge) + data)


def setup(text, flags2="01c8", status="160000c0"):
    return bytes_of(
        head("73", status, flags2) + "04 ff 00 0000 0000 len:blob le[ blob:[ 414243 ] " + text + " ]"
    )


def test_the_offer_names_its_dialects_and_no_one_else():
    got = smb1.negotiate(b"NT LM 0.12", b"SMB 2.???")

    assert len(got) - 4 == int.from_bytes(got[:4], "big")
    assert b"\xffSMB\x72" == got[4:9]
    # [MS-CIFS] 2.2.4.52.1: no words, then a byte count and 02-led, NUL-ended names
    assert b"\0\x17\0\x02NT LM 0.12\0\x02SMB 2.???\0" == got[36:]


def test_a_session_setup_carries_the_token_and_no_account():
    got = smb1.session_setup(b"TOKEN", 0x12345678)[4:]

    assert (b"\xffSMB\x73", 12) == (got[:5], got[32])
    words = struct.unpack_from("<BBHHHHIHI", got, 33)
    assert (0xFF, 0x12345678, 5) == (words[0], words[6], words[7])
    count = int.from_bytes(got[57:59], "little")
    assert count == len(got) - 59
    assert b"TOKEN" == got[59:64]
    assert "\0stalehost\0" == got[64:].decode("utf-16-le")


def test_a_session_setup_drops_no_other_session_of_this_machine():
    # [MS-CIFS] 3.3.5.43: a VcNumber of zero asks the server to close the client's other sessions
    vc_number = struct.unpack_from("<H", smb1.session_setup(b"", 0)[4:], 41)[0]

    assert 0 != vc_number


@pytest.mark.parametrize("token", [b"a", b"ab"])
def test_texts_begin_at_an_even_place(token):
    got = smb1.session_setup(token, 0)[4:]

    assert 0 == got.index("stalehost".encode("utf-16-le")) % 2


def test_extended_security_without_an_offer_wants_bare_ntlm():
    got = smb1.parse_negotiate(negotiated())

    assert smb1.Negotiated(accepted=True, extended=True, spnego=False, session_key=0x12345678) == got


def test_extended_security_with_an_offer_wants_spnego():
    got = smb1.parse_negotiate(negotiated("le[ 00000000000000000000000000000000 6000 ]"))

    assert got.spnego


@pytest.mark.parametrize(
    ("data", "flags2", "want"),
    [
        ('u"WORK" 0000 u"BOX" 0000', "0180", {"netbios_domain": "WORK", "netbios_name": "BOX"}),
        ('u"WORK" 0000 u"BOX"', "0180", {"netbios_domain": "WORK", "netbios_name": "BOX"}),
        ('"WORK" 00 "BOX" 00', "0100", {"netbios_domain": "WORK", "netbios_name": "BOX"}),
        ('u"WORK" 0000', "0180", {"netbios_domain": "WORK"}),
        ("", "0180", {}),
    ],
)
def test_old_servers_tell_their_names_at_once(data, flags2, want):
    text = head("72", flags2=flags2) + WORDS.format("fd430000", "08") + f"le[ 0123456789abcdef {data} ]"

    assert smb1.Negotiated(accepted=True, names=want) == smb1.parse_negotiate(bytes_of(text))


def test_no_dialect_that_will_do_is_a_refusal():
    got = smb1.parse_negotiate(bytes_of(head("72") + "01 ffff 0000"))

    assert smb1.Negotiated(accepted=False) == got


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\xffSMB",
        negotiated()[:68],
        negotiated().replace(b"\xffSMB", b"\xfeSMB"),
        negotiated()[:9] + b"\x18" + negotiated()[10:],  # a request, not a response
        bytes_of(head("72") + "0d 0000" + "00" * 40),  # 13 words: LAN Manager, which we did not offer
        setup(""),
    ],
)
def test_what_is_no_negotiate_response_is_none(message):
    assert smb1.parse_negotiate(message) is None


@pytest.mark.parametrize(
    ("text", "flags2"),
    [
        ('u"Windows 5.1" 0000 u"LM" 0000', "01c8"),
        ('u"Windows 5.1" 0000 u"LM"', "01c8"),
        ('"Windows 5.1" 00 "LM" 00 "WORK" 00', "0148"),
    ],
)
def test_a_setup_tells_system_and_lan_manager(text, flags2):
    got = smb1.parse_setup(setup(text, flags2))

    assert smb1.Setup(blob=b"ABC", native_os="Windows 5.1", native_lm="LM") == got


@pytest.mark.parametrize(
    "message",
    [
        b"",
        negotiated(),
        setup("")[:40],
        setup("", status="6d0000c0"),
        bytes_of(head("73") + "00 0000" + "00" * 12),
    ],
)
def test_what_is_no_setup_response_is_none(message):
    assert smb1.parse_setup(message) is None


@given(st.binary(max_size=120), st.sampled_from([b"\x72", b"\x73"]))
def test_any_bytes_are_read_or_not(data, command):
    message = b"\xffSMB" + command + bytes(4) + b"\x98\x01\xc8" + bytes(20) + data

    assert isinstance(smb1.parse_negotiate(message), smb1.Negotiated | None)
    assert isinstance(smb1.parse_setup(message), smb1.Setup | None)


def test_a_clients_own_words_are_read_from_its_request():
    wide = "Windows 2002 Service Pack 3 2600\0Windows 2002 5.1\0".encode("utf-16-le")
    request = smb1.session_setup(b"token", 0)[4:]
    cut = request[: request.index("stalehost".encode("utf-16-le")) - 2]

    assert ("Windows 2002 Service Pack 3 2600", "Windows 2002 5.1") == smb1.parse_setup_request(cut + wide)
    assert ("", "stalehost") == smb1.parse_setup_request(request)


@pytest.mark.parametrize("change", [(4, b"\x72"), (9, b"\x80"), (32, b"\x0e"), (0, b"x")])
def test_another_message_is_no_clients_request(change):
    at, new = change
    request = smb1.session_setup(b"token", 0)[4:]

    assert smb1.parse_setup_request(request[:at] + new + request[at + 1 :]) is None
    assert smb1.parse_setup_request(request[:40]) is None


def older(words, *texts, passwords=(b"", b"")):
    """The form without a blob ([MS-CIFS] 2.2.4.53): words, then texts."""
    body = (
        bytes(words * 2)
        if words == 3
        else bytes(14) + b"".join(struct.pack("<H", len(one)) for one in passwords) + bytes(8)
    )
    flags = 0x80 if words == 3 else 0
    head = b"\xffSMB\x73" + bytes(4) + bytes([flags]) + b"\x00\x00" + bytes(20)
    data = b"".join(passwords) + b"\0".join(text.encode("cp437") for text in texts) + b"\0"
    return head + bytes([words]) + body + struct.pack("<H", len(data)) + data


def test_an_old_server_names_its_system_without_a_blob():
    got = smb1.parse_setup(older(3, "Windows 6.1", "Samba 4.7.4", "TEST"))

    assert ("Windows 6.1", "Samba 4.7.4", b"") == (got.native_os, got.native_lm, got.blob)


def test_an_old_client_names_its_system_and_we_step_over_who_it_is():
    request = older(13, "jane", "DOMAIN", "Windows 4.0", "LAN 4", passwords=(b"p" * 24, b"q" * 24))

    assert ("Windows 4.0", "LAN 4") == smb1.parse_setup_request(request)
