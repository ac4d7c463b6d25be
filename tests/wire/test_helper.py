"""Our end of the pipe, with a program at the other end that says what it is told to."""

import asyncio
import sys
import textwrap
from contextlib import aclosing
from ipaddress import IPv4Network

import pytest

from scanner.errors import HostError, ScopeError
from scanner.wire.audit import entries
from scanner.wire.helper import RawHelper
from scanner.wire.pipe import Ask, Done, Method, Progress

PROLOGUE = """
import sys
from scanner.wire.pipe import *
def hear():
    head = sys.stdin.buffer.read(4)
    return request(sys.stdin.buffer.read(length(head))) if head else sys.exit(0)
def say(*messages):
    for message in messages:
        sys.stdout.buffer.write(pack(message))
    sys.stdout.buffer.flush()
def reply(last):
    one = Heard(address=f"10.3.0.{last}", mac="02:00:00:00:00:01", state="there", rtt_ms=1)
    return Batch(heard=(one,))
assert hear().scope.strip().startswith("[engagement]")
"""


@pytest.fixture
def ask(scope, audit):
    """Play `far` as the helper, and run `near(helper)` against it."""

    def play(far, near):
        async def main():
            async with RawHelper(
                scope, audit, (sys.executable, "-c", PROLOGUE + textwrap.dedent(far))
            ) as helper:
                return await near(helper)

        return asyncio.run(main())

    return play


def sweep(helper, **words):
    return helper.arp_sweep("v0", IPv4Network("10.3.0.0/28"), source="10.3.0.1", rate=9, **words)


async def replies(helper, **words):
    return [one.address async for one in sweep(helper, **words)]


def test_a_sweep_is_audited_told_and_counted(ask, tmp_path):
    steps = []

    async def near(helper):
        return await replies(helper, progress=lambda asked, total: steps.append((asked, total)))

    far = """
    say(Ready())
    wish = hear()
    assert (wish.interface, wish.targets, wish.source, wish.rate) == ("v0", ("10.3.0.0/28",), "10.3.0.1", 9)
    say(reply(2), Progress(asked=1, total=2), reply(3), Done(sent=2, refused=5))
    hear()
    """
    assert ["10.3.0.2", "10.3.0.3"] == ask(far, near)
    assert [(1, 2)] == steps
    first, last = entries(tmp_path / "audit.jsonl")
    assert ("ask", "asked", 2, 5) == (first["event"], last["event"], last["sent"], last["refused"])


def asking(**words):
    plain = {"interface": "v0", "source": "10.3.0.1", "rate": 9, "tries": 1, "seed": 0, "wait": 0}
    return Ask(method=Method.ARP, targets=("10.3.0.0/28",), **{**plain, **words})


def test_an_ask_is_audited_told_and_counted(ask, tmp_path):
    steps = []

    async def near(helper):
        heard = [one.address async for one in helper.ask(asking(), steps.append)]
        return heard, helper.last

    far = """
    say(Ready())
    assert hear().method == Method.ARP
    heard = tuple(Heard(address=f"10.3.0.{n}", state="there") for n in (2, 3))
    say(Batch(heard=heard), Progress(asked=1, total=2, place=1, rate=9), Done(sent=2, refused=5, strays=1))
    hear()
    """
    done = Done(sent=2, refused=5, strays=1)
    assert (["10.3.0.2", "10.3.0.3"], done) == ask(far, near)
    assert [Progress(asked=1, total=2, place=1, rate=9)] == steps
    first, last = entries(tmp_path / "audit.jsonl")
    assert ("ask", "10.3.0.0/28", "asked", 2, 5, 1) == (
        first["event"],
        first["targets"],
        last["event"],
        *(last[word] for word in ("sent", "refused", "strays")),
    )


