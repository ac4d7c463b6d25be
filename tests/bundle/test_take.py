"""A bundle is taken in whole or not at all, once, in any order, and only from those whom this machine trusts."""

import gzip
import hashlib
from datetime import timedelta

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.bundle import form
from scanner.bundle.take import missing, verify
from scanner.errors import DataError
from scanner.model.observation import evidence_id
from scanner.scope.signing import signed
from tests.bundle.conftest import NOW, OWNER, Centre, Site, a_run, seen


def everything(store):
    return (
        sorted(store.log(everywhere=True), key=evidence_id),
        list(store.presence(everywhere=True)),
        store.runs(everywhere=True),
    )


def made(path, signers, lines, name="north", body=None, **head):
    """A bundle with just these lines, well packed and rightly signed: what a liar with a good key could write."""
    plain = b"".join(line + b"\n" for line in lines)
    body = gzip.compress(plain, mtime=0) if body is None else body
    counts = {"runs": sum(b'["run"' in one for one in lines), "seen": sum(b'["seen"' in one for one in lines)}
    told = {
        "format": form.FORMAT, "site": "north", "identity": form.identity("eng-north", "north"),
        "engagement": "eng-north", "owner": OWNER, "created": NOW, "since": None, "redacted": "full", "tool": "x",
        **counts, "days": sum(b'["days"' in one for one in lines), "size": len(body), "unpacked": len(plain),
        "sha256": hashlib.sha256(body).hexdigest(), **head,
    }  # fmt: skip
    message = msgspec.json.encode(told)
    parts = [(form.HEAD, message), (form.SIGNATURE, signers.sign(name)(message).encode()), (form.BODY, body)]
    path.write_bytes(
        b"".join(form.wrapping(word, len(data)) + data + form.padding(len(data)) for word, data in parts)
        + form.END
    )
    return path


def row(**more):
    told = {
        "source": "probe:ssh", "field": "ssh.banner", "value": "x", "address": "10.0.0.5", "mac": None, "port": "tcp/22",
        "zone": "ward", "vantage": None, "first": NOW, "last": NOW, **more,
    }  # fmt: skip
    return msgspec.json.encode(["seen", *told.values()])


def test_what_was_seen_there_is_here_with_its_site(north, centre):
    taken = centre.take(north.export())

    assert ("north", False, 3, 3) == (taken.site, taken.again, taken.seen, taken.new)
    log = list(centre.store.log(everywhere=True))
    assert {"north"} == {one.site for one in log}
    assert {"north/ward", "north/office"} == {one.zone for one in log}
    assert {one.value for one in north.store.log()} == {one.value for one in log}
    (run,) = centre.store.runs(everywhere=True)
    assert ("north/run-1", "north", "eng-centre") == (run.id, run.site, run.engagement)
    assert {("north", "north/ward"), ("north", "north/office")} == {
        (one.site, one.zone) for one in centre.store.presence(everywhere=True)
    }


def test_what_is_sent_from_here_never_rests_on_another_site_s_rows(north, centre):
    centre.take(north.export())

    assert ([], [], ()) == (list(centre.store.log()), list(centre.store.presence()), centre.store.runs())


def test_equal_addresses_of_two_sites_stay_two(north, south, centre):
    for site in (north, south):
        centre.take(site.export())

    same = [
        one
        for one in centre.store.log(everywhere=True)
        if one.address == "10.0.0.5" and one.field == "ssh.banner"
    ]
    assert {("north", "SSH-2.0-OpenSSH_5.3"), ("south", "SSH-2.0-dropbear_2012.55")} == {
        (one.site, one.value) for one in same
    }


