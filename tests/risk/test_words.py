"""Each part of a score in plain words."""

from datetime import date

import msgspec
import pytest

from scanner.model.kinds import Kind, Role, Support
from scanner.model.verdict import Forgotten, Hypothesis, Signal
from scanner.risk.parameters import resolve
from scanner.risk.scene import actors
from scanner.risk.words import Part, company, word

VALUES = resolve({})


def told(make, part, *judged, which="d"):
    cast = actors(judged, make.scope("a", "b", "c"), make.known, make.now, VALUES)
    actor = next(one for one in cast if one.device.id == which)
    return word(actor, part, company(cast), VALUES)


def test_a_weakness_is_named_with_its_odds_evidence_and_remedy(make):
    text, evidence, removes = told(make, Part("gate", ("smb-rce",)), make.windows7("d", "a"))

    assert text.startswith("EternalBlue on tcp/445: 70% likely to let an intruder in, and 2 more")
    assert "ev-boot" in evidence
    assert "mend ms17-010" == removes


def test_a_shared_password_says_that_it_is_assumed(make):
    joined = {"os.family": "Windows", "os.build": "10.0.19045", "host.domain": "clinic"}
    pcs = [make.device(name, "a", ports=("tcp/445",), attributes=joined) for name in "de"]
    (name,) = [f"cred:shared:clinic/{build}" for build in ("10.0.19045",)]

    text, evidence, removes = told(
        make, Part("gate", (name,)), *((pc, make.age(), make.kept()) for pc in pcs)
    )

    assert (
        "Probably shares a password with 1 other device (assumed from the Windows 10.0.19045 image of clinic)"
        == text
    )
    assert evidence
    assert "of its own" in removes


@pytest.mark.parametrize(
    ("others", "want"),
    [
        ((), "The only device that joins zones a, b and c: its leg in zone a"),
        ((("e", "abc"),), "Joins zones a, b and c: its leg in zone a"),
    ],
)
def test_a_bridge_is_called_one(make, others, want):
    beside = [make.plain(name, *zones) for name, zones in others]

    assert want == told(make, Part("leg", ("a",)), make.plain("d", "a", "b", "c"), *beside)[0]


def test_a_single_leg_and_a_gateways_leg(make):
    single = told(make, Part("leg", ("a",)), make.plain("d", "a"), make.plain("e", "a"))
    gateway = told(make, Part("leg", ("a",)), make.plain("d", "a", "b", kind=Kind.ROUTER, role=Role.GATEWAY))

    assert "Stands in zone a beside 1 other device" == single[0]
    assert "Has a leg in zone a: its rules decide who passes" == gateway[0]


def test_a_leg_cites_what_was_seen_there(make):
    device, age, kept = make.plain("d", "a")
    here = msgspec.structs.replace(device, facts=(make.claim("ssh.banner", "x", "tcp/22", "a"),))

    assert 1 == len(told(make, Part("leg", ("a",)), (here, age, kept))[1])


def test_a_way_in_says_why_it_is_likelier_when_nobody_looks_after_it(make):
    device, age, _ = make.plain("d", "a", kind=Kind.LAPTOP)
    lost = Forgotten(
        unknown=True, unmanaged=False, stale=True, probability=0.9,
        signals=(Signal(name="no owner", points=0.9, evidence=("ev-lease",)),),
    )  # fmt: skip

    text, evidence, _ = told(make, Part("entry", ()), (device, age, lost))

    assert (
        "A way in by itself, about 6% a year for its kind, more since nobody looks after it (unknown, stale)"
        == text
    )
    assert ("ev-lease",) == evidence


def test_small_odds_keep_a_digit(make):
    assert "about 0.2% a year" in told(make, Part("entry", ()), make.plain("d", "a", kind=Kind.SERVER))[0]


def test_assumed_reach_tells_how_to_be_rid_of_it(make):
    text, evidence, removes = told(make, Part("reach", ()), make.plain("d", "a"))

    assert "50%; 10% under an imported policy" in text
    assert () == evidence
    assert "scope.toml" in removes


def test_out_of_support_names_the_product_itself(make):
    device, age, kept = make.plain("d", "a", kind=Kind.SWITCH, ports=("tcp/22",))
    ended = msgspec.structs.replace(make.age(Support.UNSUPPORTED, date(2016, 1, 1)), subject="Catalyst 2960")

    text, _, _ = told(make, Part("gate", ("unknown-hole",)), (device, ended, kept))

    assert text.startswith("Catalyst 2960, out of support: holes found since then stay open on tcp/22: 47%")
    assert age.subject is None


def test_what_is_not_decided_is_not_called_out_of_support(make):
    device, _, kept = make.plain("d", "a", kind=Kind.SWITCH, ports=("tcp/22",))
    ends = Hypothesis(
        label="x", edition="e", ends=date(2016, 1, 1), open_ended=False, ended=True, source="s", evidence=()
    )
    open_ = msgspec.structs.replace(make.age(Support.UNKNOWN), subject="Cisco IOS", hypotheses=(ends,))

    text, _, _ = told(make, Part("gate", ("unknown-hole",)), (device, open_, kept))

    assert text.startswith("Cisco IOS, perhaps out of support: holes found since stay open on tcp/22: 23%")
