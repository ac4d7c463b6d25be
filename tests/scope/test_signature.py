import base64
import shutil
import subprocess
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import ScopeError
from scanner.scope.signature import (
    NAMESPACE,
    allowed,
    armor,
    fingerprint,
    key_blob,
    signatures,
    string,
    to_sign,
)

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = PRIVATE.public_key().public_bytes_raw()
MESSAGE = b'[engagement]\nname = "St Example"\n'
GOOD = armor(KEY, PRIVATE.sign(to_sign(MESSAGE)))
LINE = PRIVATE.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
PUBLIC = LINE.decode()


@pytest.mark.parametrize("algorithm", [b"sha512", b"sha256"])
def test_a_signature_is_read_and_holds_for_its_message_only(algorithm):
    text = armor(KEY, PRIVATE.sign(to_sign(MESSAGE, algorithm)), algorithm)

    (found,) = signatures(text, "s")

    assert KEY == found.key
    assert found.holds(MESSAGE)
    assert not found.holds(MESSAGE + b"\n")


def test_several_signatures_stand_one_after_the_other():
    assert 3 == len(signatures(GOOD + "\n" + GOOD + GOOD, "s"))


@settings(deadline=None)  # big numbers on a busy machine
@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_a_changed_byte_of_the_signature_never_verifies(at, change):
    spoilt = bytearray(GOOD.encode())
    spoilt[at] ^= change
    # the line end after the last line carries nothing: only losing it is a change that may pass
    try:
        found = signatures(spoilt.decode("latin-1"), "s")
    except ScopeError:
        return
    assert not any(one.holds(MESSAGE) for one in found)


@settings(deadline=None)  # big numbers on a busy machine
@given(st.integers(0, len(MESSAGE) - 1), st.integers(1, 255))
def test_a_changed_byte_of_the_message_never_verifies(at, change):
    spoilt = bytearray(MESSAGE)
    spoilt[at] ^= change
    assert not signatures(GOOD, "s")[0].holds(bytes(spoilt))


@settings(deadline=None)  # big numbers on a busy machine
@given(st.text() | st.binary().map(lambda data: data.decode("latin-1")))
def test_any_text_is_signatures_or_a_scope_error(junk):
    for text in (junk, GOOD.replace("\n", "\n" + junk, 1), junk + GOOD):
        try:
            signatures(text, "there")
        except ScopeError as error:
            assert str(error).startswith("there")


@settings(deadline=None)  # big numbers on a busy machine
@given(st.binary(max_size=120))
def test_any_bytes_under_the_armor_are_a_signature_or_a_scope_error(junk):
    body = base64.b64encode(b"SSHSIG\0\0\0\1" + junk).decode()
    with pytest.raises(ScopeError, match="there:1"):
        signatures(f"-----BEGIN SSH SIGNATURE-----\n{body}\n-----END SSH SIGNATURE-----\n", "there")


def spoilt(version=1, namespace=b"stalehost-scope", reserved=b"", algorithm=b"sha512", kind=b"ssh-ed25519"):
    key = string(kind) + string(KEY)
    parts = (key, namespace, reserved, algorithm, string(kind) + string(bytes(64)))
    blob = b"SSHSIG" + version.to_bytes(4, "big") + b"".join(map(string, parts))
    return f"-----BEGIN SSH SIGNATURE-----\n{base64.b64encode(blob).decode()}\n-----END SSH SIGNATURE-----\n"


WRONG = [
    ("", "s: holds no signature"),
    ("hello", "s:1: this is not part"),
    (GOOD + "x", "s:7: this is not part"),
    (GOOD.replace("-----END SSH SIGNATURE-----\n", ""), "s:1: this signature has no end"),
    ("-----BEGIN SSH SIGNATURE-----\nU1NIU0lH", "s:1: this signature has no end"),
    (GOOD.replace("U1NI", "A1NI"), "s:1: this signature is damaged"),
    (spoilt(version=2), "does not know"),
    (spoilt(reserved=b"x"), "does not know"),
    (spoilt(namespace=b"file"), "is for 'file', not for 'stalehost-scope'"),
    (spoilt(algorithm=b"md5"), "a hash other than"),
    (spoilt(kind=b"ssh-rsa"), "sign with an ed25519 key; this is 'ssh-rsa'"),
    (GOOD * 17, "17 signatures; at most 16"),
    (" " * 65537, "are no signatures"),
]


@pytest.mark.parametrize(("text", "complaint"), WRONG, ids=[w[1] for w in WRONG])
def test_what_is_no_signature_is_named_with_its_line(text, complaint):
    with pytest.raises(ScopeError, match=complaint):
        signatures(text, "s")


