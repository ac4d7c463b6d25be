"""What may end a scan from outside, and that careful networks are not scanned with nobody there."""

import asyncio
import os
import re
import signal
import sys

import click
import pytest

from scanner.cli import stopping
from scanner.errors import ScopeError
from scanner.scope.engagement import find


def within(engagement, act, *, heartbeat=None, clock=1.0, office=False):
    """Run `act(stop)` inside `stoppable`, as a command would; give its result and the flag."""
    path = engagement / "scope.toml"
    if office:
        path.write_text(re.sub(r'profile = "(clinical|ot)"', 'profile = "office"', path.read_text()))
        (engagement / "scope.toml.sig").unlink()
    folder = find(engagement)

    async def main():
        async with stopping.stoppable(folder, folder.scope) as stop:
            return await act(stop), stop

    with click.Context(click.Command("scan")) as context:
        context.meta["scanner.cli.heartbeat"] = heartbeat
        context.meta["scanner.cli.lab_clock"] = clock
        return asyncio.run(main())


async def nothing(_stop):
    return None


def test_a_ward_is_not_scanned_with_nobody_there(engagement):
    with pytest.raises(
        ScopeError, match=r"imaging, ward, laboratory: clinical and ot are scanned with somebody attending"
    ):
        within(engagement, nothing)


def test_an_office_needs_nobody(engagement):
    _, stop = within(engagement, nothing, office=True)
    assert stop.reason is None


def test_a_heartbeat_must_be_young_and_then_counts_as_somebody(engagement):
    sign = engagement / "beat"
    with pytest.raises(ScopeError, match="stalehost attend"):
        within(engagement, nothing, heartbeat=sign)
    sign.touch()
    os.utime(sign, (1, 1))
    with pytest.raises(ScopeError, match="not touched in the last 30 s"):
        within(engagement, nothing, heartbeat=sign)

    async def lose(stop):
        assert not stop
        sign.unlink()
        return await stop.wait()

    sign.touch()
    assert "the operator was lost: its heartbeat file is gone" == within(engagement, lose, heartbeat=sign)[0]


def test_an_old_abort_is_forgotten_and_a_new_one_heard_and_taken_away(engagement):
    flag = engagement / "abort"
    flag.write_text("yesterday")

    async def abort(stop):
        assert not stop
        flag.write_text("stalehost abort: smoke")
        return await stop.wait()

    assert "stalehost abort: smoke" == within(engagement, abort, office=True)[0]
    assert not flag.exists()


@pytest.mark.parametrize(
    ("number", "want"),
    [
        (signal.SIGINT, "Ctrl-C"),
        (signal.SIGTERM, "it was told to end"),
        (signal.SIGHUP, "the terminal was closed"),
    ],
)
def test_a_signal_stops_it_and_a_second_one_does_not_wait(engagement, number, want):
    async def twice(stop):
        os.kill(os.getpid(), number)
        first = await stop.wait()
        os.kill(os.getpid(), number)
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            return first
        return "it waited"

    assert want == within(engagement, twice, office=True)[0]


def test_a_terminal_is_somebody_until_it_is_closed(engagement, monkeypatch):
    ours, theirs = os.openpty()
    with open(theirs, "rb", buffering=0) as terminal:  # noqa: PTH123 - a descriptor, not a path
        monkeypatch.setattr(sys, "stdin", terminal)

        async def close(stop):
            os.write(ours, b"hello\n")
            await asyncio.sleep(0.05)
            assert not stop
            os.write(ours, b"\x04")  # Ctrl-D: the end of what is typed
            return await stop.wait()

        assert "the terminal was closed" == within(engagement, close)[0]
    os.close(ours)


def test_why_it_ended_early_is_said_with_status_130(capsys):
    from scanner.wire.stop import Stop

    async def made():
        return Stop()

    stop = asyncio.run(made())
    stopping.told(stop)
    stop.set("the breaker")
    with pytest.raises(click.exceptions.Exit) as ended:
        stopping.told(stop)
    assert 130 == ended.value.exit_code
    assert "stopped (the breaker)" in capsys.readouterr().err


def test_a_heartbeat_goes_on_as_long_as_its_block(tmp_path, monkeypatch):
    monkeypatch.setattr(stopping, "BEAT", 0.01)
    sign = tmp_path / "beat"
    with stopping.beating(sign):
        os.utime(sign, (1, 1))
        for _ in range(1000):
            if sign.stat().st_mtime > 1:
                break
            asyncio.run(asyncio.sleep(0.01))
        assert sign.stat().st_mtime > 1
    assert not sign.exists()


@pytest.mark.parametrize(
    ("way_out", "factor", "want"), [(False, 1, 60), (True, 1, 60), (False, 20, 3), (True, 20, None)]
)
def test_time_runs_faster_only_where_no_way_leads_out(monkeypatch, way_out, factor, want):
    async def route():
        return way_out

    monkeypatch.setattr("scanner.wire.links.has_default_route", route)
    with click.Context(click.Command("scan")) as context:
        context.meta["scanner.cli.lab_clock"] = factor
        if want is None:
            with pytest.raises(ScopeError, match="simulated networks"):
                asyncio.run(stopping.later())
        else:
            assert want == asyncio.run(stopping.later())
