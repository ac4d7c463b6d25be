"""EtherNet/IP: the identity item, and never the address that the device believes to have."""

import pytest

from scanner.observe.probes import enip

from .ot_talks import answers, by_permit_only  # noqa: TID252 - shared by the tests of control ports


def test_it_asks_by_permit_only_and_needs_no_session():
    assert by_permit_only("enip")
    assert b"\x63" + bytes(23) == enip.QUESTION


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said[:29],
        lambda said: b"\x65" + said[1:],
        # a status other than success, no item, an item of another sort, one that is cut short
        lambda said: said[:8] + b"\x01" + said[9:],
        lambda said: said[:24] + b"\0\0" + said[26:],
        lambda said: said[:26] + b"\x86\0" + said[28:],
        lambda said: said[:60],
        lambda said: said[:-4],
    ],
)
def test_what_is_no_identity_tells_nothing(change):
    (said,) = answers("enip", "rockwell-controllogix")

    assert enip.parse(change(said)) is None


def test_an_unknown_profile_keeps_its_number_and_the_inner_address_is_not_told():
    (said,) = answers("enip", "omron-nj")
    told = enip.parse(said[:50] + b"\x43\0" + said[52:])

    assert "47 | 67 | 1624 | 2.013 | NJ501-1300" == told
    assert "10.40" not in told
