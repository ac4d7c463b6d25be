"""IEC 104: a sign of life, and no start of data."""

import pytest

from scanner.observe.probes import iec104

from .ot_talks import by_permit_only  # noqa: TID252 - shared by the tests of control ports


def test_it_asks_by_permit_only_and_sends_no_frame_with_data():
    assert by_permit_only("iec104")
    # 5.1: the lowest two bits of an unnumbered frame are set; 0x04 would be STARTDT act
    assert (0x03, 0x40) == (iec104.QUESTION[2] & 0x03, iec104.QUESTION[2] & 0xFC)


@pytest.mark.parametrize(
    "frame", ["", "6804", "680443000000", "68040b000000", "680483000001", "69 04 83000000"]
)
def test_only_the_confirmation_counts(frame):
    assert iec104.parse(bytes.fromhex(frame)) is None
    assert "confirmed" == iec104.parse(bytes.fromhex("680483000000"))
