"""A whole update: from the network, from files, from a bundle; what may not come in is named and changes nothing."""

import json
import tarfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from scanner.errors import DataError, HostError, StoreError
from scanner.knowledge import installed
from scanner.knowledge.base import open_base
from scanner.knowledge.updater import run
from tests.knowledge.updater import world
from tests.knowledge.updater.server import serve

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
NEW = "CVE-2099-10001"
RECOG = Path(__file__).parents[3] / "fixtures" / "recog"
HTML = b"<!DOCTYPE html><html><head><title>Access Denied</title></head></html>"


def update(names, place="", now=NOW, **more):
    return run.update(names, str(place), "", now, sleep=lambda _: None, **more)


@pytest.fixture
def official(server, monkeypatch):
    """Serve a feed at an address that stands in its file: what `kb update` without --from asks."""
    return lambda name, *answers: serve(server, monkeypatch, name, *answers)


def test_an_update_from_the_network_is_in_use_at_once_and_names_its_sources(data, official):
    official("kev", world.kev(more=[NEW]))
    official("epss", world.epss())

    taken = update("epss,kev")

    base = open_base()
    assert ("kev", "epss") == taken.feeds
    assert base.kev(NEW).added == date(2026, 11, 20)
    assert base.epss("CVE-2017-0144").score == 0.5
    assert base.epss("CVE-2098-10000") is None
    dated = {one.name: one.dated for one in base.sources()}
    assert (date(2026, 11, 20), date(2026, 11, 21)) == (dated["kev"], dated["epss"])
    assert base.branches("openbsd:openssh") == open_base(run.make.shipped_base.shipped()).branches(
        "openbsd:openssh"
    )


def test_scores_of_what_the_same_update_brought_are_kept(data, official):
    official("kev", world.kev(more=["CVE-2098-10000"]))
    official("epss", world.epss())
    update("kev,epss")

    assert open_base().epss("CVE-2098-10000").score == 0.5


def test_what_has_not_changed_is_asked_for_and_not_sent_again(data, server, official):
    def answer(handler):
        same = handler.headers["If-None-Match"] == '"1"'
        handler.give(304, b"") if same else handler.give(200, world.kev(more=[NEW]), ETag='"1"')

    official("kev", answer)
    update("kev")
    later = update("kev", now=NOW + timedelta(days=3))

    assert ["kev", "kev"] == [path.strip("/")[6:9].replace("exp", "kev") for path, _ in server.asked]
    assert () == later.feeds
    assert open_base().kev(NEW) is not None
    assert installed.current().manifest.feeds["kev"].fetched == NOW + timedelta(days=3)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: HTML, r"an HTML page \(Access Denied\), not the feed"),
        (lambda: lambda one: one.give(403, HTML), "HTTP 403"),
        (lambda: world.kev()[:-200], "not whole JSON"),
        (lambda: world.kev(keep=700), "only 700 entries, where 831 would be few"),
        (lambda: world.kev(dated="2027-01-01"), "dated 2027-01-01, which is still to come"),
        (lambda: b"{}", "not shaped as the feed is"),
        (lambda: b"", "empty"),
    ],
    ids=["html", "403", "cut", "shrunk", "future", "other", "empty"],
)
def test_what_is_not_the_feed_is_refused_and_changes_nothing(data, official, make, said):
    official("kev", make())
    with pytest.raises((DataError, HostError), match=rf"kev: .*{said}"):
        update("kev")

    assert installed.current() is None
    assert open_base().kev("CVE-2017-0144") is not None
    assert [] == [path for path in data.iterdir() if path.name.startswith(".")]


def test_good_feeds_come_in_beside_refused_ones(data, official):
    official("kev", world.kev(more=[NEW]))
    official("epss", HTML)

    taken = update("kev,epss")

    assert (("kev",), ["epss"]) == (taken.feeds, [one.feed for one in taken.refused])
    assert open_base().kev(NEW) is not None


def test_a_feed_older_or_by_half_smaller_than_the_one_in_use_needs_a_persons_word(data, tmp_path):
    path = tmp_path / "kev.json"
    path.write_bytes(world.kev(more=[NEW]))
    update("kev", path)
    path.write_bytes(world.kev(dated="2026-11-01"))

    with pytest.raises(
        DataError, match=r"dated 2026-11-01, older than the one in use \(2026-11-20\); --accept"
    ):
        update("kev", path)
    update("kev", path, accept=True)

    assert open_base().kev(NEW) is None


