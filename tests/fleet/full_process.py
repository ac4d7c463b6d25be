"""A sensor with the real scan over devices that are played, as a process of its own; its files may lie on a small disk.

python full_process.py CONNECTION SITE OUTBOX SENT HOLD

Each connection that leaves adds a line to SENT. As number HOLD is about to leave it waits for the file SENT.go, so that a
test can fill the disk in the middle.
"""

import asyncio
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from scanner.errors import StoreError
from scanner.fleet import sensor
from scanner.fleet.lease import passed
from scanner.fleet.link import connect
from scanner.fleet.outbox import Outbox
from scanner.fleet.post import Post
from scanner.fleet.scanning import looker
from scanner.lab.inprocess import InProcess, links
from scanner.lab.sector import load
from scanner.means import Played
from scanner.model.kinds import Profile
from scanner.scope.engagement import find
from scanner.scope.profile import LIMITS

WHERE, SITE, OUTBOX, SENT, HOLD = sys.argv[1:]
SECTOR = load("hospital", 7)
DEVICES = InProcess(SECTOR.devices, datetime.now(UTC))
COUNT = []
# how fast is judged elsewhere; here a minute of waiting would tell nothing
LIMITS[Profile.OFFICE] = msgspec.structs.replace(
    LIMITS[Profile.OFFICE], gap=0, rate_host=2000.0, rate_total=5000.0
)


def told(what):
    return Path(f"{SENT}.{what}").exists()


def say(what):
    """Tell the test."""
    Path(f"{SENT}.{what}").touch()


def sent(line):
    """One send, as seen from outside."""
    COUNT.append(line)
    with Path(SENT).open("a") as file:
        file.write(line + "\n")


def wrong(error):
    """What went wrong, as people read it."""
    print(error, file=sys.stderr, flush=True)


async def leaves(address, port):
    """One connection as the network sees it."""
    sent(f"{address} {port}")
    if len(COUNT) == int(HOLD):
        say("held")
        while not told("go"):  # noqa: ASYNC110 - the word comes from another process
            await asyncio.sleep(0.005)
    actor = DEVICES._at.get(address)
    if actor is None or actor.device.behaviour.firewalled:
        raise TimeoutError
    return await DEVICES.connect(address, port)


async def turn(post, box, look):
    async def heard(job, stop, keep):
        try:
            await look(job, stop, keep)
        except StoreError as error:
            wrong(error)
            stop.lose(str(error), unable=True)

    return await sensor.work(post, box, heard, passed)


def main():
    look = looker(
        lambda: find(Path(SITE)), clock=lambda: datetime.now(UTC), later=0.0,
        played=Played(transport=leaves, sweeper=DEVICES, links=links(SECTOR.plan)),
    )  # fmt: skip
    while not told("end"):
        try:
            with connect(WHERE) as link:
                asyncio.run(turn(Post(link, passed), Outbox(Path(OUTBOX)), look))
        except StoreError as error:
            wrong(error)
        time.sleep(0.05)


main()
