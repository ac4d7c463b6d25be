"""Rows of evidence from generations, starts, texts, pages, offers and registers."""

from datetime import date, timedelta

import pytest

from scanner.age import editions, signs
from scanner.age.estimate import Shape
from scanner.age.scene import Scene
from scanner.model.observation import Observation

WINDOWS_7 = {"os_build": "6.1.7601"}


@pytest.fixture
def raw(now):
    def make(field, value, *, port=None, source="probe:x", ago=0):
        when = now - timedelta(days=ago)
        return Observation(
            source=source, first=when, last=when, field=field, value=value, address="10.0.0.1", port=port
        )

    return make


@pytest.fixture
def rows(device, knowledge, now):
    """The rows that one function makes of a device's attributes and raw observations."""

    def of(function, attributes, *seen, facts=()):
        it = device(attributes, facts=facts)
        return list(function(Scene(it, knowledge, editions.system(it, knowledge), seen, now)))

    return of


def test_a_generation_cannot_be_older_than_its_oldest_edition(rows):
    (row,) = rows(signs.generation_rows, WINDOWS_7)

    assert ("generation", date(2011, 2, 22), None, True, "E2") == (
        row.source, row.not_before, row.not_after, row.system, row.grade,
    )  # fmt: skip


def test_a_fingerprint_of_habits_is_doubted_more_than_a_build(rows, claim):
    said = claim("os.product", "Windows XP", field="dhcp.options")

    (row,) = rows(signs.generation_rows, {}, facts=[said])

    assert ("fingerprint", 0.1) == (row.source, row.eps)


def test_a_system_whose_first_day_nobody_knows_gives_no_row(rows):
    assert [] == rows(signs.generation_rows, {"os_product": "RouterOS", "os_version": "2"})


def test_a_dialect_dates_windows_but_not_samba(rows, raw):
    said = raw("smb2.dialect", "3.0.2")

    assert [date(2013, 10, 17)] == [
        row.not_before for row in rows(signs.generation_rows, {"os_family": "Windows"}, said)
    ]
    assert [] == rows(signs.generation_rows, {"os_family": "Linux"}, said)
    assert [] == rows(signs.generation_rows, {"os_family": "Windows"}, raw("smb2.dialect", "9"))


@pytest.mark.parametrize(("build", "eps"), [("6.1.7601", 0.02), ("6.3.9600", 0.1), ("10.0.14393", 0.1)])
def test_a_start_bounds_from_above_and_a_windows_that_sleeps_is_doubted(build, eps, rows, raw):
    (row,) = rows(signs.start_rows, {"os_build": build}, raw("smb2.boot_time", "2016-11-03T08:00:00Z"))

    assert (None, date(2016, 11, 3), eps, Shape.START) == (row.not_before, row.not_after, row.eps, row.shape)


@pytest.mark.parametrize("when", ["1601-01-01T00:00:00Z", "2030-01-01T00:00:00Z", "garbage"])
def test_an_impossible_start_is_passed_over(when, rows, raw):
    assert [] == rows(signs.start_rows, WINDOWS_7, raw("smb2.boot_time", when))


def test_a_start_told_by_a_wrong_clock_is_put_right(rows, raw, now):
    started, clock = (
        raw("smb2.boot_time", "2001-01-02T00:00:00"),
        raw("smb2.system_time", "2001-01-12T12:00:00Z"),
    )

    (row,) = rows(signs.start_rows, WINDOWS_7, started, clock)

    assert (now - timedelta(days=10, hours=12)).date() == row.not_after


def test_a_clock_that_is_right_or_garbled_moves_no_start(rows, raw, now):
    started = raw("smb2.boot_time", "2016-11-03T08:00:00Z")
    for said in (now.isoformat(), "garbled"):
        (row,) = rows(signs.start_rows, WINDOWS_7, started, raw("smb2.system_time", said))
        assert date(2016, 11, 3) == row.not_after


@pytest.mark.parametrize(
    ("field", "value", "days"),
    [
        ("snmp.sys_uptime", str(100 * 86400 * 100), 100),
        ("snmp.engine_boots", {"engine_boots": 7, "engine_time": 200 * 86400}, 200),
        ("snmp.engine_boots", {"engine_boots": 7}, None),
        ("snmp.sys_uptime", "long", None),
        ("snmp.sys_uptime", "-5", None),
        ("snmp.sys_uptime", str(2**40), None),
    ],
)
def test_an_agent_says_how_long_it_runs(field, value, days, rows, raw, now):
    got = rows(signs.start_rows, {}, raw(field, value))

    assert ([(now - timedelta(days=days)).date()] if days else []) == [row.not_after for row in got]


