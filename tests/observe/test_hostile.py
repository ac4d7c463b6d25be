"""Whatever a device sends, every probe ends, raises nothing, and reads and keeps no more than its bounds."""

import asyncio
import gzip
import importlib
import inspect
import re
import tracemalloc
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.lab import talk
from scanner.model.kinds import Outcome
from scanner.model.net import is_udp
from scanner.observe import probes as shipped
from scanner.observe.active import load_probes, observe

FIXTURES = Path(__file__).parents[2] / "fixtures"
MODULES = {name: importlib.import_module(f"{shipped.__name__}.{name}") for name in load_probes()}
KEPT = 64 * 1024
"""Bytes of JSON that one exchange may leave in the log."""


def _said(name):
    """What devices say to that probe in our fixtures, one text per connection."""
    scripts = [
        script for path in sorted((FIXTURES / name).glob("*.talk")) for script in talk.load(path).connections
    ]
    return [b"".join(step.data for step in script if isinstance(step, talk.Say)) for script in scripts] or [
        b""
    ]


BOMB = gzip.compress(bytes(64 * 1024 * 1024))
SAID = {name: _said(name) for name in MODULES}


def mutated(name):
    """Bytes near what a device says: some of them cut out, replaced or repeated."""

    def change(said, at, gone, new, times):
        return said[: at % (len(said) + 1)] + new * times + said[at % (len(said) + 1) + gone :]

    return st.builds(
        change,
        st.sampled_from(SAID[name]),
        st.integers(0, 4096),
        st.integers(0, 64),
        st.binary(max_size=16),
        st.integers(0, 300),
    )


@pytest.mark.parametrize("name", MODULES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_parse_reads_any_bytes_without_raising(name, data):
    parse = MODULES[name].parse
    text = data.draw(st.binary(max_size=512) | mutated(name))

    got = parse(text)

    assert not inspect.isawaitable(got)


def _script(*steps):
    return talk.Talk(
        name="hostile",
        origin="synthetic",
        port="tcp/1",
        connections=(tuple(steps),),
        expect=(),
    )


def _run(name, conn, clock):
    async def run():
        things = observe(load_probes()[name], conn, zone=None, vantage=None, clock=clock)
        return [seen async for seen in things]

    return asyncio.run(run())


HEAR = talk.Hear(pattern=re.compile(b".*", re.DOTALL))
ENDINGS = {
    "close": (talk.End("close"),),
    "reset": (talk.End("reset"),),
    "silence": (talk.End("silence"),),
    "close when spoken to": (HEAR, talk.End("close")),
    "reset when spoken to": (HEAR, talk.End("reset")),
    "silence when spoken to": (HEAR, talk.End("silence")),
}


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_device_that_says_nothing_gives_nothing_but_an_outcome(name, ending, talk_conn, clock):
    seen = _run(name, talk_conn(_script(*ENDINGS[ending])), clock)

    assert ["probe.outcome"] == [one.field for one in seen]
    assert seen[0].value["outcome"] not in {Outcome.BUG, Outcome.OK}


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize("ending", ["close", "reset", "silence"])
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_a_device_that_says_anything_is_no_bug_of_ours(name, ending, talk_conn, clock, data):
    says = data.draw(st.lists(st.binary(max_size=64) | mutated(name), min_size=1, max_size=4))
    first = data.draw(st.booleans())
    steps = [step for said in says for step in (talk.Say(said), HEAR)]

    seen = _run(name, talk_conn(_script(*([] if first else [HEAR]), *steps, talk.End(ending))), clock)

    assert "probe.outcome" == seen[-1].field
    assert seen[-1].value["outcome"] != Outcome.BUG
    assert KEPT > len(msgspec.json.encode(seen))


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize(
    "unit", [b"\0", b"a", b"\n", b"\xff", b"220-x\r\n", b"\xff\xfd\x18", b"a: b\r\n", b"<title"]
)
def test_an_endless_device_is_cut_off(name, unit, talk_conn, clock):
    flood = talk.Say(unit * (1024 * 1024 // len(unit)))

    for steps in ((flood,), (HEAR, flood)):
        conn = talk_conn(_script(*steps))
        seen = _run(name, conn, clock)

        assert all(each.received <= 512 * 1024 + 65536 for each in conn.opened)
        assert seen[-1].value["outcome"] != Outcome.BUG
        assert KEPT > len(msgspec.json.encode(seen))


@pytest.mark.parametrize("name", MODULES)
def test_a_real_beginning_that_never_ends_is_cut_off(name, talk_conn, clock):
    for said in SAID[name][:6]:
        flood = talk.Say(said + said[-64:] * 8192)
        conn = talk_conn(_script(HEAR, flood))

        seen = _run(name, conn, clock)

        assert all(each.received <= 512 * 1024 + 65536 for each in conn.opened)
        assert KEPT > len(msgspec.json.encode(seen))


def _split(script, size):
    """The same words in pieces of so many bytes."""

    def pieces(step):
        data = step.data
        return [talk.Say(data[at : at + size]) for at in range(0, len(data), size)]

    return tuple(
        piece for step in script for piece in (pieces(step) if isinstance(step, talk.Say) else [step])
    )


STREAMS = [
    pytest.param(name, path, id=f"{name}/{path.stem}")
    for name, probe in load_probes().items()
    for path in sorted((FIXTURES / name).glob("*.talk"))
    if not is_udp(talk.load(path).port)
]


@pytest.mark.parametrize(("name", "path"), STREAMS)
@pytest.mark.parametrize("size", [1, 7])
def test_a_stream_says_the_same_in_crumbs(name, path, size, talk_conn, clock):
    """TCP keeps no bounds of messages: a slow or small device sends them in pieces."""
    whole = talk.load(path)
    crumbs = msgspec.structs.replace(
        whole, connections=tuple(_split(script, size) for script in whole.connections)
    )
    most = max(load_probes()[name].connections.values())

    want, got = (
        [(one.field, one.value) for one in _run(name, talk_conn(each, connections=most), clock)]
        for each in (whole, crumbs)
    )

    assert want == got


@pytest.mark.parametrize("name", MODULES)
def test_what_is_packed_stays_packed(name, talk_conn, clock):
    """We ask for nothing packed, so a bomb stays as small as it came."""
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB)
    tracemalloc.start()
    try:
        seen = _run(name, talk_conn(_script(HEAR, talk.Say(head + BOMB), talk.End("close"))), clock)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert 8 * 1024 * 1024 > most
    assert KEPT > len(msgspec.json.encode(seen))
