"""Signals of a forgotten device, their points and the three axes."""

from datetime import timedelta

import pytest

from scanner.age import forgotten, lifecycle
from scanner.model.kinds import Kind


@pytest.fixture
def judge(knowledge, now):
    def of(seen, *loaded):
        age = lifecycle.judge(seen, knowledge, now)
        return forgotten.judge(seen, age, frozenset(loaded), now)

    return of


def points(got):
    return {signal.name: signal.points for signal in got.signals}


def test_a_device_without_a_signal_keeps_the_start(device, judge):
    got = judge(
        device({"os_product": "Ubuntu", "os_version": "24.04"}, names=("radiology-7",), owner="radiology")
    )

    assert () == got.signals
    assert pytest.approx(0.0474, abs=1e-4) == got.probability
    assert (False, False, False) == (got.unknown, got.unmanaged, got.stale)


def test_the_forgotten_laptop_is_unknown_unmanaged_and_stale(device, claim, judge):
    facts = [
        claim("host.name", "WIN-AB12CD34EF", field="ntlm.names"),
        claim("host.name", "old-laptop", field="dhcp.lease"),
        claim("os.build", "6.1.7601", field="smb2.boot_time", text="2016-11-03T08:00:00Z"),
    ]
    seen = device(
        {"os_build": "6.1.7601"}, facts=facts, kind=Kind.LAPTOP, names=("WIN-AB12CD34EF.example.org",)
    )

    got = judge(
        seen, "import:ad-csv", "import:edr", "import:mdm", "import:cmdb", "import:dhcp-isc", "import:cmms"
    )

    assert (True, True, True) == (got.unknown, got.unmanaged, got.stale)
    told = points(got)
    assert 2.7 == pytest.approx(sum(value for name, value in told.items() if name.startswith("not in ")))
    assert 0.8 == next(value for name, value in told.items() if "nobody mends it" in name)
    assert 1.8 == next(value for name, value in told.items() if name.startswith("not mended after 201"))
    assert 0.8 == told["running since 2016-11-03 without a restart"]
    assert 0.6 == next(value for name, value in told.items() if "an installer gave it" in name)
    assert 0.5 == told["its lease says old-laptop, it calls itself win-ab12cd34ef"]
    assert got.probability > 0.95


def test_a_horizon_of_three_years_weighs_less_than_one_of_ten(device, claim, judge):
    boot = claim("host.boot", "x", field="smb2.boot_time", text="2023-06-01T00:00:00Z")

    told = points(judge(device({"os_build": "6.3.9600"}, facts=[boot], kind=Kind.WORKSTATION)))

    assert {1.2} == {value for name, value in told.items() if name.startswith("not mended after 202")}


def test_a_fresh_start_is_no_signal(device, claim, judge):
    boot = claim("host.boot", "x", field="smb2.boot_time", text="2026-11-01T00:00:00Z")

    assert not any(
        "running since" in name for name in points(judge(device({"os_build": "10.0.26200"}, facts=[boot])))
    )


def test_a_register_that_does_not_cover_the_kind_is_not_missed(device, judge):
    got = judge(device(kind=Kind.SWITCH), "import:ad-csv", "import:switch-mac")

    assert () == got.signals
    assert not got.unmanaged


def test_a_listed_device_is_known_and_managed(device, judge):
    got = judge(device(kind=Kind.LAPTOP, inventories=("import:ad-csv",)), "import:ad-csv")

    assert () == got.signals
    assert (False, False) == (got.unknown, got.unmanaged)


def test_a_lease_makes_a_device_neither_known_nor_managed(device, judge):
    got = judge(device(kind=Kind.LAPTOP, inventories=("import:dhcp-isc",)), "import:ad-csv")

    assert (True, True) == (got.unknown, got.unmanaged)


def test_a_device_that_only_a_register_remembers_is_dormant(device, claim, judge, now):
    facts = [claim("host.name", "x1", field="dhcp.lease")]
    gone = device(facts=facts, presence="silent", last_seen=now - timedelta(days=31))
    away = device(facts=facts, presence="silent", last_seen=now - timedelta(days=3))

    assert [1.0] == list(points(judge(gone)).values())
    assert facts[0].evidence in judge(gone).signals[0].evidence
    assert () == judge(away).signals


def test_a_modality_in_the_biomedical_register_is_looked_after(device, judge):
    got = judge(device(kind=Kind.MODALITY, inventories=("import:cmms-csv",)), "import:cmms-csv")

    assert {"the biomedical register looks after it": -1.5} == points(got)


def test_names_that_agree_but_for_case_are_one(device, claim, judge):
    facts = [
        claim("host.name", "PC-Radio", field="ntlm.names"),
        claim("host.name", "pc-radio", field="dhcp.lease"),
    ]

    assert () == judge(device(facts=facts)).signals


@pytest.mark.parametrize("name", ["DESKTOP-A1B2C3D", "android-deadbeef0123", "ADMIN-PC", "localhost"])
def test_an_installers_name_counts(name, device, claim, judge):
    shown = claim("host.name", name, field="ntlm.names")

    (signal,) = judge(device(facts=[shown], names=("fine", name))).signals

    assert (shown.evidence,) == signal.evidence
