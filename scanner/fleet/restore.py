"""Take a database into use that is not the one the sensors remember: restored, copied, or a standby that took over.

What was given and spent after the backup is not in it. So no fence that it gives is one that was given before, nobody
is given anything until what was given has run out, and nothing is sent until every budget of a day has begun anew.
"""

from msgspec import Struct

from scanner.fleet.link import Link, said


class Restored(Struct, frozen=True):
    """That a database was taken into use anew."""

    fence: int
    """The first from now on, beyond all that were given before."""


def settle(link: Link) -> Restored | None:
    """Take the database into use where it stands; None when it stood here before. The centre does this first."""
    with said():
        row = link.execute("SELECT fleet.settle()").fetchone()
    return Restored(int(row[0])) if row and row[0] is not None else None
