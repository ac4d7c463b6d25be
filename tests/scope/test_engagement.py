from datetime import date

import pytest

from scanner.errors import ScopeError
from scanner.scope.engagement import draft, find, write_private
from scanner.scope.parse import SECTORS, parse


def test_the_folder_is_found_from_below(tmp_path, text):
    (tmp_path / "scope.toml").write_text(text)
    (tmp_path / "reports" / "deep").mkdir(parents=True)

    folder = find(tmp_path / "reports" / "deep")

    assert tmp_path.resolve() / "stalehost.db" == folder.database
    assert [tmp_path.resolve() / name for name in ("audit.jsonl", "ledger.db", "reports")] == [
        folder.audit,
        folder.ledger,
        folder.reports,
    ]


def test_scope_and_database_may_be_named(tmp_path, text):
    (tmp_path / "mine.toml").write_text(text)
    folder = find(tmp_path, tmp_path / "mine.toml", tmp_path / "d.db")
    assert (tmp_path / "d.db", tmp_path / "mine.toml") == (folder.database, folder.scope_path)


def test_no_scope_means_no_work(tmp_path):
    with pytest.raises(ScopeError, match="stalehost init"):
        find(tmp_path / "nowhere", tmp_path / "none.toml")
    with pytest.raises(ScopeError, match="stalehost init"):
        find(tmp_path)


def test_a_renewed_scope_keeps_its_engagement_and_another_owner_does_not(tmp_path, text):
    ids = []
    for change in (("CISO", "CIO"), ("CISO", "CISO"), ("St Example Hospital", "Other Hospital")):
        (tmp_path / "scope.toml").write_text(text.replace(*change))
        ids.append(find(tmp_path).id)
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize("sector", SECTORS)
def test_a_draft_parses_and_touches_nobody(sector):
    scope = parse(draft(sector, {"owner": 'St "Example" \\ \x07'}, date(2026, 12, 1)), "scope.toml")
    assert sector == scope.engagement.sector
    assert 'St "Example" \\ '.strip() == scope.engagement.owner
    assert all(str(network.cidr).startswith("192.0.2.") for network in scope.networks)


def test_a_scope_file_is_never_overwritten_and_private(tmp_path):
    write_private(tmp_path / "scope.toml", "a")
    with pytest.raises(ScopeError, match="exists already"):
        write_private(tmp_path / "scope.toml", "b")
    assert ("a", 0o600) == (
        (tmp_path / "scope.toml").read_text(),
        (tmp_path / "scope.toml").stat().st_mode & 0o777,
    )


def test_a_folder_reads_its_scope_again_with_the_same_list_of_signers(tmp_path, text):
    (tmp_path / "job").mkdir()
    (tmp_path / "job" / "scope.toml").write_text(text)
    (tmp_path / "allowed").touch(mode=0o600)
    for signers in (None, tmp_path / "allowed"):
        folder = find(tmp_path / "job", allowed_signers=signers)
        assert folder.scope == folder.again()

    (tmp_path / "job" / "scope.toml").write_text(text.replace("CISO", "CIO"))
    assert "J. Doe, CIO" == folder.again().engagement.authorized_by
    (tmp_path / "job" / "scope.toml.sig").write_text("not a signature")
    with pytest.raises(ScopeError, match="not part of an OpenSSH signature"):
        folder.again()


def test_a_database_has_begun_once_it_is_there_and_a_server_may_have(tmp_path, text):
    (tmp_path / "mine.toml").write_text(text)
    folder = find(tmp_path, tmp_path / "mine.toml", tmp_path / "d.db")
    server = find(tmp_path, tmp_path / "mine.toml", "postgresql:///stalehost")

    assert (False, True) == (folder.begun, server.begun)
    (tmp_path / "d.db").touch()
    assert folder.begun


def test_a_small_file_beside_the_scope_is_read_and_may_be_missing(tmp_path, text):
    (tmp_path / "mine.toml").write_text(text)
    folder = find(tmp_path, tmp_path / "mine.toml")
    (tmp_path / "notes").write_text("kept")

    assert ("kept", "") == (folder.kept("notes"), folder.kept("others"))
