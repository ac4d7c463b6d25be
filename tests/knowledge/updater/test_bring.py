"""Raw feeds come from the network, bundles, folders and files; a bundle writes nowhere but below its room."""

import io
import tarfile
from datetime import UTC, datetime

import pytest

from scanner.errors import DataError, HostError, StoreError
from scanner.knowledge.updater import bring
from scanner.knowledge.updater.feeds import ALL, BY_NAME
from scanner.knowledge.updater.fetch import Web

NOW = datetime(2026, 11, 23, tzinfo=UTC)
NOWHERE = "http://127.0.0.1:9/"


@pytest.fixture
def web():
    return Web(sleep=lambda _: None)


def bundle(path, *names):
    with tarfile.open(path, "w") as archive:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = 2
            archive.addfile(info, io.BytesIO(b"hi"))
        link = tarfile.TarInfo("kev/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return path


def test_a_bundle_gives_feeds_and_their_list_and_nothing_else(tmp_path):
    path = bundle(
        tmp_path / "b.tar", "f/manifest.json", "f/kev/a.json", "./epss/b", "../kev/c", "/kev/../../d", "f/other/e", "g",
        "deep/er/kev/f", "x/../kev/h",
    )  # fmt: skip

    folder = bring.unpacked(path, tmp_path / "room")

    found = sorted(one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file())
    assert ["epss/b", "kev/a.json", "manifest.json"] == found
    assert {"b.tar", "room"} == {one.name for one in tmp_path.iterdir()}


def test_a_bundle_that_is_cut_or_too_large_is_refused(tmp_path, monkeypatch):
    path = bundle(tmp_path / "b.tar", "kev/a", "kev/b")
    monkeypatch.setattr(bring, "BUNDLE", 3)
    with pytest.raises(DataError, match="once unpacked"):
        bring.unpacked(path, tmp_path / "one")
    (tmp_path / "c.tar").write_bytes(b"no tar at all")
    with pytest.raises(DataError, match="not a whole bundle"):
        bring.unpacked(tmp_path / "c.tar", tmp_path / "two")
    with pytest.raises(StoreError, match="cannot unpack"):
        bring.unpacked(tmp_path / "none.tar", tmp_path / "three")


def test_files_that_somebody_keeps_are_told_by_their_names(feeds):
    found = {one.feed.name: {path.name for path in one.paths} for one in bring.loose(feeds, ALL, NOW)}

    assert found["kev"] == {"known_exploited_vulnerabilities.json"}
    assert found["ieee"] == {"oui.csv", "mam.csv", "oui36.csv"}
    assert found["csaf"] == {"csaf"}, "a folder is taken whole, not each of its files too"
    assert {feed.name for feed in ALL} == set(found)


def test_one_source_takes_a_file_of_any_name(tmp_path):
    (tmp_path / "download(3).bin").write_text("x")
    (one,) = bring.loose(tmp_path / "download(3).bin", [BY_NAME["kev"]], NOW)
    assert one.fetched <= NOW
    with pytest.raises(DataError, match="name it with --source"):
        bring.loose(tmp_path / "download(3).bin", ALL, NOW)


def test_a_fetch_that_gets_nothing_says_why_for_each(tmp_path, web):
    with pytest.raises(HostError, match=r"kev: .*; epss: "):
        bring.fetch([BY_NAME["kev"], BY_NAME["epss"]], tmp_path / "f", web, NOW, root=NOWHERE)


def test_a_fetch_that_gets_some_says_what_did_not_come(tmp_path, web, server, feeds):
    server.put("/dsa.list", (feeds / "dsa.list").read_bytes())
    server.put("/dla.list", (feeds / "dla.list").read_bytes())
    chosen = [BY_NAME["debian"], BY_NAME["kev"]]

    _, files, refused = bring.fetch(chosen, tmp_path / "f", web, NOW, root=server.url("/"))

    assert {"debian/dsa.list", "debian/dla.list"} == {one.path for one in files}
    assert ["kev"] == [one.feed for one in refused]
    assert "HTTP 404" in refused[0].why


def test_where_one_file_of_a_feed_has_changed_all_are_fetched(tmp_path, web, server, feeds):
    def same(handler):
        handler.give(
            304 if handler.headers["If-None-Match"] else 200, (feeds / "dla.list").read_bytes(), ETag='"1"'
        )

    server.put("/dsa.list", (feeds / "dsa.list").read_bytes())
    server.put("/dla.list", same)
    stamps = {"debian": {"dla.list": bring.Stamp(etag='"1"')}}

    (one,), unchanged, refused = bring.online(
        [BY_NAME["debian"]], tmp_path / "r", web, NOW, stamps, root=server.url("/")
    )

    assert (2, (), ()) == (len(one.paths), unchanged, refused)
    assert bring.Stamp(etag='"1"') == one.stamps["dla.list"]


def test_a_mirror_without_the_sources_asked_for_is_refused(tmp_path, web, server, feeds):
    server.put(
        "/m/manifest.json", b'{"schema":"stalehost-feeds/1","made":"2026-11-23T00:00:00Z","by":"","files":[]}'
    )
    with pytest.raises(DataError, match="none of the sources asked for"):
        bring.mirrored(server.url("/m/"), tmp_path / "r", web, ALL)


def test_a_list_of_a_newer_program_is_refused(tmp_path):
    (tmp_path / "manifest.json").write_text(
        '{"schema":"stalehost-feeds/1","made":"2026-11-23T00:00:00Z","by":"","files":[{"feed":"later","path":"later/x",'
        '"size":1,"sha256":"x","url":"","fetched":"2026-11-23T00:00:00Z"}]}'
    )
    with pytest.raises(DataError, match="no source 'later'; a newer stalehost wrote this"):
        bring.listed(tmp_path, ALL)


def test_a_folder_that_cannot_be_written_is_said(tmp_path, web):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot write"):
        bring.fetch(ALL, tmp_path / "file" / "x", web, NOW)
    with pytest.raises(StoreError, match="cannot write"):
        bring.download(BY_NAME["kev"], tmp_path / "file" / "x", web, {})
    with pytest.raises(StoreError, match="cannot write"):
        bring.mirrored(NOWHERE, tmp_path / "file" / "x", web, ALL)
