"""Modbus: one reading of the identification, whatever else comes is nothing."""

import pytest

from scanner.observe.probes import modbus

from .ot_talks import answers, by_permit_only  # noqa: TID252 - shared by the tests of control ports


def test_it_asks_by_permit_only():
    assert by_permit_only("modbus")


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said[:8],
        lambda said: b"\0\2" + said[2:],
        lambda said: said + b"x",
        lambda said: said[:7] + b"\x03" + said[8:],
        lambda said: said[:8] + b"\x0d" + said[9:],
    ],
)
def test_what_is_no_answer_to_the_question_tells_nothing(change):
    (said,) = answers("modbus", "schneider-m340")

    assert modbus.parse(change(said)) is None


def message(objects, count=3):
    body = bytes.fromhex("ff 2b 0e 01 81 ff 02") + bytes([count]) + objects
    return b"\0\1\0\0" + len(body).to_bytes(2, "big") + body


def test_unknown_objects_are_passed_over_and_cut_ones_end_the_row():
    whole = b"\x00\x03ABB" + b"\x80\x01x" + b"\x01\x02PM"

    assert ("modbus.device", "ABB | PM | ") == modbus.parse(message(whole))
    assert ("modbus.device", "ABB |  | ") == modbus.parse(message(whole[:9]))
    assert ("modbus.device", "ABB |  | ") == modbus.parse(message(whole, 1))
    assert ("modbus.device", " |  | ") == modbus.parse(message(b"", 200))
