"""The one file that travels to a sensor: it comes back as it was written, or is refused without a word of what it holds."""

from datetime import UTC, datetime

import pytest

from scanner.errors import DataError
from scanner.fleet import authority, invitation, private
from scanner.fleet.invitation import Invitation

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
ONE = Invitation(
    sensor="north-1",
    site="north",
    host="db.example",
    port=5432,
    database='St "Example"\\',
    code="very-secret-code",
    until=NOW,
    authority=authority.found("x", NOW).certificate.decode(),
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "north-1.toml"


def test_it_comes_back_as_it_was_written_and_says_what_to_do_with_it(path):
    invitation.write(path, ONE)

    assert ONE == invitation.read(path)
    assert 0o100600 == path.stat().st_mode
    assert "stalehost fleet enrol north-1.toml" in path.read_text()
    assert "until 2026-11-24 08:00 UTC" in path.read_text()


def test_a_file_that_others_may_read_is_not_used(path):
    invitation.write(path, ONE)
    path.chmod(0o644)
    with pytest.raises(DataError, match="chmod 600"):
        invitation.read(path)


@pytest.mark.parametrize("cut", [0, 1, 100, 400, -2])
def test_what_was_cut_off_is_refused(path, cut):
    invitation.write(path, ONE)
    private.put(path, path.read_bytes()[:cut])
    with pytest.raises(DataError, match="no invitation, or damaged on the way"):
        invitation.read(path)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("port", '"very-secret-code"'),
        ("code", "very-secret-code"),
        ("more", '"very-secret-code"'),
        ("until", '"very-secret-code"'),
        ("authority", '"very-secret-code"'),
        ("host", '"/tmp/very-secret-code"'),
        ("host", '"@very-secret-code"'),
        ("host", '""'),
        ("port", "0"),
        ("port", "65536"),
    ],
)
def test_what_is_wrong_is_refused_and_no_code_is_repeated(path, key, value):
    invitation.write(path, ONE)
    lines = [line for line in path.read_text().splitlines() if not line.startswith(f"{key} =")]
    private.put(path, "\n".join([*lines, f"{key} = {value}", ""]).encode())

    with pytest.raises(DataError, match=r"north-1.toml: ") as caught:
        invitation.read(path)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None
