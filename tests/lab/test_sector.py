from pathlib import Path

import pytest

from scanner.errors import DataError
from scanner.lab import sector


def test_the_hospital_is_shipped() -> None:
    assert "hospital" in sector.sectors()


def test_an_unknown_sector_names_those_that_are_there() -> None:
    with pytest.raises(DataError, match=r"no simulated sector 'moonbase'; there is .*hospital"):
        sector.load("moonbase", None)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('zone = "plant"', 'zone = "plnat"', "laptop: no zone 'plnat'; network.toml has office, plant"),
        ("10.9.1.20", "10.9.3.20", "laptop: 10.9.3.20 is not a free address of zone office"),
        ("10.9.1.20", "10.9.1.250", "laptop: 10.9.1.250 is not a free address"),
    ],
)
def test_a_device_outside_its_zone_is_refused(
    sector_folder: Path, old: str, new: str, complaint: str
) -> None:
    path = sector_folder / "laptop.toml"
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")

    with pytest.raises(DataError, match=complaint):
        sector.load("test", None, sector_folder)


@pytest.mark.parametrize("text", ["title = 3", 'title = "x"\nzonez = []\nzones = []', "title ="])
def test_a_wrong_network_file_is_named(sector_folder: Path, text: str) -> None:
    (sector_folder / "network.toml").write_text(text, "utf-8")

    with pytest.raises(DataError, match=r"network\.toml"):
        sector.load("test", None, sector_folder)


def test_unplugging_one_card_moves_nothing_else(sector_folder: Path) -> None:
    whole = sector.load("test", 7, sector_folder)

    cut = sector.load("test", 7, sector_folder, unplug=["laptop/plant"])

    laptop = next(device for device in cut.devices if device.id == "laptop")
    assert [nic.zone for nic in laptop.nics] == ["office"]
    assert laptop.nics[0] == next(d for d in whole.devices if d.id == "laptop").nics[0]
    assert [d for d in whole.devices if d.id != "laptop"] == [d for d in cut.devices if d.id != "laptop"]


@pytest.mark.parametrize("card", ["laptop", "laptop/moon", "nobody/office", "crowd-01/plant"])
def test_only_a_second_card_can_be_unplugged(sector_folder: Path, card: str) -> None:
    with pytest.raises(DataError, match=f"cannot unplug '{card}'"):
        sector.load("test", 7, sector_folder, unplug=[card])