def test_an_update_of_one_source_leaves_the_others_as_they_came(data, tmp_path):
    (tmp_path / "kev.json").write_bytes(world.kev(more=[NEW]))
    (tmp_path / "epss_scores-current.csv.gz").write_bytes(world.epss())
    update("kev", tmp_path)
    update("epss", tmp_path)

    assert open_base().kev(NEW) is not None
    assert {"kev", "epss"} == set(installed.current().manifest.feeds)


def test_two_feeds_of_the_same_rows_do_not_lose_each_others(data, tmp_path, feeds):
    """A second import of the same release dates must not find them `known already` and leave them out."""
    folder = tmp_path / "release-data"
    folder.mkdir()
    for at in range(20):
        (folder / f"x{at}.json").write_text('{"versions": {}}')
    (folder / "openssh.json").write_text('{"versions": {"99.1": {"name": "99.1", "date": "2026-11-01"}}}')
    update("releases", folder)
    update("releases", folder)

    assert open_base().released("openbsd:openssh", "99.1").day == date(2026, 11, 1)


@pytest.mark.parametrize("how", ["folder", "bundle", "web"])
def test_what_was_fetched_elsewhere_is_taken_in_here(data, official, server, tmp_path, how):
    official("kev", world.kev(more=[NEW]))
    official("epss", world.epss())
    carried = tmp_path / "carried"
    digest, count, refused = run.fetch(carried, "kev,epss", "", NOW, sleep=lambda _: None)
    assert (2, ()) == (count, refused)
    assert installed.current() is None

    if how == "web":
        server.folder(carried, "/mirror/")
        update(None, server.url("/mirror/"))
    else:
        place = carried
        if how == "bundle":
            place = tmp_path / "bundle.tar"
            with tarfile.open(place, "w") as archive:
                archive.add(carried, "carried")
        run.take_in(place, None, NOW, expect=digest)

    assert open_base().kev(NEW) is not None
    assert installed.current().manifest.feeds["kev"].origin == server.url(
        "/known_exploited_vulnerabilities.json"
    )


def test_a_second_fetch_asks_only_for_what_changed(official, server, tmp_path):
    official(
        "kev", lambda one: one.give(304 if one.headers["If-None-Match"] else 200, world.kev(), ETag='"1"')
    )
    first = run.fetch(tmp_path / "f", "kev", "", NOW, sleep=lambda _: None)
    second = run.fetch(tmp_path / "f", "kev", "", NOW, sleep=lambda _: None)

    assert first == second


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), "the list says"),
        (
            lambda path: path.write_bytes(path.read_bytes().replace(b"CVE-2017", b"CVE-2018")),
            "not the one in the list",
        ),
        (lambda path: path.unlink(), "cannot be read"),
    ],
)
def test_a_file_that_changed_on_the_way_is_not_taken_in(data, official, tmp_path, harm, said):
    official("kev", world.kev(more=[NEW]))
    run.fetch(tmp_path / "f", "kev", "", NOW, sleep=lambda _: None)
    harm(tmp_path / "f" / "kev" / "known_exploited_vulnerabilities.json")

    with pytest.raises(DataError, match=said):
        run.take_in(tmp_path / "f", None, NOW)
    assert installed.current() is None


def test_a_list_that_was_exchanged_is_noticed_by_its_hash(data, official, tmp_path):
    official("kev", world.kev())
    run.fetch(tmp_path / "f", "kev", "", NOW, sleep=lambda _: None)
    with pytest.raises(DataError, match="not the one that you expect"):
        run.take_in(tmp_path / "f", None, NOW, expect="0" * 64)


def test_nothing_is_updated_while_a_scan_runs(data, tmp_path):
    (tmp_path / "kev.json").write_bytes(world.kev())
    with installed.in_use(), pytest.raises(StoreError, match="a scan is running"):
        update("kev", tmp_path / "kev.json")
    assert installed.current() is None
    update("kev", tmp_path / "kev.json")
    assert installed.current() is not None


def test_a_scan_that_began_during_an_update_keeps_what_it_opened(data, tmp_path, monkeypatch):
    (tmp_path / "kev.json").write_bytes(world.kev())
    with installed.alone(data, "updating", "x"), installed.in_use():
        pass
    build = run.make.build
    scan = []

    def slow(*words):
        scan.append(installed.in_use(data))
        scan[0].__enter__()
        build(*words)

    monkeypatch.setattr(run.make, "build", slow)
    with pytest.raises(StoreError, match="a scan is running"):
        update("kev", tmp_path / "kev.json")
    scan[0].__exit__(None, None, None)

    assert installed.current() is None


