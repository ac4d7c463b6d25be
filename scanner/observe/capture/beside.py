"""Listen beside a scan: whoever shows ill health moments after we touched it is told of at once (docs/safety.md).

Nothing is sent by it. Of what passes only the signs are kept: all else would be our own questions and their answers.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from scanner.errors import HostError
from scanner.model.net import Address
from scanner.model.observation import Observation
from scanner.observe.capture import live, signs
from scanner.observe.capture.ear import Ear
from scanner.observe.capture.watch import Watch
from scanner.observe.parsers import load_parsers
from scanner.scope.file import Network, Scope
from scanner.scope.gate import Gate
from scanner.wire.care import ATTENDED, Care
from scanner.wire.links import Link, on_link
from scanner.wire.touched import MOMENTS

COUNTING: Final = frozenset({"snmp", "smb"})
"""Parsers of what counts the starts of a device."""

Listening = AbstractAsyncContextManager[None]
"""Who listens for as long as this is entered."""


def interfaces(
    networks: Sequence[Network], among: Sequence[Link], trunk: str | None = None
) -> tuple[str, ...]:
    """The interfaces on which a ward or a plant can be heard, each once: where we stand in one, and its trunk."""
    minded = [one for one in networks if one.profile in ATTENDED]
    near = [link.link.name for one in minded for link in on_link(one.cidr, among)]
    tagged = [trunk for one in minded if trunk is not None and one.vlan is not None]
    return tuple(dict.fromkeys((*near, *tagged)))


def lines(scope: Scope) -> Iterator[str]:
    """What the dry run says of it: a line for each network in which it listens, should we stand in it."""
    for network in scope.networks:
        if network.profile in ATTENDED:
            yield (
                f"  {network.cidr}: where we stand in it, what passes is listened to meanwhile, and nothing is sent for it;"
                f" a device that restarts or falls silent within {MOMENTS.seconds} s of a frame of ours trips the breaker"
            )


@asynccontextmanager
async def beside(
    listeners: Mapping[str, live.Hearer],
    scope: Scope,
    care: Care | None,
    add: Callable[[Observation], None],
    note: Callable[[str], None],
) -> AsyncGenerator[None, None]:
    """Listen on each interface from before this is entered until it is left."""
    if care is None:
        yield
        return
    ears = {name: Beside(scope, care, add, note) for name in listeners}
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one.listen(listeners[name], name)) for name, one in ears.items()]
        for one in ears.values():
            await one.ready.wait()
        yield
        for task in tasks:
            task.cancel()


class Beside:
    """One interface, while a scan runs. `add` takes the signs for the log, `note` what went wrong, in words."""

    def __init__(
        self,
        scope: Scope,
        care: Care,
        add: Callable[[Observation], None],
        note: Callable[[str], None],
    ) -> None:
        self._care, self._add, self._note = care, add, note
        gate = Gate(scope)

        @lru_cache(1 << 14)
        def zone(address: Address) -> str | None:
            network = gate.network(address)
            return network.zone if network else None

        parsers = tuple(one for one in load_parsers() if one.name in COUNTING)
        self._ear = Ear(
            Watch(lambda address, _near: zone(address) is not None, zone=zone), parsers, zone, self._heard
        )
        self.ready = asyncio.Event()
        """Set once it listens, or cannot."""

    async def listen(self, hearer: live.Hearer, interface: str) -> None:
        """Hear what passes until cancelled; what was heard by then is kept."""
        lost = 0

        def told(_frames: int, dropped: int) -> None:
            nonlocal lost
            lost = dropped
            self.ready.set()

        try:
            async with aclosing(live.news(hearer, interface, self._ear, told=told)) as news:
                async for some in news:
                    self._keep(some)
        except HostError as error:
            self._note(f"no listening beside the scan on {interface}: {error}")
        finally:
            self.ready.set()
            self._keep(self._ear.finish())
            if lost:
                self._note(
                    f"{lost:,} frames on {interface} passed unheard: signs of ill health may be missing"
                )

    def _heard(self, sign: signs.Sign) -> None:
        at = datetime.fromtimestamp(sign.time, UTC)
        self._care.overheard(sign.why, at, sign.address, sign.mac)

    def _keep(self, some: Iterable[Observation]) -> None:
        for one in some:
            if one.field == signs.FIELD:
                self._add(one)
