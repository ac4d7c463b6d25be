"""Run probes on TCP ports seen open, and on UDP ports of the profile: chosen by the port or by what the device says."""

import importlib
import logging
import pkgutil
import re
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from datetime import datetime
from functools import cache
from importlib.metadata import entry_points
from typing import Final

import msgspec

from scanner.errors import DataError
from scanner.model.kinds import Outcome, Profile
from scanner.model.net import Port
from scanner.model.observation import Observation, Value
from scanner.observe import probes as shipped
from scanner.observe.heard import Heard
from scanner.observe.probe import Probe, permit
from scanner.scope.profile import LIMITS
from scanner.wire.conn import Conn, Dialled

GREETING: Final = 2.0
"""Seconds that a device on an unusual port is given to speak first."""

PLUGINS: Final = "scanner.probes"
"""Entry-point group of probes that other packages bring."""

_logger: Final = logging.getLogger(__name__)

# A question on a port where it is merely often right: fine for a PC, not for a ward or a plant.
_GENTLE: Final = frozenset({Profile.CLINICAL, Profile.OT})
_ASKED_GENTLY: Final = frozenset({Port("tcp/80"), Port("tcp/443")})

_GREETINGS: Final = (
    (re.compile(rb"(?:\A|\n)SSH-\d"), "ssh"),
    (re.compile(rb"\ARFB \d{3}\.\d{3}"), "vnc"),
    (re.compile(rb"\AHTTP/\d"), "http"),
    (re.compile(rb"\A220[ -] *VMware Auth"), "vmware"),
    (re.compile(rb"\A-(?:DENIED|ERR max number of clients)"), "redis"),
    (re.compile(rb"\A220[ -][^\n]*(?:SMTP|\bmail)", re.IGNORECASE), "smtp"),
    (re.compile(rb"\A220[ -]"), "ftp"),
    (re.compile(rb"\A\+OK(?: |\r?\n)"), "pop3"),
    (re.compile(rb"\A\* (?:OK|PREAUTH|BYE) "), "imap"),
    (re.compile(rb"\A20[01] [^\n]*(?:NNTP|news)", re.IGNORECASE), "nntp"),
    # its first packet: three bytes of length, number 0, then protocol 10 and a version, or an error
    (re.compile(rb"\A.[\x00-\x0f]\x00\x00(?:\x0a\d|\xff)", re.DOTALL), "mysql"),
    (re.compile(rb"\A\x00\x00..\x01ActiveMQ", re.DOTALL), "openwire"),
    # RFC 854: IAC, then WILL, WONT, DO or DONT
    (re.compile(rb"\A\xff[\xfb-\xfe]"), "telnet"),
    (re.compile(rb"(?:login|username|password) ?: ?\Z", re.IGNORECASE), "telnet"),
)


@cache
def load_probes() -> Mapping[str, Probe]:
    """Every probe by name: the shipped modules, then those of installed packages; DataError for two of one name."""
    found: dict[str, Probe] = {}
    for module in pkgutil.iter_modules(shipped.__path__):
        probe = getattr(importlib.import_module(f"{shipped.__name__}.{module.name}"), "PROBE", None)
        if isinstance(probe, Probe):
            found[probe.name] = probe
    for point in entry_points(group=PLUGINS):
        probe = point.load()
        if not isinstance(probe, Probe) or probe.name in found:
            raise DataError(f"entry point {point.name} of {PLUGINS} is not a probe with a name of its own")
        found[probe.name] = probe
    return dict(sorted(found.items()))


def probes_for(port: Port) -> Probe | None:
    """Give the probe whose usual port this is, or None."""
    return next((probe for probe in load_probes().values() if port in probe.ports), None)


def asked(profile: Profile) -> tuple[Port, ...]:
    """The UDP ports that a host of this profile is asked on: those that it lists and that a probe has a question for."""
    return tuple(
        port
        for port in LIMITS[profile].udp
        if (probe := probes_for(port)) is not None and permit(probe, profile) is not None
    )


def answered(seen: Observation) -> tuple[Observation, ...]:
    """What an answer to a probe's question says that discovery asked and kept as `udp.answer`; else that itself."""
    probe = probes_for(seen.port) if seen.port and seen.field == "udp.answer" else None
    if probe is None or probe.facts is None or not isinstance(seen.value, str):
        return (seen,)
    said = probe.facts(bytes.fromhex(seen.value))
    return tuple(
        msgspec.structs.replace(seen, source=f"probe:{probe.name}", field=field, value=value)
        for field, value in said
    ) or (seen,)


