"""The page that says what looking did to the network."""

from datetime import timedelta

import msgspec

from scanner.model.kinds import Kind, Profile
from scanner.model.net import Address
from scanner.model.run import Cared, Harm, Tripped
from scanner.report import jsonout
from scanner.report.sections.safety import MOST_CARED, MOST_HARM, safety, trips

from ..maker import NOW  # noqa: TID252 - the maker's clock


def tripped(last=7, level="segment", **more):
    return Tripped(
        address=Address(f"10.0.0.{last}"), kind=Kind.LAB_ANALYSER, level=level, network="10.0.0.0/24",
        profile=Profile.CLINICAL, why="it has not answered ARP for 12 s", at=NOW - timedelta(minutes=9), **more,
    )  # fmt: skip


def after(found, **more):
    return msgspec.structs.replace(found, runs=(msgspec.structs.replace(found.runs[0], **more),))


def test_a_trip_names_device_reason_reach_and_who_went_on(hospital):
    resumed = {"resumed": NOW, "resumed_by": "J. Doe", "reason": "rebooted, ward says fine"}
    page = safety(after(hospital, trips=(tripped(), tripped(8, **resumed))))

    first, second = page.trips
    assert ("10.0.0.7 (laboratory analyser, clinical)", "every device of 10.0.0.0/24") == (
        first.device,
        first.reach,
    )
    assert "It has not answered ARP for 12 s" == first.why
    assert "not yet: a named person must say so" == first.resumed
    assert second.resumed.endswith("by J. Doe: rebooted, ward says fine")
    assert page.summary.startswith("2 devices fared badly, no run ended early")


def cared(last, **more):
    one = {"kind": Kind.PRINTER, "profile": Profile.CLINICAL, "network": Profile.OFFICE, "before": False}
    return Cared(address=Address(f"10.0.0.{last}"), **{**one, **more})


def test_who_was_treated_with_more_care_is_named_with_reason_and_source_the_fragile_first(hospital):
    rows = {"rows": ("kilns",), "why": ("it stops the furnace",), "source": ("its maker",)}
    kiln = cared(9, kind=Kind.UNKNOWN, profile=Profile.OT, before=True, **rows)
    found = after(hospital, cared=(cared(5), kiln), head="ab")
    page = safety(found)

    assert [
        ("10.0.0.9 (device of unknown kind)", "as ot, in a network that is office", "It stops the furnace", "its maker", "known before the run"),
        ("10.0.0.5 (printer)", "as clinical, in a network that is office", "This kind of device needs that",
         "kinds that are left alone once they are known", "showed itself in the run"),
    ] == [(one.devices, one.care, one.why, one.source, one.since) for one in page.cared]  # fmt: skip
    assert "" == page.cared_more
    assert [("kilns",), ()] == [one.rows for one in jsonout.report(found).safety.cared]


def test_of_very_many_who_were_treated_with_care_the_first_are_listed(hospital):
    page = safety(after(hospital, cared=tuple(map(cared, range(MOST_CARED + 2))), head="ab"))

    assert (MOST_CARED, "2 devices more not listed") == (page.cared[0].devices.count("10."), page.cared_more)
    assert page.cared[0].devices.endswith("10.0.0.99 (printers)")
    assert () == safety(after(hospital, cared=(cared(5),), head=None)).cared


def test_each_reach_has_its_words(hospital):
    found = after(
        hospital, trips=tuple(tripped(at, level) for at, level in enumerate(("host", "kind", "scan", "x")))
    )

    assert ["it alone", "every laboratory analyser", "the whole scan", "x"] == [
        one.reach for one in safety(found).trips
    ]


def test_a_trip_that_two_runs_know_is_told_once_as_the_later_has_it(hospital):
    again = tripped(resumed=NOW, resumed_by="J. Doe", reason="fine")
    runs = [msgspec.structs.replace(hospital.runs[0], trips=(one,)) for one in (tripped(), again)]

    assert (again,) == trips(runs)


def test_a_run_that_ended_early_says_why_and_names_say_what_they_stood_for(hospital):
    names = {"vent-1": (Address("10.0.0.9"),), "vent-*": ()}
    page = safety(after(hospital, stopped="Ctrl-C", names=names))

    assert ["Ctrl-C"] == [one.why for one in page.stops]
    assert [
        ("vent-*", "none that was known: excluded by what is seen alone"),
        ("vent-1", "10.0.0.9"),
    ] == [(one.name, one.addresses) for one in page.names]
    assert "1 run ended early" in page.summary


def test_the_last_scan_that_was_audited_tells_what_each_address_bore(hospital):
    many = tuple(
        Harm(address=Address(f"10.0.{at // 250}.{at % 250}"), initiations=at, sent=10, refused=1)
        for at in range(1, MOST_HARM + 11)
    )
    borne = safety(after(hospital, harm=many, frames=1234, head="ab" * 32)).borne

    assert (MOST_HARM, f"{MOST_HARM + 10}", "1,234") == (
        len(borne.rows),
        borne.rows[0].initiations,
        borne.frames,
    )
    assert "10 addresses with fewer not listed" == borne.more
    assert ("595", "340", "34") == (borne.total.initiations, borne.total.sent, borne.total.refused)
    assert safety(hospital).borne is None


def test_the_machine_output_says_the_same(hospital):
    found = after(
        hospital, trips=(tripped(),), stopped="Ctrl-C", harm=(Harm(address=Address("10.0.0.7"), initiations=3),),
        frames=5, head="cd" * 32, names={"vent-1": (Address("10.0.0.9"),)},
    )  # fmt: skip
    told = jsonout.report(found).safety

    assert ("10.0.0.7", "segment", None) == (
        told.trips[0].address,
        told.trips[0].level,
        told.trips[0].resumed,
    )
    assert (("Ctrl-C",), 5, "cd" * 32) == (told.stopped, told.frames, told.head)
    assert (3, {"vent-1": ("10.0.0.9",)}) == (told.harm[0].initiations, told.names)
    assert () == jsonout.report(after(hospital, head=None)).safety.harm
