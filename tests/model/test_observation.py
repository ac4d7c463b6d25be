"""An observation is named by its content: the same fact keeps its name, any other fact has another."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model.observation import Observation, evidence_id

NOW = datetime(2026, 12, 3, 9, 30, tzinfo=UTC)
SEEN = Observation(
    source="probe:ssh", first=NOW, last=NOW, field="ssh.banner", value="SSH-2.0-x", address="10.0.0.1",
    mac="00:1b:21:00:00:01", port="tcp/22", zone="office", vantage="wards",
)  # fmt: skip


def test_the_name_is_short_and_says_what_it_is():
    assert "ev-" == evidence_id(SEEN)[:3]
    assert 12 == len(bytes.fromhex(evidence_id(SEEN)[3:])) * 2


def test_a_repeat_keeps_its_name():
    later = msgspec.structs.replace(SEEN, first=NOW + timedelta(days=1), last=NOW + timedelta(days=9))

    assert evidence_id(SEEN) == evidence_id(later)


@pytest.mark.parametrize("part", sorted(set(Observation.__struct_fields__) - {"first", "last"}))
def test_every_part_but_the_time_counts(part):
    whole = msgspec.structs.replace(SEEN, site="north")
    values = [None, "", "x", getattr(whole, part)]

    names = {evidence_id(msgspec.structs.replace(whole, **{part: value})) for value in values}

    assert len(values) == len(names)


def test_a_part_never_slips_into_its_neighbour():
    one = msgspec.structs.replace(SEEN, zone="ab", vantage="c")
    other = msgspec.structs.replace(SEEN, zone="a", vantage="bc")

    assert evidence_id(one) != evidence_id(other)


@given(
    st.dictionaries(
        st.text(max_size=5), st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5)
    )
)
def test_the_order_of_an_objects_parts_does_not_count(value):
    turned = dict(reversed(value.items()))

    assert evidence_id(msgspec.structs.replace(SEEN, value=value)) == evidence_id(
        msgspec.structs.replace(SEEN, value=turned)
    )


def test_an_observation_never_changes():
    with pytest.raises(AttributeError):
        SEEN.value = "y"


def test_the_name_is_the_same_for_all_time():
    """Reports and stored verdicts cite it: a change here orphans every citation ever made."""
    assert "ev-b57acd98fcfe" == evidence_id(SEEN)
