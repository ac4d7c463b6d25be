"""Read a certificate as a device presents it: odd ones are the rule, so what cannot be read is left out."""

import hashlib
import warnings
from collections.abc import Callable
from typing import Final, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

from scanner.model.observation import Scalar, Value
from scanner.observe.text import CAP

_T = TypeVar("_T")
_ODD: Final = (
    ValueError,
    TypeError,
    OverflowError,
    UnsupportedAlgorithm,
    NotImplementedError,
    x509.InvalidVersion,
    x509.DuplicateExtension,
)


def parse(data: bytes) -> tuple[tuple[str, Value], ...]:
    """Names, dates, key and fingerprint of one DER certificate; the fingerprint even of one that cannot be read."""
    facts: list[tuple[str, Value]] = []
    details: dict[str, Scalar | list[str]] = {"sha256": hashlib.sha256(data).hexdigest()}
    # made by devices' own firmware: negative serials, wrong lengths and bad dates warn, and are still evidence
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cert = _try(lambda: x509.load_der_x509_certificate(data))
        if cert is not None:
            facts += _names_and_dates(cert)
            details |= _details(cert)
    return (*facts, ("tls.certificate", details))


def _names_and_dates(cert: x509.Certificate) -> list[tuple[str, Value]]:
    readings: tuple[tuple[str, Callable[[], str]], ...] = (
        ("x509.subject", lambda: _name(cert.subject)),
        ("x509.issuer", lambda: _name(cert.issuer)),
        ("tls.not_before", lambda: cert.not_valid_before_utc.strftime("%Y-%m-%dT%H:%M:%SZ")),
        ("tls.not_after", lambda: cert.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ")),
    )
    return [(field, value) for field, read in readings if (value := _try(read))]


def _name(name: x509.Name) -> str:
    return name.rfc4514_string({x509.NameOID.EMAIL_ADDRESS: "emailAddress"})[:CAP]


def _details(cert: x509.Certificate) -> dict[str, Scalar | list[str]]:
    kind, bits = _try(lambda: _key(cert)) or (None, None)
    return {
        "serial": _try(lambda: f"{cert.serial_number:x}"),
        "self_signed": _try(lambda: cert.subject == cert.issuer),
        "key": kind,
        "bits": bits,
        "signature": _try(lambda: _signature(cert)),
    }


def _key(cert: x509.Certificate) -> tuple[str | None, int | None]:
    match cert.public_key():
        case rsa.RSAPublicKey() as key:
            return "rsa", key.key_size
        case ec.EllipticCurvePublicKey() as key:
            return "ec", key.key_size
        case dsa.DSAPublicKey() as key:
            return "dsa", key.key_size
        case ed25519.Ed25519PublicKey():
            return "ed25519", 256
        case ed448.Ed448PublicKey():
            return "ed448", 456
        case _:
            return None, None


def _signature(cert: x509.Certificate) -> str:
    """The hash it was signed with, or the algorithm's number where there is none or we do not know it."""
    try:
        used = cert.signature_hash_algorithm
    except UnsupportedAlgorithm:
        used = None
    return used.name if used else cert.signature_algorithm_oid.dotted_string


def _try(read: Callable[[], _T]) -> _T | None:
    try:
        return read()
    except _ODD:
        return None