def test_the_same_bundle_twice_counts_once_and_so_does_a_later_one_that_overlaps(north, centre):
    path = north.export()
    centre.take(path)
    before = everything(centre.store)

    assert centre.take(path).again
    assert before == everything(centre.store)
    assert 0 == centre.take(north.export("later.bundle", now=NOW + timedelta(hours=1))).new
    assert before == everything(centre.store)


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(5)))
def test_joining_in_any_order_gives_the_same(tmp_path_factory, signers, order):
    folder = tmp_path_factory.mktemp("order")
    day = timedelta(days=1)
    north = Site(folder / "n", "north", signers, [seen()], [a_run()])
    south = Site(folder / "s", "south", signers, [seen(value="other")], [a_run()])
    paths = [north.export("1"), south.export("1")]
    north.store.append([seen(at=NOW + day), seen("port.state", "open", at=NOW + day)])
    north.store.save(msgspec.structs.replace(a_run("run-2", NOW + day), ended=None))
    paths.append(north.export("2", now=NOW + day, since=NOW))
    north.store.save(a_run("run-2", NOW + day))
    paths += [north.export("3", now=NOW + 2 * day), south.export("3", now=NOW + 2 * day)]

    found = []
    for number, those in enumerate((range(5), order)):
        centre = Centre(folder / f"c{number}", signers)
        for at in those:
            centre.take(paths[at], now=NOW + 3 * day)
        found.append(everything(centre.store))
        centre.store.close()
    north.store.close()
    south.store.close()

    assert found[0] == found[1]
    assert 3 == len(found[0][0])
    assert all(run.ended for run in found[0][2])


@pytest.fixture(scope="module")
def whole(tmp_path_factory, signers):
    """The bytes of a good bundle."""
    site = Site(tmp_path_factory.mktemp("whole") / "n", "north", signers, [seen()])
    yield site.export().read_bytes()
    site.store.close()


def refused(folder, signers, data, said="/y: "):
    (folder / "y").write_bytes(data)
    with pytest.raises(DataError, match=said):
        verify(folder / "y", signers.list, folder, NOW)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_byte_can_change_unnoticed(tmp_path, signers, whole, data):
    changed = bytearray(whole)
    changed[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    refused(tmp_path, signers, changed)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.floats(0, 0.999), more=st.binary(max_size=2))
def test_a_cut_bundle_is_refused(tmp_path, signers, whole, cut, more):
    refused(tmp_path, signers, whole[: int(len(whole) * cut)] + more)


def test_a_bundle_with_something_after_it_is_refused(tmp_path, signers, whole):
    refused(tmp_path, signers, whole + b"\0", "does not end where")


def test_a_stranger_s_bundle_is_refused_and_named(north, centre, tmp_path, signers):
    path = north.export()
    (tmp_path / "trust").mkdir()
    few = tmp_path / "trust" / "few"
    few.write_text(
        next(line for line in signers.list.read_text().splitlines() if line.startswith("south")) + "\n"
    )
    few.chmod(0o600)

    with pytest.raises(DataError, match=r"signed by SHA256:.*does not let sign bundles now"):
        verify(path, few, centre.folder, NOW)
    with pytest.raises(DataError, match="nobody is trusted to sign bundles on this machine"):
        verify(path, None, centre.folder, NOW)


def test_a_key_counts_only_in_its_time(north, centre, tmp_path, signers):
    path = north.export()
    (tmp_path / "trust").mkdir()
    old = tmp_path / "trust" / "old"
    old.write_text(signers.list.read_text().replace("namespaces=", 'valid-before="20261101Z",namespaces='))
    old.chmod(0o600)

    with pytest.raises(DataError, match="does not let sign bundles now"):
        verify(path, old, centre.folder, NOW)


def test_a_signature_of_a_scope_file_is_none_for_a_bundle(north, centre, signers):
    with pytest.raises(DataError, match="is for 'stalehost-scope', not for 'stalehost-bundle'"):
        centre.verify(north.export(sign=lambda message: signed(signers.keys["north"], message)))


