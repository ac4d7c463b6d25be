"""What the cables of a simulated network look like, before anybody lays them; test_lab.py of tests/netns lays them."""

from pathlib import Path

import msgspec
import pytest

from scanner.errors import DataError
from scanner.lab import network
from scanner.lab.device import Behaviour, Device, read_all


@pytest.fixture
def plan(sector_folder: Path) -> network.Plan:
    return network.read(sector_folder / "network.toml")


@pytest.fixture
def devices(sector_folder: Path) -> list[Device]:
    return list(read_all(sector_folder))


def laid(plan: network.Plan, devices: list[Device]) -> list[str]:
    return list(network._cables(plan, list(enumerate(devices))))


def test_every_card_is_on_the_bridge_of_its_zone_with_its_own_mac(
    plan: network.Plan, devices: list[Device]
) -> None:
    lines = laid(plan, devices)

    bridges = {zone.name: f"br{at}" for at, zone in enumerate(plan.zones)}
    for at, device in enumerate(devices):
        assert f"netns add {network.space(at)}" in lines
        for n, nic in enumerate(device.nics):
            assert (
                f"link add v{at}.{n} type veth peer name eth{n} address {nic.mac} netns {network.space(at)}"
                in lines
            )
            assert f"link set v{at}.{n} master {bridges[nic.zone]} addrgenmode none up" in lines


def test_nothing_makes_itself_an_ipv6_address_and_the_scanner_has_a_leg_in_every_zone(
    plan: network.Plan, devices: list[Device]
) -> None:
    lines = laid(plan, devices)

    assert all("addrgenmode none" in line for line in lines if line.startswith("link set") and " up" in line)
    legs = [line for line in lines if f"netns {network.SCANNER}" in line and "veth" in line]
    assert len(legs) == len(plan.zones)
    awake = list(network._awake(iter([("leg0", plan.scanner(plan.zones[0]), plan.zones[0].cidr)])))
    assert awake[1:] == [
        "link set leg0 addrgenmode none",
        "addr add 10.9.1.250/24 dev leg0",
        "link set leg0 up",
    ]


def test_the_cable_of_a_device_that_slows_is_cut_in_two(plan: network.Plan, devices: list[Device]) -> None:
    slow = [msgspec.structs.replace(devices[0], behaviour=Behaviour(drag=0.1)), *devices[1:]]

    lines = laid(plan, slow)

    assert lines.index("link set v0.0 nomaster") > lines.index("link set v0.0 master br1 addrgenmode none up")
    assert {"link add w0.0 type veth peer name b0.0", "link set b0.0 master br1 addrgenmode none up"} <= set(
        lines
    )
    assert not [line for line in lines if "w1." in line]


def test_a_firewalled_device_answers_nobody_in_its_zone() -> None:
    assert list(network._deaf("10.9.2.0/28")) == [
        "route add blackhole 10.9.2.0/29",
        "route add blackhole 10.9.2.8/29",
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("title = ", r"network\.toml"),
        ('title = "x"\n[[zones]]\nname = "a"\ncidr = "10.9.1.7/24"\n', "host bits"),
        ('title = "x"\nzone = []\nzones = []\n', "zone"),
    ],
)
def test_a_plan_that_cannot_be_read_is_refused_with_its_file(
    tmp_path: Path, text: str, complaint: str
) -> None:
    path = tmp_path / "network.toml"
    path.write_text(text, "utf-8")

    with pytest.raises(DataError, match=complaint):
        network.read(path)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [({"zone": "cellar"}, "no zone 'cellar'"), ({"address": "10.9.9.9"}, "not a free address"),
     ({"address": "10.9.1.250"}, "not a free address")],
)  # fmt: skip
def test_a_device_is_cabled_to_a_zone_that_there_is(
    plan: network.Plan, devices: list[Device], change: dict[str, str], complaint: str
) -> None:
    laptop = next(device for device in devices if device.id == "laptop")
    moved = msgspec.structs.replace(laptop, nics=(msgspec.structs.replace(laptop.nics[0], **change),))

    with pytest.raises(DataError, match=complaint):
        network.check(plan, [moved])
