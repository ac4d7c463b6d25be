"""A sensor's shared rights as a process of its own: it does what each line of stdin says, and answers with a line of JSON.

python shared_process.py CONNECTION LEDGER SEGMENT PROFILE
"""

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from scanner.discover.budget import Budget
from scanner.fleet import granting
from scanner.fleet.granting import Rights, rights
from scanner.fleet.lease import passed
from scanner.fleet.link import connect
from scanner.model.kinds import Kind, Profile
from scanner.model.net import Address
from scanner.wire.breaker import Breaker, Level, Trip
from scanner.wire.ledger import Ledger
from scanner.wire.stop import Stop

WHERE, LEDGER, SEGMENT, PROFILE = sys.argv[1:]
CIDR = "10.20.0.0/24"
# how long a device stays with whoever had it is nothing that these tests are about
granting.EVERY_S = granting.LINGER_S = 0.1


def now():
    return datetime.now(UTC)


async def ask(grant, breaker, address):
    """One connection, as the dialer begins it: None when it may be begun, else why not."""
    why = await grant.enter(Address(address), None, 12)
    if why is None:
        why = breaker.why_not(Address(address), CIDR, Kind.UNKNOWN)
        grant.leave(Address(address), begun=why is None)
    return why


async def sick(grant, breaker, address):
    """A device that was being asked fares badly; how far that reaches."""
    await grant.enter(Address(address), None, 12)
    found = Trip(
        level=Level.HOST, address=Address(address), cidr=CIDR, kind=Kind.UNKNOWN, profile=Profile(PROFILE),
        why="it fell silent", at=now(),
    )  # fmt: skip
    trip = breaker.sick(found, 100)
    grant.leave(Address(address), begun=True)
    return trip.level.value


async def does(words, grant, breaker, ledger, stop):
    match words:
        case ["ask", address]:
            return await ask(grant, breaker, address)
        case ["sick", address]:
            return await sick(grant, breaker, address)
        case ["resume", by]:
            return len(breaker.resume(by, "it was a loose plug", now()))
        case ["stopped"]:
            return stop.reason
        case ["sweep", count, most, *targets]:
            budget = Budget(books=ledger, most=int(most), clock=now, grant=grant)
            return await budget.bear(targets, int(count))
    raise AssertionError(words)


async def main():
    stop = Stop()
    made = Rights(lambda: connect(WHERE), SEGMENT, 100.0, stop=stop, clock=passed)
    with Breaker(Path(LEDGER)) as breaker, Ledger(Path(LEDGER)) as ledger:
        async with rights(made) as grant:
            await grant.join(breaker)
            print(json.dumps("ready"), flush=True)
            while words := (await asyncio.to_thread(sys.stdin.readline)).split():
                print(json.dumps(await does(words, grant, breaker, ledger, stop)), flush=True)


asyncio.run(main())
