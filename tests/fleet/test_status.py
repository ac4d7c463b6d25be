"""The fleet in a few lines."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from scanner.fleet import admit, centre, health, status, trouble


def told(fleet):
    of = health.read(fleet.link, datetime.now(UTC))
    return list(status.lines(of, trouble.troubles(of)))


def test_a_fleet_without_sites_says_how_to_make_one(fleet):
    fleet.link.execute("DELETE FROM fleet.segment")
    fleet.link.execute("DELETE FROM fleet.site")
    first, second, *_ = told(fleet)

    assert "centre: NOT AT WORK: stalehost fleet centre" == first
    assert "no site yet: stalehost fleet site NAME --scope FILE" == second


def test_sites_sensors_and_chunks_have_a_line_each(fleet):
    fleet.enrol("one").post.beat("1")
    gone = fleet.enrol("two")
    gone.post.push(uuid4(), b"{}")
    fleet.enrol("three")
    admit.invite(fleet.link, "four", "st-mary", [])
    admit.revoke(fleet.link, "three", datetime.now(UTC))
    gone.post.beat("1")
    fleet.pass_(300)
    centre.order(fleet.link, "scan-1", "st-mary")
    lines = told(fleet)

    assert "st-mary: 2 segments; chunks: 2 waiting" == lines[1]
    assert "  four                 invited, not enrolled yet" == lines[2]
    assert lines[3].startswith("  one                  SILENT, heard 300 s ago; certificate until 20")
    assert "  three                revoked" == lines[4]
    assert lines[5].endswith("; 1 batch to take in")
    assert lines[6].endswith("to see to: stalehost fleet health")


def test_a_blackout_and_a_sensor_that_was_never_heard_are_said(fleet):
    fleet.enrol("one")
    fleet.link.execute("INSERT INTO fleet.blackout VALUES ('', 'J. Doe', 'x')")
    lines = told(fleet)

    assert "st-mary: BLACKOUT; 2 segments; chunks: none ordered" == lines[1]
    assert "enrolled, not heard yet; certificate until" in lines[2]


def test_a_certificate_that_ends_soon_is_pointed_at(fleet):
    fleet.enrol("one").post.beat("1")
    fleet.link.execute("UPDATE fleet.certificate SET not_after = clock_timestamp() + interval '3 days'")
    assert told(fleet)[2].endswith(", SOON")


@pytest.mark.parametrize("revoked", [True, False])
def test_certificates_are_listed_by_the_serial_that_retires_them(fleet, revoked):
    fleet.enrol("one")
    (one,) = status.certificates(fleet.link)
    (line,) = status.serials((one,))
    if revoked:
        assert "one" == admit.retire(fleet.link, admit.serial(line.split()[1]), datetime.now(UTC))
        (line,) = status.serials(status.certificates(fleet.link))

    assert f"{one.serial:x}" == line.split()[1]
    assert revoked == ("revoked 20" in line) == (not line.endswith("counts"))