def test_a_bundle_from_the_future_or_of_another_format_is_refused(north, centre, signers, tmp_path):
    with pytest.raises(DataError, match="still to come"):
        centre.verify(north.export(now=NOW + timedelta(days=3)))
    with pytest.raises(DataError, match=r"format 'stalehost-bundle/9'"):
        centre.verify(made(tmp_path / "x", signers, [], format="stalehost-bundle/9"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (row(last=NOW + timedelta(days=2)), "row 2: is from 2026-11-22, which was still to come"),
        (row(first=NOW, last=NOW - timedelta(days=2)), "row 2: it ended before it began"),
        (row(first="2026-11-01T00:00:00"), "row 2: its time names no zone"),
        (row(address="10.0.0.05"), "row 2: "),
        (row(address="010.1"), "row 2: "),
        (row(address="FE80::1"), "'FE80::1' is not how an address is written"),
        (row(mac="00-1B-21-00-00-01"), "is not how a MAC is written"),
        (row(port="TCP/22"), "is not how a port is written"),
        (row(zone="wa\x00rd"), "no name of a source, field or zone"),
        (row(source="x" * 501), "no name of a source, field or zone"),
        (row(value=[1, 2]), "row 1: "),
        (b'["days","raw","10.0.0.5",null,"ward","2026-13",[1]]', "no month such as"),
        (b'["days","raw","10.0.0.5",null,"ward","2026-11",[31]]', "row 2: day is out of range"),
        (b'["days","raw","10.0.0.5",null,"ward","2026-12",[1]]', "still to come"),
        (b'["else",1]', "row 1: "),
        (b"{}", "row 1: "),
        (msgspec.json.encode(["run", a_run("north/x")]), "no run of the site's own"),
        (msgspec.json.encode(["run", a_run(scope="nonsense = 1")]), "row 2: "),
    ],
)
def test_a_row_that_cannot_be_leaves_the_store_untouched(centre, signers, tmp_path, line, said):
    path = made(tmp_path / "bad", signers, [row(), line])

    with pytest.raises(DataError, match=said) as caught:
        centre.take(path)

    assert f"{path}: body.ndjson.gz: row" in str(caught.value)
    assert ([], [], ()) == everything(centre.store)
    assert () == centre.store.bundles()


def test_a_bomb_is_not_unpacked(centre, signers, tmp_path):
    big = [row(value="0" * 60_000)] * 40

    with pytest.raises(DataError, match=r"unpacks to more than"):
        centre.take(made(tmp_path / "bomb", signers, big, unpacked=5000))
    with pytest.raises(DataError, match="sizes that cannot be"):
        centre.take(made(tmp_path / "huge", signers, [row()], unpacked=1 << 40))


def test_a_count_that_is_not_so_is_refused(centre, signers, tmp_path):
    with pytest.raises(DataError, match="its head says"):
        centre.take(made(tmp_path / "x", signers, [row()], seen=2))
    assert ([], [], ()) == everything(centre.store)


def test_a_body_that_is_not_what_its_head_says_is_refused(centre, signers, tmp_path):
    line = row() + b"\n"
    for said, body in (
        ("byte 0 unpacked", b"no gzip"),
        ("ends after", gzip.compress(line[:-5], mtime=0)),
        ("unpacks to more", gzip.compress(line, mtime=0) * 2),
        ("ends after", gzip.compress(line, mtime=0)[:-4]),
    ):
        with pytest.raises(DataError, match=said):
            centre.take(made(tmp_path / "x", signers, [row()], body=body, unpacked=len(line)))
        assert ([], [], ()) == everything(centre.store)


def test_a_body_that_unpacks_chunk_by_chunk_is_read_whole(centre, signers, tmp_path, monkeypatch):
    monkeypatch.setattr(form, "CHUNK", 64)
    lines = [row(field=f"f{number}", value="0" * 300) for number in range(40)]

    assert 40 == centre.take(made(tmp_path / "x", signers, lines)).new


