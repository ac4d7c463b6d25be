import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from scanner.errors import HostError, ScopeError
from scanner.scope import signing
from scanner.scope.signature import signatures

TEXT = b'name = "St Example"\n'


def key_file(path, private):
    path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    path.chmod(0o600)
    return path


@pytest.fixture
def scope(tmp_path):
    (tmp_path / "scope.toml").write_bytes(TEXT)
    return tmp_path / "scope.toml"


@pytest.fixture
def keys(tmp_path):
    return [key_file(tmp_path / name, Ed25519PrivateKey.generate()) for name in ("one", "two")]


def test_signatures_are_added_one_after_the_other(scope, keys):
    where = [signing.sign(scope, key) for key in keys]

    text = (scope.parent / "scope.toml.sig").read_text()
    assert [str(scope) + ".sig"] * 2 == where
    assert [True, True] == [one.holds(TEXT) for one in signatures(text, "s")]
    assert 0o600 == (scope.parent / "scope.toml.sig").stat().st_mode & 0o777


def test_nobody_signs_twice(scope, keys):
    signing.sign(scope, keys[0])
    with pytest.raises(ScopeError, match="this key has signed already"):
        signing.sign(scope, keys[0])


def test_a_signature_for_another_version_is_not_joined(scope, keys):
    signing.sign(scope, keys[0])
    scope.write_bytes(TEXT + b"\n")
    with pytest.raises(ScopeError, match="signature 1 is for another version"):
        signing.sign(scope, keys[1])


def test_what_is_no_ed25519_key_is_refused(scope, tmp_path):
    (tmp_path / "text").write_text("hello")
    other = key_file(tmp_path / "ec", ec.generate_private_key(ec.SECP256R1()))
    for path in (tmp_path / "text", other):
        with pytest.raises(ScopeError, match="is no OpenSSH ed25519 private key"):
            signing.sign(scope, path)
    with pytest.raises(ScopeError, match="cannot read the key"):
        signing.sign(scope, tmp_path / "none")


def keygen(*words):
    found = shutil.which("ssh-keygen")
    if not found:
        pytest.skip("no ssh-keygen here (Debian: openssh-client)")
    return subprocess.run([found, *words], capture_output=True, check=True).stdout


@pytest.fixture
def locked(tmp_path):
    """A key behind a passphrase."""
    keygen("-q", "-t", "ed25519", "-N", "open sesame", "-f", str(tmp_path / "locked"))
    return tmp_path / "locked"


def test_a_key_behind_a_passphrase_is_left_to_ssh_keygen(scope, locked, tmp_path, monkeypatch):
    (tmp_path / "ask").write_text("#!/bin/sh\necho open sesame\n")
    (tmp_path / "ask").chmod(0o700)
    monkeypatch.setenv("SSH_ASKPASS", str(tmp_path / "ask"))
    monkeypatch.setenv("SSH_ASKPASS_REQUIRE", "force")

    where = signing.sign(scope, locked)

    (found,) = signatures(Path(where).read_text(), "s")
    assert found.holds(TEXT)


def test_a_wrong_passphrase_is_said_in_one_line(scope, locked, monkeypatch):
    monkeypatch.setenv("SSH_ASKPASS", "/bin/false")
    monkeypatch.setenv("SSH_ASKPASS_REQUIRE", "force")
    with pytest.raises(HostError, match="ssh-keygen did not sign: "):
        signing.sign(scope, locked)
    assert not (scope.parent / "scope.toml.sig").exists()


def test_a_public_half_without_ssh_keygen_is_said_clearly(scope, tmp_path, monkeypatch):
    key = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    (tmp_path / "key.pub").write_bytes(key)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(HostError, match="needs a passphrase or an agent"):
        signing.sign(scope, tmp_path / "key.pub")


def test_what_signs_something_else_is_not_kept(scope, keys, monkeypatch):
    monkeypatch.setattr(signing, "signed", lambda private, *_rest: _other(private))
    with pytest.raises(ScopeError, match="what it signed does not verify"):
        signing.sign(scope, keys[0])
    assert not (scope.parent / "scope.toml.sig").exists()


def _other(private):
    from scanner.scope.signature import armor, to_sign

    return armor(private.public_key().public_bytes_raw(), private.sign(to_sign(b"something else")))
