"""What leaves a site: what was seen there, what it is read by, and nothing that nobody could take in."""

from datetime import timedelta

import pytest

from scanner.bundle import form
from scanner.errors import DataError, HostError
from tests.bundle.conftest import NOW, Site, a_run, seen

DAY = timedelta(days=1)


def fields(path):
    return sorted(
        row[2]
        for line in form.lines(form.opened(path))
        if (row := form.msgspec.json.decode(line))[0] == "seen"
    )


def test_everything_is_in_it_and_its_head_counts_it(north):
    head = form.opened(north.export()).head

    assert (1, 3, 3, None, "full") == (head.runs, head.seen, head.days, head.since, head.redacted)


def test_since_leaves_out_what_ended_before_and_never_what_was_told(north):
    late = NOW + 40 * DAY
    north.store.append(
        [
            seen("html_title", "new", at=late),
            seen("dhcp.lease", {"hostname": "x"}, source="import:dhcp-isc"),
            seen("owner", "radiology", source="person:J. Doe"),
        ]
    )
    north.store.save(a_run("run-2", late))

    path = north.export(now=late, since=late - DAY)

    assert ["dhcp.lease", "html_title", "owner"] == fields(path)
    assert (1, 1) == (form.opened(path).head.runs, form.opened(path).head.days)


def test_there_is_always_a_run_to_read_the_rows_by(north):
    assert 1 == form.opened(north.export(now=NOW + 90 * DAY, since=NOW + 60 * DAY)).head.runs


def test_what_other_sites_brought_travels_by_itself(north, south, centre, tmp_path):
    centre.take(north.export())
    south.store.close()
    with pytest.raises(DataError, match="nothing has been seen yet"):
        Site.export(
            type(
                "X", (), {"folder": tmp_path, "store": centre.store, "name": "c", "signers": north.signers}
            )(),
            signer="north",
        )


def test_a_row_from_the_future_is_said_where_the_clock_is_wrong(tmp_path, signers):
    site = Site(tmp_path / "n", "north", signers, [seen(at=NOW + 9 * DAY)])

    with pytest.raises(DataError, match="look at this machine's clock"):
        site.export()
    assert ["stalehost.db"] == sorted(one.name for one in site.folder.iterdir() if one.suffix == ".db")
    assert not (site.folder / "x.bundle").exists()
    site.store.close()


def test_a_row_that_nobody_would_read_is_not_written(north, monkeypatch):
    monkeypatch.setattr(form, "LINE", 100)
    with pytest.raises(DataError, match="a bundle takes at most 100"):
        north.export()


def test_a_file_that_cannot_be_written_is_said(north):
    with pytest.raises(HostError, match="cannot write it"):
        north.export("missing/x")


def test_a_failed_signature_leaves_no_file(north):
    def refuse(_message):
        raise HostError("the agent said no")

    with pytest.raises(HostError, match="the agent said no"):
        north.export(sign=refuse)
    assert [] == [one for one in north.folder.iterdir() if "bundle" in one.name]


def test_many_rows_are_packed_in_parts(tmp_path, signers, monkeypatch):
    monkeypatch.setattr(form, "CHUNK", 500)
    site = Site(tmp_path / "n", "north", signers, [seen(value=f"v{n}") for n in range(50)])

    assert ["ssh.banner"] * 50 == fields(site.export())
    assert 0o600 == (site.folder / "x.bundle").stat().st_mode & 0o777
    site.store.close()


def test_for_a_receiver_it_holds_what_came_in_since_whatever_its_own_time_is(north):
    whole, first = north.export(), north.export("1", receiver="hq")
    north.store.append([seen("html_title", "of last year", at=NOW - 365 * DAY, source="import:x")])
    north.store.append([seen(at=NOW + DAY)])

    second = north.export("2", now=NOW + DAY, receiver="hq")

    assert fields(whole) == fields(first)
    # the banner was seen again, so it is told again: its interval is wider
    assert ["html_title", "ssh.banner"] == fields(second)
    assert (form.opened(first).digest, None) == (
        form.opened(second).head.follows,
        form.opened(first).head.follows,
    )
    assert [] == fields(north.export("3", now=NOW + DAY, receiver="hq"))
    assert 1 == form.opened(north.folder / "3").head.runs


def test_each_receiver_has_a_cursor_of_its_own(north):
    north.export("1", receiver="hq")
    north.store.append([seen("html_title", "new")])

    assert fields(north.export("2")) == fields(north.export("3", receiver="cert"))
    assert ["html_title"] == fields(north.export("4", receiver="hq"))


def test_a_bundle_that_was_lost_is_made_again_with_what_came_since(north):
    for number, title in enumerate(("one", "two", "three")):
        north.store.append([seen("html_title", title, address=f"10.0.0.{number + 10}")])
        path = north.export(f"{number}", receiver="hq")
        made = form.opened(path).head.follows
    again = north.export("again", receiver="hq", again=True)
    north.store.append([seen("html_title", "four")])
    twice = north.export("twice", receiver="hq", again=True)
    after = north.export("after", receiver="hq")

    assert [["html_title"], ["html_title"], ["html_title"] * 2, []] == [
        *map(fields, (path, again, twice, after))
    ]
    assert made == form.opened(again).head.follows == form.opened(twice).head.follows
    assert form.opened(twice).digest == form.opened(after).head.follows


def test_the_cursor_stays_where_it_was_when_the_file_could_not_be_written(north):
    with pytest.raises(HostError, match="cannot write it"):
        north.export("missing/x", receiver="hq")

    assert north.store.receiver("hq") is None
    assert 3 == len(fields(north.export(receiver="hq")))


def test_there_is_nothing_to_make_again_before_the_first(north):
    with pytest.raises(DataError, match="nothing was exported for hq yet"):
        north.export(receiver="hq", again=True)


def test_what_came_in_while_it_was_written_is_in_the_next(north):
    def late(message):
        north.store.append([seen("html_title", "late")])
        return north.signers.sign("north")(message)

    north.export("1", receiver="hq", sign=late)

    assert ["html_title"] == fields(north.export("2", receiver="hq"))
