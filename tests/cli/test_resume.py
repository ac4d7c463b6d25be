"""Only a named person with a reason lets the work go on."""

from datetime import UTC, datetime

import pytest

from scanner.errors import ScopeError
from scanner.model.kinds import Kind, Profile
from scanner.model.net import Address
from scanner.scope.engagement import find
from scanner.wire.audit import entries, verify
from scanner.wire.breaker import Breaker, Level, Trip


@pytest.fixture
def tripped(engagement):
    """The engagement after its breaker stopped the whole scan."""
    folder = find(engagement)
    with Breaker(folder.ledger) as breaker:
        for last in (11, 12):
            breaker.sick(
                Trip(
                    level=Level.HOST,
                    address=Address(f"10.20.30.{last}"),
                    cidr="10.20.30.0/27",
                    kind=Kind.MODALITY,
                    profile=Profile.CLINICAL,
                    why="it has not answered ARP for 12 s",
                    at=datetime(2026, 11, 23, 12, tzinfo=UTC),
                ),
                30,
            )
    return folder


def test_each_device_that_stopped_the_work_is_named_and_the_audit_keeps_who_said_go_on(run, tripped):
    said = run("resume", "--by", "J. Doe", "--reason", "both rebooted, ward says fine")

    assert 0 == said.exit_code
    assert (
        "10.20.30.12 (modality, 10.20.30.0/27): it has not answered ARP for 12 s; had stopped the scan"
        in said.stdout
    )
    assert "2 resumed" in said.stderr
    with Breaker(tripped.ledger) as breaker:
        assert () == breaker.trips
    kept = [line for line in entries(tripped.audit) if line["event"] == "resume"]
    assert [("10.20.30.11", "J. Doe", "both rebooted, ward says fine")] == [
        (line["to"], line["by"], line["reason"]) for line in kept[:1]
    ]
    assert verify(tripped.audit) is None


@pytest.mark.parametrize("words", [[], ["--by", "J. Doe"], ["--reason", "fine"]])
def test_a_name_and_a_reason_must_be_given(run, tripped, words):
    assert 2 == run("resume", *words).exit_code


@pytest.mark.parametrize("words", [["--by", " ", "--reason", "fine"], ["--by", "J. Doe", "--reason", ""]])
def test_blanks_are_neither_a_name_nor_a_reason(run, tripped, words):
    assert isinstance(run("resume", *words).exception, ScopeError)
    with Breaker(tripped.ledger) as breaker:
        assert 2 == len(breaker.trips)


def test_where_nothing_is_stopped_it_says_so(run, engagement):
    assert "nothing was stopped" in run("resume", "--by", "J. Doe", "--reason", "to be sure").stderr
