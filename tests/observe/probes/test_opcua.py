"""OPC UA: a channel, one question, goodbye; no session."""

import asyncio

import pytest

from scanner.observe.probes import opcua

from .ot_talks import answers, by_permit_only  # noqa: TID252 - shared by the tests of control ports
from .test_s7 import Plc  # noqa: TID252 - the same stream


class Server(Plc):
    address = "192.0.2.10"


def ask(said):
    async def listen():
        server = Server(said)
        return [fact async for fact in opcua.talk(server)], server.heard

    return asyncio.run(listen())


def test_it_asks_by_permit_only():
    assert by_permit_only("opcua")


def test_the_channel_that_was_opened_is_closed_even_when_no_endpoint_was_told():
    said = answers("opcua", "twincat")
    facts, heard = ask([*said[:2], said[2][:40]])

    assert [] == facts
    assert [b"HELF", b"OPNF", b"MSGF", b"CLOF"] == [one[:4] for one in heard]


@pytest.mark.parametrize(("changed", "asked"), [(0, 1), (1, 2)])
def test_after_an_answer_that_is_none_nothing_more_is_asked(changed, asked):
    said = answers("opcua", "twincat")
    said[changed] = b"ERR" + said[changed][3:]

    facts, heard = ask(said)

    assert ([], asked) == (facts, len(heard))


@pytest.mark.parametrize(
    "data", [b"", b"MSGC\x10\0\0\0" + bytes(8), b"MSGF\xff\xff\xff\xff", b"MSGF\x08\0\0\0"]
)
def test_what_is_no_message_or_too_long_is_nothing(data):
    said = answers("opcua", "twincat")

    facts, heard = ask([*said[:2], data])

    assert ([], 4) == (facts, len(heard))


def test_an_opened_channel_has_numbers_and_a_bad_one_has_none():
    (_, opened, _) = answers("opcua", "s7-1500")
    at = opened.index(bytes.fromhex("0100c101"))

    assert (1, 1) == opcua.opened(opened)
    assert opcua.opened(b"MSGF" + opened[4:]) is None
    assert opcua.opened(opened[: at + 2] + b"\0\0" + opened[at + 4 :]) is None
    assert opcua.opened(opened[: at + 16] + b"\0\0\1\x80" + opened[at + 20 :]) is None
    assert opcua.opened(opened[: at + 32]) is None


def test_endpoints_that_are_cut_short_leave_those_before_them():
    whole = answers("opcua", "s7-1500")[2]

    who, security = opcua.parse(whole[:-60])

    assert who.startswith("urn:SIMATIC.S7-1500.OPC-UA.Application:PLC_1 | ")
    assert ["None"] == security["policies"]
    assert opcua.parse(whole[:120]) is None
    assert opcua.parse(b"OPNF" + whole[4:]) is None


def test_an_address_of_the_sixth_version_stands_in_brackets():
    assert b"opc.tcp://[fd00::7]:4840" in opcua.hello("fd00::7")
    assert b"opc.tcp://[fd00::7]:4840" in opcua.endpoints((1, 2), "fd00::7")
