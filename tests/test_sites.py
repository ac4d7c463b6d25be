"""Two hospitals with the same addresses stand side by side, and are never taken for one."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import sites
from scanner.age import answers
from scanner.knowledge.base import open_base
from scanner.model.kinds import Reach
from scanner.model.net import tcp
from scanner.model.observation import evidence_id
from scanner.pipeline import assess, rehearsal
from scanner.risk import canary, segments
from scanner.scope.parse import parse
from tests.bundle.conftest import NOW, OWNER, SCOPE, a_run, seen

CARD = "d4:1b:21:3c:4d:5e"


def run(site=None, weight=20, at=NOW, **more):
    scope = SCOPE.format(name=f"{site or 'head'} audit", owner=OWNER, weight=weight)
    return a_run(f"{site}/run-1" if site else "run-0", at, scope, site=site, **more)


def at(site, *those):
    """The observations as they stand in the log once the site's bundle was taken in."""
    zone = (lambda one: f"{site}/{one}") if site else str
    return [
        msgspec.structs.replace(
            one, site=site, zone=one.zone and zone(one.zone), vantage=one.vantage and zone(one.vantage)
        )
        for one in those
    ]


LOG = [
    *at("north", seen(mac=CARD), seen("port.state", "open", source="tcp:connect")),
    *at("south", seen(value="SSH-2.0-dropbear_2012.55", mac=CARD), seen(address="10.0.1.7", zone="office", vantage=None)),
    *at(None, seen(value="SSH-2.0-OpenSSH_7.4")),
]  # fmt: skip
RUNS = [run("north", 33), run("south", 44), run()]


@pytest.fixture(scope="module")
def found():
    return assess(LOG, RUNS, open_base(), NOW)


def test_one_address_at_three_sites_is_three_devices(found):
    same = {
        one.device.site: one.device
        for one in found.devices
        if "10.0.0.5" in {leg.address for leg in one.device.legs}
    }

    assert {None, "north", "south"} == set(same)
    assert 3 == len({one.id for one in same.values()})
    assert ("north/ward",) == same["north"].zones
    assert ("ward",) == same[None].zones
    banners = {
        site: {fact.seen.value for fact in one.facts if fact.seen.field == "ssh.banner"}
        for site, one in same.items()
    }
    assert {"SSH-2.0-OpenSSH_5.3"} == banners["north"]
    assert {"SSH-2.0-dropbear_2012.55"} == banners["south"]


def test_a_card_that_two_sites_show_is_named_on_both_and_not_joined(found):
    said = {
        one.device.site: " ".join(one.device.conflicts)
        for one in found.devices
        if CARD in {leg.mac for leg in one.device.legs}
    }

    assert {"north", "south"} == set(said)
    assert f"card {CARD} was also seen at south: moved from site to site" in said["north"]
    assert "was also seen at north" in said["south"]


def test_what_one_site_declares_holds_there_only(found):
    assert {"ward", "office", "north/ward", "north/office", "south/ward", "south/office"} == {
        one.name for one in found.zones
    }
    declared = {(one.source, one.target) for one in found.reach if one.known == "declared"}
    assert {("office", "ward"), ("north/office", "north/ward"), ("south/office", "south/ward")} == declared
    # the PACS of each weighs 80; beside it only what each site's own scope says of its ward
    assert 3 * 80 + 1 == found.network.total_weight


def test_what_a_site_could_not_test_is_said_with_its_name(found):
    assert "north: nothing was sent into office: the profile forbids it" in found.limits
    assert "nothing was sent into office: the profile forbids it" in found.limits


def test_the_picture_is_called_by_the_run_that_was_made_here(found):
    assert "head audit" == found.title
    assert RUNS[2] == found.runs[-1]
    assert 3 == len(found.runs)


def test_without_a_run_of_its_own_the_last_site_gives_the_frame():
    alone = assess([one for one in LOG if one.site], RUNS[:2], open_base(), NOW)

    assert "south audit" == alone.title
    assert {"north", "south"} == {one.device.site for one in alone.devices}


