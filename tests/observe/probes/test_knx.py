"""KNX: a description of the device, not of the bus behind it."""

import pytest

from scanner.observe.probes import knx

from .ot_talks import answers, by_permit_only  # noqa: TID252 - shared by the tests of control ports


def test_it_asks_by_permit_only_and_lets_the_answer_come_back_the_way_it_went():
    assert by_permit_only("knx")
    assert bytes(6) == knx.QUESTION[8:]


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said[:20],
        lambda said: b"\x06\x20" + said[2:],
        lambda said: said + b"x",
        # the first block is of another sort, or of another length
        lambda said: said[:7] + b"\x05" + said[8:],
        lambda said: said[:6] + b"\x35" + said[7:],
        lambda said: said[:6] + b"\x00" + said[7:],
    ],
)
def test_what_describes_no_device_tells_nothing(change):
    (said,) = answers("knx", "abb-ipr")

    assert [] == knx.facts(change(said))


def test_a_device_without_a_card_of_its_own_shows_none_and_an_unknown_medium_its_number():
    (said,) = answers("knx", "abb-ipr")
    bare = said[:8] + b"\x33" + said[9:24] + bytes(6) + said[30:]

    told = dict(knx.facts(bare))

    assert {"knx.name", "knx.device"} == set(told)
    assert "51" == told["knx.device"]["medium"]
