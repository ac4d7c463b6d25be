"""One official feed a file, in its real format; ALL lists them in the order in which an update reads them.

EPSS comes after everything that names CVEs, because only scores of CVEs that we hold are kept.
"""

from typing import Final

from scanner.errors import DataError
from scanner.knowledge.updater.feed import Feed
from scanner.knowledge.updater.feeds import (
    csaf,
    debian,
    endoflife,
    epss,
    kev,
    nvd,
    oui,
    pen,
    releases,
    ubuntu,
)

ALL: Final[tuple[Feed, ...]] = (
    kev.FEED,
    nvd.FEED,
    endoflife.FEED,
    releases.FEED,
    csaf.FEED,
    debian.FEED,
    ubuntu.FEED,
    oui.FEED,
    pen.FEED,
    epss.FEED,
)
SHORT: Final = {"eol": "endoflife", "oui": "ieee", "pen": "iana"}
"""What people call some of them."""
BY_NAME: Final = {feed.name: feed for feed in ALL}


def chosen(names: str | None) -> tuple[Feed, ...]:
    """The feeds of a list such as `kev,epss`, in reading order; all where nothing is named. DataError for an unknown one."""
    wanted = [name.strip() for name in names.split(",") if name.strip()] if names else list(BY_NAME)
    wanted = [SHORT.get(name, name) for name in wanted]
    for name in wanted:
        if name not in BY_NAME:
            raise DataError(f"no source {name!r}; there are: {', '.join(BY_NAME)}")
    return tuple(feed for feed in ALL if feed.name in wanted)
