"""What stands still for a good reason goes on by a name and a reason, which stay on record; nothing else does."""

import re
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from scanner.cli import stalehost
from scanner.errors import DataError, StoreError
from scanner.fleet import admit, board, health, lifting, restore, trouble
from scanner.wire import audit
from tests.fleet.test_planning import say  # noqa: F401 - a fixture

WHY = "the sensor was stolen"
BY = ("--by", "J. Doe", "--reason", WHY)
AT = datetime(2026, 11, 24, 1, tzinfo=UTC)


def trips(one, address="10.20.0.7", level="segment", why="it fell silent"):
    """A sensor tells that its breaker tripped."""
    one.link.execute(
        "SELECT fleet.trip(%s, %s, %s, '10.20.0.0/24', 'infusion pump', 'clinical', %s, NULL, NULL, NULL)",
        (AT, address, level, why),
    )


def rests(fleet):
    """As after a restore, when nobody can hold anything any more."""
    fleet.link.execute("UPDATE fleet.home SET at = 'elsewhere'")
    restore.settle(fleet.link)
    fleet.pass_(30)


def standing(one):
    """What the sensors of a site are told."""
    return [row[0] for row in one.link.execute("SELECT address FROM fleet.trips()")]


def kept(folder):
    assert audit.verify(folder / "audit.jsonl", ()) is None
    return [
        {name: value for name, value in one.items() if name not in {"at", "prev"}}
        for one in audit.entries(folder / "audit.jsonl")
    ]


def test_a_site_goes_on_by_a_name_and_a_reason_which_are_kept(fleet):
    one = fleet.enrol("left")
    trips(one)
    trips(one, "10.20.0.8", "scan")
    assert ["10.20.0.7", "10.20.0.8"] == standing(one)

    gone = lifting.go_on(fleet.link, "st-mary", "J. Doe", WHY)

    assert [
        ("st-mary", "left", "10.20.0.7", "segment", AT),
        ("st-mary", "left", "10.20.0.8", "scan", AT),
    ] == [(trip.site, trip.sensor, trip.address, trip.level, trip.at) for trip in gone]
    assert ([], []) == (standing(one), lifting.tripped(fleet.link))
    past = lifting.resumed(fleet.link)
    assert [("10.20.0.7", "J. Doe", WHY), ("10.20.0.8", "J. Doe", WHY)] == sorted(
        (trip.address, trip.by, trip.reason) for trip in past
    )
    assert 1 == len(lifting.resumed(fleet.link, 1))
    # a sensor that tells of it again stops nobody
    trips(one)
    assert [] == standing(one)


def test_one_device_s_trip_is_lifted_and_the_other_s_stays(fleet):
    one = fleet.enrol("left")
    trips(one)
    trips(one, "10.20.0.8")

    assert ["10.20.0.8"] == [
        trip.address for trip in lifting.go_on(fleet.link, "st-mary", "J. Doe", WHY, "10.20.0.8")
    ]
    assert ["10.20.0.7"] == standing(one)


def test_another_site_s_trips_stay(fleet):
    admit.settle(fleet.link, "other", "eng-1", [])
    one = fleet.enrol("left")
    trips(one)

    with pytest.raises(DataError, match="other: no breaker has tripped there"):
        lifting.go_on(fleet.link, "other", "J. Doe", WHY)
    assert ["10.20.0.7"] == standing(one)


@pytest.mark.parametrize(
    ("site", "by", "reason", "device", "why"),
    [
        ("nowhere", "J", WHY, None, "nowhere: no such site; see `stalehost fleet status`"),
        ("st-mary", "J", WHY, "10.20.0.9", r"10.20.0.9: .* at st-mary, but for 10.20.0.7"),
        ("st-mary", " ", WHY, None, "a name and a reason"),
        ("st-mary", "J", "", None, "a name and a reason"),
    ],
)
def test_what_is_none_is_refused_and_nothing_goes_on(fleet, site, by, reason, device, why):
    one = fleet.enrol("left")
    trips(one)

    with pytest.raises(DataError, match=why):
        lifting.go_on(fleet.link, site, by, reason, device)
    assert ["10.20.0.7"] == standing(one)


def test_a_rest_ends_by_a_name_and_a_reason_and_sensors_send_again(fleet):
    one = fleet.enrol("left")
    rests(fleet)
    assert one.post.beat("x").stop
    assert 86370 == lifting.resting(fleet.link)

    ended = lifting.end_rest(fleet.link, "J. Doe", "moved by plan")

    assert ("J. Doe", "moved by plan", 86370) == (ended.by, ended.reason, ended.left)
    assert ([ended], 0) == (lifting.rests(fleet.link), lifting.resting(fleet.link))
    assert not one.post.beat("x").stop


