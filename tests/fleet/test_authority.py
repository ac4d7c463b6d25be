"""Certificates: what the authority signs, and that it takes nobody's word but for the key."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import DataError
from scanner.fleet import authority

NOW = datetime(2026, 11, 1, 8, tzinfo=UTC)
CA = authority.found("St Mary's fleet", NOW)


def request(key, name="postgres", tamper=False):
    built = x509.CertificateSigningRequestBuilder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
    der = bytearray(built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER))
    if tamper:
        der[-1] ^= 1
    import base64

    body = base64.encodebytes(bytes(der)).decode()
    return f"-----BEGIN CERTIFICATE REQUEST-----\n{body}-----END CERTIFICATE REQUEST-----\n"


def test_a_certificate_bears_the_name_that_the_centre_gives_whatever_was_asked_for():
    key = ec.generate_private_key(ec.SECP256R1())

    text, serial, until = authority.sign(CA, request(key), "stalehost_s_1", NOW)

    made = x509.load_pem_x509_certificate(text.encode())
    made.verify_directly_issued_by(x509.load_pem_x509_certificate(CA.certificate))
    assert "CN=stalehost_s_1" == made.subject.rfc4514_string()
    assert (serial, key.public_key()) == (made.serial_number, made.public_key())
    assert NOW + timedelta(days=authority.DAYS) == until == authority.ends(text)
    assert not made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        request(ec.generate_private_key(ec.SECP256R1()), tamper=True),
        request(ec.generate_private_key(ec.SECP192R1())),
        request(rsa.generate_private_key(65537, 2048)),
    ],
    ids=["empty", "text", "not its key", "weak curve", "rsa"],
)
def test_what_is_no_sound_request_is_refused(text):
    with pytest.raises(DataError, match="request for a certificate"):
        authority.sign(CA, text, "stalehost_s_1", NOW)


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")))
def test_no_text_brings_the_authority_down(text):
    with pytest.raises(DataError):
        authority.sign(CA, f"-----BEGIN CERTIFICATE REQUEST-----\n{text}\n", "x", NOW)


def test_a_server_is_named_by_name_or_by_address():
    for host, kind in (("db.example", x509.DNSName), ("127.0.0.1", x509.IPAddress)):
        made = x509.load_pem_x509_certificate(authority.serve(CA, host, NOW).certificate)
        names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert [host] == [str(one) for one in names.get_values_for_type(kind)]


def test_each_request_has_a_key_of_its_own():
    assert authority.ask().key != authority.ask().key


def test_what_is_no_certificate_has_no_end():
    with pytest.raises(DataError, match="cannot be read"):
        authority.ends("hello")


def test_an_authority_with_another_sort_of_key_signs_nothing():
    key = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(DataError, match="stalehost fleet init"):
        authority.serve(authority.Pair(key, CA.certificate), "db.example", NOW)


def test_a_list_of_the_revoked_is_the_authority_s_and_counts_as_long_as_it_does():
    made = x509.load_pem_x509_crl(authority.revoked(CA, [(17, NOW), (18, NOW)], NOW))

    issuer = x509.load_pem_x509_certificate(CA.certificate)
    assert made.is_signature_valid(issuer.public_key())
    assert issuer.not_valid_after_utc == made.next_update_utc
    assert {17, 18} == {one.serial_number for one in made}
    assert made.last_update_utc < NOW
    assert not list(x509.load_pem_x509_crl(authority.revoked(CA, (), NOW)))


def test_a_certificate_fits_the_key_that_asked_for_it_and_no_other():
    asked, other = authority.ask(), authority.ask()
    text = authority.sign(CA, asked.certificate.decode(), "stalehost_s_1", NOW)[0]

    assert (True, False) == (authority.fits(asked, text), authority.fits(other, text))
    assert "stalehost_s_1" == authority.named(text)


@pytest.mark.parametrize(
    "pem", [b"", b"-----BEGIN CERTIFICATE-----\n", b"hello", CA.key, CA.key * 2 + CA.certificate]
)
def test_a_text_without_one_key_and_what_belongs_to_it_is_refused(pem):
    with pytest.raises(DataError, match=r"x\.pem: holds no key with what belongs to it"):
        authority.split(pem, "x.pem")


def test_a_key_and_its_certificate_come_out_of_one_text_in_either_order():
    assert CA == authority.split(CA.key + CA.certificate, "") == authority.split(CA.certificate + CA.key, "")


@pytest.mark.parametrize("key", [b"x", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_key_that_is_none_is_refused(key):
    with pytest.raises(DataError, match="key cannot be read"):
        authority.revoked(authority.Pair(key, CA.certificate), (), NOW)


def test_a_certificate_that_cannot_be_read_or_names_nobody_is_refused():
    key = ec.generate_private_key(ec.SECP256R1())
    nobody = (
        x509.CertificateBuilder(
            x509.Name([]), x509.Name([]), key.public_key(), 1, NOW, NOW + timedelta(days=1)
        )
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
        .decode()
    )
    with pytest.raises(DataError, match="names nobody"):
        authority.named(nobody)
    with pytest.raises(DataError, match="cannot be read"):
        authority.named("x")
