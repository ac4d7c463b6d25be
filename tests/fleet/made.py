"""Makes the health of a fleet for tests: all is well with it but for what a test changes."""

from datetime import UTC, datetime, timedelta

import msgspec

from scanner.fleet.health import Blackout, Chunk, Health, Judged, Segment, Sensor
from scanner.fleet.lifting import Rested, Trip

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def ago(**by):
    return NOW - timedelta(**by)


SENSOR = Sensor(
    id="mary-1", site="st-mary", segments=("mary-wards",), beat=3.0, program="1.0", until=NOW + timedelta(days=60),
    revoked=False, waiting=0, late=0, refused=0,
)  # fmt: skip
SEGMENT = Segment(
    id="mary-wards", site="st-mary", cidr="10.20.0.0/24", zone="wards", rate=6.0, shares={"mary-1": 6.0}, later=0,
    waiting=0, doing=1, done=7, given_up=0, oldest=None, open=True,
)  # fmt: skip
WELL = Health(
    at=NOW, skew=0.2, schema=2, clock=1000.0, turned=ago(seconds=1), working=True, settled=True, rest=0.0,
    judged=Judged(ago(hours=3), 1200, 41.0), taken=ago(hours=4), oldest=None, unsigned=0, size=123_456_789,
    free=(80_000_000_000, 100_000_000_000), sites=("st-mary",), sensors=(SENSOR,), segments=(SEGMENT,), blackouts=(),
    given_up=(),
)  # fmt: skip


def health(**changes):
    return msgspec.structs.replace(WELL, **changes)


def sensor(**changes):
    return msgspec.structs.replace(SENSOR, **changes)


def segment(**changes):
    return msgspec.structs.replace(SEGMENT, **changes)


def trip(**changes):
    given = {
        "site": "st-mary", "sensor": "mary-1", "at": ago(minutes=5), "address": "10.20.0.7", "level": "segment",
        "cidr": "10.20.0.0/24", "kind": "infusion pump", "why": "it fell silent",
    }  # fmt: skip
    return Trip(**(given | changes))


BAD = '<img src=x onerror="pwned()">\x1b[2J\u202e</style><script>pwned()</script>'
ILL = health(
    working=False,
    rest=80_000.0,
    judged=Judged(ago(days=2), 3, 0.4, ago(hours=1), BAD),
    sites=("st-mary", BAD),
    sensors=(
        sensor(program=BAD, late=2, waiting=1234, refused=1, beat=90.0),
        sensor(id=BAD, site=BAD, until=None, segments=()),
        sensor(id="c", revoked=True),
        sensor(id="d", beat=None),
    ),
    segments=(segment(id=BAD, zone=BAD, shares={BAD: 2.5}, waiting=3, oldest=ago(days=3), given_up=1, open=False),),
    blackouts=(Blackout("", BAD, BAD, NOW), Blackout("st-mary", "J. Doe", "theatre", NOW)),
    given_up=(Chunk(BAD, BAD, "10.20.0.0/24"),),
    trips=(trip(), trip(address=BAD, kind=BAD, why=BAD, site=BAD, sensor=BAD)),
    resumed=(trip(resumed=NOW, by=BAD, reason=BAD),),
    rests=(Rested(at=NOW, left=3600.0, by=BAD, reason=BAD),),
)  # fmt: skip
"""Everything that can be wrong, with names that would act on a page or a terminal."""
