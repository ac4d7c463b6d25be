"""Run probes on TCP ports seen open, and on UDP ports of the profile: chosen by the port or by what the device says."""

import importlib
import logging
import pkgutil
import re
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from functools import cache
from importlib.metadata import entry_points
from typing import Final

import msgspec

from scanner.errors import DataError, HostError, StoreError
from scanner.model.kinds import Kind, Outcome, Profile
from scanner.model.net import Port, is_udp, number
from scanner.model.observation import Observation, Value
from scanner.observe import probes as shipped
from scanner.observe import unasked, wrapped
from scanner.observe.heard import Heard, Overheard
from scanner.observe.probe import Probe, permit
from scanner.scope.profile import LIMITS
from scanner.wire import never, never_bytes
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
    # RFC 4777, 2, and RFC 2355, 4: hosts whose terminals are filled in screen by screen begin so, and no other
    (re.compile(rb"\A\xff\xfd(?:\x27\xff\xfd\x18\Z|\x28)"), "signon"),
    # RFC 854: IAC, then WILL, WONT, DO or DONT
    (re.compile(rb"\A\xff[\xfb-\xfe]"), "telnet"),
    (re.compile(rb"(?:login|username|password) ?: ?\Z", re.IGNORECASE), "telnet"),
    # RFC 8446, 5.1 and 6: an alert, which is what TLS says to whoever does not speak it
    (re.compile(rb"\A\x15\x03[\x00-\x04]\x00\x02"), "tls"),
)

_SPEAK_FIRST: Final = frozenset({
    "ssh", "vnc", "smtp", "ftp", "pop3", "imap", "nntp", "mysql", "openwire", "telnet", "redis", "vmware", "rsh",
})  # fmt: skip
"""Who greets first: there the greeting says more than the port does."""
_ALIKE: Final = frozenset({"ftp", "smtp"})
"""Both greet with 220 and any words: between them the port decides."""

_OPEN_TO_A_GUESS: Final = frozenset({Profile.LAB, Profile.BENCH})
"""Where nothing stands behind a port that would act on a line of text: docs/adr/0010."""
_WANTS_TLS: Final = re.compile(
    rb"\AHTTP/1\.[01] 400 .*(?:HTTPS (?:port|server)|SSL-enabled server)", re.DOTALL
)
"""How web servers say in clear that they want TLS on this port."""


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


def probes_for(port: Port, kinds: Collection[Kind] = ()) -> Probe | None:
    """Give the probe whose usual port this is, or None; where two share it, the one for a device of these kinds."""
    usual = [probe for probe in load_probes().values() if port in probe.ports]
    of_its_kind = [probe for probe in usual if not probe.kinds.isdisjoint(kinds)]
    return next(iter(of_its_kind), next((probe for probe in usual if not probe.kinds), None))


def asked(profile: Profile, permitted: Sequence[Port] = ()) -> tuple[Port, ...]:
    """The UDP ports that a host of this profile is asked on: those that it lists and that a probe has a question for.

    `permitted` are ports that the scope's signer adds.
    """
    return tuple(
        port
        for port in (*LIMITS[profile].udp, *filter(is_udp, permitted))
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
    except (HostError, StoreError):
        # this machine can send, or book, nothing more: that is no outcome of this device, and ends the look
        raise
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
    conn: Dialled,
    profile: Profile,
    *,
    zone: str | None,
    vantage: str | None,
    clock: Callable[[], datetime],
    kinds: Collection[Kind] = (),
) -> AsyncGenerator[Observation, None]:
    """Choose the probe for an open port and run it; what the device says by itself goes before what the port tells.

    Where neither tells, a lab's device is asked once what one asks a web server; any other is left alone.

    A profile that the probe does not name forbids it: Outcome.REFUSED, nothing sent. `kinds` is what somebody says
    that the device is: it chooses between two probes of one port.
    """
    probe, first = await _choose(conn, profile, kinds)
    allowed = permit(probe, profile) if probe else None
    if allowed is not None:
        probe = allowed.probe
        conn.allow(allowed.connections, probe.name)
        heard = Heard(conn, first, mute=_stranger(conn.port, probe)) if first else conn
        async with aclosing(observe(probe, heard, zone=zone, vantage=vantage, clock=clock)) as seen:
            async for one in seen:
                yield one
        return
    if probe is None and not first and conn.outcome is Outcome.OK and _may_guess(conn.port, profile):
        async with aclosing(_guess(conn, profile, zone=zone, vantage=vantage, clock=clock)) as seen:
            async for one in seen:
                yield one
        return
    await conn.close()
    name = probe.name if probe else "greet"
    yield _stamp(name, conn, zone, vantage, clock)(*_end(name, _unasked(probe, first, conn)))


