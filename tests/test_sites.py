"""Two hospitals with the same addresses stand side by side, and are never taken for one."""

from datetime import timedelta

import msgspec
import pytest

from scanner import sites
from scanner.knowledge.base import open_base
from scanner.model.net import tcp
from scanner.pipeline import assess, rehearsal
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


def test_the_latest_scope_of_a_site_counts():
    later = run("north", 99, NOW + timedelta(hours=1))
    laid = sites.picture(LOG, [RUNS[0], later, RUNS[2]])

    assert {99.0} == {one.criticality for one in laid.scope.networks if one.zone == "north/ward"}