def samples(rate, *, start=1000.0, ticks=8_640_000, at=(0, 40, 80), jitter=0):
    return {"samples": [f"{start + s} {int(ticks + s * rate + jitter * n)}" for n, s in enumerate(at)]}


@pytest.mark.parametrize(
    ("value", "days"),
    [
        (samples(100), 1),
        (samples(1000), 0),
        (samples(100, at=(0, 30)), None),
        (samples(100, at=(0,)), None),
        (samples(77), None),
        (samples(100, jitter=10**6), None),
        ({"samples": ["1000.0 8640000", "1040.0 9999999", "1080.0 8648000"]}, None),
        ({"samples": ["x y", "1 2"]}, None),
        ("x", None),
    ],
)
def test_tcp_timestamps_tell_the_start_only_where_samples_agree_on_a_usual_rate(value, days, rows, raw, now):
    got = rows(signs.start_rows, {}, raw("tcp.timestamps", value))

    assert ([(now - timedelta(days=days)).date()] if days is not None else []) == [
        row.not_after for row in got
    ]


@pytest.mark.parametrize(
    ("field", "text", "component", "grade", "since"),
    [
        ("snmp.sys_description", "Compiled Sat 07-Aug-10 22:45", "system", "E3", date(2010, 8, 7)),
        ("cdp.version", "Compiled Tue 22-Nov-16 10:00", "system", "E3", date(2016, 11, 22)),
        ("telnet.banner", "BusyBox v1.22.1 (2014-05-26 10:42:11 CST)", "system", "E3", date(2014, 5, 26)),
        (
            "ftp.banner",
            "wu-2.6.2(1) Sat Jul 19 16:21:30 UTC 2008) ready",
            "FTP server",
            "E3",
            date(2008, 7, 19),
        ),
        ("ssh.banner", "dropbear_2012.55", "SSH server", "E3", date(2012, 1, 1)),
        ("snmp.sys_description", "Copyright (c) 1986-2013 by X", "SNMP server", "E2", date(2013, 1, 1)),
    ],
)
def test_a_text_dates_the_device_or_the_program_that_says_it(field, text, component, grade, since, rows, raw):
    (row,) = rows(signs.text_rows, {}, raw(field, text))

    assert (component, grade, since, component == "system") == (
        row.component, row.grade, row.not_before, row.system,
    )  # fmt: skip
    assert row.not_after is None or row.not_after > since


def test_a_build_of_last_month_may_still_be_the_newest(rows, raw):
    (row,) = rows(signs.text_rows, {}, raw("cdp.version", "Compiled Tue 03-Nov-26 10:00"))

    assert row.not_after is None


@pytest.mark.parametrize(
    ("field", "source"),
    [("smb2.boot_time", "probe:x"), ("ssh.banner", "import:csv"), ("ssh.banner", "person:J. Doe")],
)
def test_times_and_lists_are_no_texts_of_its_making(field, source, rows, raw):
    assert [] == rows(signs.text_rows, {}, raw(field, "built on 2014-05-26", source=source))


def page(raw, day, port="tcp/80"):
    return raw("http.last_modified", f"{day:%a, %d %b %Y} 10:00:00 GMT", port=port)


def test_the_files_of_a_page_are_weak_alone_and_stronger_where_two_ports_agree(rows, raw):
    day = date(2012, 4, 12)

    (alone,) = rows(signs.page_rows, {}, page(raw, day))
    (agree,) = rows(signs.page_rows, {}, page(raw, day), page(raw, day + timedelta(days=9), "tcp/8080"))
    (apart,) = rows(signs.page_rows, {}, page(raw, day), page(raw, date(2020, 1, 2), "tcp/8080"))

    assert [0.25, 0.08, 0.25] == [alone.eps, agree.eps, apart.eps]
    assert date(2012, 4, 21) == agree.not_before
    assert not alone.system


