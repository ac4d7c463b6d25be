"""A sensor as a process of its own: it "sends" by adding a line to a file, and its clock is a file too.

python sensor_process.py CONNECTION OUTBOX SENT CLOCK NAME SENDS
"""

import asyncio
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from scanner.errors import StoreError
from scanner.fleet import sensor
from scanner.fleet.lease import passed
from scanner.fleet.link import connect
from scanner.fleet.outbox import Outbox
from scanner.fleet.post import Post
from scanner.model.net import Address
from scanner.model.observation import Observation

WHERE, OUTBOX, SENT, CLOCK, NAME, SENDS = sys.argv[1:]
AT = datetime(2026, 11, 1, 8, tzinfo=UTC)
LINKS = []
"""The connection of now."""
LIVE = "SENSOR_LIVE" in os.environ
"""Whether what is seen bears this machine's time, and this machine's name."""


def now():
    """Our monotonic clock: a file, or this machine's where the file says so."""
    text = Path(CLOCK).read_text()
    return passed() if text == "machine" else float(text or 0)


def sends(line):
    """One send, as seen from outside."""
    with Path(SENT).open("a") as file:
        file.write(line + "\n")


def told(what):
    """Whether the test has said this."""
    return Path(f"{SENT}.{what}").exists()


def say(what):
    """Tell the test."""
    Path(f"{SENT}.{what}").touch()


async def look(job, stop, keep):
    """Send and keep, one by one, until told to end; each send waits for leave, so that a test can stop us between two."""
    for number in range(int(SENDS)):
        while not told(f"leave-{number}") and not stop:
            await asyncio.sleep(0.005)
            if told("impatient"):
                LINKS[-1].silent_s = 1.0
                say("impatient.heard")
        if stop:
            break
        sends(f"{NAME} {job.fence} {number}")
        at = datetime.now(UTC) if LIVE else AT
        one = Observation(
            source="probe:ssh", first=at, last=at, field="ssh.banner", address=Address("10.20.0.7"),
            value=f"{NAME} {job.fence} {number}" if LIVE else f"v{number}",
        )  # fmt: skip
        keep(None, [one])


def main():
    outbox = Outbox(Path(OUTBOX))
    while not told("end"):
        try:
            with connect(WHERE) as link:
                LINKS[:] = [link]
                while asyncio.run(sensor.work(Post(link, now), outbox, look, now)):
                    pass
        except StoreError as error:
            print(NAME, error, file=sys.stderr)
        time.sleep(0.02)


main()
