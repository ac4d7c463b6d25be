"""Open connections: gate first, then the never-list, the ledger, the pace and the audit; only then the network."""

import asyncio
import errno
import socket
import struct
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from functools import cache, partial
from typing import Final, Protocol

from msgspec import Struct

from scanner.errors import HostError
from scanner.model.kinds import Kind, Outcome, Profile, Touch
from scanner.model.net import Address, Mac, Port, is_udp, number
from scanner.model.run import Cared
from scanner.scope import fragile, identity
from scanner.scope.file import Network
from scanner.scope.gate import Gate
from scanner.scope.profile import LIMITS, Limits
from scanner.wire.audit import Audit
from scanner.wire.care import Care
from scanner.wire.datagram import over_udp
from scanner.wire.fragile import shipped
from scanner.wire.gear import Gear
from scanner.wire.ledger import Ledger
from scanner.wire.never import why_not
from scanner.wire.pace import Pacer
from scanner.wire.stream import Reader, TcpConn, Writer
from scanner.wire.turns import Turns
from scanner.wire.windows import Windows

Transport = Callable[[Address, Port], Awaitable[tuple[Reader, Writer]]]
"""Open a byte stream; raises OSError as sockets do. The dialer holds the deadline."""

_FULL: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class Dial(Protocol):
    """What discovery needs of a dialer."""

    async def open(self, address: Address, port: Port, touch: Touch) -> TcpConn | Outcome:
        """A connection, or why there is none."""


async def over_net(address: Address, port: Port) -> tuple[Reader, Writer]:
    """Connect over this machine's own network stack; for UDP that sends nothing yet."""
    if is_udp(port):
        return await over_udp(address, port)
    return await asyncio.open_connection(address, number(port))


_NOBODY: Final = frozenset({Outcome.SILENT, Outcome.UNREACHABLE})