def test_an_etag_dates_the_file_where_its_server_is_known(rows, raw):
    tag = raw("http.etag", '"5e9efe7d-264"', port="tcp/80")

    (row,) = rows(signs.page_rows, {}, tag, raw("http_header.server", "nginx/1.14.0", port="tcp/80"))

    assert date(2020, 4, 21) == row.not_before
    assert [] == rows(signs.page_rows, {}, tag)


def test_a_page_made_this_month_leaves_the_upper_side_open(rows, raw):
    (row,) = rows(signs.page_rows, {}, page(raw, date(2026, 11, 1)))

    assert row.not_after is None


def test_pages_behind_a_proxy_and_pages_made_on_the_fly_say_nothing(rows, raw):
    assert [] == rows(signs.page_rows, {}, page(raw, date(2012, 4, 12)), raw("http_header.via", "1.1 cache"))
    assert [] == rows(signs.page_rows, {}, page(raw, date(2026, 11, 22)))


OLD = {"kex": ["curve25519-sha256@libssh.org", "diffie-hellman-group1-sha1"], "host_key": ["ssh-rsa"]}
NEW = {"kex": ["sntrup761x25519-sha512@openssh.com", "kex-strict-s-v00@openssh.com"], "mac": []}


@pytest.mark.parametrize(
    ("banner", "value", "days"),
    [
        ("OpenSSH_6.6", OLD, [(date(2014, 1, 30), None), (None, date(2023, 12, 18))]),
        ("OpenSSH_9.9", NEW, [(date(2023, 12, 18), None)]),
        ("dropbear_2014.63", OLD, [(date(2013, 12, 3), None)]),
        ("Cisco-1.25", OLD, []),
        ("OpenSSH_9.9", {"kex": []}, []),
    ],
)
def test_what_ssh_offers_is_a_bound_below_and_what_it_lacks_a_soft_one_above(banner, value, days, rows, raw):
    got = rows(signs.offer_rows, {}, raw("ssh.banner", banner), raw("ssh.kexinit", value))

    assert days == [(row.not_before, row.not_after) for row in got]
    assert not any(row.system for row in got)


@pytest.mark.parametrize(
    ("value", "days"),
    [
        ({"accepted": ["TLSv1.2", "TLSv1.3"], "refused": []}, [(date(2018, 8, 10), None)]),
        (
            {"accepted": ["TLSv1.0", "TLSv1.2"], "refused": ["TLSv1.3"]},
            [(date(2008, 8, 1), None), (None, date(2018, 9, 11))],
        ),
        ({"accepted": ["SSLv3", "TLSv1.0"], "refused": ["TLSv1.3"]}, [(None, date(2012, 3, 14))]),
        ({"accepted": ["TLSv1.0"], "refused": []}, []),
        ({"groups": ["X25519MLKEM768"]}, [(date(2024, 8, 13), None)]),
        ({"accepted": []}, []),
    ],
)
def test_a_tls_ceiling_dates_the_program_softly(value, days, rows, raw):
    got = rows(signs.offer_rows, {}, raw("tls.versions", value))

    assert days == [(row.not_before, row.not_after) for row in got]


@pytest.mark.parametrize(
    ("said", "source", "day"),
    [
        ("2024-03-12", "import:sccm", date(2024, 3, 12)),
        ("2024-03-12T08:00:00+02:00", "person:J. Doe", date(2024, 3, 12)),
        ("2024-03-12", "probe:x", None),
        ("2044-03-12", "import:sccm", None),
        ("1904-03-12", "import:sccm", None),
        ("last week", "import:sccm", None),
    ],
)
def test_an_update_tool_or_a_person_may_know_the_day_itself(said, source, day, rows, raw):
    got = rows(signs.register_rows, {}, raw("patch.last", said, source=source))

    assert ([(day, day)] if day else []) == [(row.not_before, row.not_after) for row in got]


def test_a_clock_that_is_far_off_is_said(device, knowledge, raw, now):
    def clock(said):
        return signs.dead_clock(Scene(device(), knowledge, (), [raw("smb2.system_time", said)], now))

    assert "its clock says 2000-01-01 where it is 2026-11-23" == clock("2000-01-01T00:10:00Z")
    assert clock(now.isoformat()) is None
    assert clock("garbled") is None
    assert signs.dead_clock(Scene(device(), knowledge, (), [], now)) is None
