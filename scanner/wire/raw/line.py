"""The cable as an ask sees it: send frames, hear answers, and be told to stop or to change pace meanwhile."""

import contextlib
import errno
import select
import socket
from collections.abc import Iterator
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from scanner.errors import HostError
from scanner.model.net import Address, Mac
from scanner.wire.grant import awake
from scanner.wire.pipe import Method
from scanner.wire.raw import link as links
from scanner.wire.raw.link import LOST
from scanner.wire.raw.ring import Frames, RxRing, TxRing
from scanner.wire.raw.sieve import Step
from scanner.wire.raw.stamp import Rows

FAST: Final = 20_000
"""Frames a second from which the ring is used: below it each frame goes out by itself, through the usual queue."""

_FULL: Final = frozenset({errno.EAGAIN, errno.ENOBUFS})
_PAUSE: Final = 0.05
"""Seconds between two looks at whether there is a right to send again."""
_SLOTS: Final = 1 << 16
_NARROW, _WIDE = 256, 2048
"""Octets of a slot that we receive in: enough for the headers of an error that quotes ours, or for a UDP answer."""


class Control(Protocol):
    """What the other end of the pipe wants."""

    stopped: bool
    rate: float | None
    """Another rate that was asked for; None when none was."""
    avoid: list[Address]
    """Who is to get no more frames."""
    until: float
    """When the right to send ends, by `grant.awake`."""

    def fileno(self) -> int:
        """What to wait for."""
        ...

    def read(self) -> None:
        """Take in what was said."""
        ...


class Line(Protocol):
    """What an ask needs of the world."""

    @property
    def busy(self) -> bool:
        """Whether frames that were given away are still going out."""
        ...

    def send(self, rows: Rows, lengths: npt.NDArray[np.int64]) -> int:
        """Send frames in order; how many were taken. Fewer than all: wait a little, then go on with the next.

        What was taken may be going out still; `settle` waits for the last.
        """
        ...

    def settle(self) -> None:
        """Wait until all that was taken has gone out; raise HostError when the interface is gone."""
        ...

    def hear(self, most: int) -> Frames | None:
        """Frames that came in; None when there are none."""
        ...

    def wait(self, seconds: float) -> bool:
        """Wait for frames, for a word or for the end of that time; True when someone said stop."""
        ...

    def check(self) -> None:
        """Raise HostError when the interface is gone."""
        ...

    def dropped(self) -> int:
        """Frames, since the last call, that there was no room for."""
        ...


class Cable:
    """A `Line` on a real interface."""

    def __init__(
        self, interface: str, ears: socket.socket, mouth: socket.socket, control: Control, method: Method
    ) -> None:
        self._interface, self._ears, self._mouth, self._control = interface, ears, mouth, control
        wide = method is Method.UDP
        self._heard = RxRing(ears, _WIDE if wide else _NARROW, _SLOTS // 8 if wide else _SLOTS)
        self._ring: TxRing | None = None

    @property
    def mac(self) -> Mac:
        """Our own card."""
        return Mac(links.own_mac(self._mouth))

    def hurry(self, longest: int) -> None:
        """Send by the ring from now on: frames of at most so many octets."""
        with self._gone():
            self._ring = TxRing(self._mouth, longest)

    @property
    def busy(self) -> bool:
        """See `Line`."""
        return self._ring is not None and self._ring.busy

    def settle(self) -> None:
        """See `Line`."""
        with self._gone():
            if self._ring is not None:
                self._ring.settle()

    def send(self, rows: Rows, lengths: npt.NDArray[np.int64]) -> int:
        """See `Line`."""
        if awake() >= self._control.until:
            # whoever may say that it goes on is not heard any more, or says no
            self.wait(_PAUSE)
            return 0
        with self._gone():
            if self._ring is not None:
                self._ring.send(rows, lengths)
                return len(rows)
            for count, (row, length) in enumerate(zip(rows, lengths.tolist(), strict=True)):
                if awake() >= self._control.until:
                    # we stood still between two frames of one batch
                    return count
                try:
                    self._mouth.send(row[:length].tobytes())
                except OSError as error:
                    if error.errno in _FULL:
                        return count
                    raise
        return len(rows)

    def hear(self, most: int) -> Frames | None:
        """See `Line`."""
        return self._heard.take(most)

    def wait(self, seconds: float) -> bool:
        """See `Line`."""
        watched: list[socket.socket | Control] = [self._ears, self._control]
        ready, _, _ = select.select(watched, [], [], max(0.0, seconds))
        if self._ears in ready and self._ears.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self.check()
        if self._control in ready:
            self._control.read()
        return self._control.stopped

    def check(self) -> None:
        """See `Line`."""
        links.check_alive(self._mouth, self._interface)

    def dropped(self) -> int:
        """See `Line`."""
        return links.dropped(self._ears)

    def close(self) -> None:
        """Let go of what is shared with the kernel."""
        self._heard.close()
        if self._ring is not None:
            self._ring.close()

    @contextlib.contextmanager
    def _gone(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise HostError(f"interface {self._interface} went away: {error.strerror}; {LOST}") from error


@contextlib.contextmanager
def cable(interface: str, control: Control, method: Method, program: tuple[Step, ...]) -> Iterator[Cable]:
    """Open an interface for one ask; raise HostError when it cannot be had, or is down."""
    with (
        links.open_link(interface, program=program) as ears,
        links.open_link(interface, hears=False) as mouth,
    ):
        links.check_alive(mouth, interface)
        links.only_incoming(ears)
        try:
            made = Cable(interface, ears, mouth, control, method)
        except OSError as error:
            raise HostError(f"cannot share memory with interface {interface}: {error.strerror}") from error
        try:
            yield made
        finally:
            made.close()
