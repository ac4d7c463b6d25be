"""A certificate as devices present it: good, odd or broken."""

import hashlib
from datetime import UTC, datetime

import pytest
from cryptography import x509 as crypto
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import example, given
from hypothesis import strategies as st

from scanner.observe import x509


def make(key, hash_with, *, issuer="device", start=datetime(2010, 1, 2, tzinfo=UTC)):
    def name(text):
        return crypto.Name(
            [
                crypto.NameAttribute(crypto.NameOID.ORGANIZATION_NAME, "Maker, Inc"),
                crypto.NameAttribute(crypto.NameOID.EMAIL_ADDRESS, "a@example.org"),
                crypto.NameAttribute(crypto.NameOID.COMMON_NAME, text),
            ]
        )

    end = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
    builder = crypto.CertificateBuilder(name(issuer), name("device"), key.public_key(), 0x1F, start, end)
    return builder.sign(key, hash_with).public_bytes(Encoding.DER)


DER = make(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())


def test_names_and_dates_are_read_as_their_maker_wrote_them():
    facts = dict(x509.parse(DER))

    assert (
        "CN=device,emailAddress=a@example.org,O=Maker\\, Inc" == facts["x509.subject"] == facts["x509.issuer"]
    )
    assert ("2010-01-02T00:00:00Z", "2030-01-02T03:04:05Z") == (
        facts["tls.not_before"],
        facts["tls.not_after"],
    )


@pytest.mark.parametrize(
    ("key", "hash_with", "want"),
    [
        (rsa.generate_private_key(65537, 1024), hashes.SHA256(), ("rsa", 1024, "sha256")),
        (ec.generate_private_key(ec.SECP384R1()), hashes.SHA384(), ("ec", 384, "sha384")),
        (dsa.generate_private_key(1024), hashes.SHA256(), ("dsa", 1024, "sha256")),
        (ed25519.Ed25519PrivateKey.generate(), None, ("ed25519", 256, "1.3.101.112")),
        (ed448.Ed448PrivateKey.generate(), None, ("ed448", 456, "1.3.101.113")),
    ],
    ids=["rsa", "ec", "dsa", "ed25519", "ed448"],
)
def test_key_and_signature_are_named(key, hash_with, want):
    got = dict(x509.parse(make(key, hash_with)))["tls.certificate"]

    assert want == (got["key"], got["bits"], got["signature"])
    assert ("1f", True) == (got["serial"], got["self_signed"])


def test_a_certificate_by_another_is_not_self_signed():
    der = make(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256(), issuer="authority")

    assert dict(x509.parse(der))["tls.certificate"]["self_signed"] is False


def test_an_unknown_signature_is_shown_by_number():
    # ecdsa-with-SHA256 (1.2.840.10045.4.3.2) made into a number that nobody has
    der = DER.replace(bytes.fromhex("2a8648ce3d040302"), bytes.fromhex("2a8648ce3d040363"))

    assert "1.2.840.10045.4.3.99" == dict(x509.parse(der))["tls.certificate"]["signature"]


def test_an_unknown_key_is_left_out():
    # id-ecPublicKey made into a number that nobody has
    der = DER.replace(bytes.fromhex("2a8648ce3d0201"), bytes.fromhex("2a8648ce3d0263"))

    got = dict(x509.parse(der))["tls.certificate"]

    assert (None, None) == (got["key"], got["bits"])


def test_a_key_that_cannot_sign_is_left_out():
    ours = x25519.X25519PrivateKey.generate().public_key()
    name = crypto.Name([crypto.NameAttribute(crypto.NameOID.COMMON_NAME, "device")])
    start, end = datetime(2010, 1, 2, tzinfo=UTC), datetime(2030, 1, 2, tzinfo=UTC)
    builder = crypto.CertificateBuilder(name, name, ours, 7, start, end)
    der = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(Encoding.DER)

    got = dict(x509.parse(der))["tls.certificate"]

    assert (None, None, "7") == (got["key"], got["bits"], got["serial"])


@pytest.mark.parametrize("data", [b"", b"\x30\x00", b"not a certificate", DER[:-9]])
def test_what_cannot_be_read_still_has_a_fingerprint(data):
    assert (("tls.certificate", {"sha256": hashlib.sha256(data).hexdigest()}),) == x509.parse(data)


@example(at=12, noise=b"\x01")  # an X.509 version that does not exist
@given(at=st.integers(0, len(DER) - 1), noise=st.binary(min_size=1, max_size=4))
def test_a_damaged_certificate_never_raises(at, noise):
    facts = x509.parse(DER[:at] + noise + DER[at + len(noise) :])

    assert "tls.certificate" == facts[-1][0]
