"""A sensor as a process of its own: it "sends" by adding a line to a file, and its clock is a file too.

python sensor_process.py CONNECTION OUTBOX SENT CLOCK NAME SENDS
"""

import asyncio
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from scanner.errors import StoreError
from scanner.fleet import sensor
from scanner.fleet.link import connect
from scanner.fleet.outbox import Outbox
from scanner.fleet.post import Post
from scanner.model.net import Address
from scanner.model.observation import Observation

WHERE, OUTBOX, SENT, CLOCK, NAME, SENDS = sys.argv[1:]
AT = datetime(2026, 11, 1, 8, tzinfo=UTC)


def now():
    return float(Path(CLOCK).read_text() or 0)


def sends(line):
    """One send, as seen from outside."""
    with Path(SENT).open("a") as file:
        file.write(line + "\n")


def told(what):
    """Whether the test has said this."""
    return Path(f"{SENT}.{what}").exists()


async def look(job, stop, keep):
    """Send and keep, one by one, until told to end; each send waits for leave, so that a test can stop us between two."""
    for number in range(int(SENDS)):
        while not told(f"leave-{number}") and not stop:  # noqa: ASYNC110 - the word comes from another process
            await asyncio.sleep(0.005)
        if stop:
            break
        sends(f"{NAME} {job.fence} {number}")
        one = Observation(
            source="probe:ssh", first=AT, last=AT, field="ssh.banner", value=f"v{number}",
            address=Address("10.20.0.7"),
        )  # fmt: skip
        keep(None, [one])


def main():
    outbox = Outbox(Path(OUTBOX))
    while not told("end"):
        try:
            with connect(WHERE) as link:
                while asyncio.run(sensor.work(Post(link, now), outbox, look, now)):
                    pass
        except StoreError as error:
            print(NAME, error, file=sys.stderr)
        time.sleep(0.02)


main()
