"""The shipped utility and bank branch: they hold what they should, and a scan gets right what can be known."""

import ipaddress
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from scanner.lab import paperwork
from scanner.lab.actor import cast
from scanner.lab.device import Device, fixtures
from scanner.lab.sector import Sector, load
from scanner.model.kinds import Kind, Profile, Touch
from scanner.model.observation import Observation
from scanner.scope import identity, parse
from scanner.scope.gate import Gate

from ..test_pipeline import marks, scan  # noqa: TID252 - the flow played in memory is shared

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PROFILES = {
    "utility": {"enterprise": Profile.OFFICE, "control": Profile.OT, "substation": Profile.OT},
    "bank": {"counter": Profile.OFFICE, "cash": Profile.OFFICE, "backroom": Profile.OFFICE},
}
MISSED = {
    "utility": {"historian"},
    "bank": {"atm-01", "atm-02", "terminal-01", "terminal-02"},
}
"""Devices whose kind could be known and that no rule names yet: rules are to grow, this list is to shrink."""
FIELDS = {
    "meter": "modbus.device",
    "relay": "mms.identity",
    "rtu": "iec104.testfr",
    "scada": "opcua.server",
    "substation-gateway": "iec104.testfr",
}
"""What tells who each device of the plant is that speaks a control protocol."""


@pytest.fixture(
    params=[(name, seed) for name in PROFILES for seed in (None, 1, 2)],
    ids=lambda param: f"{param[0]}-{param[1]}",
)
def drawn(request: pytest.FixtureRequest) -> Sector:
    name, seed = request.param
    return load(name, seed)


def by_id(sector: Sector, name: str) -> Device:
    return next(device for device in sector.devices if device.id == name)


def test_they_are_twenty_devices_in_three_zones_each(drawn: Sector) -> None:
    zones = {zone.name for zone in drawn.plan.zones}

    assert set(PROFILES[drawn.name]) == zones
    assert {nic.zone for device in drawn.devices for nic in device.nics} == zones
    assert len(drawn.devices) == 20
    for device in drawn.devices:
        assert {door.at for door in device.doors if door.talk} == set(cast(device, fixtures(), NOW))


def test_their_scope_files_cover_every_zone_and_every_pair_of_them(drawn: Sector) -> None:
    scope = parse.parse(paperwork.scope(drawn, NOW), "scope.toml")

    assert {network.zone: network.profile for network in scope.networks} == PROFILES[drawn.name]
    assert {str(network.cidr) for network in scope.networks} == {zone.cidr for zone in drawn.plan.zones}
    pairs = {(segment.source, segment.target) for segment in scope.segments}
    assert pairs == {
        (one, other) for one in PROFILES[drawn.name] for other in PROFILES[drawn.name] if one != other
    }
    assert scope.engagement.sector == drawn.name
    gentle = [network.cidr for network in scope.networks if network.profile is Profile.OT]
    there = {
        nic.address
        for device in drawn.devices
        for nic in device.nics
        if any(ipaddress.ip_address(nic.address) in cidr for cidr in gentle)
    }
    assert {one.address for one in scope.known} == there


@pytest.mark.parametrize("seed", [None, 4])
def test_the_key_safe_is_excluded_by_address_and_by_card_and_would_feel_any_frame(seed: int | None) -> None:
    bank = load("bank", seed)
    safe = by_id(bank, "hsm")
    gate = Gate(parse.parse(paperwork.scope(bank, NOW), "scope.toml"))

    assert safe.kind is Kind.HSM
    assert safe.behaviour.tamper == "dies"
    elsewhere = by_id(bank, "dvr").nics[0].address
    for address, card in ((safe.nics[0].address, None), (elsewhere, safe.nics[0].mac)):
        may = gate.may(address, port=None, touch=Touch.KNOCK, now=NOW, mac=card)
        assert "never" in may.reason or "wherever" in may.reason


def test_the_engineers_laptop_joins_the_offices_and_the_substation() -> None:
    laptop = by_id(load("utility", None), "engineering-laptop")

    assert [nic.zone for nic in laptop.nics] == ["enterprise", "substation"]


def test_a_scan_gets_right_what_can_be_known(drawn: Sector, tmp_path: Path) -> None:
    found, truth, (_, runs) = scan(tmp_path, None, lambda _: drawn)

    result = marks(found, truth)

    kinds = {one.device for one in result.mistakes if one.what == "kind"}
    assert kinds <= MISSED[drawn.name]
    assert [] == [one for one in result.grave if one.what != "kind"]
    assert result.called == result.unsupported >= 2
    # nothing is wrong where nothing was asked: in the same run most were talked to
    assert len(runs[-1].harm) >= 17


def test_the_plant_is_asked_who_it_is_by_the_signers_permit_once_each_and_by_its_kind(tmp_path: Path) -> None:
    utility = load("utility", None)

    _, _, (log, _) = scan(tmp_path, None, lambda _: utility)

    told = {seen.address: seen.field for seen in log if seen.field in FIELDS.values()}
    want = {
        nic.address: FIELDS[device.id.rstrip("-0123456789")]
        for device in utility.devices
        if device.id.rstrip("-0123456789") in FIELDS
        for nic in device.nics
    }
    assert want == told
    asked = [(seen.address, seen.value["probe"]) for seen in log if _asks_a_controller(seen)]
    assert len(asked) == len({address for address, _ in asked}) == len(want)


def test_without_the_permit_no_control_port_of_the_plant_is_touched(tmp_path: Path) -> None:
    utility = load("utility", None)
    (tmp_path / "plan").mkdir()
    text = (utility.folder / "scope.toml.in").read_text("utf-8")
    assert "ot_read_identity = true" in text
    (tmp_path / "plan" / "scope.toml.in").write_text(text.replace("ot_read_identity = true", ""), "utf-8")
    without = msgspec.structs.replace(utility, folder=tmp_path / "plan")
    (tmp_path / "site").mkdir()

    _, _, (log, _) = scan(tmp_path / "site", None, lambda _: without)

    assert set() == {seen.port for seen in log} & set(identity.PORTS)


def _asks_a_controller(seen: Observation) -> bool:
    return seen.field == "probe.outcome" and seen.port in identity.PORTS
