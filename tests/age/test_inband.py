"""Days that texts carry."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.age import inband

TODAY = date(2026, 11, 23)
BUILT = [
    ("Cisco IOS Software, C2960, Compiled Wed 18-Aug-10 07:59 by prod_rel_team", date(2010, 8, 18)),
    ("IOS (tm) C2900XL Compiled 13-Nov-99 by x", date(1999, 11, 13)),
    ("S4600 Device, Compiled Jun 06 16:24:54 2016 SoftWare", date(2016, 6, 6)),
    ("Linux nas 2.6.24 #1 SMP Tue Feb 5 12:00:00 UTC 2013 armv5tel", date(2013, 2, 5)),
    ("Linux cam 2.6.18 #7 Wed Mar 12 09:00:11 2008 armv5", date(2008, 3, 12)),
    ("BusyBox v1.22.1 (2014-05-26 10:42:11 CST) built-in shell", date(2014, 5, 26)),
    ("3Com SuperStack Built on May 17 2000", date(2000, 5, 17)),
    ("Product: X Built on Tue Jun 6 14:09:50 EDT 2017 Build file", date(2017, 6, 6)),
    ("JUNOS 11.4R5.5 Build date: 2012-08-25 04:48:47 UTC", date(2012, 8, 25)),
    ("kernel JUNOS 12.3R6.6 #0: 2014-03-13 06:58:47 UTC", date(2014, 3, 13)),
    ("FTP server (Version wu-2.6.2(1) Sat Jul 19 16:21:30 UTC 2008) ready.", date(2008, 7, 19)),
    ('version="ntpd 4.2.6p5@1.2349-o Fri Jul 22 17:30:51 UTC 2016 (1)"', date(2016, 7, 22)),
    ("Domain Time II Server 5.1.b.20100331R", date(2010, 3, 31)),
    ("firmware V5.2.0 build 140721", date(2014, 7, 21)),
    ("EAP225 build 190920 Rel. 1", date(2019, 9, 20)),
    ("Build20130528", date(2013, 5, 28)),
    ("APC Web/SNMP (MB:v3.8.6 PF:v3.5.5 AN1:x HR:05 MD: 07/12/2011)", date(2011, 7, 12)),
    ("Build Date: Wed Dec 27 01:23:37 2023.", date(2023, 12, 27)),
]
NOT_BUILT = [
    "BusyBox v1.22.1 (2014-13-26 10:42:11 CST)",
    "Compiled Wed 18-Aug-50 by future",
    "Compiled Wed 18-Aug-89 by the past",
    "Built on Feb 30 2011",
    "MD: 13/12/2011",
    "Build 74104",
    "build 7601",
    "Windows Version 5.2 (Build 3790: Service Pack 2)",
    "220 mx ESMTP ready at Mon, 23 Nov 2026 09:41:07 +0000",
    "HP J4900B ProCurve Switch 2626, revision H.10.35",
    "nothing of the kind",
    "",
]


@pytest.mark.parametrize(("text", "day"), BUILT)
def test_the_day_on_which_software_was_made_is_read_from_its_own_text(text, day):
    strong = [one for one in inband.carried(text, TODAY) if not one.weak]

    assert [(day, day)] == [(one.first, one.last) for one in strong]


@pytest.mark.parametrize("text", NOT_BUILT)
def test_numbers_that_are_no_day_are_passed_over(text):
    assert () == inband.carried(text, TODAY)


@pytest.mark.parametrize(
    ("text", "year", "weak"),
    [
        ("dropbear_2012.55", 2012, False),
        ("Copyright (c) 1986-2013 by Cisco Systems, Inc.", 2013, True),
        ("(C)2005 OKI DATA CORP", 2005, True),
        ("Copyright 2004, 2009 Someone", 2009, True),
    ],
)
def test_a_year_is_a_stretch_of_days_and_a_copyright_only_hints(text, year, weak):
    (got,) = inband.carried(text, TODAY)

    assert (date(year, 1, 1), date(year, 12, 31), weak) == (got.first, got.last, got.weak)


def test_several_days_come_earliest_first():
    text = "JUNOS Build date: 2012-08-25 04:48:47 UTC Copyright (c) 1996-2012 Juniper, BusyBox v1.1 (2010-01-02 x)"

    assert ["copyright", "built", "built"] == sorted(
        (one.what for one in inband.carried(text, TODAY)), reverse=True
    )
    assert date(2010, 1, 2) == inband.carried(text, TODAY)[0].first


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Fri, 21 Feb 2003 17:15:52 GMT", date(2003, 2, 21)),
        ("Fri, 21 Feb 2003 17:15:52 -0000", date(2003, 2, 21)),
        ("Sun, 22 Nov 2026 17:15:52 GMT", None),
        ("Sat, 01 Jan 2000 00:00:12 GMT", None),
        ("Thu, 01 Jan 1970 00:00:12 GMT", None),
        ("yesterday", None),
        ("Mon, 99 Feb 2003 17:15:52 GMT", None),
    ],
)
def test_a_page_has_a_day_unless_it_was_made_just_now_or_by_a_dead_clock(text, day):
    assert day == inband.last_modified(text, TODAY)


@pytest.mark.parametrize(
    ("tag", "server", "day"),
    [
        ('"5e9efe7d-264"', "nginx/1.14.0 (Ubuntu)", date(2020, 4, 21)),
        ('W/"5e9efe7d-264"', "nginx", date(2020, 4, 21)),
        ('"29cd-565b4e3f6a2c7"', "Apache/2.4.25 (Debian)", date(2018, 2, 21)),
        ('"3a-29cd-565b4e3f6a2c7"', "Apache", date(2018, 2, 21)),
        ('"5e9efe7d-264"', "lighttpd", None),
        ('"29cd"', "Apache", None),
        ('"x-264"', "nginx", None),
        ('"29cd-fffffffffffff"', "Apache", None),
        ('"29cd-ffffffffffffff"', "Apache", None),
    ],
)
def test_an_etag_hides_a_day_where_the_server_is_known_to_write_one(tag, server, day):
    assert day == inband.etag(tag, server, TODAY)


SPOKEN = st.text(max_size=200) | st.lists(
    st.sampled_from(
        ("Compiled ", "Built on ", "build ", "BusyBox v1.2 (", "#1 SMP ", "(1) ", "Feb ", "31", "-Feb-", "99", "2099 ", "0",
        "20100331", "-", "/", " ", "MD: ", "00/00/2000", "12:00:00 ", "UTC ", "1989", "Copyright ", "dropbear_2099.1")
    ),
    max_size=14,
).map("".join)  # fmt: skip


@given(text=SPOKEN, today=st.dates(date(1991, 1, 1), date(2040, 1, 1)))
def test_no_text_breaks_the_reading_or_gives_a_day_in_the_future_or_before_1990(text, today):
    for one in inband.carried(text, today):
        assert date(1990, 1, 1) <= one.first <= min(today, one.last)


PIECES = [
    "compiled",
    "Built on ",
    "build ",
    "Released ",
    "date: ",
    "MD: ",
    "#1 SMP ",
    "(1) ",
    "ntpd 4 ",
    "BusyBox v1 (",
]
PIECES += [
    "#0: ",
    "5.1.b.",
    "dropbear_",
    "Copyright ",
    "(C) ",
    "2012",
    "20100331",
    "1999-05-04",
    "07/12/2011",
    ".55",
    "-",
]
PIECES += ["Wed 18-Aug-10", " May 17 2000", "Tue Feb 5 12:00:00 UTC 2013", " ", "\n", "x"]


@given(st.lists(st.sampled_from(PIECES), max_size=6).map("".join))
def test_a_letter_beyond_ascii_behind_a_text_changes_nothing_of_what_is_found_in_it(text):
    assert inband.carried(f"{text} é", TODAY) == inband.carried(text, TODAY)


@given(
    text=st.text(max_size=80), server=st.sampled_from(["nginx", "Apache", ""]), number=st.integers(0, 2**60)
)
def test_no_header_breaks_the_reading_or_gives_a_fresh_day(text, server, number):
    for tag in (text, f'"{number:x}-1"', f'"1-{number:x}"'):
        for day in (inband.etag(tag, server, TODAY), inband.last_modified(tag, TODAY)):
            assert day is None or date(1995, 1, 1) < day <= TODAY - timedelta(days=7)


@given(day=st.dates(date(1995, 1, 3), date(2026, 11, 1)), second=st.integers(0, 86399))
def test_every_settled_day_survives_the_round_through_nginx(day, second):
    seconds = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) + second

    got = inband.etag(f'"{seconds:08x}-2a"', "nginx", TODAY)

    assert got == (day if day != date(2000, 1, 1) else None)
