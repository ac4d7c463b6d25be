"""Networks too wide to ask everybody: a few addresses of each /24, then all of those where somebody answered. Pure.

Bounded memory: addresses are worked out, never listed. What is left is not silence but a number: how many hosts there
may be in the part that was not asked, with 95 % confidence, if hosts stand in one block as likely as in another.
"""

import itertools
import math
import random
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from scanner.model.net import Address

WIDE: Final = 1 << 16
"""More addresses than this are sampled."""
DRAWN: Final = 4
"""Addresses drawn by lot in each /24; its first and its last host, where routers stand, are asked besides."""
CHUNK: Final = 16384
"""Addresses in one ask."""
LEFT: Final = 0.05
"""The chance that there are more than is said."""


def sample(part: IPv4Network, seed: int) -> Iterator[tuple[str, ...]]:
    """The sample, in portions: neighbours come far apart in each, whatever their number."""
    dice = random.Random(seed)  # noqa: S311  # a sample, not a secret
    blocks = part.num_addresses >> 8
    base = int(part.network_address)
    # block after block, but with a stride near the golden section, so that no portion is one corner of the network
    stride = next(step for step in itertools.count(int(blocks * 0.618) | 1, 2) if math.gcd(step, blocks) == 1)
    addresses = (
        str(IPv4Address(base + (at * stride % blocks << 8) + host))
        for at in range(blocks)
        for host in (1, 254, *dice.sample(range(2, 254), DRAWN))
    )
    while portion := tuple(itertools.islice(addresses, CHUNK)):
        yield portion


def inhabited(found: Iterable[Address], part: IPv4Network) -> tuple[str, ...]:
    """The /24 blocks of a network in which somebody answered, in order."""
    blocks = {int(IPv4Address(one)) >> 8 for one in found if ":" not in one and IPv4Address(one) in part}
    return tuple(str(IPv4Network((block << 8, 24))) for block in sorted(blocks))


def unseen(drawn: int, of: int) -> int:
    """How many hosts there may be among `of` addresses when `drawn` of them by lot were silent, with 95 % confidence.

    With N hosts the lot misses all of them with chance (1 - drawn / of) ** N; N is where that falls to 5 %.
    """
    if drawn <= 0 or drawn >= of:
        return 0 if drawn else of
    return min(of - drawn, math.ceil(math.log(LEFT) / math.log1p(-drawn / of)))


def words(part: IPv4Network, found: int) -> str:
    """What sampling leaves unsaid of a network in which `found` blocks were inhabited."""
    silent = (part.num_addresses >> 8) - found
    hosts = unseen(silent * DRAWN, silent * 254) if silent else 0
    return (
        f"{part} was sampled, {DRAWN + 2} addresses of each /24, and {found} inhabited blocks were asked whole:"
        f" with 95 % confidence fewer than {hosts + 1:,} hosts stand in the other {silent:,} blocks, if they stand"
        " there as by lot; a lone crowded block may be missed: list it in the scope file to have it asked whole"
    )