def test_two_updates_at_once_are_one_too_many(data, tmp_path):
    with installed.alone(data, "updating", "x"), pytest.raises(StoreError, match="another update is running"):
        update("kev", tmp_path)


@pytest.mark.parametrize(
    ("names", "place", "said"),
    [
        ("kev,nosuch", "", "no source 'nosuch'; there are: kev"),
        (None, "http://127.0.0.1:9/kev.json", "name the one --source"),
        ("kev", "/nonexistent/kev.json", "no such file or folder"),
        (None, "{tmp}", "no file named as a feed is"),
    ],
)
def test_a_place_that_cannot_be_meant_is_refused(data, tmp_path, names, place, said):
    with pytest.raises(DataError, match=said):
        update(names, place.format(tmp=tmp_path))


def test_short_names_of_sources_are_understood():
    assert ["endoflife", "ieee", "iana"] == [one.name for one in run.feeds.chosen("pen,oui,eol")]


def test_nvd_is_asked_page_by_page_and_no_faster_than_it_wants(data, server, monkeypatch):
    monkeypatch.setattr(run.feeds.nvd, "PAGE", 400)
    waits = []

    def answer(handler):
        start = int(handler.path.rpartition("=")[2])
        items = [
            {"cve": {"id": f"CVE-2099-{10000 + at}", "published": "2026-01-01"}}
            for at in range(start, min(start + 400, 900))
        ]
        page = {
            "startIndex": start,
            "totalResults": 900,
            "timestamp": "2026-11-21T00:00:00",
            "vulnerabilities": items,
        }
        handler.give(200, json.dumps(page).encode())

    server.put("/cves", answer)
    run.update("nvd", server.url("/cves"), "secret", NOW, sleep=waits.append)

    assert [f"/cves?hasKev&resultsPerPage=400&startIndex={at}" for at in (0, 400, 800)] == [
        path for path, _ in server.asked
    ]
    assert {"secret"} == {headers["Apikey"] for _, headers in server.asked}
    assert [0.6, 0.6] == [round(wait, 1) for wait in waits]
    kept = "".join(path.read_text(errors="replace") for path in data.rglob("*.json"))
    assert "secret" not in kept
    assert "not endorsed or certified by the NVD" in kept


def test_advisories_come_bit_by_bit_and_add_up(data, server, feeds):
    server.put("/csaf/provider-metadata.json", (feeds / "provider-metadata.json").read_bytes())
    first, second = (feeds / "changes.csv").read_text().splitlines(keepends=True)[:2]
    server.put("/csaf/csaf/white/changes.csv", first.encode())
    for name in ("icsma-26-310-01", "icsa-26-322-04"):
        server.put(f"/csaf/csaf/white/2026/{name}.json", (feeds / "csaf" / f"{name}.json").read_bytes())
    root = server.url("/csaf/provider-metadata.json")
    update("csaf", root)
    server.put("/csaf/csaf/white/changes.csv", (first + second).encode())
    update("csaf", root)

    base = open_base()
    assert {"ICSMA-26-310-01"} == {one.id for one in base.advisories("Example Medical", "Pump Gateway")}
    assert {"ICSA-26-322-04"} == {one.id for one in base.advisories("Example Grid", "Relay 7")}
    assert len(base.advisories("Siemens", "SIMATIC")) > 10, "the shipped ones stay"


def test_the_owners_word_and_fingerprints_survive_an_update(data, tmp_path):
    (tmp_path / "local.toml").write_text(
        '[[device]]\nvendor = "Acme"\nmodel = "PG-100"\nends = 2029-06-30\nevidence = "letter"\n'
    )
    run.take_in(None, None, NOW, local=tmp_path / "local.toml", recog=RECOG)
    (tmp_path / "kev.json").write_bytes(world.kev(more=[NEW]))
    update("kev", tmp_path / "kev.json")

    base = open_base()
    assert base.kev(NEW) is not None
    assert base.product("PG-100", "Acme") == "acme:pg-100"
    assert any(rule.origin == "recog" for rule in base.rules("ssh.banner"))
    assert {"kev", "local", "recog"} == set(installed.current().manifest.feeds)
