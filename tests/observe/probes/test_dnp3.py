"""DNP3: the state of the link, told by one outstation about itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.observe.probes import dnp3

from .ot_talks import answers, by_permit_only  # noqa: TID252 - shared by the tests of control ports


def test_it_asks_by_permit_only_and_no_address_but_the_devices_own():
    assert by_permit_only("dnp3")
    assert b"\xfc\xff" == dnp3.QUESTION[4:6]


def test_the_sum_is_that_of_the_standard():
    assert bytes.fromhex("0564 05c0 0100 0004 e921") == dnp3.checked(bytes.fromhex("0564 05c0 0100 0004"))


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said[:9],
        lambda said: b"\x05\x65" + said[2:],
        lambda said: said[:9] + bytes([said[9] ^ 1]),
        # an acknowledgement is no link status
        lambda said: dnp3.checked(said[:3] + b"\x00" + said[4:8]),
        lambda said: dnp3.checked(said[:3] + b"\x8b" + said[4:8]),
    ],
)
def test_what_is_no_link_status_tells_nothing(change):
    (said,) = answers("dnp3", "outstation")

    assert dnp3.parse(change(said)) is None


@given(st.integers(0, 0xFFFF))
def test_the_address_is_the_one_that_it_gives(address):
    frame = dnp3.checked(bytes.fromhex("0564 05 0b efff") + address.to_bytes(2, "little"))

    assert str(address) == dnp3.parse(frame)
