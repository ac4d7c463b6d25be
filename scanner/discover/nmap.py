"""Hold our view of the ports against nmap's, for whoever wants to know how far to trust either."""

from collections.abc import Iterable

from msgspec import Struct

from scanner.model.net import Address, Port, number, order
from scanner.model.observation import Observation


class Row(Struct, frozen=True, kw_only=True):
    """One port of one address, as each saw it; None where one of us did not look."""

    address: Address
    port: Port
    ours: str | None
    nmap: str | None

    @property
    def agree(self) -> bool | None:
        """Whether both say the same; None where only one looked."""
        if self.ours is None or self.nmap is None:
            return None
        return self.ours == self.nmap


def compare(ours: Iterable[Observation], nmaps: Iterable[Observation]) -> list[Row]:
    """A row for each port that either looked at, by address and port; the latest sighting of each counts."""
    mine, theirs = _states(ours), _states(nmaps)
    keys = sorted({*mine, *theirs}, key=lambda at: (order(at[0]), at[1][:3], number(at[1])))
    return [
        Row(address=address, port=port, ours=mine.get((address, port)), nmap=theirs.get((address, port)))
        for address, port in keys
    ]


def _states(seen: Iterable[Observation]) -> dict[tuple[Address, Port], str]:
    states: dict[tuple[Address, Port], str] = {}
    for one in sorted(seen, key=lambda each: each.last):
        if one.field == "port.state" and one.address and one.port and isinstance(one.value, str):
            states[one.address, one.port] = one.value
    return states
