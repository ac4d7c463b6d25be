"""What centre and sensors tell: a closed list of events, one line each, and never a secret."""

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import StoreError
from scanner.fleet import admit, authority, say
from scanner.fleet.centre import Turn
from scanner.fleet.ingest import Taken
from scanner.fleet.restore import Restored

AT = datetime(2026, 11, 24, 1, 2, 3, 4500, timezone(timedelta(hours=5, minutes=45)))
PAGE = (Path(__file__).parents[2] / "docs" / "fleet.md").read_text("utf-8")


def telling(form=say.Form.JSON):
    lines = []
    return say.Log(lines.append, form, lambda: AT), lines


def turn(again=0, given_up=0, signed=0, **taken):
    return Turn(clock=1.0, again=again, given_up=given_up, signed=signed, taken=Taken(**taken))


def test_a_line_is_one_object_with_time_level_event_and_ids():
    log, lines = telling()

    log.say("sensor.took", sensor="a", job=7, segment="s", chunk="10.0.0.0/24")

    assert [
        {
            "time": "2026-11-23T19:17:03.004500Z", "level": "info", "event": "sensor.took",
            "sensor": "a", "job": 7, "segment": "s", "chunk": "10.0.0.0/24",
        }
    ] == list(map(json.loads, lines))  # fmt: skip


def test_as_text_it_says_what_happened_in_words():
    log, lines = telling(say.Form.TEXT)

    log.say("sensor.away", sensor="a", why='hospital on db: "no" answer\nat all')
    log.say("centre.back")

    at = "2026-11-23T19:17:03.004500Z"
    why = r'"hospital on db: \"no\" answer\\nat all"'
    away = f"{at} warning sensor.away     the centre is away; said once until it is back | sensor=a why={why}"
    assert [away, f"{at} info    centre.back     the database is there again"] == lines


@pytest.mark.parametrize(
    ("event", "values"), [("sensor.slept", {}), ("centre.back", {"why": "x"}), ("sensor.took", {"code": "x"})]
)
def test_what_is_not_on_the_list_is_never_told(event, values):
    log, lines = telling()

    with pytest.raises(KeyError):
        log.say(event, **values)

    assert [] == lines


def test_what_is_not_known_is_left_out():
    log, lines = telling()

    log.say("sensor.took", sensor="a", job=None)

    assert {"time", "level", "event", "sensor"} == set(json.loads(lines[0]))


@pytest.mark.parametrize("form", say.Form)
@given(why=st.text(), name=st.text())
def test_whatever_stands_in_it_a_line_is_one_line_of_visible_characters(form, why, name):
    log, lines = telling(form)

    log.say("sensor.left", sensor=name, job=1, why=why)

    assert [1] == [len(line.splitlines()) for line in lines]
    assert "\x1b" not in lines[0]
    assert len(lines[0]) < 12 * say.MOST


PAIR = authority.found("A fleet", datetime(2026, 1, 1, tzinfo=UTC))
SECRETS = [
    "HBq-w0aX9d3kT_5uYvE2mNs8LrCzPg1J",
    PAIR.key.decode(),
    PAIR.certificate.decode(),
    PAIR.key.decode()[:90],
    PAIR.key.decode().splitlines()[1],
    "hunter2",
    "jane.doe@hospital.example",
    "5f4dcc3b5aa765d61d8327deb882cf995f4dcc3b5aa765d61d8327deb882cf99",
]


@pytest.mark.parametrize("form", say.Form)
@pytest.mark.parametrize("secret", SECRETS, ids=lambda text: text[:12])
def test_no_secret_is_told_wherever_an_error_carries_it(form, secret):
    log, lines = telling(form)
    turns = say.Turns(log)
    wrapped = [f"password={secret}", f"postgresql://jane:{secret}@db/x"]
    # a short word is a secret only where it is called one
    bare = [] if secret == "hunter2" else [secret, f"refused {secret}, sorry", f"'{secret}'"]

    for why in [*wrapped, *bare]:
        turns(turn())
        turns(StoreError(why))
        log.say("sensor.away", sensor="a", why=why)

    told = "\n".join(lines)
    assert 3 * len(wrapped + bare) - 1 == len(lines)
    for word in re.findall(r"[\w+/.-]{7,}", secret):
        if word not in {"PRIVATE", "CERTIFICATE"}:
            assert word not in told


def test_the_home_of_a_person_is_not_told():
    assert "/home/(hidden)/fleet: no" == say.clean("/home/jane/fleet: no", free=True)


def test_long_names_of_sites_and_segments_are_told_whole():
    name = "st-mary-radiology-east-wing-ct-scanners"

    assert name == say.clean(name, free=False)
    assert f"{name}: no" == say.clean(f"{name}: no", free=True)


def test_a_code_of_ours_looks_like_one(fleet):
    """The form of the codes that are really given out is one that is hidden."""
    codes = [admit.invite(fleet.link, f"s{at}", "st-mary", []) for at in range(20)]

    assert {"(hidden)"} == {say.clean(code, free=True) for code in codes}


def test_a_turn_that_did_nothing_is_not_worth_a_line():
    log, lines = telling()

    say.Turns(log)(turn())

    assert [] == lines


def test_a_turn_tells_what_it_did():
    log, lines = telling()

    say.Turns(log)(turn(1, 2, 3, batches=4, seen=5, dropped=6, refused=7))

    assert [
        ("centre.rescued", 1), ("centre.given_up", 2), ("centre.signed", 3), ("centre.taken", 4),
        ("centre.dropped", 6), ("centre.refused", 7),
    ] == [(one["event"], next(v for k, v in one.items() if isinstance(v, int))) for one in map(json.loads, lines)]  # fmt: skip


def test_a_database_that_is_away_is_told_once_and_that_it_is_back():
    log, lines = telling()
    turns = say.Turns(log)

    for what in (turn(), StoreError("a"), StoreError("b"), turn(), turn(), StoreError("c")):
        turns(what)

    assert ["centre.away", "centre.back", "centre.away"] == [json.loads(line)["event"] for line in lines]


def test_the_page_has_each_event_with_its_level_and_what_it_means():
    rows = re.findall(r"^\| `([a-z]+\.[a-z_]+)` \| (\w+) \| (.+?) \| (.*?) \|$", PAGE, re.MULTILINE)

    assert [
        (one.name, str(one.level), one.means, ", ".join(f"`{key}`" for key in one.keys))
        for one in say.EVENTS.values()
    ] == rows


def test_a_restored_database_is_told_with_the_first_fence():
    log, lines = telling()

    say.Turns(log)(Restored(1 << 61))

    assert ("centre.restored", 1 << 61) == (json.loads(lines[0])["event"], json.loads(lines[0])["fence"])