def test_the_pace_is_changed_while_an_ask_runs(ask):
    async def near(helper):
        async with aclosing(helper.ask(asking(rate=8))) as heard:
            await anext(heard)
            await helper.slower(0.5)
            await helper.slower(0.5)
            return [one.address async for one in heard]

    far = """
    say(Ready())
    hear()
    say(Batch(heard=(Heard(address="10.3.0.2", state="there"),)))
    assert [hear(), hear()] == [Pace(rate=4), Pace(rate=2)]
    say(Batch(heard=(Heard(address="10.3.0.3", state="there"),)), Done(sent=1, refused=0))
    hear()
    """
    assert ["10.3.0.3"] == ask(far, near)


def test_leaving_early_stops_the_helper_and_the_next_request_is_in_step(ask, tmp_path):
    far = """
    say(Ready())
    hear()
    say(reply(2))
    assert isinstance(hear(), Stop)
    say(reply(3), Done(sent=1, refused=0))
    hear()
    say(reply(4), Done(sent=1, refused=0))
    hear()
    """

    async def near(helper):
        async with aclosing(sweep(helper)) as found:
            first = await anext(found)
        return first.address, await replies(helper)

    assert ("10.3.0.2", ["10.3.0.4"]) == ask(far, near)
    first = next(line for line in entries(tmp_path / "audit.jsonl") if line["event"] == "asked")
    assert first["stopped"] == "before its end"


def test_a_cancelled_request_stops_the_helper_too(ask):
    far = """
    say(Ready())
    hear()
    sys.stdout.buffer.write(pack(reply(2))[:9])
    sys.stdout.buffer.flush()
    assert isinstance(hear(), Stop)
    sys.stdout.buffer.write(pack(reply(2))[9:])
    say(Done(sent=1, refused=0))
    hear()
    say(Done(sent=0, refused=0))
    hear()
    """

    async def near(helper):
        task = asyncio.create_task(replies(helper))
        await asyncio.sleep(0.2)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled(), await replies(helper)

    assert (True, []) == ask(far, near)


def test_a_capture_gives_frames_until_done(ask):
    async def near(helper):
        return [frame.data async for frame in helper.capture("v0", 3, 2, arp_only=True)]

    far = """
    say(Ready())
    wish = hear()
    assert (wish.seconds, wish.limit, wish.arp_only) == (3, 2, True)
    say(Frame(at=1, data=b"a"), Frame(at=2, data=b"b"), Done(sent=0, refused=0))
    hear()
    """
    assert [b"a", b"b"] == ask(far, near)


@pytest.mark.parametrize(
    ("far", "error", "word"),
    [
        ("say(Failed(kind='scope', text='bad scope'))", ScopeError, "bad scope"),
        ("say(Failed(kind='host', text='no right'))", HostError, "no right"),
        ("say(Done(sent=0, refused=0))", HostError, "did not get ready"),
        ("sys.exit('first\\nlast word')", HostError, r"status 1\): last word"),
        ("say(Ready()); hear(); say(Ready())", HostError, "answered Ask.* with Ready"),
        ("say(Ready()); hear(); say(Failed(kind='host', text='gone'))", HostError, "gone"),
        ("say(Ready()); hear(); sys.stdout.buffer.write(b'123')", HostError, r"ended \(status 0\)"),
    ],
)
def test_whatever_the_helper_does_is_a_clear_error(ask, far, error, word):
    with pytest.raises(error, match=word):
        ask(far, replies)


def test_a_capture_answered_with_something_else_is_an_error(ask):
    async def near(helper):
        return [one async for one in helper.capture("v0", 1)]

    with pytest.raises(HostError, match=r"answered Listen.* with Batch"):
        ask("say(Ready()); hear(); say(reply(2)); hear()", near)


def test_a_helper_that_will_not_end_is_ended(ask, monkeypatch):
    monkeypatch.setattr("scanner.wire.helper._PATIENCE", 0.2)

    async def near(helper):
        return helper._process

    process = ask("say(Ready())\nimport time; time.sleep(60)", near)
    assert process.returncode == -9


def test_outside_its_context_there_is_no_helper(scope, audit):
    with pytest.raises(HostError, match="async with"):
        asyncio.run(replies(RawHelper(scope, audit)))