def test_a_fleet_that_does_not_rest_or_is_not_in_use_yet_has_nothing_to_end(fleet):
    with pytest.raises(DataError, match="does not rest"):
        lifting.end_rest(fleet.link, "J. Doe", WHY)
    fleet.link.execute("UPDATE fleet.home SET at = 'elsewhere'")
    with pytest.raises(DataError, match="is not in use yet"):
        lifting.end_rest(fleet.link, "J. Doe", WHY)
    with pytest.raises(DataError, match="a name and a reason"):
        lifting.end_rest(fleet.link, "", WHY)

    assert [] == lifting.rests(fleet.link)


def test_the_command_lists_lets_go_on_and_the_audit_and_the_health_keep_who_said_so(fleet, say, tmp_path):  # noqa: F811 - the fixture
    assert (0, ["no breaker has tripped"]) == say("resume")
    one = fleet.enrol("left")
    trips(one, why="it fell \x1b[2Jsilent")
    status, lines = say("resume")
    assert (0, 1, False) == (status, len(lines), "\x1b" in lines[0])
    assert lines[0].startswith(
        "STOPPED at st-mary since 2026-11-24 01:00:00 UTC: 10.20.0.7 (infusion pump, 10.20.0.0/24), by left:"
    )
    assert lines[0].endswith("silent; it stopped the segment")
    wrong = [of.about for of in trouble.troubles(health.read(fleet.link, datetime.now(UTC)))]
    assert "site st-mary" in wrong

    status, lines = say("resume", "st-mary", *BY)

    assert (0, "1 resumed; the sensors at st-mary hear of it within a second") == (status, lines[1])
    assert lines[2].endswith("until `stalehost resume` there: left")
    assert [] == standing(one)
    assert [{"event": "fleet.resume", "site": "st-mary", "to": "10.20.0.7", "sensor": "left", "level": "segment",
             "why": "it fell \x1b[2Jsilent", "by": "J. Doe", "reason": WHY}] == kept(tmp_path)  # fmt: skip
    assert say("resume")[1][0].endswith(f"let go on by J. Doe: {WHY}")
    of = health.read(fleet.link, datetime.now(UTC))
    assert "site st-mary" not in [of.about for of in trouble.troubles(of)]
    shown = board.board(of, trouble.troubles(of))
    for text in ("\n".join(board.lines(shown)), board.page(shown, "x")):
        assert re.search(rf"Stopped by a breaker.*J\. Doe.*{WHY}", text, re.DOTALL | re.IGNORECASE)


def test_the_command_ends_a_rest_and_the_audit_and_the_health_keep_who_said_so(fleet, say, tmp_path):  # noqa: F811 - the fixture
    assert (0, ["the fleet does not rest"]) == say("rest")
    rests(fleet)
    assert (0, ["RESTS for 24 hours more: nothing is sent"]) == say("rest")

    status, lines = say("rest", "--end", *BY)

    assert (0, True) == (status, lines[0].endswith(f"24 hours before its time, by J. Doe: {WHY}"))
    assert (0, ["the fleet does not rest", lines[0]]) == say("rest")
    assert [{"event": "fleet.rest", "left_s": 86370, "by": "J. Doe", "reason": WHY}] == kept(tmp_path)
    of = health.read(fleet.link, datetime.now(UTC))
    shown = board.board(of, trouble.troubles(of))
    for text in ("\n".join(board.lines(shown)), board.page(shown, "x")):
        assert re.search(r"rest after a restore.*before its time, by J\. Doe: " + WHY, text, re.DOTALL)


def test_where_the_audit_takes_nothing_nothing_goes_on(fleet, say, tmp_path):  # noqa: F811 - the fixture
    one = fleet.enrol("left")
    trips(one)
    (tmp_path / "audit.jsonl").mkdir()

    with pytest.raises(StoreError, match="cannot open the audit"):
        say("resume", "st-mary", *BY)
    assert ["10.20.0.7"] == standing(one)


@pytest.mark.parametrize(
    "words",
    [
        ("resume", "st-mary"),
        ("resume", "st-mary", "--by", "J"),
        ("resume", "st-mary", "--reason", WHY),
        ("resume", *BY),
        ("resume", "--device", "10.20.0.7"),
        ("rest", "--end"),
        ("rest", "--end", "--by", "J"),
        ("rest", *BY),
    ],
)
def test_the_commands_want_a_name_and_a_reason(words):
    assert 2 == CliRunner().invoke(stalehost, ["fleet", *words]).exit_code
