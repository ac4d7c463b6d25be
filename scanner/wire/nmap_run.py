"""Run nmap itself, when its user asks for it: gated targets, office and lab only, a fixed list of harmless words.

python-nmap reads the result but does not start the program: its own `scan` splits a string into options, cannot be
cancelled, and loses what was seen when it is.
"""

import io
import time
from collections import Counter, deque
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from datetime import datetime
from typing import Final

from scanner.errors import DataError, HostError
from scanner.model.kinds import Outcome
from scanner.model.net import Address, Mac, Port
from scanner.scope.file import Network
from scanner.scope.gate import Gate
from scanner.scope.profile import LIMITS
from scanner.wire import nmap, nmap_child
from scanner.wire.audit import Audit
from scanner.wire.care import Care
from scanner.wire.ledger import Ledger
from scanner.wire.nmap_host import Host, spread
from scanner.wire.nmap_plan import Batch, Means, Target, forbidden, plan, refuse, turns
from scanner.wire.nmap_seen import SOURCE, STATES, observations
from scanner.wire.nmap_words import KNOCKS, words
from scanner.wire.stop import Stop
from scanner.wire.windows import Windows

_LOOK: Final = 1.0
"""Seconds between two looks at whether every host of the running batch may still be knocked at."""

_OUTCOMES: Final = {"open": Outcome.OK, "closed": Outcome.CLOSED, "silent": Outcome.SILENT}


async def scan(
    targets: Sequence[Target],
    ports: Sequence[Port],
    *,
    gate: Gate,
    audit: Audit,
    ledger: Ledger,
    clock: Callable[[], datetime],
    card: Callable[[Address], Mac | None] = lambda _address: None,
    program: str = "nmap",
    care: Care | None = None,
    windows: Windows | None = None,
    stop: Stop | None = None,
    behind: Callable[[Address], bool] = lambda _address: False,
) -> AsyncGenerator[Host, None]:
    """Scan what may be scanned of `targets`; hosts come batch by batch.

    Before each batch its window is waited for, and gate, never-list, ledger and `care` are asked again; when one of
    them changes its mind, or `stop` is set, the running nmap is ended, what it had seen is kept, and the rest of its
    batch comes later if it still may. `card` and `behind` are as for the dialer. Raises ScopeError, before anything is sent, when a
    target lies in a clinical, ot or passive network; HostError when nmap is missing or fails. Cancelling ends it too.
    """
    means = Means(
        gate=gate,
        audit=audit,
        ledger=ledger,
        clock=clock,
        card=card,
        care=care,
        windows=windows,
        stop=stop,
        behind=behind,
        program=program,
    )
    nmap_child.require(program)
    todo = deque(turns(targets, means))
    while todo:
        network, hosts = todo.popleft()
        if not await _opened(network, means):
            refuse(hosts, audit, "stopped" if stop else "no window opens before the engagement ends")
            continue
        batches = plan(hosts, ports, means)
        todo.extendleft((other.network, other.hosts) for other in reversed(batches[1:]))
        batch = _book(batches[0], means) if batches else None
        if batch is None:
            continue
        run = _Run(batch, means)
        async for host in run.hosts():
            yield host
        if run.left and not stop:
            todo.appendleft((network, run.left))


async def _opened(network: Network, means: Means) -> bool:
    """Wait for the network's window; False when none opens any more, or the run is stopped."""
    if means.stop:
        return False
    return means.windows is None or await means.windows.opened(network)


def _book(batch: Batch, means: Means) -> Batch | None:
    """The part of the batch whose budget of the day bears all that nmap may knock; the sure knocks are booked now."""
    budget, now, hosts = LIMITS[batch.network.profile].budget, means.clock(), []
    count = len(batch.ports)
    for host in batch.hosts:
        address = Address(str(host))
        bears = budget is None or means.ledger.spent(address, now) + KNOCKS * count <= budget
        if bears and means.ledger.spend(address, now, budget, count):
            hosts.append(host)
        else:
            refuse((host,), means.audit, f"would exceed its {budget} connections of 24 hours")
    return Batch(network=batch.network, hosts=tuple(hosts), ports=batch.ports) if hosts else None


