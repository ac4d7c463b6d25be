"""What a passive parser is: it reads one thing that passed by, and says what that tells about whom."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import NamedTuple

from msgspec import Struct

from scanner.model.net import Address, Mac, Port
from scanner.model.observation import Value


class Packet(NamedTuple):
    """One payload that passed by, with what the header pass has read before it."""

    payload: bytes
    """What follows the header that `takes` names; with `gather`, the first bytes of one direction in order."""
    time: float
    """Seconds since the epoch, UTC."""
    source_mac: Mac | None
    target_mac: Mac | None
    source: Address | None
    target: Address | None
    sport: int
    """Port of the sender; 0 where the protocol has none."""
    dport: int
    ttl: int
    """Time to live or hop limit as it arrived; 0 where there is no IP header."""
    vlan: int | None

    def service(self, protocol: str = "tcp") -> Port | None:
        """The sender's port where the sender is the server: clients call from the higher ports (RFC 6335, 6)."""
        return Port(f"{protocol}/{self.sport}") if 0 < self.sport < self.dport else None


class Fact(NamedTuple):
    """One thing that a payload tells; about its sender unless `address` or `mac` says about whom."""

    field: str
    value: Value
    port: Port | None = None
    """The port of the service that the fact is about; None for a fact about the whole device."""
    address: Address | None = None
    mac: Mac | None = None
    target: bool = False
    """True: it is about the receiver instead (a client that names the server it speaks to)."""


class Parser(Struct, frozen=True, kw_only=True):
    """One protocol that is understood in passing; the module around it has a pure `parse` that never raises."""

    name: str
    """As in `source = passive:NAME`."""
    takes: Sequence[str]
    """Which packets come here: `udp/67` and `tcp/445` (either side's port), `tcp/first` (the first payload of each
    direction of any TCP conversation), `tcp/syn` (header with options of SYN and SYN-ACK; payload = IP header onward;
    told once for each card, address and shape: identification, sequence, sums, ports and time stamps make no new shape),
    `ether/0806`, `snap/00000c:2000`, `llc/42`, `icmp/8`, `icmp6/134` (payload = ICMP header onward). What
    the same card and address says again, word for word and on the same port, is parsed once, whoever it was said to
    (unless a fact is about the receiver): its repeats widen the interval of its facts."""
    parse: Callable[[Packet], Iterable[Fact]]
    gather: int = 0
    """Bytes of each direction of a TCP conversation that are wanted in order; 0 = each segment by itself."""
    enough: Callable[[bytes], bool] | None = None
    """With `gather`: whether first bytes of a direction hold all that `parse` will ever read of it, so that no more are waited
    for. Pure, never raises; asked after each segment. None = it reads as many as there are."""
    gist: Callable[[bytes], Hashable] | None = None
    """Of `tcp/first`: what of a payload `parse` goes by. Of two with the same one, from the same card and address on the same
    service, the second is not parsed: it only widens intervals. Pure, never raises. None = the whole payload."""
    begins: tuple[bytes, ...] = ()
    """A payload that begins with none of these (16 bytes at most) never comes here; empty = whatever it begins with. Saves most calls."""
    servers: tuple[int, ...] = ()
    """Of `tcp/first` with `begins`: what a server on one of these ports says comes here whatever it begins with. Not heeded with `gather`."""
    holds: tuple[bytes, ...] = ()
    """Likewise for what a payload must hold somewhere; not heeded with `gather`."""
    differs: tuple[int, int] = (0, 0)
    """From where to where a payload is different each time and tells nothing (a transaction number): one that is alike
    but for these octets counts as the same. Not heeded with `gather`."""
