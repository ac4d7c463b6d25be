"""The ARP sweep: ask the gate, then send, for each frame; match the answers; keep to the network's rate."""

import ipaddress
import select
import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from scanner.errors import HostError, ScopeError
from scanner.model.kinds import Touch
from scanner.model.net import Address, Mac
from scanner.scope.gate import Gate
from scanner.scope.profile import LIMITS
from scanner.wire.pipe import Done, Progress, Reply, Sweep
from scanner.wire.raw import arp

LARGEST: Final = 16
"""A /16 is the widest network swept: 65,536 addresses at 10 a second take two hours."""

LOST: Final = (
    "if nobody pulled the cable, the switch may have shut the port because of our ARP requests or a second card: ask"
    " for `show interfaces status err-disabled` (Cisco) and for its ARP inspection and port security limits"
)
"""What a lost link during a sweep most often means, and which switch command shows it."""

_EVERY: Final = 0.5
"""Seconds between two words on progress."""


_LOOK: Final = 1.0
"""Seconds between two looks at whether a window has opened."""


class Wire(Struct):
    """What the sweep needs of the world: a socket, a clock, and whether to stop."""

    link: socket.socket
    stopped: Callable[[float], bool]
    """Waits up to so many seconds for the socket; True when someone said stop."""


def sweep(wish: Sweep, gate: Gate, template: bytes, wire: Wire) -> Iterator[Reply | Progress | Done]:
    """Ask every address of the network that the gate allows, in passes; answers come as they arrive."""
    targets, rate, forbidden = plan(wish, gate, datetime.now(UTC))
    run = _Run(wish, gate, wire, rate)
    shuffled = np.random.default_rng(wish.seed).permutation(targets)
    for _ in range(wish.tries):
        if run.stopped or not len(shuffled):
            break
        yield from run.one_pass(shuffled, arp.stamp(template, shuffled))
        shuffled = np.array([one for one in shuffled if int(one) not in run.answered], np.uint32)
    yield Done(sent=run.sent, refused=run.refused + forbidden)


def plan(wish: Sweep, gate: Gate, now: datetime) -> tuple[npt.NDArray[np.uint32], float, int]:
    """The addresses that the gate allows now, the rate of the most careful network among them, how many it forbids."""
    cidr = ipaddress.IPv4Network(wish.cidr)
    if cidr.prefixlen < LARGEST:
        raise ScopeError(f"{cidr} is too wide to sweep by ARP; list /{LARGEST} or narrower")
    if wish.rate <= 0:
        raise ScopeError(f"a sweep of {cidr} needs a rate above 0, not {wish.rate}")
    rate, targets, forbidden = wish.rate, [], 0
    own = ipaddress.IPv4Address(wish.source)
    for one in cidr.hosts() if cidr.prefixlen < 31 else cidr:
        if one == own:  # asking for oneself reads as an address conflict to everyone who hears it
            continue
        decision = gate.may(Address(str(one)), port=None, touch=Touch.KNOCK, now=now)
        if (decision.allowed or decision.waits) and decision.network is not None:
            targets.append(int(one))
            rate = min(rate, LIMITS[decision.network.profile].arp_rate)
        else:
            forbidden += 1
    return np.array(targets, np.uint32), rate, forbidden


class _Run:
    """One sweep under way."""

    def __init__(self, wish: Sweep, gate: Gate, wire: Wire, rate: float) -> None:
        self._wish, self._gate, self._wire, self._gap = wish, gate, wire, 1 / rate
        self._asked: dict[Address, float] = {}
        self._seen: set[tuple[Address, Mac]] = set()
        self._next = self._told = 0.0
        self.answered: set[int] = set()
        self.total = self.sent = self.refused = 0
        self.stopped = False

    def one_pass(
        self, targets: npt.NDArray[np.uint32], frames: npt.NDArray[np.uint8]
    ) -> Iterator[Reply | Progress]:
        """Send each frame once, listening between frames and for a while after the last."""
        self.total += len(targets)
        for target, frame in zip(targets, frames, strict=True):
            yield from self._listen(0)
            while (wait := self._next - time.monotonic()) > 0 and not self.stopped:
                yield from self._listen(wait)
            if self.stopped:
                return
            while not self._send(int(target), frame.tobytes()) and not self.stopped:
                yield from self._listen(_LOOK)
            if time.monotonic() - self._told > _EVERY:
                self._told = time.monotonic()
                yield Progress(asked=self.sent, total=self.total)
        end = time.monotonic() + self._wish.wait
        while (wait := end - time.monotonic()) > 0 and not self.stopped:
            yield from self._listen(wait)

    def _send(self, target: int, frame: bytes) -> bool:
        """Send when the gate says so; False when it is to be tried again, since all that lacks is an open window."""
        address = Address(str(ipaddress.IPv4Address(target)))
        decision = self._gate.may(address, port=None, touch=Touch.KNOCK, now=datetime.now(UTC))
        if decision.waits:
            return False
        # the bytes that go out are what the gate is asked about, not what we meant to write
        if not decision.allowed or ipaddress.IPv4Address(frame[arp.TARGET]) != ipaddress.IPv4Address(target):
            self.refused += 1
            return True
        self._asked[address] = time.monotonic()
        try:
            self._wire.link.send(frame)
        except BlockingIOError:
            return True  # the card's queue is full: this address is asked again in the next pass
        except OSError as error:
            raise HostError(
                f"interface {self._wish.interface} went away: {error.strerror}; {LOST}"
            ) from error
        self.sent += 1
        self._next = time.monotonic() + self._gap
        return True

    def _listen(self, seconds: float) -> Iterator[Reply]:
        self.stopped = self._wire.stopped(seconds)
        while (frame := receive(self._wire.link, self._wish.interface)) is not None:
            found = arp.read(frame)
            if found is None or found[0] not in self._asked or found in self._seen:
                continue
            self._seen.add(found)
            self.answered.add(int(ipaddress.IPv4Address(found[0])))
            rtt = (time.monotonic() - self._asked[found[0]]) * 1000
            yield Reply(address=found[0], mac=found[1], rtt_ms=round(rtt, 3))


def receive(link: socket.socket, interface: str) -> bytes | None:
    """The next frame that waits in the socket, or None; raise HostError when the interface went away."""
    try:
        return link.recv(65536)
    except BlockingIOError:
        return None
    except OSError as error:
        raise HostError(f"interface {interface} went away: {error.strerror}; {LOST}") from error


def waiting(link: socket.socket, control: int) -> Callable[[float], bool]:
    """A `Wire.stopped` that also wakes when something, or the end, comes on the control pipe."""

    def stopped(seconds: float) -> bool:
        watched: list[socket.socket | int] = [link, control]
        ready, _, _ = select.select(watched, [], [], seconds)
        return control in ready

    return stopped
