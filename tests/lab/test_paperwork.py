from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from scanner.errors import DataError
from scanner.lab import paperwork
from scanner.lab.sector import Sector, load
from scanner.model.kinds import Support
from scanner.scope import parse

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def sector(sector_folder: Path) -> Sector:
    return load("test", 3, sector_folder)


def test_the_scope_file_follows_the_drawn_addresses_and_the_day(sector: Sector) -> None:
    scope = parse.parse(paperwork.scope(sector, NOW), "scope.toml")

    laptop = next(device for device in sector.devices if device.id == "laptop")
    assert laptop.nics[0].address == scope.critical[0].address
    assert datetime(2026, 11, 23, tzinfo=UTC) == scope.engagement.valid_from
    assert datetime(2026, 12, 24, tzinfo=UTC) == scope.engagement.valid_until


def test_a_scope_template_that_names_nobody_is_refused(sector: Sector) -> None:
    template = sector.folder / "scope.toml.in"
    template.write_text("${address:nobody}", "utf-8")

    with pytest.raises(DataError, match=r"scope\.toml\.in.*address:nobody"):
        paperwork.scope(sector, NOW)


def test_the_register_of_a_zone_says_what_each_card_in_it_is(sector: Sector) -> None:
    template = sector.folder / "scope.toml.in"
    template.write_text(template.read_text("utf-8") + "${known:plant}", "utf-8")

    known = parse.parse(paperwork.scope(sector, NOW), "scope.toml").known

    there = [(d.kind, nic.address, nic.mac) for d in sector.devices for nic in d.nics if nic.zone == "plant"]
    assert len(there) == 4
    assert sorted(there) == sorted((one.kind, one.address, one.mac) for one in known)


@pytest.mark.parametrize("hole", ["${known:cellar}", "${known}", "${mac:nobody}"])
def test_a_register_of_no_zone_is_refused(sector: Sector, hole: str) -> None:
    template = sector.folder / "scope.toml.in"
    template.write_text(hole, "utf-8")

    with pytest.raises(DataError, match="zone's register"):
        paperwork.scope(sector, NOW)


def test_leases_tell_name_card_and_when(sector: Sector) -> None:
    laptop = next(device for device in sector.devices if device.id == "laptop")

    text = paperwork.leases(sector.devices, NOW)

    assert f"lease {laptop.nics[0].address} {{\n" in text
    assert "  starts 5 2026/11/20 12:00:00;\n  ends 5 2026/11/20 20:00:00;\n" in text
    assert "  binding state free;\n" in text
    assert f"  hardware ethernet {laptop.nics[0].mac};\n" in text
    assert f'  client-hostname "{laptop.names[0]}";\n' in text
    assert '  set vendor-class-identifier = "MSFT 5.0";\n' in text
    assert text.count("lease ") == 1


@pytest.mark.parametrize(
    ("day", "want"), [(date(2020, 1, 1), None), (date(2020, 1, 2), Support.UNSUPPORTED)]
)  # fmt: skip
def test_a_verdict_holds_from_its_day_on(sector: Sector, day: date, want: Support | None) -> None:
    laptop = next(device for device in sector.devices if device.id == "laptop")

    assert want == paperwork.expected(laptop, day).support


def test_all_papers_land_in_the_folder(sector: Sector, tmp_path: Path) -> None:
    paperwork.write(sector, tmp_path, NOW)

    assert {"scope.toml", "truth.json", *paperwork.PAPERS} <= {path.name for path in tmp_path.iterdir()}