def test_the_order_of_rows_and_runs_never_matters(found):
    again = assess(list(reversed(LOG)), [RUNS[1], RUNS[0], RUNS[2]], open_base(), NOW)

    assert (found.devices, found.reach, found.zones, found.network) == (
        again.devices, again.reach, again.zones, again.network,
    )  # fmt: skip


def test_a_plan_is_rehearsed_on_all_sites(found):
    stage = rehearsal(found, LOG, open_base())

    assert len(found.devices) == len(stage.cast)


def test_knocks_of_one_site_tell_nothing_of_another():
    knock = seen(
        "port.state", "open", "10.0.0.5", zone="ward", vantage="office", source="tcp:knock", port=tcp(443)
    )
    laid = sites.picture([*LOG, *at("north", knock)], RUNS)

    assert all("south" not in one.source + one.target for one in sites.reach(laid))


def test_rows_of_a_site_without_a_run_are_left_out():
    laid = sites.picture(LOG, RUNS[1:])

    assert [None, "south"] == [part.site for part in laid.parts]


def test_answers_given_here_hold_everywhere_those_of_a_site_hold_there_with_or_without_a_run_of_here():
    def told(site, vendor):
        (said,) = at(
            site, seen("person.answer", answers.value(["zone=*ward*"], [f"hw.vendor={vendor}"], None, ""))
        )
        return msgspec.structs.replace(
            said, source="person:J. Doe", address=None, port=None, zone=None, vantage=None
        )

    def vendors(*said):
        laid = sites.picture([*LOG, *said], RUNS[:2])
        found = sites.aged(laid, open_base(), NOW)
        return {
            site: {one.attributes["hw.vendor"].value for one, _, _ in those if "hw.vendor" in one.attributes}
            for site, those in found.items()
        }

    before = vendors()
    assert before["south"] == vendors(told("north", "Kiln"))["south"]
    assert "Kiln" in vendors(told("north", "Kiln"))["north"]
    assert all("Kiln" in those for those in vendors(told(None, "Kiln")).values())


def test_the_latest_scope_of_a_site_counts():
    later = run("north", 99, NOW + timedelta(hours=1))
    laid = sites.picture(LOG, [RUNS[0], later, RUNS[2]])

    assert {99.0} == {one.criticality for one in laid.scope.networks if one.zone == "north/ward"}


PEER = """
[[peer]]
site = "{site}"
cidr = "{cidr}"
zone = "{zone}"
profile = "office"
there = "10.0.{part}.0/24"
"""
NORTH_SEES = PEER.format(site="south", cidr="100.64.1.0/24", zone="office", part=1)
"""Both hospitals have 10.0.0.0/16: the way between them gives each network of the other an address of its own."""
SOUTH_SEES = PEER.format(site="north", cidr="100.65.0.0/24", zone="ward", part=0)


def told(site, peers, name=None, **more):
    one = run(site, **more)
    scope = (
        one.scope.replace('sector = "hospital"', f'sector = "hospital"\nsite = "{name}"')
        if name
        else one.scope
    )
    return msgspec.structs.replace(one, scope=scope + peers)


def answered(server, client, port=104, **more):
    return seen(
        "flow.seen", {"from": client}, server, port=tcp(port), source="passive:ip", vantage=None, **more
    )


def knock(address, state, port, vantage, zone, **more):
    return seen(
        "port.state", state, address, port=tcp(port), vantage=vantage, zone=zone, source="tcp:connect", **more
    )


FAR = ("north/ward", "south/office")


def across(log, runs):
    return [
        (one.source, one.target, one.gates, one.probability, one.site)
        for one in sites.reach(sites.picture(log, runs))
        if one.last
    ]


def test_an_address_of_another_site_is_nobodys_unless_the_scope_says_whose_it_is():
    log = at("north", answered("100.64.1.9", "10.0.0.5", zone=None))
    runs = [told("north", NORTH_SEES), run("south")]

    assert () == sites.reach(sites.picture(log, [run("north"), run("south")]))
    (row,) = sites.reach(sites.picture(log, runs))
    assert (*FAR, ("tcp/104",), Reach.MEASURED, 1.0, "north", log[0].last) == (
        row.source, row.target, row.gates, row.known, row.probability, row.site, row.last,
    )  # fmt: skip
    assert (evidence_id(log[0]),) == row.evidence