class Dialer:
    """The only way to a connection, or to a socket that asks one question by UDP. One of them serves a whole run.

    Raises StoreError when the audit or the ledger cannot be written, and HostError when this machine is out of
    sockets; whatever the device or the network does is an Outcome. `opened` are never-listed ports that the
    operator opened by name (lab and bench only); `allowance` says how many connections, the first included,
    whatever talks on a port may use; `card` says which MAC an address is known to be on now, so that a card that is
    excluded is left alone at whatever address it takes; `care` knows what each device is and how it fares;
    `behind` says which addresses lie behind a router, whose burden is limited too; `gone` says why the way to an
    address carries nothing any more, once somebody there did not answer.
    """

    def __init__(
        self,
        gate: Gate,
        *,
        pacer: Pacer,
        audit: Audit,
        ledger: Ledger,
        clock: Callable[[], datetime],
        transport: Transport = over_net,
        limits: Mapping[Profile, Limits] = LIMITS,
        opened: frozenset[Port] = frozenset(),
        allowance: Callable[[Port, Profile], int] = lambda _port, _profile: 1,
        card: Callable[[Address], Mac | None] = lambda _address: None,
        care: Care | None = None,
        behind: Callable[[Address], bool] = lambda _address: False,
        gone: Callable[[Address], str | None] = lambda _address: None,
    ) -> None:
        self.windows: Windows | None = None
        """Whom to wait for when all that lacks is an open window; None = such a connection is refused."""
        self._allowance, self._card, self.care = allowance, card, care
        self._gate, self.pacer, self._audit, self._ledger = gate, pacer, audit, ledger
        self._gear, self._turns = Gear(pacer, behind), Turns(gate.groups, pacer)
        self._clock, self._transport, self._limits, self._opened = clock, transport, limits, opened
        self._gone = gone
        self.lost: dict[str, str] = {}
        """Networks that nothing more is sent to in this run since the way there went away, and why."""
        self._identified: set[Address] = set()
        self.strangers: dict[Address, None] = {}
        """Addresses of clinical and ot networks that were not spoken to since nothing says what they are."""
        self.avoided: list[Callable[[Address], None]] = []
        """Who hears, of all that send by other ways, that an address gets nothing more in this run."""
        if care is not None:
            care.showed = self._showed
            care.known = lambda address: gate.learned(address, card(address))
            # worked out once for each card: it is asked several times for each connection
            of_card = cache(partial(fragile.of_card, (*gate.fragile, *shipped())))
            care.carded = lambda address: of_card(card(address))

    @property
    def gate(self) -> Gate:
        """What this run may, by the scope file and by what has shown itself since it began."""
        return self._gate

    def identified(self, addresses: Iterable[Address]) -> None:
        """These were asked by a control protocol who they are, in an earlier life of this run."""
        self._identified.update(addresses)

    def spared(self, address: Address, port: Port, network: Network) -> str | None:
        """Why a device is not asked on a control port who it is, though the signer permits it; None where it is."""
        if identity.once(network) and address in self._identified:
            return "was asked in this run who it is: one question by a control protocol is all that it gets"
        return self._gate.unasked(address, port, self._card(address), network)

    def cared(self) -> tuple[Cared, ...]:
        """Who was treated with more care in this run than the network asks for."""
        return tuple(self.care.treated(self._gate)) if self.care is not None else ()

    async def open(self, address: Address, port: Port, touch: Touch) -> TcpConn | Outcome:
        """Open one connection when everything allows it; REFUSED means that nothing was sent."""
        while True:
            leave, reason = self._may(address, port, touch)
            if leave is None and await self._opened_again(address, port, touch):
                continue
            if leave is None:
                return self._refuse(address, port, reason)
            await self._turns.enter(address)
            try:
                found = await self._shared(leave, address, port, touch)
            except BaseException:
                self._turns.leave(address)
                raise
            if isinstance(found, TcpConn):
                return found
            self._turns.leave(address)
            if found is not None:
                return found

    async def _shared(
        self, leave: "_Leave", address: Address, port: Port, touch: Touch
    ) -> TcpConn | Outcome | None:
        """Wait until no other machine asks the device, where several may; then go on."""
        grant = self.pacer.grant
        if grant is None:
            return await self._guarded(leave, address, port, touch)
        why = await grant.enter(address, self._card(address), leave.limits.budget)
        if why is not None:
            return self._refuse(address, port, why)
        found: TcpConn | Outcome | None = Outcome.BUG
        try:
            found = await self._guarded(leave, address, port, touch)
        finally:
            if not isinstance(found, TcpConn):
                grant.leave(address, begun=found not in {None, Outcome.REFUSED})
        return found

    async def _guarded(
        self, leave: "_Leave", address: Address, port: Port, touch: Touch
    ) -> TcpConn | Outcome | None:
        """Wait until it is no burden for what lies between, then for the pace, then connect."""
        await self.confirm(address, leave.network)
        await self._gear.enter(address, leave.profile)
        try:
            found = await self._turn(leave, address, port, touch)
        except BaseException:
            self._gear.leave(address, leave.profile)
            raise
        if not isinstance(found, TcpConn):
            self._gear.leave(address, leave.profile)
        return found

    async def _turn(
        self, leave: "_Leave", address: Address, port: Port, touch: Touch
    ) -> TcpConn | Outcome | None:
        """Wait for the pace, then connect; None when more care is needed than we waited with."""
        limits = leave.limits
        if not await self.pacer.enter(str(leave.network.cidr), address, limits):
            return self._refuse(address, port, "stopped")
        try:
            found = await self._dial(leave, limits, address, port, touch)
        except BaseException:
            self.pacer.leave(address)
            raise
        if not isinstance(found, TcpConn):
            self.pacer.leave(address)
        return found

    async def confirm(self, address: Address, network: Network) -> None:
        """See on which card the address is now, where that decides whether it may be touched."""
        confirm = self.care.confirms.get(str(network.cidr)) if self.care else None
        if confirm is not None and self._gate.minds_cards(network):
            await confirm(address)

    def _showed(self, address: Address, mac: Mac | None) -> None:
        """An address showed something of itself: what the scope excludes by it is left alone from now on."""
        assert self.care is not None  # noqa: S101  # it is care that calls
        care, card = self.care, mac or self._card(address)
        # judging what somebody is costs time: only where it decides something
        nature = (care.names(address), care.kind(address)) if self._gate.minds_nature else ((), Kind.UNKNOWN)
        reason = self._gate.showed(address, card, *nature)
        if reason is not None:
            self._audit.write("excluded", to=address, mac=card, reason=reason)
            for tell in self.avoided:
                tell(address)

    async def _opened_again(self, address: Address, port: Port, touch: Touch) -> bool:
        """Wait for the window where that is all that lacks; False where something else does."""
        network = self._closed(address, port, touch)
        return network is not None and self.windows is not None and await self.windows.opened(network)

    def _closed(self, address: Address, port: Port, touch: Touch) -> Network | None:
        """The network whose window is all that lacks."""
        decision = self._gate.may(address, port=port, touch=touch, now=self._clock(), mac=self._card(address))
        return decision.network if decision.waits else None

    def _may(self, address: Address, port: Port, touch: Touch) -> tuple["_Leave | None", str]:
        decision = self._gate.may(address, port=port, touch=touch, now=self._clock(), mac=self._card(address))
        network = decision.network
        if not decision.allowed or network is None:
            if self._gate.strange(address, self._card(address)) == decision.reason:
                self.strangers[address] = None
            return None, decision.reason
        if lost := self.lost.get(str(network.cidr)):
            return None, lost
        permitted = self._gate.identity(network)
        if is_udp(port) and port not in (*self._limits[network.profile].udp, *permitted):
            return None, f"profile {network.profile} sends no datagram to {port}"
        if never := why_not(port, network.profile, self._opened.union(permitted)):
            return None, never
        if port in permitted and (spared := self.spared(address, port, network)):
            return None, spared
        if self.care is None:
            plain = self._limits[network.profile]
            return _Leave(network=network, profile=network.profile, limits=plain), ""
        # what it is may have shown only now, in this run
        # judging what somebody is costs time: only where it decides something
        excluded = self._gate.excludes(self.care.kind(address)) if self._gate.minds_kinds else None
        if forbidden := excluded or self.care.why_not(address, port, network):
            return None, forbidden
        profile, limits = (
            self.care.profile(address, network),
            self.care.limits(address, network, self._limits),
        )
        return _Leave(network=network, profile=profile, limits=limits), ""

    async def _dial(
        self, leave: "_Leave", limits: Limits, address: Address, port: Port, touch: Touch
    ) -> TcpConn | Outcome | None:
        """Connect; None when more care is needed than we waited with, or the window has closed meanwhile."""
        # the wait may have been long: a window may have closed, the device may have shown what it is
        still, reason = self._may(address, port, touch)
        if self.windows is not None and not self.pacer.stopped and self._closed(address, port, touch):
            return None
        if still is None or self.pacer.stopped:
            return self._refuse(address, port, reason or "stopped")
        if (still.profile, still.limits) != (leave.profile, limits):
            return None
        grant = self.pacer.grant
        if grant is not None and not (grant.rate() > 0 and grant.holds(address)):
            return None  # the wait was longer than the right to ask it, or our share of the rate
        now = self._clock()
        if not self._ledger.spend(address, now, limits.budget):
            return self._refuse(
                address, port, f"has had its {limits.budget} connections of the last 24 hours"
            )
        self._audit.write(
            "open", to=address, port=port, touch=touch.name.lower(), cidr=str(leave.network.cidr)
        )
        if self.care is not None:
            self.care.touching(address, leave.network)
        began = time.monotonic()
        got = await self._connect(address, port, limits.connect_seconds)
        seconds = time.monotonic() - began
        if isinstance(got, Outcome):
            self._audit.write("end", to=address, port=port, outcome=got)
            if got in _NOBODY and (lost := self._gone(address)):
                # that nobody answered says nothing about the device
                self.lost[str(leave.network.cidr)] = lost
                return self._refuse(address, port, lost)
            self._connected(address, port, leave.network, got, None)
            return got
        if port in identity.PORTS:
            self._identified.add(address)
        took = answer_time(got[1])
        self._gear.answered(address, took)
        self._connected(address, port, leave.network, Outcome.OK, took)
        return self._conn(got, leave, limits, address, port, touch, seconds)

    def _conn(
        self,
        got: tuple[Reader, Writer],
        leave: "_Leave",
        limits: Limits,
        address: Address,
        port: Port,
        touch: Touch,
        seconds: float,
    ) -> TcpConn:
        grant = self.pacer.grant

        def ended(outcome: Outcome) -> None:
            if outcome is Outcome.CLOSED and port in identity.PORTS:
                # by UDP only: its own kernel said that nobody reads there, so it was not asked
                self._identified.discard(address)
            self.pacer.leave(address)
            self._gear.leave(address, leave.profile)
            if grant is not None:
                grant.leave(address, begun=True)
            self._turns.leave(address)
            if self.care is not None and not is_udp(port):
                self.care.parted(address, outcome)

        return TcpConn(
            address,
            port,
            got[0],
            got[1],
            limits=limits,
            audit=self._audit,
            going=lambda: not self.pacer.stopped and (grant is None or grant.holds(address)),
            ended=ended,
            allowance=self._allowance(port, leave.profile),
            more=lambda: self.open(address, port, touch),
            seconds=seconds,
        )

    def _connected(
        self, address: Address, port: Port, network: Network, outcome: Outcome, seconds: float | None
    ) -> None:
        # a datagram may be lost, and most ports answer none: their silence says nothing about a device's health
        if self.care is not None and not is_udp(port):
            self.care.connected(address, port, network, outcome, seconds)

    async def _connect(self, address: Address, port: Port, seconds: float) -> tuple[Reader, Writer] | Outcome:
        try:
            async with asyncio.timeout(seconds):
                return await self._transport(address, port)
        except OSError as error:
            if error.errno in _FULL:
                raise HostError(
                    f"this machine is out of sockets at {address}: {error.strerror}; raise `ulimit -n`"
                ) from error
            return failure(error)

    def _refuse(self, address: Address, port: Port, reason: str) -> Outcome:
        self._audit.write("refused", to=address, port=port, reason=reason)
        return Outcome.REFUSED


