"""The fleet's own certificates: one authority at the centre, one short-lived certificate for each sensor.

The centre never sees a sensor's key: the sensor makes it and asks (PKCS #10, RFC 2986). Of what it asks for, only the
key counts; the name in the certificate is the centre's word.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from msgspec import Struct

from scanner.errors import DataError

DAYS: Final = 90
"""How long a sensor's certificate counts; it asks for the next one when a third of that is left."""

_YEARS: Final = timedelta(days=3650)
_SKEW: Final = timedelta(days=1)
"""How far a clock of the fleet may be behind the centre's: one that jumps by hours locks nobody out."""


class Pair(Struct, frozen=True):
    """A key and its certificate, in PEM."""

    key: bytes
    certificate: bytes


def found(name: str, now: datetime) -> Pair:
    """A new authority, for ten years."""
    key = ec.generate_private_key(ec.SECP256R1())
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    made = (
        _blank(name, name, key.public_key(), now, now + _YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    return Pair(_pem(key), made.public_bytes(serialization.Encoding.PEM))


def serve(authority: Pair, host: str, now: datetime) -> Pair:
    """A key and certificate for the database server that sensors reach as `host`, a name or an address."""
    key = ec.generate_private_key(ec.SECP256R1())
    try:
        other: x509.GeneralName = x509.IPAddress(ip_address(host))
    except ValueError:
        other = x509.DNSName(host)
    made = _signed(
        authority,
        _blank(_issuer(authority), host, key.public_key(), now, now + timedelta(days=825)).add_extension(
            x509.SubjectAlternativeName([other]), critical=False
        ),
        ExtendedKeyUsageOID.SERVER_AUTH,
    )
    return Pair(_pem(key), made.public_bytes(serialization.Encoding.PEM))


def ask() -> Pair:
    """A sensor's new key, and its request for a certificate in place of one."""
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder(x509.Name([])).sign(key, hashes.SHA256())
    return Pair(_pem(key), request.public_bytes(serialization.Encoding.PEM))


def sign(authority: Pair, request: str, role: str, now: datetime) -> tuple[str, int, datetime]:
    """Answer a sensor's request: its certificate in PEM, the serial, and until when it counts.

    Raise DataError for what is no request, does not hold its own key, or holds a weak one.
    """
    try:
        asked = x509.load_pem_x509_csr(request.encode())
        genuine = asked.is_signature_valid
        key = asked.public_key()
    except Exception as error:
        # cryptography raises what its parser raises: ValueError, TypeError, UnsupportedAlgorithm
        raise DataError("a request for a certificate cannot be read") from error
    if not genuine or not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.key_size < 256:
        raise DataError("a request for a certificate is not signed with its own elliptic-curve key")
    until = now + timedelta(days=DAYS)
    made = _signed(
        authority, _blank(_issuer(authority), role, key, now, until), ExtendedKeyUsageOID.CLIENT_AUTH
    )
    return (
        made.public_bytes(serialization.Encoding.PEM).decode(),
        made.serial_number,
        made.not_valid_after_utc,
    )


def revoked(authority: Pair, serials: Iterable[tuple[int, datetime]], now: datetime) -> bytes:
    """The list of certificates that count no longer, and since when (RFC 5280, section 5), in PEM.

    It counts for as long as the authority: a server that finds its list out of date turns every sensor away.
    """
    key, issuer = _key(authority), x509.load_pem_x509_certificate(authority.certificate)
    made = x509.CertificateRevocationListBuilder(
        issuer_name=issuer.subject, last_update=now - _SKEW, next_update=issuer.not_valid_after_utc
    )
    for serial, since in serials:
        one = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since)
        made = made.add_revoked_certificate(one.build())
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def split(pem: bytes, where: str) -> Pair:
    """A key and its certificate, or request, that stand in one text, each by itself; raise DataError when one is missing."""
    blocks = [b"-----BEGIN" + one for one in pem.split(b"-----BEGIN")[1:]]
    keys = [one for one in blocks if b"PRIVATE KEY-----" in one]
    others = [one for one in blocks if b"PRIVATE KEY-----" not in one]
    if len(keys) != 1 or len(others) != 1:
        raise DataError(f"{where}: holds no key with what belongs to it")
    return Pair(keys[0], others[0])


def ends(certificate: str) -> datetime:
    """Until when a certificate counts; raise DataError when it cannot be read."""
    return _certificate(certificate).not_valid_after_utc


def named(certificate: str) -> str:
    """Whose certificate it is; raise DataError when it cannot be read or names nobody."""
    names = _certificate(certificate).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if not names:
        raise DataError("a certificate names nobody")
    return str(names[0].value)


def fits(pair: Pair, certificate: str) -> bool:
    """Whether a certificate is for the key of a pair; raise DataError when it cannot be read."""
    return _key(pair).public_key() == _certificate(certificate).public_key()


def _certificate(text: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(text.encode())
    except ValueError as error:
        raise DataError("a certificate cannot be read") from error


def _key(pair: Pair) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(pair.key, None)
    except (ValueError, TypeError) as error:
        raise DataError("a key cannot be read") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise DataError(
            "a key is no elliptic-curve key; the fleet's authority is made by: stalehost fleet init"
        )
    return key


def _signed(
    authority: Pair, blank: x509.CertificateBuilder, purpose: x509.ObjectIdentifier
) -> x509.Certificate:
    return (
        blank.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .sign(_key(authority), hashes.SHA256())
    )


def _issuer(authority: Pair) -> str:
    subject = x509.load_pem_x509_certificate(authority.certificate).subject
    return str(subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def _blank(
    issuer: str, name: str, key: ec.EllipticCurvePublicKey, now: datetime, until: datetime
) -> x509.CertificateBuilder:
    def common(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    return x509.CertificateBuilder(
        issuer_name=common(issuer),
        subject_name=common(name),
        public_key=key,
        serial_number=x509.random_serial_number(),
        not_valid_before=now - _SKEW,
        not_valid_after=until,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