def test_many_rows_are_written_in_parts(centre, signers, tmp_path, monkeypatch):
    monkeypatch.setattr("scanner.bundle.take._BATCH", 7)
    lines = [row(field=f"f{number % 30}") for number in range(40)]

    assert 30 == centre.take(made(tmp_path / "x", signers, lines)).new


def test_a_head_whose_time_names_no_zone_is_refused(centre, signers, tmp_path):
    with pytest.raises(DataError, match="its time names no zone"):
        centre.verify(made(tmp_path / "x", signers, [], created="2026-11-20T00:00:00"))


def test_a_row_without_an_end_is_refused(centre, signers, tmp_path, monkeypatch):
    monkeypatch.setattr(form, "LINE", 1000)
    with pytest.raises(DataError, match="a row has more than 1,000 bytes"):
        centre.take(made(tmp_path / "x", signers, [row(value="x" * 2000)]))


def test_hostile_strings_come_through_as_they_are(tmp_path, signers, centre):
    nasty = "<script>\x00\x1b[31m\u202e{{7*7}}=cmd|' /C calc'!A0\U0001f4a9"
    site = Site(tmp_path / "n", "north", signers, [seen(value=nasty)])

    centre.take(site.export())

    assert [nasty] == [one.value for one in centre.store.log(everywhere=True)]
    site.store.close()


def test_another_owner_s_networks_are_joined_only_on_purpose(north, centre):
    path = north.export(owner="Somebody Else")

    with pytest.raises(DataError, match=r"'Somebody Else', not of 'St Example Group'.*--other-owner"):
        centre.take(path)
    assert 3 == centre.take(path, other_owner=True).new


def test_two_sites_of_one_name_are_told_apart(north, south, centre):
    centre.take(north.export())
    path = south.export(site="north", signer="north")

    with pytest.raises(DataError, match=r"another site is called north here already.*--as NAME"):
        centre.take(path)
    assert "east" == centre.take(path, site="east").site
    with pytest.raises(DataError, match=r"called east here already.*--as east"):
        centre.take(
            south.export("2", now=NOW + timedelta(hours=1), site="north", signer="north"), site="west"
        )


def test_a_site_keeps_its_signer_unless_somebody_says_otherwise(north, centre):
    centre.take(north.export())
    later = north.export("later", now=NOW + timedelta(hours=1), signer="south")

    with pytest.raises(DataError, match=r"signed for by north before, and now by south.*--new-signer"):
        centre.take(later)
    assert not centre.take(later, new_signer=True).again


def test_parts_give_what_the_whole_gives_in_any_order_and_one_that_never_came_is_noticed(
    north, centre, tmp_path
):
    parts = [north.export("1", receiver="hq")]
    north.store.append(
        [seen("html_title", "late row", at=NOW - timedelta(days=300), source="import:x"), seen(at=NOW)]
    )
    parts.append(north.export("2", receiver="hq"))
    north.store.append([seen("html_title", "newer")])
    parts.append(north.export("3", receiver="hq", now=NOW + timedelta(hours=1)))
    whole = north.export("whole")
    other = Centre(tmp_path / "other", north.signers)

    gaps = []
    for path in reversed(parts):
        centre.take(path, NOW + timedelta(hours=1))
        gaps.append(missing(centre.verify(path, NOW + timedelta(hours=1)), centre.store))
    other.take(whole)

    assert [True, True, False] == gaps
    assert not any(missing(centre.verify(path, NOW + timedelta(hours=1)), centre.store) for path in parts)
    assert list(other.store.log(everywhere=True)) == list(centre.store.log(everywhere=True))
    assert list(other.store.presence(everywhere=True)) == list(centre.store.presence(everywhere=True))
    # a whole bundle fills the gap before what is no newer than it
    assert [False, True] == [
        missing(other.verify(path, NOW + timedelta(hours=1)), other.store) for path in parts[1:]
    ]
    other.store.close()
