"""The days between which the last update lies."""

from datetime import UTC, date, datetime

import pytest

from scanner.age import editions, horizon


@pytest.fixture
def bracket(knowledge, now):
    def of(seen):
        return horizon.bracket(seen, knowledge, editions.system(seen, knowledge), now)

    return of


def started(claim, when):
    return claim("host.boot", when, field="smb2.boot_time", text=when)


def test_nothing_datable_leaves_both_sides_open(device, bracket):
    got = bracket(device())

    assert (None, None, (), ()) == (got.not_before, got.not_after, got.because, got.evidence)
    assert horizon.median(got) is None


def test_a_start_long_ago_bounds_the_last_update_of_windows(device, claim, bracket):
    boot = started(claim, "2016-11-03T08:00:00Z")

    got = bracket(device({"os_build": "6.1.7601"}, facts=[boot]))

    assert (date(2011, 2, 22), date(2016, 11, 3)) == (got.not_before, got.not_after)
    assert date(2013, 12, 28) == horizon.median(got)
    assert boot.evidence in got.evidence
    assert "no update works before the next start" in got.because[-1]


def test_a_start_is_believed_by_family_too_and_without_a_time_zone(device, claim, bracket):
    got = bracket(device({"os_family": "Windows"}, facts=[started(claim, "2016-11-03T08:00:00")]))

    assert date(2016, 11, 3) == got.not_after


@pytest.mark.parametrize("when", ["1601-01-01T00:00:00Z", "2030-01-01T00:00:00Z", "garbage"])
def test_an_impossible_start_is_passed_over(when, device, claim, bracket):
    got = bracket(device({"os_build": "6.1.7601"}, facts=[started(claim, when)]))

    assert got.not_after is None


def test_a_samba_servers_start_is_not_believed(device, claim, bracket):
    got = bracket(
        device({"os_product": "Debian", "os_version": "7"}, facts=[started(claim, "2016-11-03T08:00:00Z")])
    )

    assert got.not_after is None


def test_a_program_newer_than_the_start_is_no_contradiction(device, claim, service, bracket):
    got = bracket(
        device(
            {"os_build": "6.1.7601"},
            facts=[started(claim, "2012-01-03T08:00:00Z")],
            services=[service("OpenSSH", "7.4p1")],
        )
    )

    assert (date(2011, 2, 22), date(2012, 1, 3)) == (got.not_before, got.not_after)


def test_a_system_newer_than_its_start_is_said_to_contradict_itself(device, claim, bracket):
    got = bracket(device({"os_build": "10.0.20348"}, facts=[started(claim, "2016-11-03T08:00:00Z")]))

    assert got.not_after is None
    assert got.because[-1].startswith("contradiction: it says that it last started on 2016-11-03")


def test_the_newest_program_bounds_a_system_without_dates(device, service, bracket):
    got = bracket(
        device(services=[service("OpenSSH", "6.6.1p1"), service("OpenSSH", "7.4p1"), service("OpenSSH", "")])
    )

    assert date(2016, 12, 19) == got.not_before
    assert "OpenSSH 7.4p1 came out no later than 2016-12-19" in got.because


@pytest.mark.parametrize(
    ("package", "told", "day"),
    [
        ("6.0p1-4+deb7u4", "openssh 6.0p1-4+deb7u4", date(2016, 4, 15)),
        ("7.2p2-4ubuntu2.8", "openssh 7.2p2-4 ", date(2016, 4, 15)),
        ("99.9p9-1", None, None),
        ("", None, None),
    ],
)
def test_a_package_suffix_dates_the_patch_level(package, told, day, device, claim, bracket):
    facts = [
        claim("service.product", "OpenSSH", text=package),
        claim("service.package", package, text=package),
    ]

    got = bracket(device(facts=facts))

    assert day == got.not_before
    assert told is None or any(told in one for one in got.because)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        (
            "Cisco IOS Software, Version 12.2(55)SE, Compiled Sat 07-Aug-10 22:45 by prod_rel_team",
            date(2010, 8, 7),
        ),
        ("IOS (tm) C2900XL Compiled 13-Nov-99 by x", date(1999, 11, 13)),
        ("Linux nas 2.6.24 #1 SMP Tue Feb 5 12:00:00 UTC 2013 armv5tel", date(2013, 2, 5)),
        ("Linux cam 2.6.18 #7 Wed Mar 12 09:00:11 2008 armv5", date(2008, 3, 12)),
        ("BusyBox v1.22.1 (2014-05-26 10:42:11 CST) built-in shell", date(2014, 5, 26)),
        ("3Com SuperStack Built on May 17 2000", date(2000, 5, 17)),
        ("BusyBox v1.22.1 (2014-13-26 10:42:11 CST)", None),
        ("Compiled Wed 18-Aug-50 by future", None),
        ("Compiled Wed 18-Aug-89 by the past", None),
        ("nothing of the kind", None),
    ],
)
def test_a_build_day_inside_a_text_is_harvested(text, day, device, claim, bracket):
    got = bracket(device(facts=[claim("os.vendor", "x", field="snmp.sys_description", text=text)]))

    assert day == got.not_before


def test_no_day_after_today_is_believed(device, claim, knowledge):
    text = "Compiled Sat 07-Aug-10 22:45 by prod_rel_team"
    seen = device(facts=[claim("os.vendor", "Cisco", field="snmp.sys_description", text=text)])

    assert horizon.bracket(seen, knowledge, (), datetime(2009, 1, 1, tzinfo=UTC)).not_before is None


def test_a_reading_without_a_release_day_gives_no_lower_bound(device, bracket):
    assert bracket(device({"os_product": "RouterOS", "os_version": "2"})).not_before is None
