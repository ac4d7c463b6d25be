"""Open connections: gate first, then the never-list, the ledger, the pace and the audit; only then the network."""

import asyncio
import errno
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final, Protocol

from scanner.errors import HostError
from scanner.model.kinds import Outcome, Profile, Touch
from scanner.model.net import Address, Mac, Port, number
from scanner.scope.file import Network
from scanner.scope.gate import Gate
from scanner.scope.profile import LIMITS, Limits
from scanner.wire.audit import Audit
from scanner.wire.ledger import Ledger
from scanner.wire.never import why_not
from scanner.wire.pace import Pacer
from scanner.wire.stream import Reader, TcpConn, Writer

Transport = Callable[[Address, Port], Awaitable[tuple[Reader, Writer]]]
"""Open a byte stream; raises OSError as sockets do. The dialer holds the deadline."""

_FULL: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class Dial(Protocol):
    """What discovery needs of a dialer."""

    async def open(self, address: Address, port: Port, touch: Touch) -> TcpConn | Outcome:
        """A connection, or why there is none."""


async def over_tcp(address: Address, port: Port) -> tuple[Reader, Writer]:
    """Connect over this machine's own network stack."""
    return await asyncio.open_connection(address, number(port))


class Dialer:
    """The only way to a TCP connection. One of them serves a whole run.

    Raises StoreError when the audit or the ledger cannot be written, and HostError when this machine is out of
    sockets; whatever the device or the network does is an Outcome. `opened` are never-listed ports that the
    operator opened by name (lab and bench only); `allowance` says how many connections, the first included,
    whatever talks on a port may use; `card` says which MAC an address is known to be on now, so that a card that is
    excluded is left alone at whatever address it takes.
    """

    def __init__(
        self,
        gate: Gate,
        *,
        pacer: Pacer,
        audit: Audit,
        ledger: Ledger,
        clock: Callable[[], datetime],
        transport: Transport = over_tcp,
        limits: Mapping[Profile, Limits] = LIMITS,
        opened: frozenset[Port] = frozenset(),
        allowance: Callable[[Port, Profile], int] = lambda _port, _profile: 1,
        card: Callable[[Address], Mac | None] = lambda _address: None,
    ) -> None:
        self._allowance, self._card = allowance, card
        self._gate, self._pacer, self._audit, self._ledger = gate, pacer, audit, ledger
        self._clock, self._transport, self._limits, self._opened = clock, transport, limits, opened

    async def open(self, address: Address, port: Port, touch: Touch) -> TcpConn | Outcome:
        """Open one connection when everything allows it; REFUSED means that nothing was sent."""
        network, reason = self._may(address, port, touch)
        if network is None:
            return self._refuse(address, port, reason)
        limits = self._limits[network.profile]
        if not await self._pacer.enter(str(network.cidr), address, limits):
            return self._refuse(address, port, "stopped")
        try:
            found = await self._dial(network, limits, address, port, touch)
        except BaseException:
            self._pacer.leave(address)
            raise
        if isinstance(found, Outcome):
            self._pacer.leave(address)
        return found

    def _may(self, address: Address, port: Port, touch: Touch) -> tuple[Network | None, str]:
        decision = self._gate.may(address, port=port, touch=touch, now=self._clock(), mac=self._card(address))
        if not decision.allowed or decision.network is None:
            return None, decision.reason
        if not port.startswith("tcp/"):
            return None, f"{port} is not TCP"
        never = why_not(port, decision.network.profile, self._opened)
        return (None, never) if never else (decision.network, "")

    async def _dial(
        self, network: Network, limits: Limits, address: Address, port: Port, touch: Touch
    ) -> TcpConn | Outcome:
        # the wait may have been long: a window may have closed, the engagement may have ended
        still, reason = self._may(address, port, touch)
        if still is None:
            return self._refuse(address, port, reason)
        now = self._clock()
        if not self._ledger.spend(address, now, limits.budget):
            return self._refuse(
                address, port, f"has had its {limits.budget} connections of the last 24 hours"
            )
        self._audit.write("open", to=address, port=port, touch=touch.name.lower(), cidr=str(network.cidr))
        began = time.monotonic()
        got = await self._connect(address, port, limits.connect_seconds)
        seconds = time.monotonic() - began
        if isinstance(got, Outcome):
            self._audit.write("end", to=address, port=port, outcome=got)
            return got
        return TcpConn(
            address,
            port,
            got[0],
            got[1],
            limits=limits,
            audit=self._audit,
            going=lambda: not self._pacer.stopped,
            ended=lambda: self._pacer.leave(address),
            allowance=self._allowance(port, network.profile),
            more=lambda: self.open(address, port, touch),
            seconds=seconds,
        )

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
