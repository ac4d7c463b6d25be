"""Who is left alone once known, and what may still be asked."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scanner.errors import DataError
from scanner.model.kinds import Kind, Profile
from scanner.model.net import tcp
from scanner.scope import identity
from scanner.scope.profile import CAREFUL
from scanner.wire.first import First, read, shipped, strictest, why_leave
from scanner.wire.never import shipped as never

GOOD = '[[first]]\nkind = "plc"\nprofile = "ot"\nports = ["tcp/80"]\nreason = "why"\n'


def test_every_medical_plant_and_printing_kind_has_its_short_list():
    must = {
        *(Kind.MODALITY, Kind.PACS, Kind.PATIENT_MONITOR, Kind.INFUSION_GATEWAY, Kind.LAB_ANALYSER),
        *(Kind.INTERFACE_ENGINE, Kind.NURSE_CALL, Kind.PLC, Kind.RTU, Kind.HMI, Kind.RELAY, Kind.METER),
        *(Kind.BUILDING_CONTROLLER, Kind.PRINTER),
    }
    assert must == set(shipped())
    assert all(1 <= len(one.ports) <= 5 and one.reason for one in shipped().values())


def test_nothing_that_must_never_be_touched_is_on_a_list():
    assert not {port for one in shipped().values() for port in one.ports} & set(never())


def test_an_ultrasound_may_still_be_asked_which_windows_it_is():
    assert why_leave(Kind.MODALITY, tcp(445), Profile.CLINICAL) is None
    assert "identified as modality" in why_leave(Kind.MODALITY, tcp(3389), Profile.CLINICAL)


@given(st.sampled_from(Kind), st.sampled_from(Profile), st.integers(1, 65535))
@example(Kind.PLC, Profile.OT, 502)
def test_only_listed_kinds_are_left_and_a_lab_is_its_owners_affair(kind, profile, number):
    left = why_leave(kind, tcp(number), profile)
    if kind not in shipped() or profile in {Profile.LAB, Profile.BENCH}:
        assert left is None
    else:
        # a control port's one question is the gate's affair
        assert (left is None) == (tcp(number) in (*shipped()[kind].ports, *identity.ASKED.get(kind, ())))


@given(st.sampled_from(Kind), st.sampled_from(Profile))
def test_a_kind_never_makes_us_less_careful(kind, profile):
    assert CAREFUL.index(strictest(profile, kind)) <= CAREFUL.index(profile)


@pytest.mark.parametrize(
    ("profile", "kind", "want"),
    [
        (Profile.OFFICE, Kind.PRINTER, Profile.CLINICAL),
        (Profile.OFFICE, Kind.PLC, Profile.OT),
        (Profile.CLINICAL, Kind.PLC, Profile.OT),
        (Profile.OT, Kind.MODALITY, Profile.OT),
        (Profile.OFFICE, Kind.LAPTOP, Profile.OFFICE),
        (Profile.LAB, Kind.PLC, Profile.LAB),
    ],
)
def test_the_strictest_of_network_and_kind_wins(profile, kind, want):
    assert want is strictest(profile, kind)


@pytest.mark.parametrize(
    "text",
    [
        "first = 1",
        "[[first",
        GOOD + GOOD,
        GOOD.replace("plc", "toaster"),
        GOOD.replace("tcp/80", "tcp/080"),
        GOOD.replace("tcp/80", "http"),
        GOOD + "more = 1\n",
    ],
)
def test_a_wrong_table_is_refused_by_name(text):
    with pytest.raises(DataError, match=r"table\.toml"):
        read(text, "table.toml")


def test_a_right_table_is_read():
    want = First(kind=Kind.PLC, profile=Profile.OT, ports=(tcp(80),), reason="why")
    assert {Kind.PLC: want} == read(GOOD, "table.toml")
