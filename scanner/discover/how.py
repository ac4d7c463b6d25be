"""What a way of asking is: one file each says to whom it may speak, what it asks, and how an answer reads."""

from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from typing import Protocol

from msgspec import Struct

from scanner.model.net import Port
from scanner.model.observation import Value
from scanner.scope.file import Flags
from scanner.scope.profile import Limits
from scanner.wire.pipe import Ask, Heard, Method, Progress


class Asker(Protocol):
    """What discovery needs of the raw helper."""

    def ask(
        self, wish: Ask, progress: Callable[[Progress], None] = lambda _progress: None
    ) -> AsyncGenerator[Heard, None]:
        """Answers as they arrive."""

    async def pace(self, rate: float) -> None:
        """Let the ask that runs go on at so many frames a second."""


class Fact(Struct, frozen=True, kw_only=True):
    """One thing that an answer shows: what becomes an Observation once place and time are added."""

    field: str
    value: Value
    port: Port | None = None


class How(Struct, frozen=True, kw_only=True):
    """One way of asking who is there."""

    method: Method
    version: int
    """Of IP: 4 or 6; 0 = either."""
    near: bool | None
    """Only on-link (True), or anywhere (None)."""
    allowed: Callable[[Limits, Flags], bool]
    """Whether a profile, or the scope's word, allows it."""
    facts: Callable[[Heard], Iterator[Fact]]
    """Pure: what an answer shows; nothing for one that proves nobody there."""
    ports: Callable[[Limits], tuple[int, ...]] = lambda _limits: ()
    payloads: Mapping[int, bytes] = {}
    whole: bool = False
    """Nobody who speaks IP can ignore it: what it does not find is not there, or asleep."""

    @property
    def source(self) -> str:
        """As the log names it: `raw:arp`."""
        return f"raw:{self.method}"

    def serves(self, limits: Limits, flags: Flags, version: int, *, near: bool) -> bool:
        """Whether it may be used under these limits, in this IP version, on-link or behind a router."""
        right = self.version in {0, version} and (self.near is None or self.near == near)
        return right and self.allowed(limits, flags)


def there(heard: Heard) -> bool:
    """Whether an answer proves that somebody is at the address: an error of another's does not."""
    return heard.state != "unreachable" or heard.by in {None, heard.address}
