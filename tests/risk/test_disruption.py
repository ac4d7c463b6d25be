"""Disruption without infection, in closed form: what a device needs has fallen, or its zone was cut off."""

import math

import msgspec
import pytest

from scanner.model.kinds import Kind, Role
from scanner.risk.disruption import Need, disrupted, needs
from scanner.risk.parameters import resolve
from scanner.risk.scene import actors
from scanner.risk.score import stage
from scanner.risk.zones import policy

FALLS = 0.98 * 0.70
"""P(telnet lets the worm in)."""


def laid(make, network, *zones, **parameters):
    values = resolve({"disrupt.precaution": 0.0, **parameters})
    closed = [(a, b, [], "declared") for a in zones for b in zones if a != b]
    scope = make.scope(*zones, segments=closed)
    cast = actors(network, scope, make.known, make.now, values)
    return stage(cast, zones, policy(scope, (), values), values, 7)


def camera(make, name, *zones, kind=Kind.CAMERA):
    return make.plain(name, *zones, kind=kind, ports=("tcp/23",))


def entries(on):
    every = [actor.entry(on.values) for actor in on.cast]
    return [one / sum(every) for one in every]


def near(want):
    """Within 4.5 standard errors of 1,024 worlds, and one world for the footholds' shares."""
    return pytest.approx(want, abs=4.5 * math.sqrt(want * (30 - want) / 1024) + 0.05)


def test_l10_a_clean_modality_stands_still_when_its_archive_falls(make):
    """In one zone: P(foothold is the archive) + P(it is the camera) q, times P(it needs the archive); it never falls."""
    network = [camera(make, "cam", "x"), make.plain("ct", "x", kind=Kind.MODALITY)]
    network.append(camera(make, "pacs", "x", kind=Kind.PACS))
    on = laid(make, network, "x")
    cam, _, pacs = entries(on)

    # kind numbers: the modality weighs 30 endpoints
    assert near(30 * 0.3 * (pacs + cam * FALLS)) == disrupted(on)
    assert [(), (Need("disrupt.client", (2,)),), ()] == list(needs(on))


def test_l10_two_archives_stand_in_for_each_other(make):
    network = [make.plain("ct", "x", kind=Kind.MODALITY)]
    network += [camera(make, f"pacs{at}", "x", kind=Kind.PACS) for at in range(2)]
    on = laid(make, network, "x")
    ct, one, other = entries(on)

    assert (Need("disrupt.client", (1, 2)),) == next(iter(needs(on)))
    # the modality as foothold is infected, not disrupted
    assert near(30 * 0.3 * (one + other) * FALLS) == disrupted(on)
    assert ct > 0


def test_l10_a_zone_in_which_something_fell_is_cut_off(make):
    """Two zones apart, with cameras that nothing opens: whoever begins stops its neighbour, and nobody else."""
    network = [make.plain(name, zone) for name, zone in (("a", "x"), ("b", "x"), ("c", "y"))]
    on = laid(make, network, "x", "y", **{"disrupt.precaution": 0.25})

    assert 0.25 * 2 / 3 == pytest.approx(disrupted(on), abs=0.001)


def test_members_of_a_domain_need_its_controllers_and_people_the_servers_that_the_scope_names(make):
    def member(name, kind):
        device, age, kept = make.plain(name, "x", kind=kind, ports=("tcp/445",))
        fact = make.claim("host.domain", "clinic.example")
        return msgspec.structs.replace(device, facts=(fact,)), age, kept

    network = [member("dc", Kind.DOMAIN_CONTROLLER), member("pc", Kind.WORKSTATION)]
    record, age, kept = make.plain("record", "x", kind=Kind.SERVER, ports=("tcp/443",), address="10.0.0.9")
    network.append((record, age, kept))
    values = resolve({})
    scope = make.scope("x", "y", critical=[("Record", "10.0.0.9", 100)])
    cast = actors(network, scope, make.known, make.now, values)
    on = stage(cast, ("x", "y"), policy(scope, (), values), values, 7)

    assert [(), (Need("disrupt.domain", (0,)), Need("disrupt.client", (2,))), ()] == list(needs(on))


def test_what_its_zone_cannot_open_and_what_is_no_device_is_not_needed(make):
    network = [make.plain("ct", "x", kind=Kind.MODALITY), camera(make, "far", "y", kind=Kind.PACS)]
    network.append(make.plain("floats", "x", kind=Kind.PACS, role=Role.VIRTUAL))

    assert [(), (), ()] == list(needs(laid(make, network, "x", "y")))


def test_nobody_is_disrupted_where_nobody_is(make):
    assert 0.0 == disrupted(laid(make, [], "x"))
