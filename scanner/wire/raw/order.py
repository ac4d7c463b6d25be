"""Who is asked, and in which order: by arithmetic on places, so that a /8 needs no list and a run can go on anywhere."""

import ipaddress
import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt

from scanner.errors import ScopeError

U64 = npt.NDArray[np.uint64]
I64 = npt.NDArray[np.int64]

MOST: Final = 1 << 30
"""Addresses times ports of one ask: who answered is one bit each, so at most 128 MiB."""

LISTED: Final = 4096
"""Up to so many addresses are dealt out in a list; of more, no /24 is large enough to come twice in a row by stride."""

_GOLDEN: Final = 0.6180339887498949
_LOW: Final = (1 << 64) - 1


class Space:
    """Addresses of one IP version as sorted, disjoint ranges, numbered from 0."""

    def __init__(self, version: int, starts: tuple[int, ...], before: tuple[int, ...]) -> None:
        self.version = version
        self._starts, self._before = starts, before
        """First address of each range; how many addresses lie before it, and at the end how many there are."""
        self._ranks = np.array(before[:-1], np.int64)
        self._high = np.array([one >> 64 for one in starts], np.uint64)
        self._low = np.array([one & _LOW for one in starts], np.uint64)

    @property
    def size(self) -> int:
        """How many addresses."""
        return self._before[-1]

    def addresses(self, indexes: I64) -> tuple[U64, U64]:
        """The addresses of these numbers, as their high and low 64 bits (IPv4: low alone)."""
        at = np.searchsorted(self._ranks, indexes, "right") - 1
        offset = (indexes - self._ranks[at]).astype(np.uint64)
        return self._high[at], self._low[at] + offset

    def rank(self, address: int) -> int:
        """How many of the addresses are smaller than this one."""
        at = bisect_right(self._starts, address) - 1
        if at < 0:
            return 0
        return min(self._before[at] + address - self._starts[at], self._before[at + 1])

    def index(self, address: int) -> int | None:
        """The number of an address; None when it is not among them."""
        at = bisect_right(self._starts, address) - 1
        if at < 0:
            return None
        offset = address - self._starts[at]
        return self._before[at] + offset if offset < self._before[at + 1] - self._before[at] else None


def space(targets: Iterable[str]) -> Space:
    """Read networks and addresses; raise ScopeError for what is none, for two versions at once, or for too many.

    An IPv4 network's own and broadcast addresses are no hosts (RFC 919) and are left out.
    """
    try:
        networks = [ipaddress.ip_network(one) for one in targets]
    except ValueError as error:
        raise ScopeError(f"cannot ask {error}") from error
    versions = {one.version for one in networks}
    if len(versions) != 1:
        raise ScopeError("one ask needs targets, all of one IP version")
    ranges: list[list[int]] = []
    for first, last in sorted(map(_hosts, networks)):
        if ranges and first <= ranges[-1][1]:
            ranges[-1][1] = max(last, ranges[-1][1])
        else:
            ranges.append([first, last])
    before = [0]
    for first, last in ranges:
        if first >> 64 != last >> 64 or last - first >= MOST:
            raise ScopeError(f"{last - first + 1} addresses in a row are too many to ask one by one")
        before.append(before[-1] + last - first + 1)
    return Space(versions.pop(), tuple(first for first, _ in ranges), tuple(before))


def _hosts(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> tuple[int, int]:
    first, last = int(network.network_address), int(network.broadcast_address)
    if network.version == 4 and network.prefixlen < 31:
        return first + 1, last - 1
    return first, last


class Order:
    """A shuffled order of all addresses times all ports that holds no list of them.

    Place `k` of `total` is one address on one port. Every address comes once before any comes again, on another
    port; two addresses of one /24 (IPv6: of the same 2**8) never follow each other where that can be avoided.
    """

    def __init__(self, among: Space, ports: int, seed: int) -> None:
        if among.size * ports > MOST:
            raise ScopeError(
                f"{among.size} addresses on {ports} ports are too many for one ask; at most {MOST}"
            )
        self._space, self._ports = among, ports
        self.size = among.size
        self.total = among.size * ports
        self._list: I64 | None = None
        self._stride = self._start = 0
        if self.size <= LISTED:
            self._list = _dealt(among, seed)
            self._where = np.empty(self.size, np.int64)
            self._where[self._list] = np.arange(self.size)
            return
        stride = round(self.size * _GOLDEN)
        while math.gcd(stride, self.size) != 1:
            stride += 1
        # backwards for every other seed: the other half of the orders that spread as evenly
        self._stride = stride if seed % 2 else self.size - stride
        self._start = int(np.random.default_rng(seed).integers(self.size))
        self._back = pow(self._stride, -1, self.size)

    def at(self, places: I64) -> tuple[I64, I64]:
        """Which address (by number) and which port (by number) stand at these places."""
        turn, step = places // self.size, places % self.size
        # below 2**30 each, so the product keeps within 63 bits
        whole = (self._start + step * self._stride) % self.size
        index = whole if self._list is None else self._list[step]
        # each address begins at another port, so that no port is asked of everyone in a row
        return index, (turn + index) % self._ports

    def place(self, index: int, port: int) -> int:
        """Where an address on a port stands: the inverse of `at`."""
        if self._list is None:
            step = (index - self._start) * self._back % self.size
        else:
            step = int(self._where[index])
        return (port - index) % self._ports * self.size + step


def _dealt(among: Space, seed: int) -> I64:
    """All numbers in a list, dealt from the fullest /24 first, never twice from the same while another has any."""
    shuffled = np.random.default_rng(seed).permutation(among.size)
    high, low = among.addresses(shuffled)
    groups: dict[tuple[int, int], list[int]] = defaultdict(list)
    for one, above, below in zip(
        shuffled.tolist(), high.tolist(), (low >> np.uint64(8)).tolist(), strict=True
    ):
        groups[above, below].append(one)
    order: list[int] = []
    last: tuple[int, int] | None = None
    while len(order) < among.size:
        # ties go to whoever waits longest, since max keeps the first and the last one moves to the end
        last = max((one for one in groups if one != last), key=lambda one: len(groups[one]), default=last)
        assert last is not None  # noqa: S101  # there is one group at least
        order.append(groups[last].pop())
        left = groups.pop(last)
        if left:
            groups[last] = left
    return np.array(order, np.int64)
