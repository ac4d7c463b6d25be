"""Who was found in a network so far, and by which question."""

from collections import defaultdict

from msgspec import Struct, field

from scanner.model.net import Address, Port, is_udp


class Found(Struct):
    """Who is there in a network."""

    hosts: dict[Address, None] = field(default_factory=dict)
    """Those that answered, in the order in which they did."""
    doubtful: dict[Address, None] = field(default_factory=dict)
    """Those for whom a card answers that answers for many."""
    tries: dict[str, dict[Address, str]] = field(default_factory=lambda: defaultdict(dict))
    """By source and address: what became of each pass (`1` answered, `0` did not, `-` not asked)."""
    widen: bool = False
    """A sample of the silent ones was not all silent: every address deserves a connect."""
    opened: dict[Address, set[Port]] = field(default_factory=dict)
    """Of the hosts whose ports were all swept: those that were open."""

    def shut(self, address: Address, port: Port) -> bool:
        """Whether a sweep of all its TCP ports has found this one not open."""
        return not is_udp(port) and port not in self.opened.get(address, {port})
