"""Assessments to print: a hospital of 45 devices, crowds of any size, and one whose devices are hostile."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from scanner.model.assessment import Assessment, Exchange, Judged, Network
from scanner.model.device import Attribute, Location
from scanner.model.verdict import Interval, Signal

# Tests are imported one by one (import-mode=importlib), so the module beside this one is loaded by its path.
_SPEC = importlib.util.spec_from_file_location("report_maker", Path(__file__).with_name("maker.py"))
made = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(made)


@pytest.fixture
def maker():
    """Make devices and assessments one by one."""
    return made.Maker()


@pytest.fixture
def sorts() -> tuple[tuple, ...]:
    """The sorts of device that the hospital is made of, in order."""
    return made.HOSPITAL


@pytest.fixture
def attacks() -> tuple[str, ...]:
    """Texts that try to act when they are printed."""
    return HOSTILE


@pytest.fixture
def hospital(maker) -> Assessment:
    """45 devices in six zones; the basement laptop leads."""
    return maker.assessment([maker.judged(sort) for sort in made.HOSPITAL for _ in range(sort[6])])


@pytest.fixture
def empty(maker) -> Assessment:
    """A run that saw nothing and knows nothing."""
    return maker.assessment(
        [],
        zones=(),
        reach=(),
        runs=(),
        exchanges=(),
        sources=(),
        limits=(),
        evidence={},
        network=Network(
            expected_loss=0.0,
            interval=Interval(lo=0.0, hi=0.0),
            total_weight=0.0,
            critical_reached=0.0,
            critical_assets=0,
            after_top_fixes=0.0,
        ),
    )


@pytest.fixture
def crowd(maker) -> Callable[[int], Assessment]:
    """An assessment of that many devices."""
    return lambda size: maker.assessment(
        [maker.judged(made.HOSPITAL[at % len(made.HOSPITAL)]) for at in range(size)]
    )


HOSTILE = (
    "<script>window.pwned=1</script>",
    "</script><script>alert(1)</script>",
    '"><img src=x onerror="window.pwned=1">',
    "' onmouseover='window.pwned=1",
    "{{ 7*7 }}{% for x in y %}{{ config }}",
    "</style><style>*{display:none}",
    "</title></textarea><svg onload=window.pwned=1>",
    "evil\u202egnp.exe\u202c\u2066x\u2069",
    "\x1b[31mred\x00\x07\r\n\tend",
    "N" * 2048,
    "🩻 röntgen 画像 😀",
    '=HYPERLINK("evil","x")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "javascript:window.pwned=1",
    "<!--",
    "]]>",
    "\udcff\udc80 lone halves",
    "--\u2028line\u2029end\ufeff",
)


@pytest.fixture
def hostile(maker) -> Assessment:
    """Every text that a device, an import or a scope file can choose is an attack."""

    def poison(value: object, at: int = 0) -> object:
        one = HOSTILE[at % len(HOSTILE)]
        if isinstance(value, Judged):
            device = value.device
            return msgspec.structs.replace(
                value,
                device=msgspec.structs.replace(
                    device,
                    names=(one, *HOSTILE),
                    owner=one,
                    joined_by=(one,),
                    conflicts=(one,),
                    inventories=(one,),
                    location=Location(switch=one, port=one, description=one, access_point=one, seen=made.NOW),
                    attributes={one: Attribute(value=one, confidence=0.5, evidence=())},
                    services=tuple(
                        msgspec.structs.replace(service, product=one, version=one, protocol=one)
                        for service in device.services
                    ),
                ),
                age=msgspec.structs.replace(
                    value.age,
                    subject=one,
                    settle=one,
                    hypotheses=tuple(
                        msgspec.structs.replace(reading, label=one, edition=one, source=one)
                        for reading in value.age.hypotheses
                    ),
                    horizon=msgspec.structs.replace(value.age.horizon, because=(one,)),
                ),
                forgotten=msgspec.structs.replace(
                    value.forgotten, probability=0.9, signals=(Signal(name=one, points=1.0, evidence=()),)
                ),
                exposures=tuple(
                    msgspec.structs.replace(
                        hole, id=one, name=one, remedy=one, cves=(one,), gate=one, grade=one
                    )
                    for hole in value.exposures
                ),
                risk=msgspec.structs.replace(
                    value.risk,
                    grade=one,
                    by_adversary={one: 3},
                    why=tuple(msgspec.structs.replace(why, text=one, removes=one) for why in value.risk.why),
                ),
            )
        return value

    devices = [poison(maker.judged(made.HOSPITAL[at % 4]), at) for at in range(len(HOSTILE))]
    found = maker.assessment(devices)
    nasty = HOSTILE[1]
    evidence = {
        name: msgspec.structs.replace(
            seen, value=HOSTILE[at % len(HOSTILE)], source=nasty, field=nasty, vantage=nasty
        )
        for at, (name, seen) in enumerate(found.evidence.items())
    }
    return msgspec.structs.replace(
        found,
        title="".join(HOSTILE[:8]),
        owner="*/}</style>" + HOSTILE[0],
        authority=HOSTILE[2],
        limits=HOSTILE,
        evidence=evidence,
        versions={"program": HOSTILE[0], HOSTILE[2]: HOSTILE[3]},
        zones=tuple(
            msgspec.structs.replace(zone, notes=HOSTILE, cidrs=(HOSTILE[0],)) for zone in found.zones
        ),
        cohorts=tuple(
            msgspec.structs.replace(one, cause=HOSTILE[0], zone=HOSTILE[2], remedy=HOSTILE[5])
            for one in found.cohorts
        ),
        exchanges=(Exchange(probe=HOSTILE[0], outcome=HOSTILE[1], count=1),),
        sources=tuple(
            msgspec.structs.replace(one, name=HOSTILE[0], source=HOSTILE[2]) for one in found.sources
        ),
        runs=tuple(
            msgspec.structs.replace(one, id=HOSTILE[0], notes=HOSTILE, parameters={HOSTILE[0]: 1.0})
            for one in found.runs
        ),
        reach=tuple(msgspec.structs.replace(one, gates=(HOSTILE[0],)) for one in found.reach),
    )