def test_each_side_that_saw_it_gives_its_own_evidence():
    """At south the service has its own address, and whoever asked has the one that the way gave it."""
    log = [
        *at("north", answered("100.64.1.9", "10.0.0.5", zone=None)),
        *at("south", answered("10.0.1.9", "100.65.0.5", zone="office", at=NOW - timedelta(days=3))),
    ]
    runs = [told("north", NORTH_SEES), told("south", SOUTH_SEES)]

    rows = sites.reach(sites.picture(log, runs))

    assert [(*FAR, "north", log[0].last), (*FAR, "south", log[1].last)] == [
        (one.source, one.target, one.site, one.last) for one in rows
    ]
    assert [(evidence_id(one),) for one in log] == [one.evidence for one in rows]


def test_a_shut_door_counts_where_the_other_site_saw_it_open_to_its_own():
    shut = at("north", knock("100.64.1.9", "silent", 445, "ward", "south/office"))
    inside = at("south", knock("10.0.1.9", "open", 445, "office", "office"))
    elsewhere = at("south", knock("10.0.0.9", "open", 445, "ward", "ward"))
    runs = [told("north", NORTH_SEES), run("south")]

    assert [(*FAR, ("tcp/445",), 0.0, "north")] == across([*shut, *inside], runs)
    # the same numbers in another network of that site are another device
    assert [] == across([*shut, *elsewhere], runs)
    assert [] == across(shut, runs)


def test_what_one_side_heard_answering_is_not_shut_for_the_other():
    log = [
        *at("north", *(knock("100.64.1.9", "silent", port, "ward", "south/office") for port in (22, 445))),
        *at("south", *(knock("10.0.1.9", "open", port, "office", "office") for port in (22, 445))),
        *at("south", answered("10.0.1.9", "100.65.0.5", 445, zone="office")),
    ]
    runs = [told("north", NORTH_SEES), told("south", SOUTH_SEES)]

    assert [(*FAR, ("tcp/22",), 0.0, "north"), (*FAR, ("tcp/445",), 1.0, "south")] == across(log, runs)
    assert [(*FAR, ("tcp/445",), 1.0, "south")] == across([one for one in log if one.port != "tcp/22"], runs)


def test_where_we_are_the_site_that_another_names_its_zones_for_us_are_ours():
    log = [
        *at(None, answered("100.64.1.9", "10.0.0.5", zone=None)),
        *at("south", answered("10.0.1.9", "100.65.0.5")),
    ]
    runs = [told("south", SOUTH_SEES), told(None, NORTH_SEES, name="north")]

    assert [("ward", "south/office", ("tcp/104",), 1.0, one) for one in ("north", "south")] == across(
        log, runs
    )
    # without a name of our own nobody can mean us, and what we measured is told as from here
    unnamed = [runs[0], told(None, NORTH_SEES)]
    assert [("ward", "south/office", "here"), ("north/ward", "south/office", "south")] == [
        (source, target, site) for source, target, _, _, site in across(log, unnamed)
    ]


def test_no_device_is_made_of_what_was_seen_at_another_sites_address():
    log = at("north", knock("100.64.1.9", "open", 445, "ward", "south/office"), seen())
    legs = [
        {leg.address for one in assess(log, [made], open_base(), NOW).devices for leg in one.device.legs}
        for made in (told("north", NORTH_SEES), run("north"))
    ]

    assert [{"10.0.0.5"}, {"10.0.0.5", "100.64.1.9"}] == legs


def test_a_way_from_one_hospital_into_another_says_where_and_when_it_was_measured():
    """From the office of north through a computer of its ward into the archive of south, which has the same address."""
    weak = {"field": "smb.native_os", "value": "Windows 5.1", "port": tcp(445), "source": "probe:smb"}
    into = PEER.format(site="south", cidr="100.64.0.0/24", zone="ward", part=0)
    shown = at("north", answered("100.64.0.5", "10.0.1.7", 445, zone=None))
    log = [
        *at("north", seen(address="10.0.1.7", zone="office", **weak), *shown),
        *at("south", seen(**weak)),
        *shown,
    ]

    found = assess(log, [told("north", into), told("south", "")], open_base(), NOW)

    (start,) = [one for one in found.devices if one.device.site == "north"]
    (asset,) = [one for one in found.devices if one.device.site == "south"]
    (reached,) = [one for one in start.risk.reaches if one.asset == asset.device.id]
    hop = reached.paths[0].hops[-1]
    assert ("south/ward", "measured", "north", shown[0].last) == (hop.zone, hop.reach, hop.site, hop.last)
    assert start.risk.blast > 0
    assert 1.0 == next(
        one.probability for one in found.reach if (one.source, one.target) == ("north/office", "south/ward")
    )


