import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.scope.ed25519 import verify

ORDER = 2**252 + 27742317777372353535851937790883648493

VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]
"""RFC 8032, section 7.1, tests 1 to 3."""

SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
]
"""The eight points whose order divides 8, as the curve's equation gives them."""

KEYS = st.binary(min_size=32, max_size=32).map(Ed25519PrivateKey.from_private_bytes)


def theirs(key, message, signature):
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_the_vectors_of_the_rfc_verify(key, message, signature):
    assert verify(bytes.fromhex(key), bytes.fromhex(message), bytes.fromhex(signature))


@pytest.mark.parametrize("point", SMALL_ORDER)
def test_a_point_of_small_order_is_neither_key_nor_nonce(point):
    """With such a key, nonce and a zero scalar, other implementations accept one signature for many messages."""
    small = bytes.fromhex(point)
    key, message, signature = (bytes.fromhex(part) for part in VECTORS[1])

    assert not verify(small, b"anything", small + bytes(32))
    assert not verify(small, message, signature)
    assert not verify(key, message, small + signature[32:])


@pytest.mark.parametrize(
    "point",
    [(2**255 - 19).to_bytes(32, "little"), (2**255 - 1).to_bytes(32, "little"), b"\x02" + bytes(31)],
    ids=["y = p", "y = 2^255 - 1", "no point of the curve"],
)
def test_what_is_no_point_in_canonical_form_is_no_key(point):
    assert not verify(point, b"", bytes(64))


@settings(deadline=None)  # big numbers on a busy machine
@given(KEYS, st.binary(max_size=200))
def test_what_cryptography_signs_verifies_and_a_second_spelling_of_it_does_not(private, message):
    key, signature = private.public_key().public_bytes_raw(), private.sign(message)
    more = int.from_bytes(signature[32:], "little") + ORDER

    assert verify(key, message, signature)
    assert not verify(key, message, signature[:32] + more.to_bytes(32, "little"))


@settings(deadline=None)  # big numbers on a busy machine
@given(KEYS, st.binary(max_size=50), st.integers(0, 511), st.integers(0, 255))
def test_a_flipped_bit_of_signature_or_key_fails_here_and_there(private, message, at, other):
    key, signature = private.public_key().public_bytes_raw(), bytearray(private.sign(message))
    signature[at // 8] ^= 1 << at % 8
    spoilt = bytearray(key)
    spoilt[other // 8] ^= 1 << other % 8

    assert not verify(key, message, bytes(signature))
    assert not theirs(key, message, bytes(signature))
    assert not verify(bytes(spoilt), message, private.sign(message))


@settings(deadline=None)  # big numbers on a busy machine
@given(st.binary(max_size=70), st.binary(max_size=20), st.binary(max_size=70))
def test_what_verifies_here_verifies_with_cryptography_too(key, message, signature):
    assert not verify(key, message, signature) or theirs(key, message, signature)


@settings(deadline=None)  # big numbers on a busy machine
@given(st.binary(min_size=32, max_size=32), st.binary(min_size=64, max_size=64))
def test_junk_of_the_right_length_never_verifies(key, signature):
    assert not verify(key, b"scope", signature)
