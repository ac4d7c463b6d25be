"""The lines of an explanation are the parts of the score."""

import pytest

from scanner.model.kinds import Kind, Role
from scanner.risk import explain as module
from scanner.risk.exposure import HEADLINE
from scanner.risk.parameters import resolve
from scanner.risk.scene import actors
from scanner.risk.score import measure, stage, whole, world
from scanner.risk.zones import policy

VALUES = resolve({})


def network(make):
    joined = {"os.family": "Windows", "os.build": "6.1.7601", "host.domain": "clinic"}
    telnet = {"kind": Kind.INFUSION_GATEWAY, "ports": ("tcp/23",)}
    return [
        *(
            (make.device(f"pc{at}", "a", ports=("tcp/445",), attributes=joined), make.age(), make.kept())
            for at in range(3)
        ),
        make.windows7("many-legs", "a", "b", "c", "d", kind=Kind.LAPTOP),
        *(make.plain(f"pump{at}", "d", **telnet) for at in range(4)),
        make.plain("gw", "a", "b", kind=Kind.ROUTER, role=Role.GATEWAY, ports=("tcp/23",)),
    ]


def staged(make):
    scope = make.scope("a", "b", "c", "d")
    cast = actors(network(make), scope, make.known, make.now, VALUES)
    return stage(cast, "abcd", policy(scope, (), VALUES), VALUES, 3)


@pytest.mark.parametrize("exact", [25, 0])
def test_all_parts_together_are_the_score_itself(make, monkeypatch, exact):
    """Taking the device out of the network loses nothing: what it opens, it opens only once it has fallen."""
    on = staged(make)
    held = world(on, HEADLINE)
    found = measure(on, held, VALUES)
    monkeypatch.setattr(module, "effort", lambda _, most: min(most, exact))
    whole_of = {}
    seen = module._lines

    def listen(table, score, near, *, exact):
        worth = table.worth()
        assert 1 << len(table.parts) == len(worth)
        assert 0.0 == worth[0]
        whole_of[table.at] = worth[-1]
        return seen(table, score, near, exact=exact)

    monkeypatch.setattr(module, "_lines", listen)

    lines = module.explain(on, held, found)

    assert len(whole_of) == sum(whole(float(one)) > 0 for one in found.score)
    for at, value in whole_of.items():
        assert float(found.score[at]) == pytest.approx(value, abs=1e-6)
        assert whole(float(found.score[at])) == sum(line.points for line in lines[at])
        assert all(line.text.endswith("(approximate)") == (exact == 0) for line in lines[at])


def test_a_device_has_at_most_eight_parts(make):
    on = staged(make)

    for actor in on.cast:
        parts = module._parts(actor, 8, 3)
        assert len(parts) <= 8
        assert sorted(actor.zones) == sorted(
            zone for part in parts if part.sort == "leg" for zone in part.names
        )


def test_many_gates_are_joined_in_the_last_part(make):
    device, age, kept = make.windows7("w7", "a")
    telnet = make.device("t", "a", kind=Kind.CAMERA, ports=("tcp/23", "tcp/3389", "tcp/104"))
    import msgspec

    crowded = msgspec.structs.replace(device, services=(*device.services, *telnet.services))
    (actor,) = actors([(crowded, age, kept)], make.scope("a"), make.known, make.now, VALUES)

    gates = [part.names for part in module._parts(actor, 5, 1) if part.sort == "gate"]

    assert 2 == len(gates)
    assert 4 == sum(len(names) for names in gates)


def test_assumed_reach_is_a_part_of_its_own(make):
    network = [
        make.windows7("pc", "a"),
        *(make.windows7(f"server{at}", "b", kind=Kind.SERVER) for at in range(9)),
    ]
    closed = [("a", "b", [], "declared"), ("b", "a", [], "declared")]

    assumed = make.judge(network, make.scope("a", "b")).devices["pc"].risk.why
    declared = make.judge(network, make.scope("a", "b", segments=closed)).devices["pc"].risk.why

    assert any(line.text.startswith("Zones that nobody declared") for line in assumed)
    assert () == declared