class _Leave(Struct, frozen=True, kw_only=True):
    """What an initiation is allowed under."""

    network: Network
    profile: Profile
    """The strictest of the network's and of what the device needs."""
    limits: Limits
    """Its ceilings, knob by knob the tightest."""


_RTT: Final = struct.Struct("=68xI")
"""Where struct tcp_info (linux/tcp.h) has tcpi_rtt, in microseconds."""


def answer_time(writer: Writer) -> float | None:
    """How long the device's kernel took to answer, as ours measured it; None where that is not to be had.

    Our own clock would count our event loop's delays against the device.
    """
    own = getattr(writer, "get_extra_info", lambda _name: None)("socket")
    option = getattr(socket, "TCP_INFO", None)
    if own is None or option is None or not sys.platform.startswith("linux"):
        return None
    try:
        (rtt,) = _RTT.unpack(own.getsockopt(socket.IPPROTO_TCP, option, _RTT.size))
    except OSError:
        return None
    return float(rtt) / 1e6 or None


def failure(error: OSError) -> Outcome:
    """What a failed connect says about the other side."""
    match error:
        case ConnectionRefusedError():
            return Outcome.CLOSED
        case TimeoutError():
            return Outcome.SILENT
        case ConnectionResetError() | ConnectionAbortedError() | BrokenPipeError():
            return Outcome.RESET
        case _:
            # no route, no such host or network, forbidden by a firewall on this machine
            return Outcome.UNREACHABLE