def recognise(first_bytes: bytes) -> str | None:
    """Name the probe for what a device says by itself; None when it says nothing that we know."""
    head = first_bytes[:1024]
    return next((name for pattern, name in _GREETINGS if pattern.search(head)), None)


async def observe(
    probe: Probe, conn: Conn, *, zone: str | None, vantage: str | None, clock: Callable[[], datetime]
) -> AsyncGenerator[Observation, None]:
    """Run one probe on one connection; the last observation is always its `probe.outcome`.

    A fault of ours ends this exchange only, as Outcome.BUG with the trace in the log. The connection is closed.
    """
    stamp = _stamp(probe.name, conn, zone, vantage, clock)
    recognised, bug = False, False
    talk = probe.talk(conn)
    try:
        async for field, value in talk:
            recognised = True
            yield stamp(field, value)
    except Exception:  # whatever it is, it is our fault and must cost this one exchange only
        _logger.exception(
            "probe %s failed on %s %s: this is a bug of ours", probe.name, conn.address, conn.port
        )
        bug = True
    finally:
        # a caller who stops early leaves the talk at a yield, perhaps with a connection of its own open
        if isinstance(talk, AsyncGenerator):
            await talk.aclose()
        await conn.close()
    yield stamp(*_end(probe.name, Outcome.BUG if bug else _outcome(conn.outcome, recognised=recognised)))


async def exchange(
    conn: Dialled, profile: Profile, *, zone: str | None, vantage: str | None, clock: Callable[[], datetime]
) -> AsyncGenerator[Observation, None]:
    """Choose the probe for an open port and run it; where no port tells, let the device speak first.

    A profile that the probe does not name forbids it: Outcome.REFUSED, nothing sent.
    """
    probe, first = _usual(conn.port, profile), b""
    if probe is None:
        first = await conn.quiet(GREETING, 1024)
        probe = load_probes().get(recognise(first) or "")
    allowed = permit(probe, profile) if probe else None
    if allowed is not None:
        probe = allowed.probe
        conn.allow(allowed.connections, probe.name)
        heard = Heard(conn, first) if first else conn
        async with aclosing(observe(probe, heard, zone=zone, vantage=vantage, clock=clock)) as seen:
            async for one in seen:
                yield one
        return
    await conn.close()
    name = probe.name if probe else "greet"
    yield _stamp(name, conn, zone, vantage, clock)(*_end(name, _unasked(probe, first, conn)))


def _usual(port: Port, profile: Profile) -> Probe | None:
    """The probe that may ask on this port without having heard anything."""
    probe = probes_for(port)
    if probe is not None and probe.name in {"http", "tls"} and profile in _GENTLE:
        return probe if port in _ASKED_GENTLY else None
    return probe


def _stamp(
    name: str, conn: Conn, zone: str | None, vantage: str | None, clock: Callable[[], datetime]
) -> Callable[[str, Value], Observation]:
    def stamp(field: str, value: Value) -> Observation:
        now = clock()
        return Observation(
            source=f"probe:{name}",
            first=now,
            last=now,
            field=field,
            value=value,
            address=conn.address,
            port=conn.port,
            zone=zone,
            vantage=vantage,
        )

    return stamp


def _end(name: str, outcome: Outcome) -> tuple[str, Value]:
    return "probe.outcome", {"probe": name, "outcome": outcome.value}


def _outcome(conn: Outcome, *, recognised: bool) -> Outcome:
    """How it ended: silence after an answer is how many devices say goodbye, a reset or a flood is not."""
    if recognised:
        return conn if conn in {Outcome.RESET, Outcome.ENDLESS, Outcome.BUG} else Outcome.OK
    return Outcome.GARBLED if conn is Outcome.OK else conn


def _unasked(probe: Probe | None, first: bytes, conn: Conn) -> Outcome:
    """Why no probe was run."""
    if probe is not None:
        return Outcome.REFUSED
    if first:
        return Outcome.GARBLED
    return Outcome.SILENT if conn.outcome is Outcome.OK else conn.outcome
