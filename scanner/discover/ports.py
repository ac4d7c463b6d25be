"""Which TCP ports of a host are asked: those of its profile, or as many as were wished for and the profile allows."""

import re
from typing import Final

from scanner.errors import DataError
from scanner.model import net
from scanner.model.net import Port, is_udp
from scanner.scope import identity
from scanner.scope.file import NO_FLAGS, Flags, Network
from scanner.scope.profile import LIMITS, Limits

ALL: Final = 65535
SWEPT: Final = 256
"""More ports than this are first swept with frames of our own, where they may be; only open ones are connected to."""

KNOCKS: Final = 2048
"""So are fewer ports, where all hosts together would get more knocks than this."""

_PART: Final = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")


def read(text: str) -> tuple[Port, ...]:
    """Read `all`, or a list such as `22,80,8000-8100`; raise DataError for anything else."""
    if text == "all":
        return tuple(map(net.tcp, range(1, ALL + 1)))
    numbers: dict[int, None] = {}
    for part in text.split(","):
        found = _PART.fullmatch(part.strip())
        first = int(found[1]) if found else 0
        last = int(found[2] or found[1]) if found else 0
        if not 0 < first <= last <= ALL:
            raise DataError(
                f"--ports: {part.strip()!r} is no TCP port; write `all`, or numbers like 22,80,8000-8100"
            )
        numbers.update(dict.fromkeys(range(first, last + 1)))
    return tuple(map(net.tcp, numbers))


def listed(wished: tuple[Port, ...] | None) -> bool:
    """Whether the ports that were wished for are a list: then nothing is asked beside it, by UDP neither."""
    return wished is not None and len(wished) < ALL


def swept(ports: int, hosts: int, limits: Limits) -> bool:
    """Whether so many ports of so many hosts are first swept: only where no host's day is counted."""
    return limits.syn and limits.budget is None and (ports > SWEPT or ports * hosts > KNOCKS)


def ports(network: Network, wished: tuple[Port, ...] | None, flags: Flags = NO_FLAGS) -> tuple[Port, ...]:
    """The ports of a network's hosts: its profile's own and those that the signer permits, or those wished for of them.

    In a plant control ports come first: its devices bear few connections a day, and their own protocol names them best.
    """
    limits = LIMITS[network.profile]
    permitted = tuple(port for port in identity.ports(network, flags) if not is_udp(port))
    allowed = permitted + limits.ports if identity.once(network) else limits.ports + permitted
    if wished is None:
        return allowed
    return wished if limits.budget is None else tuple(port for port in wished if port in allowed)
