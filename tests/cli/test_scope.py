"""`stalehost scope check|sign|verify|renew`, as two people would use them."""

import re

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from scanner.errors import ScopeError
from scanner.scope.signing import allowed_line


@pytest.fixture
def people(engagement, monkeypatch):
    """The hospital's scope without its signatures, and two people who may sign it."""
    (engagement / "scope.toml.sig").unlink()
    listed = ""
    for name in ("doe", "roe"):
        key = Ed25519PrivateKey.generate()
        path = engagement.parent / name
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
        listed += allowed_line(name, key)
    (engagement.parent / "allowed").write_text(listed)
    (engagement.parent / "allowed").chmod(0o600)
    monkeypatch.setenv("STALEHOST_ALLOWED_SIGNERS", str(engagement.parent / "allowed"))
    return engagement


def test_a_scope_is_signed_by_two_and_verified(run, people):
    before = run("scope", "check", "--now", "2026-11-24").stdout
    signed = [run("scope", "sign", "--key", f"../{name}") for name in ("doe", "roe")]
    verified = run("scope", "verify", "--now", "2026-11-24").stdout

    assert "self-authorised" in before
    assert "NOTHING WILL BE SENT to 10.20.40.0/27 (ward): two people must sign first" in before
    assert [0, 0] == [one.exit_code for one in signed]
    assert 2 == len(re.findall(r"signed by (doe|roe), key SHA256:\S+, valid from .*: counts", verified))
    assert verified.endswith("every network has the signatures that it needs\n")
    assert "signed by doe and roe" in run("scope", "check", "--now", "2026-11-24").stdout


def test_a_changed_scope_is_refused_by_every_command_with_a_line_that_says_so(run, people):
    run("scope", "sign", "--key", "../doe")
    text = (people / "scope.toml").read_text()
    (people / "scope.toml").write_text(text.replace("ventilators, never", "ventilators, maybe"))

    for words in (["scope", "check"], ["scan", "--dry-run"], ["report"], ["devices"]):
        error = run(*words).exception
        assert isinstance(error, ScopeError)
        assert "scope.toml.sig: signature 1 is not for this scope.toml" in str(error)


def test_a_renewed_scope_needs_new_signatures(run, people):
    run("scope", "sign", "--key", "../doe")
    renewed = run("scope", "renew", "--until", "2027-01-31", "--now", "2026-12-20")

    assert 0 == renewed.exit_code
    assert "scope.toml.bak" in renewed.stderr
    said = run("scope", "verify", "--now", "2026-12-21").stdout
    assert "bears no signature" in said
    assert "valid now, for 42 more days" in run("scope", "check", "--now", "2026-12-21").stdout


def test_a_named_list_of_signers_comes_before_the_environment(run, people):
    said = run("scope", "verify", "--allowed-signers", "../none").exception
    assert "../none: cannot read who may sign" in str(said)
