"""The centre's folder: founded once, opened from below, and never with a password in it."""

from datetime import UTC, datetime, timedelta

import pytest

from scanner.errors import DataError
from scanner.fleet import authority, home, private

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def one(tmp_path):
    return home.Home(
        root=tmp_path / "fleet",
        database="postgresql://admin@db.example/hospital",
        host="db.example",
        port=5432,
        name="hospital",
        engagement="eng-1",
    )


def contents(one):
    return {path.name: path.read_bytes() for path in one.root.rglob("*") if path.is_file()}


def test_what_is_founded_twice_is_what_it_was(one):
    first, before = home.found(one, NOW), contents(one)
    again, after = home.found(one, NOW + timedelta(days=1)), contents(one)

    assert (True, False) == (first, again)
    assert before == after
    assert {0o100600} == {path.stat().st_mode for path in one.root.rglob("*") if path.is_file()}


def test_it_is_found_from_below_and_by_name_and_another_url_goes_before(one, tmp_path):
    home.found(one, NOW)
    (tmp_path / "a" / "b").mkdir(parents=True)

    assert one == home.find(tmp_path / "a" / "b") == home.find(tmp_path / "a", tmp_path)
    assert "postgresql:///x" == home.find(tmp_path, database="postgresql:///x").database
    with pytest.raises(DataError, match="stalehost fleet init"):
        home.find(tmp_path, tmp_path / "a")


@pytest.mark.parametrize(
    ("host", "days", "same"), [("db.example", 500, True), ("db.example", 560, False), ("10.0.0.9", 1, False)]
)
def test_the_server_s_certificate_is_made_anew_for_another_host_and_before_it_ends(one, host, days, same):
    home.found(one, NOW)
    before = contents(one)
    other = home.Home(
        root=one.root, database=one.database, host=host, port=5432, name="hospital", engagement="eng-1"
    )
    home.found(other, NOW + timedelta(days=days))
    after = contents(one)

    assert (
        same
        == (before["stalehost.crt"] == after["stalehost.crt"])
        == (before["stalehost.key"] == after["stalehost.key"])
    )
    assert before["authority.pem"] == after["authority.pem"]
    assert host == authority.named(after["stalehost.crt"].decode())


def test_the_authority_s_key_is_not_used_while_others_may_read_it(one):
    home.found(one, NOW)
    (one.root / "authority.pem").chmod(0o644)
    with pytest.raises(DataError, match="chmod 600"):
        one.authority()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://admin:hunter2@db/x", "leave the password out"),
        ("postgresql://admin@db/x?password=hunter2", "leave the password out"),
        ("postgresql://admin@db/x?sslpassword=hunter2", "leave the password out"),
        ("postgresql://admin:hunter2@db:port/x", "leave the password out|cannot be read"),
        ("hunter2 hunter2", "cannot be read"),
    ],
)
def test_a_url_with_a_password_is_not_written_down_and_not_repeated(url, said):
    with pytest.raises(DataError, match=said) as caught:
        home.plain(url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("text", ["host = 1", "x", "", 'database = "a"\nhost = "b"\nport = 1\nname = "c"'])
def test_a_folder_s_file_that_is_wrong_is_named(one, tmp_path, text):
    home.found(one, NOW)
    private.put(one.root / "fleet.toml", text.encode())
    with pytest.raises(DataError, match=r"fleet.toml: .*writes it anew"):
        home.find(tmp_path)


def test_an_engagement_is_the_scope_file_s_or_a_new_one_and_stays(one, tmp_path):
    assert home.engagement(tmp_path) != home.engagement(tmp_path)
    home.found(one, NOW)
    assert "eng-1" == home.engagement(tmp_path)


def test_the_rules_name_the_database_as_it_is_called(one):
    home.found(one, NOW)
    rules = contents(one)["pg_hba.conf"].decode()

    assert 'hostssl "hospital" +stalehost_sensor   all cert' in rules
    assert "reject" in rules.splitlines()[-1]