def test_devices_of_another_site_are_knocked_on_by_their_addresses_here_and_only_where_both_scopes_let():
    wide = NORTH_SEES + PEER.format(site="south", cidr="100.64.0.0/24", zone="ward", part=0)
    scope = parse(told(None, wide).scope, "x")
    far = at(
        "south",
        knock("10.0.1.9", "open", 445, "office", "office"),
        knock("10.0.0.9", "open", 445, "ward", "ward"),
        knock("10.0.7.9", "open", 445, "office", "office"),
    )
    laid = sites.picture([*at(None, seen()), *far], [told(None, wide), run("south")])

    devices, beyond = sites.abroad(laid, scope, open_base(), NOW)

    assert {("100.64.1.9", "south/office"), ("100.64.0.9", "south/ward")} == {
        (leg.address, leg.zone) for one in devices for leg in one.legs
    }
    # the ward of south is clinical in its own scope: it has no service to knock on
    assert [("100.64.1.9", "tcp/445")] == [
        (one.address, one.port) for each in devices for one in each.services
    ]
    assert {("100.64.1.9", "tcp/445"), ("100.64.0.9", "tcp/445")} == beyond
    assert ((), set()) == sites.abroad(laid, parse(run().scope, "x"), open_base(), NOW)


def test_a_rule_into_another_site_is_held_refuted_or_says_what_would_try_it():
    rule = '[[segment]]\nfrom = "office"\nto = "south/office"\nallow = []\n'
    scope = parse(told(None, NORTH_SEES + rule).scope, "x")
    log = [*at(None, seen()), *at("south", knock("10.0.1.9", "open", 445, "office", "office"))]
    far, beyond = sites.abroad(
        sites.picture(log, [told(None, NORTH_SEES), run("south")]), scope, open_base(), NOW
    )
    known = canary.gates(open_base().exposures())

    def state(*more):
        told = segments.check(scope, at(None, *more), far, known, beyond)
        return next((one.state, one.knocks) for one in told.rules if one.target == "south/office")

    untested, knocks = state()
    assert ("untested", [("100.64.1.9", "tcp/445")]) == (
        untested,
        [(one.address, one.port) for one in knocks],
    )
    assert ("held", ()) == state(knock("100.64.1.9", "closed", 445, "office", "south/office"))
    assert "refuted" == state(knock("100.64.1.9", "open", 445, "office", "south/office"))[0]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["north", "south"]),
            st.sampled_from(["100.64.1.9", "10.0.1.9", "10.0.0.5", "100.65.0.5"]),
            st.sampled_from(["100.64.1.9", "10.0.1.9", "10.0.0.5", "100.65.0.5"]),
            st.sampled_from([22, 445]),
        ),
        max_size=12,
    ),
    st.randoms(),
)
def test_whatever_was_heard_no_row_is_made_without_a_peer_and_the_order_never_matters(flows, chance):
    log = [
        one
        for site, server, client, port in flows
        for one in at(site, answered(server, client, port, zone=None))
    ]
    runs = [told("north", NORTH_SEES), told("south", SOUTH_SEES)]
    mixed = list(log)
    chance.shuffle(mixed)

    rows = sites.reach(sites.picture(log, runs))

    assert rows == sites.reach(sites.picture(mixed, runs))
    assert all((one.last is None) == (one.source.split("/")[0] == one.target.split("/")[0]) for one in rows)
    assert all(one.evidence and one.site in {"north", "south"} for one in rows if one.last)
    assert not [one for one in sites.reach(sites.picture(log, [run("north"), run("south")])) if one.last]
