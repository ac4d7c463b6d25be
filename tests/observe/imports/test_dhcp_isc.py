from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanner.errors import DataError
from scanner.observe.importing import detect
from scanner.observe.imports.dhcp_isc import FORMAT

NOW = datetime(2026, 11, 23, tzinfo=UTC)
read = FORMAT.read
SAMPLE = Path(__file__).parents[3] / "fixtures" / "imports" / "dhcp-isc" / "clinic.leases"


def test_leases_become_observations_with_the_time_the_client_was_last_there():
    laptop, pump = read(SAMPLE, NOW)

    assert ("10.9.0.21", "00:21:cc:10:20:30", "dhcp.lease", "import:dhcp-isc") == (
        laptop.address,
        laptop.mac,
        laptop.field,
        laptop.source,
    )
    assert {
        "hostname": "LT-0042-RAD",
        "vendor_class": "MSFT 5.0",
        "state": "free",
        "ends": "2026-09-15T15:58:12+00:00",
    } == laptop.value
    assert (
        datetime(2026, 9, 15, 7, 58, 12, tzinfo=UTC),
        datetime(2026, 9, 15, 11, 58, 12, tzinfo=UTC),
    ) == (laptop.first, laptop.last)
    assert datetime.fromtimestamp(1790000000, UTC) == pump.last
    assert {"state": "active"} == pump.value


def test_the_format_is_recognised():
    assert "dhcp-isc" == detect(SAMPLE).name


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("lease 10.0.0.1 {\n  binding state free;\n", "line 1: lease 10.0.0.1 is cut off"),
        ("lease 10.0.0.1 {\nlease 10.0.0.2 {\n}\n", "line 1: lease 10.0.0.1 is not closed"),
        ("lease 10.0.0.999 {\n}\n", "line 1: .*10.0.0.999"),
        ("lease 10.0.0.1 {\n hardware ethernet zz;\n}\n", "line 1: .*not a MAC"),
        ("lease 10.0.0.1 {\n starts 1 2026/99/01 00:00:00;\n}\n", "line 1: month"),
    ],
)
def test_what_cannot_be_read_is_named_after_what_can(tmp_path, text, complaint):
    path = tmp_path / "x.leases"
    path.write_text("lease 10.0.0.7 {\n}\n" + text.replace("line 1", "line 3"))

    got = []
    with pytest.raises(DataError, match=complaint.replace("line 1", "line 3")):
        got.extend(read(path, NOW))


def test_readable_leases_come_before_the_complaint(tmp_path):
    path = tmp_path / "x.leases"
    path.write_text("lease 10.0.0.7 {\n}\nlease 10.0.0.8 {\n")
    source = read(path, NOW)

    first = next(source)

    assert ("10.0.0.7", NOW) == (first.address, first.last)
    with pytest.raises(DataError, match=r"line 3: lease 10\.0\.0\.8 is cut off"):
        next(source)


def test_many_complaints_are_counted(tmp_path):
    path = tmp_path / "x.leases"
    path.write_text("lease x {\n}\n" * 9)
    with pytest.raises(DataError, match="and 6 more"):
        list(read(path, NOW))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match="none"):
        list(read(tmp_path / "none", NOW))