class _Run:
    """One batch under way."""

    def __init__(self, batch: Batch, means: Means) -> None:
        self._batch, self._means = batch, means
        self._knocks: Counter[Address] = Counter()
        self._addresses = {Address(str(host)): host for host in batch.hosts}
        self._why: str | None = None
        self._looked = time.monotonic()
        self.left: tuple[Target, ...] = ()
        """Hosts of which nothing was said, since it was ended before it was done."""

    async def hosts(self) -> AsyncGenerator[Host, None]:
        """Run nmap on the batch; each host that it tells of."""
        batch, means = self._batch, self._means
        names = " ".join(self._addresses)

        def argv(out: str) -> Sequence[str]:
            far = any(map(means.behind, self._addresses))
            said = words(batch.network.profile, batch.hosts, batch.ports, out, behind=far)
            # on its way to the disk before the first of them leaves
            options = " ".join(said[: -len(batch.hosts)])
            means.audit.write("nmap", words=options, hosts=names, ports=len(batch.ports))
            return said

        size = 0
        why: str | None = "it failed"
        try:
            ended = await nmap_child.run(means.program, argv, self._knocked, self._why_end)
            why, size = ended.why, len(ended.xml)
        finally:
            self._account()
            means.audit.write("nmapped", hosts=names, bytes=size, ended=why)
        seen = set()
        for host in self._read(ended):
            seen.add(host.address)
            self._tell(host)
            yield host
        if ended.why is not None:
            self.left = tuple(host for address, host in self._addresses.items() if address not in seen)

    def _read(self, ended: nmap_child.Ended) -> Iterator[Host]:
        try:
            for host in nmap.read(io.BytesIO(ended.xml), "nmap", self._means.clock()):
                if host.address in self._addresses:
                    yield spread(host, self._batch.ports)
        except DataError as error:
            # what it had said was whole up to where it was ended
            if ended.why is None:
                raise HostError(f"nmap ended before it was done: {error}") from error

    def _knocked(self, address: Address) -> None:
        """It began a connection: beyond the sure ones each is booked as it goes."""
        self._knocks[address] += 1
        if address not in self._addresses:
            self._why = f"it knocked at {address}, which it had not been given"
        elif self._knocks[address] > len(self._batch.ports):
            budget = LIMITS[self._batch.network.profile].budget
            if not self._means.ledger.spend(address, self._means.clock(), budget):
                self._why = f"{address} has had its {budget} connections of the last 24 hours"

    def _why_end(self) -> str | None:
        means = self._means
        if means.stop:
            return means.stop.reason or "stopped"
        if self._why is None and time.monotonic() - self._looked >= _LOOK:
            self._looked = time.monotonic()
            self._why = self._withdrawn()
        return self._why

    def _withdrawn(self) -> str | None:
        """Why one of its hosts may not be knocked at any more: a window closed, the breaker tripped."""
        batch = self._batch
        for address in self._addresses:
            why = forbidden(address, batch.ports[0], batch.network, self._means)
            if why is not None:
                return f"{address}: {why}"
        return None

    def _account(self) -> None:
        """What each host had to bear: as nmap said it, connection by connection; else one for each port."""
        by = "trace" if self._knocks else "ports"
        for address in self._addresses:
            count = self._knocks[address] if self._knocks else len(self._batch.ports)
            self._means.audit.write("knocked", to=address, count=count, by=by)

    def _tell(self, host: Host) -> None:
        """Let care know what was seen, and how the device bore it."""
        care, network = self._means.care, self._batch.network
        if care is None:
            return
        for seen in observations(host, SOURCE, network.zone):
            care.saw(seen)
        for port in host.ports:
            outcome = _OUTCOMES.get(STATES.get(port.state, ""))
            if outcome is None:
                continue
            care.connected(host.address, port.port, network, outcome, None)
            if outcome is Outcome.OK:
                care.parted(host.address, outcome)
