"""The shipped hospital holds what the issue asks of it, in every draw."""

from datetime import UTC, datetime

import pytest

from scanner.lab import paperwork
from scanner.lab.actor import cast
from scanner.lab.device import Device, fixtures
from scanner.lab.sector import Sector, load
from scanner.lab.talk import Say
from scanner.model.kinds import Profile, Role, Support
from scanner.scope import parse

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SEEDS = [None, 1, 2, 3, 4]


@pytest.fixture(params=SEEDS, scope="module")
def hospital(request: pytest.FixtureRequest) -> Sector:
    return load("hospital", request.param)


def by_id(sector: Sector, name: str) -> Device:
    return next(device for device in sector.devices if device.id == name)


def test_it_is_about_seventy_devices_in_seven_zones(hospital: Sector) -> None:
    zones = {zone.name for zone in hospital.plan.zones}

    assert zones == {"office", "servers", "imaging", "ward", "building", "management", "laboratory"}
    assert zones == {nic.zone for device in hospital.devices for nic in device.nics}
    assert 60 <= len(hospital.devices) <= 75


def test_every_talk_can_be_played_with_the_drawn_values(hospital: Sector) -> None:
    for device in hospital.devices:
        talks = cast(device, fixtures(), NOW)
        assert {door.at for door in device.doors if door.talk} == set(talks)


def test_drawn_values_keep_every_binary_message_at_its_length(hospital: Sector) -> None:
    written = load("hospital", None)
    for before, after in zip(written.devices, hospital.devices, strict=True):
        old, new = (cast(device, fixtures(), NOW) for device in (before, after))
        for door in before.doors:
            if door.talk and door.talk.split("/")[0] in {"smb", "tls", "rdp", "dicom"}:
                lengths = [
                    [
                        len(step.data)
                        for script in talk[door.at].connections
                        for step in script
                        if isinstance(step, Say)
                    ]
                    for talk in (old, new)
                ]
                assert lengths[0] == lengths[1], (before.id, door.at)


def test_the_basement_laptop_is_one_machine_on_two_networks(hospital: Sector) -> None:
    laptop = by_id(hospital, "laptop-basement")

    assert [nic.zone for nic in laptop.nics] == ["office", "management"]
    assert len({nic.mac for nic in laptop.nics}) == 2
    assert laptop.role is Role.NONE


def test_the_lost_laptop_is_on_paper_only(hospital: Sector) -> None:
    laptop = by_id(hospital, "laptop-lost")

    assert not laptop.powered
    text = paperwork.leases(hospital.devices, NOW)
    assert f"hardware ethernet {laptop.nics[0].mac};" in text
    assert laptop.names[0] in text
    assert laptop.names[0] in paperwork.directory(hospital.devices, NOW)
    assert f"{laptop.nics[0].mac},{laptop.nics[0].address},,SW-OFF-2," in paperwork.jacks(
        hospital.devices, NOW
    )


def test_the_decoys_stand(hospital: Sector) -> None:
    core, virtual = by_id(hospital, "core"), by_id(hospital, "wan-virtual")

    assert {zone.name for zone in hospital.plan.zones} == {nic.zone for nic in core.nics}
    assert core.role is Role.GATEWAY
    assert virtual.nics[0].mac == "00:00:0c:07:ac:0a"
    cameras = [device for device in hospital.devices if device.id.startswith("camera-")]
    certificates = {
        step.data
        for camera in cameras
        for script in cast(camera, fixtures(), NOW)["tcp/443"].connections
        for step in script[:2]
        if isinstance(step, Say)
    }
    scripts = len(cast(cameras[0], fixtures(), NOW)["tcp/443"].connections)
    assert len(cameras) == 12
    assert len(certificates) <= scripts


def test_devices_that_play_one_talk_are_still_different_machines(hospital: Sector) -> None:
    first, second = (cast(by_id(hospital, f"pc-clinic-0{n}"), fixtures(), NOW)["tcp/445"] for n in (1, 2))

    assert dict(first.expect)["smb2.guid"] != dict(second.expect)["smb2.guid"]


def test_one_analyser_cannot_stand_one_conversation_and_its_zone_never_changes_addresses(
    hospital: Sector,
) -> None:
    hangs = [device.id for device in hospital.devices if device.behaviour.conversations is not None]
    there = [nic for device in hospital.devices for nic in device.nics if nic.zone == "laboratory"]

    assert hangs == ["analyser-gas"]
    assert by_id(hospital, "analyser-gas").behaviour.conversations == 1
    # where it stands in the scan's order decides how much of its zone is left alone: the same in every draw
    assert all(nic.pinned for nic in there)


def test_the_scope_file_covers_the_network_and_excludes_the_ventilators(hospital: Sector) -> None:
    scope = parse.parse(paperwork.scope(hospital, NOW), "scope.toml")

    assert {zone.cidr for zone in hospital.plan.zones} == {str(network.cidr) for network in scope.networks}
    profiles = {network.zone: network.profile for network in scope.networks}
    assert profiles["imaging"] is Profile.CLINICAL
    assert profiles["ward"] is Profile.CLINICAL
    assert profiles["laboratory"] is Profile.CLINICAL
    pairs = {(segment.source, segment.target) for segment in scope.segments}
    assert pairs == {(one, other) for one in profiles for other in profiles if one != other}
    critical = {entry.address for entry in scope.critical}
    assert critical == {by_id(hospital, name).nics[0].address for name in ("pacs", "ehr", "dc")}
    prefix = scope.exclusions[0].mac
    assert prefix is not None
    vents = [device for device in hospital.devices if device.id.startswith("ventilator")]
    assert vents
    assert all(device.nics[0].mac[:8] == prefix[:8] for device in vents)


def test_the_truth_on_the_day_is_what_the_support_rule_says(hospital: Sector) -> None:
    truth = [paperwork.expected(device, NOW.date()) for device in hospital.devices]

    knowable = {
        t.id: t.support
        for t in truth
        if "support" in t.knowable and not t.id.startswith(("camera", "pc-clinic"))
    }
    assert knowable == {
        "ct-console": Support.UNSUPPORTED,
        "dc": Support.SUPPORTED,
        "ehr": Support.SUPPORTED,
        "file-server": Support.UNSUPPORTED,
        "laptop-basement": Support.UNSUPPORTED,
        "mail-relay": Support.UNKNOWN,
        "mri-console": Support.UNKNOWN,
        "nas": Support.UNSUPPORTED,
        "pacs": Support.UNKNOWN,
        "pc-billing": Support.UNSUPPORTED,
        "pc-reception": Support.UNKNOWN,
        "ultrasound": Support.UNSUPPORTED,
    }
    assert all(t.because for t in truth)


def test_the_printers_raw_port_keeps_what_it_gets(hospital: Sector) -> None:
    assert {door.at: door.does for door in by_id(hospital, "printer").doors}["tcp/9100"] == "record"
