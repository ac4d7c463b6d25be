"""A ClientHello is what the RFCs say, and a server's first flight is read as far as it goes."""

import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.observe.tlsread import CIPHERS, Answer, Version, hello, parse


def message(kind, body):
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def record(payload, kind=22):
    return bytes([kind]) + b"\3\1" + len(payload).to_bytes(2, "big") + payload


def server_hello(version=0x0303, cipher=0x002F, session=b"", extensions=b""):
    body = (
        version.to_bytes(2, "big")
        + bytes(32)
        + bytes([len(session)])
        + session
        + cipher.to_bytes(2, "big")
        + b"\0"
    )
    return message(2, body + (len(extensions).to_bytes(2, "big") + extensions if extensions else b""))


def certificates(*ders):
    listed = b"".join(len(der).to_bytes(3, "big") + der for der in ders)
    return message(11, len(listed).to_bytes(3, "big") + listed)


DONE = message(14, b"")


class TestHello:
    @pytest.mark.parametrize("ceiling", list(Version))
    @pytest.mark.parametrize("plain", [False, True])
    def test_its_lengths_fit_one_in_another(self, ceiling, plain):
        data = hello(ceiling, plain=plain)

        assert len(data) == 5 + int.from_bytes(data[3:5], "big") == 9 + int.from_bytes(data[6:9], "big")
        assert min(ceiling, Version.TLS1_2) == int.from_bytes(data[9:11], "big")
        assert min(ceiling, Version.TLS1_0) == int.from_bytes(data[1:3], "big")

    @pytest.mark.parametrize("ceiling", [Version.TLS1_2, Version.TLS1_3])
    def test_a_real_server_library_accepts_it(self, ceiling):
        come, go = ssl.MemoryBIO(), ssl.MemoryBIO()
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).wrap_bio(come, go, server_side=True)
        come.write(hello(ceiling))

        # it has no certificate, so it comes as far as choosing one: the hello itself was read and found good
        with pytest.raises(ssl.SSLError, match=r"(?i)no.shared.cipher|no.suitable"):
            server.do_handshake()

    def test_two_hellos_differ_only_in_what_is_random(self):
        first, second = hello(Version.TLS1_0), hello(Version.TLS1_0)

        assert first != second
        assert (first[:11], first[43:]) == (second[:11], second[43:])

    @pytest.mark.parametrize("ceiling", [Version.SSL3, Version.TLS1_2])
    def test_suites_of_1_3_are_offered_to_1_3_only(self, ceiling):
        assert bytes.fromhex("130113021303") in hello(Version.TLS1_3)
        assert bytes.fromhex("130113021303") not in hello(ceiling)


class TestParse:
    @pytest.mark.parametrize(
        ("version", "want"),
        [
            (0x0300, Version.SSL3),
            (0x0301, Version.TLS1_0),
            (0x0302, Version.TLS1_1),
            (0x0303, Version.TLS1_2),
            (0x0305, None),
        ],
    )
    def test_the_version_and_cipher_that_were_chosen(self, version, want):
        got = parse(record(server_hello(version, 0x0005)))

        assert Answer(version=want, cipher=CIPHERS[5]) == got

    def test_a_cipher_that_we_did_not_offer_is_shown_by_number(self):
        assert "0xfefe" == parse(record(server_hello(cipher=0xFEFE))).cipher

    def test_a_server_of_1_3_says_so_in_an_extension(self):
        extensions = bytes.fromhex("0033 0002 001d 002b 0002 0304")

        got = parse(record(server_hello(session=bytes(32), cipher=0x1302, extensions=extensions)))

        assert Answer(version=Version.TLS1_3, cipher="TLS_AES_256_GCM_SHA384", done=True) == got

    def test_an_extension_cut_short_is_no_version(self):
        got = parse(record(server_hello(extensions=bytes.fromhex("0033 00ff 001d"))))

        assert Version.TLS1_2 == got.version

    @pytest.mark.parametrize("size", [1, 7, 1000])
    def test_messages_are_read_across_records(self, size):
        flight = server_hello() + certificates(b"leaf", b"ca") + DONE
        data = b"".join(record(flight[at : at + size]) for at in range(0, len(flight), size))

        assert (b"leaf", True) == (parse(data).certificate, parse(data).done)

    @pytest.mark.parametrize(
        ("payload", "want"),
        [
            (b"\2\x28", "handshake_failure"),
            (b"\2\x46", "protocol_version"),
            (b"\2\xfe", "alert_254"),
            (b"\2", "unreadable"),
        ],
    )
    def test_an_alert_has_its_name(self, payload, want):
        assert Answer(alert=want, done=True) == parse(record(payload, kind=21) + b"more")

    @pytest.mark.parametrize(
        "data",
        [b"", b"\x16", b"HTTP/1.1", b"\x16\x02\0\0\0", b"\x18\3\1\0\0", b"\x16\3\1\xff\xff" + bytes(70000)],
    )
    def test_what_is_not_tls_is_none(self, data):
        assert parse(data) is None

    @pytest.mark.parametrize(
        "body",
        [b"", b"\0\0\0", b"\0\0\3\0\0\0", b"\0\0\xff\0\0\xffx"],
        ids=["empty", "none", "empty one", "cut short"],
    )
    def test_a_broken_list_of_certificates_has_none(self, body):
        assert parse(record(server_hello() + message(11, body))).certificate is None

    @pytest.mark.parametrize("body", [b"", bytes(37), bytes(34) + b"\xff" + bytes(3)])
    def test_a_broken_server_hello_has_no_version(self, body):
        assert Answer() == parse(record(message(2, body)))

    def test_messages_without_end_are_bounded(self):
        assert Answer() == parse(record(message(0, b"") * 40 + server_hello()))

    def test_other_records_end_the_flight(self):
        assert Answer() == parse(record(b"data", kind=23) + record(server_hello()))

    @given(st.binary(max_size=200), st.integers(0, 200))
    def test_any_change_to_a_flight_is_read_without_raising(self, noise, at):
        flight = record(server_hello() + certificates(b"leaf") + DONE)

        got = parse(flight[:at] + noise + flight[at + len(noise) :])

        assert got is None or isinstance(got, Answer)
