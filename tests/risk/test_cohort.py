"""Devices that share a cause are scored as one."""

from scanner.model.kinds import Kind, Role
from scanner.risk import cohort


def test_a_cohort_needs_two_devices_one_zone_and_one_cause(make):
    network = [
        make.windows7("one", "a"),
        make.windows7("two", "b"),
        make.plain("cam1", "a", kind=Kind.CAMERA, ports=("tcp/23",)),
        make.plain("cam2", "a", kind=Kind.CAMERA, ports=("tcp/23",)),
        make.plain("gw", "a", "b", kind=Kind.ROUTER, role=Role.GATEWAY, ports=("tcp/23",)),
    ]

    got = make.judge(network, make.scope("a", "b")).cohorts

    assert [("default-cred", "a", ("cam1", "cam2"))] == [(one.gate, one.zone, one.devices) for one in got]
    assert ("Telnet login", "mend telnet") == (got[0].cause, got[0].remedy)


def test_mending_a_whole_cohort_saves_more_than_any_one_of_its_devices(make):
    got = make.judge([make.windows7(f"w{at}", "a") for at in range(10)], make.scope("a"))

    assert got.cohorts[0].fix_value > 3 * max(one.risk.fix_value for one in got.devices.values())
    assert got.cohorts[0].score >= max(one.risk.score for one in got.devices.values())


def test_beyond_the_simulated_ones_a_fix_is_at_least_what_its_members_save(make, monkeypatch):
    monkeypatch.setattr(cohort, "effort", lambda _, __: 0)

    got = make.judge([make.windows7(f"w{at}", "a") for at in range(3)], make.scope("a"))

    saved = sum(one.risk.fix_value for one in got.devices.values())
    assert abs(saved - got.cohorts[0].fix_value) < 0.01
