"""What a zone's recall says, read from what discovery leaves in the log."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from scanner.model.assessment import Recall
from scanner.model.net import Address
from scanner.model.observation import Observation
from scanner.model.verdict import Interval
from scanner.report import html, jsonout, terminal
from scanner.report.coverage import zones
from scanner.report.recall import FIELD, recall, words
from scanner.report.sections.coverage import coverage
from scanner.scope.parse import parse

from .test_coverage import HEAD, NETWORK, ran  # noqa: TID252 - the same scope and runs

NOW = datetime(2026, 12, 3, 9, 30, tzinfo=UTC)


def tried(told, source="raw:arp", zone="office", at=NOW, first=1):
    return [
        Observation(
            source=source, first=at, last=at, field=FIELD, value=one, address=Address(f"10.0.{n // 250}.{n % 250}"),
            zone=zone,
        )
        for n, one in enumerate(told, first)
    ]  # fmt: skip


def one(log, silent=0):
    return recall(log, NOW - timedelta(hours=1), {"office": silent})["office"]


def test_a_range_of_one_number_is_not_printed_as_a_range():
    sure, loose = (
        Recall(
            found=5, share=1.0, interval=Interval(lo=lo, hi=1.0, level=0.9), missed=Interval(lo=0.0, hi=0.0, level=0.9),
            answered=(), silent=0, doubts=(), advice=(),
        )
        for lo in (1.0, 0.93)
    )  # fmt: skip

    assert words(sure).endswith("this run (with 90% confidence; none missed)")
    assert "(93% to 100% with 90% confidence; none missed)" in words(loose)


def test_a_zone_where_nothing_was_lost_is_known_whole():
    found = one(tried(["1"] * 40 + ["111"] * 30))

    assert (70, 1.0, (1.0, 1.0)) == (found.found, found.share, found.answered)
    assert found.interval.lo > 0.97
    assert "100% of the devices switched on during this run" in words(found)
    assert "none missed" in words(found)
    assert () == found.advice


def test_loss_lowers_it_and_says_what_would_raise_it():
    found = one(tried(["1"] * 40 + ["111"] * 20 + ["101"] * 6 + ["01"] * 12 + ["001"] * 3))

    assert found.interval.lo < found.share < 1
    assert (20 / 26, 1.0) == found.answered
    assert ["one more pass, or a slower one: up to 23% of the answers of a pass were lost"] == list(
        found.advice
    )


def test_sleep_is_called_sleep():
    found = one(tried(["1"] * 40 + ["111"] * 20 + ["100"] * 10 + ["001"] * 6))

    assert "a run at another hour" in found.advice[0]
    assert "at most about" in words(found)


def test_two_ways_of_asking_judge_a_routed_zone():
    echo = tried(["1"] * 40, "raw:echo")
    syn = tried(["1"] * 20 + ["0"] * 5, "raw:syn") + tried(["1"] * 10, "raw:syn", first=60)

    found = one(echo + syn)

    assert (50, True) == (found.found, 0.8 < found.share < 1)
    assert "firewall" in found.doubts[0]
    assert ["a sensor inside the zone, or the ARP table of its router"] == list(found.advice)


@pytest.mark.parametrize("source", ["raw:echo", "raw:arp"])
def test_thin_data_is_not_known(source):
    found = one(tried(["1", "1", "11"], source), silent=2)

    assert (3, None, None, None) == (found.found, found.share, found.interval, found.missed)
    assert "not known: 3 addresses answered" in words(found)
    assert "2 devices known from records stayed silent" in " ".join(found.doubts)
    assert "a further run" in found.advice[0]


def test_what_an_earlier_run_saw_does_not_count():
    old = tried(["1"] * 40 + ["111"] * 30, at=NOW - timedelta(days=1))

    assert {} == recall(old, NOW - timedelta(hours=1), {})
    assert 1 == one(old + tried(["1"])).found


def flag(address, real, at=NOW):
    return Observation(
        source="discover:guards", first=at, last=at, field="guard.tarpit", value={"why": "w", "real": real}, address=address, zone="office"
    )  # fmt: skip


def test_who_is_nobody_was_not_found():
    log = tried(["1", "1", "1", "1"])
    flags = [
        flag("10.0.0.1", False),
        flag("10.0.0.2", True),
        flag("10.0.0.3", False, NOW - timedelta(days=2)),
    ]

    assert 3 == one([*log, *flags]).found


def test_other_facts_do_not_count():
    log = tried(["1"])
    other = Observation(
        source="t", first=NOW, last=NOW, field="link.mac", value="1", address=log[0].address, zone="office"
    )

    assert 1 == one([*log, other]).found


def test_every_report_says_it(maker, sorts):
    plain = maker.assessment([maker.judged(sorts[0])])
    told = one(tried(["1"] * 40 + ["111"] * 30), silent=1)
    zones = [msgspec.structs.replace(plain.zones[0], recall=told), *plain.zones[1:]]

    found = msgspec.structs.replace(plain, zones=tuple(zones))

    (line,) = [line for line in terminal.devices(found) if line.startswith("found in")]
    assert line.startswith(f"found in {zones[0].name}: 100% of the devices switched on during this run")
    (zone,) = [zone for zone in jsonout.report(found).zones if zone.recall]
    assert (70, 1.0, 0.9, 1) == (
        zone.recall.found,
        zone.recall.share,
        zone.recall.interval.level,
        zone.recall.silent,
    )
    shown = coverage(found).zones
    assert [words(told), *[words(None)] * (len(zones) - 1)] == [zone.recall for zone in shown]
    assert told.doubts == shown[0].doubts
    assert "100% of the devices switched on during this run" in html.render(found)


def test_the_last_run_that_looked_for_hosts_counts():
    scope = parse(HEAD + NETWORK.format("10.0.0.0/16", "office", "office"), "scope.toml")
    runs = [ran("scan"), msgspec.structs.replace(ran("import"), started=NOW + timedelta(hours=1))]
    log = tried(["1"] * 5, at=runs[0].started)

    (zone,) = zones(scope, [], log, runs)

    assert 5 == zone.recall.found
    assert None is zones(scope, [], log)[0].recall


def test_a_zone_without_a_run_is_not_known():
    assert "not known: no run has looked for hosts here" == words(None)