async def _choose(conn: Conn, profile: Profile, kinds: Collection[Kind]) -> tuple[Probe | None, bytes]:
    """The probe for an open port, and what the device said meanwhile: its own words go before the port's custom."""
    usual = _usual(conn.port, profile, kinds)
    if usual is not None and (usual.name not in _SPEAK_FIRST or conn.port in wrapped.INNER):
        return usual, b""
    first = await (conn.quiet(GREETING, 1024) if usual is None else conn.some(1024))
    heard = load_probes().get(recognise(first) or "")
    if usual is None or heard is None:
        return usual or heard, first
    own = {usual.name, heard.name} <= _ALIKE or permit(heard, profile) is None
    return (usual if own else heard), first


async def _guess(
    conn: Dialled, profile: Profile, *, zone: str | None, vantage: str | None, clock: Callable[[], datetime]
) -> AsyncGenerator[Observation, None]:
    """Ask a port that keeps silent what one asks a web server; where another protocol answers, ask that one, once.

    OpenSSL's servers hang up on that without a word, so a port that hangs up is asked by TLS.
    """
    web, heard = load_probes()["http"], Overheard(conn)
    conn.allow(web.connections[profile], web.name)
    async with aclosing(observe(web, heard, zone=zone, vantage=vantage, clock=clock)) as seen:
        async for one in seen:
            yield one
    hung_up = not heard.first and heard.outcome in {Outcome.OK, Outcome.RESET}
    name = "tls" if hung_up or _WANTS_TLS.match(heard.first) else recognise(heard.first)
    allowed = permit(load_probes()[name], profile) if name and name != web.name else None
    if allowed is None:
        return
    conn.allow(1 + allowed.connections, allowed.probe.name)
    again = await conn.again()
    if again is None:
        return
    async with aclosing(observe(allowed.probe, again, zone=zone, vantage=vantage, clock=clock)) as seen:
        async for one in seen:
            yield one


def _stranger(port: Port, probe: Probe) -> bool:
    """Whether the never-list of bytes has its own word on a port that is another protocol's: there we only listen."""
    own = probes_for(port)
    if own is None or own.name == probe.name or {own.name, probe.name} == {"telnet", "signon"}:
        return False
    return _minded(port)


def _may_guess(port: Port, profile: Profile) -> bool:
    """In a lab, and there too not where the port is known for a protocol without a harmless first word."""
    shut = port in unasked.PORTS or _minded(port) or never.why_not(port, profile) is not None
    return profile in _OPEN_TO_A_GUESS and not shut


def _minded(port: Port) -> bool:
    """Whether the never-list of bytes has a line for this port alone."""
    return any(port in rule.ports for rule in never_bytes.shipped())


@cache
def _wrapped(port: Port) -> Probe | None:
    """The probe of what is usually inside TLS on this port."""
    inner = load_probes().get(wrapped.INNER.get(port, ""))
    return wrapped.within(inner, min(inner.ports, key=number)) if inner else None


def _usual(port: Port, profile: Profile, kinds: Collection[Kind]) -> Probe | None:
    """The probe that may ask on this port without having heard anything."""
    probe = probes_for(port, kinds) or _wrapped(port)
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
