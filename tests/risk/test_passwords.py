"""Which devices are assumed to share a password."""

from scanner.model.kinds import Kind, Role
from scanner.risk.exposure import Adversary
from scanner.risk.facts import facts_of
from scanner.risk.parameters import resolve
from scanner.risk.passwords import groups, tries


def of(*devices):
    return groups((device, facts_of(device)) for device in devices)


def domain(make, name, build="10.0.19045", **more):
    attributes = {"os.family": "Windows", "os.build": build, "host.domain": "Clinic.Example"}
    return make.device(name, "a", ports=("tcp/445",), attributes=attributes, **more)


def test_pcs_of_one_domain_and_build_are_one_group(make):
    (got,) = of(domain(make, "a"), domain(make, "b"), domain(make, "c", build="6.1.7601"))

    assert ("credential.shared", ["a", "b"]) == (got.parameter, list(got.members))
    assert ("tcp/445",) == got.members["a"]
    assert "clinic.example" in got.label


def test_devices_with_one_factory_key_are_one_group(make):
    def camera(name, key):
        return make.device(
            name, "a", kind=Kind.CAMERA, ports=("tcp/22",), readings=[("ssh.host_key.sha256", key, "tcp/22")]
        )

    (got,) = of(camera("a", "SHA256:x"), camera("b", "SHA256:x"), camera("c", "SHA256:y"))

    assert ("credential.factory", ["a", "b"]) == (got.parameter, list(got.members))
    assert got.evidence["a"]


def test_nothing_is_shared_by_one_by_a_floating_address_or_where_nothing_is_open(make):
    closed = make.device(
        "c", "a", attributes={"os.family": "Windows", "os.build": "10.0.19045", "host.domain": "x"}
    )

    assert () == of(domain(make, "a"), domain(make, "b", role=Role.VIRTUAL), closed)


def test_commodity_worms_reuse_passwords_less_often():
    values = resolve({})

    assert (
        tries(Adversary.COMMODITY, values)
        < tries(Adversary.ADAPTIVE, values)
        == tries(Adversary.INTRUDER, values)
    )
