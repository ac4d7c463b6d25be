"""A centre as a process of its own; its monotonic clock and its wall clock are files that say how much has passed.

python centre_process.py WHERE URL CLOCK WALL SAID CA_KEY CA_CERTIFICATE
"""

import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scanner.fleet import centre
from scanner.fleet.authority import Pair
from scanner.fleet.link import connect
from scanner.store.store import Store, open_store

WHERE, URL, CLOCK, WALL, SAID, KEY, CERTIFICATE = sys.argv[1:]


def clock():
    return float(Path(CLOCK).read_text())


def wall():
    return datetime.now(UTC) + timedelta(seconds=float(Path(WALL).read_text()))


def told(what):
    """One line for each turn: what it did, or why there was none."""
    with Path(SAID).open("a") as file:
        file.write(f"{what}\n")


def held(save):
    """Store.save that waits, where a test wants it, for a word before it writes."""

    def one(store, run, guard=None):
        place = Path(SAID).parent
        if (place / "hold").exists():
            (place / "held").touch()
            while not (place / "go").exists():
                time.sleep(0.005)
        return save(store, run, guard)

    return one


def main():
    Store.save = held(Store.save)
    by = Pair(Path(KEY).read_bytes(), Path(CERTIFICATE).read_bytes())
    with open_store(URL, "eng-1") as store:
        if Path(SAID).with_name("order").exists():
            with connect(WHERE) as link:
                centre.order(link, "scan-1", "st-mary")
        # turns come quickly; how much time they make of it is the clock's to say
        centre.serve(
            WHERE, store, by, now=wall, clock=clock, sleep=lambda _seconds: time.sleep(0.01), told=told
        )


main()
