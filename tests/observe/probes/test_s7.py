"""S7: two status lists, and silence after the first answer that is none."""

import asyncio

import pytest

from scanner.observe.probes import s7

from .ot_talks import answers, by_permit_only  # noqa: TID252 - shared by the tests of control ports


class Plc:
    """Gives these messages, one after each of ours."""

    def __init__(self, said):
        self._said, self._come, self.heard = list(said), b"", []

    async def send(self, data):
        self.heard.append(data)
        self._come += self._said.pop(0) if self._said else b""

    async def exactly(self, count):
        given, self._come = self._come[:count], self._come[count:]
        return given


def ask(said):
    async def listen():
        plc = Plc(said)
        return [fact async for fact in s7.talk(plc)], len(plc.heard)

    return asyncio.run(listen())


def test_it_asks_by_permit_only():
    assert by_permit_only("s7")


@pytest.mark.parametrize(("changed", "asked"), [(0, 1), (1, 2), (2, 3), (3, 4)])
def test_after_an_answer_that_is_none_nothing_more_is_asked(changed, asked):
    said = answers("s7", "s7-300")
    said[changed] = said[changed][:5] + b"\0\0" + said[changed][7:]

    facts, count = ask(said)

    assert (asked, max(0, changed - 2)) == (count, len(facts))


def payload(at):
    return answers("s7", "s7-300")[at][4:]


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said[:30],
        lambda said: said[:4] + b"\x03" + said[5:],
        lambda said: said[:18] + b"\x87" + said[19:],
        lambda said: said[:23] + b"\x81\x04" + said[25:],
        lambda said: said[:25] + b"\x0a" + said[26:],
        # another list, and one whose records have another length
        lambda said: said[:29] + b"\x01\x32" + said[31:],
        lambda said: said[:33] + b"\x00\x1b" + said[35:],
    ],
)
def test_what_is_no_answer_to_the_question_tells_nothing(change):
    assert s7.parse(payload(2))[0] == "s7.module"
    assert s7.parse(change(payload(2))) is None


def test_records_that_lack_and_versions_of_another_form_are_left_out():
    whole = payload(2)
    order = whole[37:65]

    assert ("s7.module", "6ES7 315-2EH14-0AB0 | ") == s7.parse(whole[:37] + order)
    assert ("s7.module", " | ") == s7.parse(whole[:37])
    assert ("s7.module", "6ES7 315-2EH14-0AB0 | ") == s7.parse(whole[:-4] + b"\0\1\2\3")
    assert ("s7.names", {}) == s7.parse(payload(3)[:37])
