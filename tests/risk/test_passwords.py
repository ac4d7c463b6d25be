"""Which devices are assumed to share a password."""

import msgspec
import pytest

from scanner.model.device import Claim
from scanner.model.kinds import Kind, Role
from scanner.model.net import Address
from scanner.model.observation import Observation, evidence_id
from scanner.risk.exposure import Adversary
from scanner.risk.facts import facts_of
from scanner.risk.parameters import resolve
from scanner.risk.passwords import groups, tries


def of(*devices):
    return groups([(device, facts_of(device)) for device in devices])


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


def listed(make, name, **row):
    """A domain machine with its row of the directory."""
    device = domain(make, name)
    seen = Observation(
        source="import:ad-csv", first=device.last_seen, last=device.last_seen, field="register.entry",
        value={"name": name, **row}, address=Address("10.0.0.1"),
    )  # fmt: skip
    attrs = {"host.name": name} | ({"setting.laps": row["laps"]} if "laps" in row else {})
    claims = tuple(
        Claim(attr=attr, value=value, confidence=0.9, rule=None, seen=seen, evidence=evidence_id(seen))
        for attr, value in attrs.items()
    )
    return msgspec.structs.replace(device, facts=claims)


def test_a_machine_whose_password_the_directory_keeps_shares_none(make):
    own = {"laps": "2026-12-01T00:00:00+00:00"}

    assert () == of(listed(make, "a", **own), listed(make, "b", **own), domain(make, "c"))


def test_machines_without_one_in_a_directory_that_keeps_others_are_seen_to_share(make):
    got = of(listed(make, "a", laps="2026-12-01T00:00:00+00:00"), listed(make, "b"), listed(make, "c"))

    assert {"credential.shared": ["b", "c"], "credential.unmanaged": ["b", "c"]} == {
        one.parameter: list(one.members) for one in got
    }


@pytest.mark.parametrize(
    ("moment", "want"),
    [
        ("2025-01-01T00:00:00+00:00", 2),
        ("2026-11-01T00:00:00+00:00", 1),
        ("never", 1),
        ("2025-01-01T00:00:00", 1),
    ],
)
def test_a_machine_password_that_nobody_changes_is_a_sign_that_no_policy_reaches_it(make, moment, want):
    got = of(listed(make, "a", password_set=moment), listed(make, "b", password_set=moment))

    assert want == len(got)
