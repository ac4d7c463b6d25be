from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.errors import DataError
from scanner.lab import network
from scanner.lab.device import Device, read_all
from scanner.lab.randomise import vary

SEEDS = st.integers(0, 2**32)
OFTEN = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def laptop(devices: tuple[Device, ...]) -> Device:
    return next(device for device in devices if device.id == "laptop")


def test_without_a_seed_nothing_changes(sector_folder: Path) -> None:
    devices = read_all(sector_folder)

    assert devices == vary(network.read(sector_folder / "network.toml"), devices, None)


@OFTEN
@given(seed=SEEDS)
def test_a_varied_network_keeps_what_matters(sector_folder: Path, seed: int) -> None:
    plan, devices = network.read(sector_folder / "network.toml"), read_all(sector_folder)

    varied = vary(plan, devices, seed)

    assert varied == vary(plan, devices, seed)
    network.check(plan, varied)
    cards = [nic for device in varied for nic in device.nics]
    assert len({nic.address for nic in cards}) == len(cards)
    assert len({nic.mac for nic in cards}) == len(cards)
    for before, after in zip(devices, varied, strict=True):
        assert (before.id, before.kind, before.truth) == (after.id, after.kind, after.truth)
        assert [n.zone for n in before.nics] == [n.zone for n in after.nics]
        assert [n.mac[:8] for n in before.nics] == [n.mac[:8] for n in after.nics]
        assert {k: len(v) for k, v in before.values.items()} == {k: len(v) for k, v in after.values.items()}


def test_truth_follows_the_drawn_names_and_versions(sector_folder: Path) -> None:
    plan, devices = network.read(sector_folder / "network.toml"), read_all(sector_folder)

    drawn = [laptop(vary(plan, devices, seed)) for seed in range(40)]

    assert len({device.names for device in drawn}) > 30
    assert {device.attributes["service.version"] for device in drawn} == {"7.4", "7.5", "7.6"}
    assert all(device.attributes["host.name"] == device.names[0] for device in drawn)


def test_a_new_device_moves_no_name_version_or_mac_of_another(sector_folder: Path) -> None:
    plan, devices = network.read(sector_folder / "network.toml"), read_all(sector_folder)

    alone = vary(plan, tuple(d for d in devices if d.id == "laptop"), 5)

    together = laptop(vary(plan, devices, 5))
    assert alone[0].values == together.values
    assert [nic.mac for nic in alone[0].nics] == [nic.mac for nic in together.nics]


def test_pinned_cards_stay(sector_folder: Path) -> None:
    path = sector_folder / "laptop.toml"
    path.write_text(
        path.read_text("utf-8").replace('zone = "plant"', 'zone = "plant"\npinned = true'), "utf-8"
    )
    plan, devices = network.read(sector_folder / "network.toml"), read_all(sector_folder)

    for seed in range(20):
        varied = vary(plan, devices, seed)
        assert laptop(varied).nics[1] == laptop(devices).nics[1]
        assert len({nic.address for device in varied for nic in device.nics}) == 5


def test_a_zone_that_is_too_small_is_named(sector_folder: Path) -> None:
    path = sector_folder / "network.toml"
    path.write_text(path.read_text("utf-8").replace("10.9.2.0/28", "10.9.2.0/29"), "utf-8")
    crowd = sector_folder / "crowd.toml"
    crowd.write_text(crowd.read_text("utf-8").replace("count = 3", "count = 9"), "utf-8")
    plan, devices = network.read(path), read_all(sector_folder)

    with pytest.raises(DataError, match="zone plant: 10 devices do not fit"):
        vary(plan, devices, 1)
