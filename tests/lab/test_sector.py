from ipaddress import ip_address, ip_network
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

    cut = sector.load("test", 7, sector_folder, cards=["laptop/plant"])

    laptop = next(device for device in cut.devices if device.id == "laptop")
    assert [nic.zone for nic in laptop.nics] == ["office"]
    assert laptop.nics[0] == next(d for d in whole.devices if d.id == "laptop").nics[0]
    assert [d for d in whole.devices if d.id != "laptop"] == [d for d in cut.devices if d.id != "laptop"]


@pytest.mark.parametrize("card", ["laptop", "laptop/moon", "nobody/office", "crowd-01/plant"])
def test_only_a_second_card_can_be_unplugged(sector_folder: Path, card: str) -> None:
    with pytest.raises(DataError, match=f"cannot unplug '{card}'"):
        sector.load("test", 7, sector_folder, cards=[card])


def test_plugging_in_one_card_moves_nothing_else(sector_folder: Path) -> None:
    whole = sector.load("test", 7, sector_folder)

    more = sector.load("test", 7, sector_folder, cards=["+crowd-01/office"])

    changed = next(device for device in more.devices if device.id == "crowd-01")
    office = next(zone for zone in more.plan.zones if zone.name == "office")
    assert ["plant", "office"] == [nic.zone for nic in changed.nics]
    assert ip_address(changed.nics[1].address) in ip_network(office.cidr)
    assert changed.nics[1].mac not in {nic.mac for device in whole.devices for nic in device.nics}
    assert [d for d in whole.devices if d.id != "crowd-01"] == [d for d in more.devices if d.id != "crowd-01"]


@pytest.mark.parametrize("card", ["crowd-01", "crowd-01/moon", "nobody/office", "crowd-01/plant"])
def test_only_a_zone_without_a_card_of_its_own_can_be_plugged_in(sector_folder: Path, card: str) -> None:
    with pytest.raises(DataError, match=f"cannot plug in '{card}'"):
        sector.load("test", 7, sector_folder, cards=[f"+{card}"])


def test_a_full_zone_takes_no_more_cards(sector_folder: Path) -> None:
    """Six addresses: the scanner's, the laptop's, and four for five cameras."""
    plan, crowd = sector_folder / "network.toml", sector_folder / "crowd.toml"
    plan.write_text(plan.read_text("utf-8").replace("10.9.1.0/24", "10.9.1.16/29"), "utf-8")
    crowd.write_text(crowd.read_text("utf-8").replace("count = 3", "count = 5"), "utf-8")

    with pytest.raises(DataError, match=r"cannot plug in 'crowd-05/office': 10\.9\.1\.16/29 is full"):
        sector.load("test", None, sector_folder, cards=[f"+crowd-0{at}/office" for at in range(1, 6)])


def test_the_two_bridge_hospital_is_the_hospital_with_a_second_computer_on_two_legs() -> None:
    usual, other = sector.load("hospital", 3), sector.load("hospital", 3, cards=sector.VARIANTS["two-bridge"])
    joining = [
        device.id for device in other.devices if {"office", "management"} <= {nic.zone for nic in device.nics}
    ]

    assert ["laptop-basement", "pc-billing"] == [name for name in sorted(joining) if name != "core"]
    assert 1 == sum(one != two for one, two in zip(usual.devices, other.devices, strict=True))
