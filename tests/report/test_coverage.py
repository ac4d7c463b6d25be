"""What was looked at and what was not, read from scope, log and devices."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from scanner.model.assessment import Exchange
from scanner.model.kinds import Reach
from scanner.model.knowledge import Confidence, ExposureFact
from scanner.model.observation import Observation
from scanner.model.run import Run
from scanner.model.verdict import ZoneReach
from scanner.report import coverage
from scanner.scope.parse import parse

NOW = datetime(2026, 12, 3, 9, 30, tzinfo=UTC)
HEAD = """
[engagement]
name = "a"
owner = "b"
authorized_by = "c"
contact = "d"
reference = "e"
valid_from = 2026-12-01
valid_until = 2026-12-31
sector = "hospital"
"""
NETWORK = """
[[network]]
cidr = "{}"
zone = "{}"
profile = "{}"
"""
ALWAYS = "services over UDP were not asked; devices that were switched off were not seen"


class Known:
    """A knowledge base of so many exposures, the first few unverified."""

    def __init__(self, unverified=0, verified=0):
        grades = [Confidence.UNVERIFIED] * unverified + [Confidence.HIGH] * verified
        self.rows = [exposure(grade) for grade in grades]

    def exposures(self):
        return self.rows


def exposure(confidence):
    return ExposureFact(
        id="x", name="x", gate="x", tier=1, cves=(), ports=(), fixed=None, in_kev=False, malware=(),
        default_present=0.5, default_success=0.5, never_do="", pitfalls="", remedy="r", source="s",
        confidence=confidence,
    )  # fmt: skip


def scope(*networks):
    return parse(HEAD + "".join(NETWORK.format(*network) for network in networks), "scope.toml")


def saw(field, value, zone=None, vantage=None):
    return Observation(source="t", first=NOW, last=NOW, field=field, value=value, zone=zone, vantage=vantage)


def ran(command, *notes):
    return Run(
        id=command, engagement="a", started=NOW, ended=NOW, command=command, scope="", seed=1,
        parameters={}, versions={}, notes=notes,
    )  # fmt: skip


def link(known):
    return ZoneReach(source="a", target="b", gates=("*",), known=known, probability=0.5)


@pytest.fixture
def device(maker, sorts):
    """Make a device with legs in these zones that answered or not, with or without services."""

    def make(*zones, live=True, services=True):
        made = maker.judged((*sorts[1][:4], zones, *sorts[1][5:])).device
        legs = tuple(msgspec.structs.replace(leg, live=live) for leg in made.legs)
        return msgspec.structs.replace(made, legs=legs, services=made.services if services else ())

    return make


def said(**change):
    usual = {"scope": scope(("10.0.0.0/24", "office", "office")), "devices": (), "runs": (), "reach": ()}
    return coverage.limits(**{**usual, "knowledge": Known(), **change})


def test_every_zone_of_the_scope_is_named_with_its_networks_and_what_answered(device):
    networks = (
        ("10.0.0.0/24", "office", "office"), ("10.0.1.0/24", "office", "lab"), ("10.0.2.0/24", "wards", "clinical"),
    )  # fmt: skip
    devices = [device("office", "wards"), device("office", live=False)]
    log = [saw("port.state", "open", "office", "office"), saw("port.state", "open", "wards", "office")]

    office, wards = coverage.zones(scope(*networks), devices, log)

    assert ("office", ("10.0.0.0/24", "10.0.1.0/24"), "lab, office") == (
        office.name,
        office.cidrs,
        office.profile,
    )
    assert (2, 1, True, ()) == (
        office.devices,
        office.addresses_answered,
        office.scanned_from_inside,
        office.notes,
    )
    assert ("wards", 1, 1, False) == (
        wards.name,
        wards.devices,
        wards.addresses_answered,
        wards.scanned_from_inside,
    )
    assert ["not looked at from inside"] == [note.partition(":")[0] for note in wards.notes]


def test_a_zone_where_nothing_was_seen_says_both_that_and_that_nobody_stood_there():
    (zone,) = coverage.zones(scope(("10.0.0.0/24", "office", "office")), [], [saw("x", "y")])

    assert ["not looked at from inside", "nothing was found here"] == [
        note.partition(":")[0] for note in zone.notes
    ]


def test_what_answered_without_being_a_device_is_told_zone_by_zone():
    def flag(name, real, at=NOW):
        seen = saw(f"guard.{name}", {"why": "w", "real": real}, "office", "office")
        return msgspec.structs.replace(seen, first=at, last=at)

    log = [
        flag("tarpit", False),
        flag("tarpit", False),
        flag("nat", True),
        flag("odd", True),
        saw("guard.x", "text", "office"),
    ]
    old = flag("proxy_arp", False, NOW - timedelta(days=9))

    (zone,) = coverage.zones(scope(("10.0.0.0/24", "office", "office")), [], [*log, old], [ran("scan")])
    (whole,) = coverage.zones(scope(("10.0.0.0/24", "office", "office")), [], [old])

    assert [
        "1 address behind which several machines answer",
        "1 address odd",
    ] == list(zone.notes)[:2]
    assert zone.notes[2].startswith("2 addresses where every port opens and nothing speaks")
    assert zone.notes[2].endswith(": not counted as devices")
    assert any("proxy ARP" in note for note in whole.notes)


def test_exchanges_are_counted_by_probe_and_end():
    ends = [("ssh", "ok"), ("smb", "reset"), ("ssh", "ok"), ("smb", "ok")]
    log = [saw("probe.outcome", {"probe": probe, "outcome": end}) for probe, end in ends]
    log += [saw("ssh.banner", "SSH-2.0-x"), saw("probe.outcome", "text that is no outcome")]

    assert (
        Exchange(probe="smb", outcome="ok", count=1),
        Exchange(probe="smb", outcome="reset", count=1),
        Exchange(probe="ssh", outcome="ok", count=2),
    ) == coverage.exchanges(log)


def test_limits_always_say_what_no_run_can_see():
    assert ("IPv6 was not looked at", ALWAYS) == said()


def test_what_the_scan_could_not_do_is_said_though_an_import_came_after():
    runs = [
        ran("scan", "an older scan's trouble"),
        ran("scan", "no raw sockets"),
        ran("import", "line 7: no", "no raw sockets"),
    ]

    assert ("no raw sockets", "line 7: no") == said(runs=runs)[:2]


@pytest.mark.parametrize(
    ("shape", "want"),
    [
        ([{"services": False}], "1 device answered but offered no open port"),
        ([{"services": False}, {"services": False}, {}], "2 devices answered but offered no open port"),
        ([{"live": False}], "1 device known from records only stayed silent"),
        (
            [{"live": False, "services": False}, {"live": False}],
            "2 devices known from records only stayed silent",
        ),
    ],
)
def test_limits_count_the_mute_and_the_silent(device, shape, want):
    told = said(devices=[device("office", **one) for one in shape])

    assert (want, 3) == (told[0][: len(want)], len(told))


def test_devices_that_answered_in_full_are_no_limit(device):
    assert ("IPv6 was not looked at", ALWAYS) == said(devices=[device("office")])


def test_where_some_answered_over_udp_the_others_may_not_have_been_asked(device):
    one = device("office")
    talks = msgspec.structs.replace(one.services[0], port="udp/161")

    told = said(devices=[msgspec.structs.replace(one, services=(*one.services, talks))])

    assert ALWAYS.replace("not asked", "asked of some devices only") == told[-1]


def test_assumed_reach_is_a_limit_and_measured_or_declared_reach_is_not():
    links = [link(Reach.ASSUMED), link(Reach.MEASURED), link(Reach.DECLARED)]

    assert said(reach=links)[0].startswith("for 1 of 3 pairs of zones nobody has measured or declared")
    assert ("IPv6 was not looked at", ALWAYS) == said(reach=links[1:])


def test_ipv6_is_a_limit_only_where_the_scope_names_none():
    both = scope(("10.0.0.0/24", "office", "office"), ("fd00::/120", "office", "office"))

    assert (ALWAYS,) == said(scope=both)
    assert (ALWAYS,) == said(scope=scope(("fd00::/120", "office", "office")))


@pytest.mark.parametrize(("unverified", "verified"), [(2, 3), (1, 0)])
def test_exposures_that_nobody_has_checked_twice_are_counted(unverified, verified):
    told = said(knowledge=Known(unverified, verified))

    assert (
        f"{unverified} of the {unverified + verified} known exposures are not yet verified against a second source"
        == told[-1]
    )
    assert ALWAYS == said(knowledge=Known(0, verified))[-1]
