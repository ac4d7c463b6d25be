"""What a plan does to a network: an immutable set of small changes that join in any order to the same."""

from msgspec import Struct


class Change(Struct, frozen=True, kw_only=True):
    """Changes to a stage; numbers index its hosts, its weaknesses, its (pair, zone)s and its passwords."""

    gone: frozenset[int] = frozenset()
    """Hosts taken off the network: no foothold, no fall, no loss."""
    apart: frozenset[int] = frozenset()
    """Hosts that nothing reaches and that reach nothing; one that is the foothold itself is still lost."""
    replaced: frozenset[int] = frozenset()
    """Hosts that nothing opens any more, passwords included; they may still be a foothold."""
    mended: frozenset[int] = frozenset()
    """Weaknesses that are gone, as `Trial.weak` numbers them."""
    guarded: frozenset[int] = frozenset()
    """Weaknesses before logon that now need credentials first (`nla.lowers`)."""
    unplugged: frozenset[tuple[int, int]] = frozenset()
    """(host, zone): legs that are pulled."""
    shut: frozenset[tuple[int, int]] = frozenset()
    """(pair, zone): doors that the zone may not try any more."""
    unshared: frozenset[int] = frozenset()
    """Passwords that every device now has for itself."""

    def __or__(self, other: "Change") -> "Change":
        """Both together."""
        return Change(
            gone=self.gone | other.gone,
            apart=self.apart | other.apart,
            replaced=self.replaced | other.replaced,
            mended=self.mended | other.mended,
            guarded=self.guarded | other.guarded,
            unplugged=self.unplugged | other.unplugged,
            shut=self.shut | other.shut,
            unshared=self.unshared | other.unshared,
        )

    @property
    def closed(self) -> frozenset[int]:
        """Hosts that nothing opens."""
        return self.gone | self.apart | self.replaced


NOTHING = Change()
"""No change."""
