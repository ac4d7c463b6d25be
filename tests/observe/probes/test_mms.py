"""MMS: an association that can do nothing but identify, and identify."""

import asyncio

import pytest

from scanner.model.kinds import Kind
from scanner.observe.active import load_probes
from scanner.observe.probes import mms

from .ot_talks import answers, by_permit_only  # noqa: TID252 - shared by the tests of control ports
from .test_s7 import Plc  # noqa: TID252 - the same transport


def ask(said):
    async def listen():
        relay = Plc(said)
        return [fact async for fact in mms.talk(relay)], len(relay.heard)

    return asyncio.run(listen())


def test_it_asks_by_permit_only_and_relays_alone():
    assert by_permit_only("mms")
    assert {Kind.RELAY, Kind.RTU} == load_probes()["mms"].kinds


def test_of_all_services_identify_alone_is_proposed():
    at = mms.ASSOCIATE.index(b"\x82\x0c\x03")
    bits = int.from_bytes(mms.ASSOCIATE[at + 3 : at + 14], "big")

    # ISO 9506-2, ServiceSupportOptions: status 0, getNameList 1, identify 2, rename 3, read 4, write 5
    assert 1 << 87 - 2 == bits


@pytest.mark.parametrize(("changed", "asked"), [(0, 1), (1, 2), (2, 3)])
def test_after_an_answer_that_is_none_nothing_more_is_asked(changed, asked):
    said = answers("mms", "sel-451")
    said[changed] = said[changed][:5] + b"\0\0\0" + said[changed][8:]

    assert ([], asked) == ask(said)


def test_what_is_no_answer_to_identify_tells_nothing():
    whole = answers("mms", "abb-rel670")[2][4:]

    assert "ABB | REL670 | 2.2" == mms.parse(whole)
    for other in (whole[3:], whole[:9], b"\2\xf0\x80\1\0\1\0a\2\5\0"):
        assert mms.parse(other) is None


def test_what_is_not_told_stays_empty():
    answer = bytes.fromhex("02f080 01000100 61 10 300e 020103 a009 a107 020101 a202 8000")

    assert " |  | " == mms.parse(answer)