SIGNERS = [
    (f"doe {PUBLIC}", "doe", None, None),
    (f"# who\n\n doe,jd {PUBLIC} a comment", "doe", None, None),
    (f'"J. Doe, CISO" {PUBLIC}', "J. Doe", None, None),
    (
        f'doe namespaces="git,stale*",valid-after="20260101Z" {PUBLIC}',
        "doe",
        datetime(2026, 1, 1, tzinfo=UTC),
        None,
    ),
    (
        f'doe valid-before="202612312359Z",valid-after="20260101080910Z" {PUBLIC}',
        "doe",
        datetime(2026, 1, 1, 8, 9, 10, tzinfo=UTC),
        datetime(2026, 12, 31, 23, 59, tzinfo=UTC),
    ),
    (
        f'doe Valid-Before="20261231" {PUBLIC}',
        "doe",
        None,
        datetime(2026, 12, 31).astimezone(UTC),  # without Z OpenSSH means the machine's own zone
    ),
]


@pytest.mark.parametrize(("text", "principal", "after", "before"), SIGNERS, ids=[s[0][:40] for s in SIGNERS])
def test_a_line_says_who_may_sign_and_when(text, principal, after, before):
    (found,) = allowed(text, "a")

    assert (principal, KEY, after, before) == (
        found.principal,
        found.key,
        found.valid_after,
        found.valid_before,
    )


@pytest.mark.parametrize(
    "line",
    [
        f'doe namespaces="git" {PUBLIC}',
        f'doe namespaces="stale*,!stalehost-scope" {PUBLIC}',
        f"doe cert-authority {PUBLIC}",
        "doe ssh-rsa AAAAB3NzaC1yc2E=",
    ],
)
def test_a_line_for_something_else_allows_nobody(line):
    assert () == allowed(line, "a")


BAD_SIGNERS = [
    ("doe", "a:1: write: name namespaces="),
    (f"\ndoe verb {PUBLIC}", "a:2: unknown option 'verb'"),
    (f'doe =,"x" {PUBLIC}', "a:1: cannot read the option"),
    (f'doe valid-after="2026" {PUBLIC}', "is no time such as"),
    (f'doe valid-after="20261331" {PUBLIC}', "is no time such as"),
    (f"doe {PUBLIC[:40]}", "this key is damaged"),
    (f"doe {PUBLIC}AAAA", "this key is damaged"),
    ("doe ssh-ed25519 " + "AAAAB3NzaC1yc2EAAAAA", "this is no ed25519 key"),
    ("x" * 65537, "are no list of signers"),
]


@pytest.mark.parametrize(("text", "complaint"), BAD_SIGNERS, ids=[b[1] for b in BAD_SIGNERS])
def test_a_line_that_is_wrong_is_named(text, complaint):
    with pytest.raises(ScopeError, match=complaint):
        allowed(text, "a")


@settings(deadline=None)  # big numbers on a busy machine
@given(st.text(), st.integers(0, 100))
def test_any_text_is_a_list_of_signers_or_a_scope_error(junk, at):
    line = f'doe namespaces="{NAMESPACE}",valid-before="20270101Z" {PUBLIC}'
    for text in (junk, line[:at] + junk + line[at:]):
        try:
            allowed(text, "there")
        except ScopeError as error:
            assert str(error).startswith("there")


def keygen(*words, **more):
    found = shutil.which("ssh-keygen")
    if not found:
        pytest.skip("no ssh-keygen here (Debian: openssh-client)")
    return subprocess.run([found, *words], capture_output=True, check=True, **more).stdout.decode()


def test_what_ssh_keygen_signs_verifies_here(tmp_path):
    (tmp_path / "scope.toml").write_bytes(MESSAGE)
    keygen("-q", "-t", "ed25519", "-N", "", "-C", "a doe", "-f", str(tmp_path / "key"))
    keygen("-Y", "sign", "-n", NAMESPACE, "-f", str(tmp_path / "key"), str(tmp_path / "scope.toml"))
    public = (tmp_path / "key.pub").read_text()

    (found,) = signatures((tmp_path / "scope.toml.sig").read_text(), "s")
    (signer,) = allowed(f"doe {public}", "a")

    assert signer.key == found.key
    assert found.holds(MESSAGE)
    assert fingerprint(found.key) in keygen("-l", "-f", str(tmp_path / "key.pub"))


def test_what_is_signed_here_verifies_with_ssh_keygen(tmp_path):
    (tmp_path / "sig").write_text(GOOD)
    (tmp_path / "allowed").write_text(f'doe namespaces="{NAMESPACE}" {PUBLIC}\n')

    words = ["-Y", "verify", "-n", NAMESPACE, "-I", "doe", "-f", tmp_path / "allowed", "-s", tmp_path / "sig"]
    said = keygen(*map(str, words), input=MESSAGE)

    assert "Good" in said


def test_a_public_key_is_encoded_as_openssh_does():
    assert PUBLIC.split()[1] == base64.b64encode(key_blob(KEY)).decode()
