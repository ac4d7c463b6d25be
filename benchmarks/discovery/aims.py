"""The aims, held against what was measured: one table, PASS or MISS."""

from collections.abc import Collection, Mapping, Sequence

from discovery.peers import Result


class Aims:
    """Gathers rows as the parts go, and prints them at the end."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, str, str, str, str, bool]] = []

    def tell(self) -> int:
        """Print the table; 1 when an aim is missed."""
        print(f"\n{'what':<62}{'aim':>10}{'measured':>18}  {'peer':<44}{'ratio':>8}")
        for what, aim, measured, peer, ratio, good in self._rows:
            print(f"{what:<62}{aim:>10}{measured:>18}  {peer:<44}{ratio:>8}  {'PASS' if good else 'MISS'}")
        return int(not all(row[-1] for row in self._rows))

    def recall(
        self, what: str, aim: float, mine: Result, wanted: Collection[str], others: Mapping[str, Result]
    ) -> None:
        """How much of what is there was found, and nothing that is not."""
        right = len(mine.found & frozenset(wanted))
        share = right / len(wanted)
        good = share >= aim and mine.found <= frozenset(wanted)
        shares = {
            name: len(one.found & frozenset(wanted)) / len(wanted)
            for name, one in others.items()
            if not one.missing
        }
        best = max(shares.values(), default=0.0)
        peer = ", ".join(f"{name} {value:.2%}" for name, value in shares.items())
        self._rows.append(
            (what, f"{aim:.1%}", f"{share:.2%}", peer, f"{share / best:.2f}x" if best else "-", good)
        )

    def faster(self, what: str, aim: float, mine: float, other: Result, name: str) -> None:
        """Seconds against a peer's; `aim` is how many times faster at least."""
        ratio = other.seconds / mine
        peer = "not installed" if other.missing else f"{name} {other.seconds:.2f} s"
        self._rows.append(
            (what, f"{aim:.0f}x", f"{mine:.2f} s", peer, f"{ratio:.1f}x", other.missing or ratio >= aim)
        )

    def rate(self, what: str, mine: Result, other: Result, name: str) -> None:
        """Frames a second against a peer's."""
        peer = "not installed" if other.missing else f"{name} {other.rate / 1000:.0f} k/s"
        ratio = f"{mine.rate / other.rate:.2f}x" if other.rate else "-"
        self._rows.append((what, "1x", f"{mine.rate / 1000:.0f} k/s", peer, ratio, mine.rate >= other.rate))

    def identical(
        self, what: str, mine: Sequence[frozenset[str]], others: Sequence[frozenset[str]], name: str
    ) -> None:
        """How many answers differ from the first."""
        counts = [len(set(runs)) - 1 for runs in (mine, others)]
        self._rows.append((what, "0", str(counts[0]), f"{name} {counts[1]}", "-", counts[0] == 0))

    def below(self, what: str, aim: float, measured: float, peer: str = "-") -> None:
        """A ceiling."""
        self._rows.append((what, f"< {aim:g}", f"{measured:.0f}", peer, "-", measured < aim))

    def printed(self, what: str, measured: str) -> None:
        """A number that is told, not judged."""
        self._rows.append((what, "told", measured, "-", "-", True))
