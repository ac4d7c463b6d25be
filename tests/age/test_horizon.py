"""The belief about the last update, and the pitfalls that must not fool it (docs/patch-horizon.md)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from scanner.age import editions, horizon
from scanner.model.kinds import Kind, Role
from scanner.model.observation import Observation

WANNACRY = date(2017, 3, 14)


@pytest.fixture
def bracket(knowledge, now):
    def of(seen, *raw):
        return horizon.dated(seen, knowledge, editions.system(seen, knowledge), now, raw)[0]

    return of


@pytest.fixture
def raw(now):
    def make(field, value, *, ago=0, source="probe:x", port=None):
        when = now - timedelta(days=ago)
        return Observation(
            source=source, first=when, last=when, field=field, value=value, address="10.0.0.1", port=port
        )

    return make


@pytest.fixture
def packaged(device, claim):
    """A Debian host whose SSH banner shows a revision."""

    def of(*revisions, **more):
        facts = [
            claim(f"service.{attr}", value, text=f"OpenSSH {one}")
            for one in revisions
            for attr, value in (("product", "OpenSSH"), ("package", one))
        ]
        return device({"os_vendor": "Debian", "os_product": "Linux", "os_version": "7"}, facts=facts, **more)

    return of


def started(claim, when):
    return claim("host.boot", when, field="smb2.boot_time", text=when)


def test_nothing_datable_leaves_both_sides_open_and_believes_nothing(device, bracket):
    got = bracket(device())

    assert (None, None, None, (), ()) == (
        got.not_before,
        got.not_after,
        got.median,
        got.because,
        got.evidence,
    )
    assert got.before(WANNACRY) is None


def test_a_package_suffix_gives_exact_bounds(packaged, bracket):
    got = bracket(packaged("6.0p1-4+deb7u4"))

    assert date(2016, 4, 15) <= got.not_before < got.median < got.not_after <= date(2016, 8, 30)
    assert ("E4", False, 0.9) == (got.grade, got.conflict, got.level)
    assert any("6.0p1-4+deb7u5 of 2016-07-30 is not installed" in one for one in got.because)


def test_a_row_from_a_table_over_its_age_limit_counts_one_grade_less(packaged, aged, now):
    seen = packaged("6.0p1-4+deb7u4")

    def judged(base):
        return horizon.dated(seen, base, editions.system(seen, base), now)[0]

    young, old, other = judged(aged(90)), judged(aged(91)), judged(aged(9999, only=("kev", "releases")))

    assert ("E4", "E3", "E4") == (young.grade, old.grade, other.grade)
    assert (
        "one grade lower: the table debian_revisions is 91 days old, and 90 are the most it may be"
        in old.because
    )
    assert young.because == other.because == tuple(one for one in old.because if "one grade lower" not in one)
    assert young.knots == old.knots


def test_a_day_in_the_text_itself_leans_on_no_table(device, claim, aged, now):
    text = "Compiled Sat 07-Aug-10 22:45 by prod_rel_team"
    seen = device(facts=[claim("os.vendor", "Cisco", field="snmp.sys_description", text=text)])

    got = horizon.dated(seen, aged(9999), (), now)[0]

    assert "E3" == got.grade
    assert not any("one grade lower" in one for one in got.because)


def test_a_start_long_ago_proves_that_a_later_update_is_not_active(device, claim, bracket):
    boot = started(claim, "2016-11-03T08:00:00Z")

    got = bracket(device({"os_build": "6.1.7601"}, facts=[boot]))

    assert date(2011, 2, 22) <= got.not_before <= got.median <= got.not_after <= date(2016, 11, 4)
    assert got.before(WANNACRY) > 0.95
    assert boot.evidence in got.evidence
    assert any("no update works before the next start" in one for one in got.because)


def test_a_samba_servers_start_is_not_believed(device, claim, bracket):
    got = bracket(
        device({"os_product": "Debian", "os_version": "7"}, facts=[started(claim, "2016-11-03T08:00:00Z")])
    )

    assert not any("started" in one for one in got.because)


def test_a_program_newer_than_the_start_is_no_contradiction(device, claim, service, bracket):
    got = bracket(
        device(
            {"os_build": "6.1.7601"},
            facts=[started(claim, "2012-01-03T08:00:00Z")],
            services=[service("OpenSSH", "7.4p1")],
        )
    )

    assert not got.conflict
    assert got.not_after <= date(2012, 1, 4)


def test_a_system_newer_than_its_start_is_said_to_contradict_itself_and_drops_a_grade(device, claim, bracket):
    got = bracket(device({"os_build": "10.0.20348"}, facts=[started(claim, "2016-11-03T08:00:00Z")]))

    assert got.conflict
    assert "E1" == got.grade
    (said,) = [one for one in got.because if one.startswith("contradiction: ")]
    assert "2016-11-03" in said
    assert "2021-08-18" in said


def test_without_a_system_the_program_that_was_updated_last_speaks_at_a_lower_grade(device, service, bracket):
    got = bracket(device(services=[service("OpenSSH", "6.6.1p1"), service("Apache httpd", "2.2.15")]))

    assert "E3" == got.grade
    assert any("OpenSSH 6.6.1p1 came out" in one for one in got.because)
    assert not any("Apache" in one for one in got.because)


def test_each_program_has_a_horizon_of_its_own(device, service, knowledge, now):
    seen = device(services=[service("OpenSSH", "6.6.1p1"), service("Apache httpd", "2.2.15")])

    parts = dict(horizon.dated(seen, knowledge, (), now)[1])

    assert {"SSH server", "Apache httpd"} == set(parts)
    assert parts["Apache httpd"].median < parts["SSH server"].median
    assert (horizon.UNKNOWN, ()) == horizon.dated(device(), knowledge, (), now)


def test_a_release_without_any_revision_is_labelled_as_bracketed_by_its_whole_life(device, bracket):
    got = bracket(device({"os_vendor": "Canonical", "os_product": "Ubuntu", "os_version": "16.04"}))

    assert "E2" == got.grade
    assert any("whole life of the release" in one for one in got.because)
    assert date(2016, 4, 21) <= got.not_before


def test_no_day_after_today_is_believed(device, claim, knowledge):
    text = "Compiled Sat 07-Aug-10 22:45 by prod_rel_team"
    seen = device(facts=[claim("os.vendor", "Cisco", field="snmp.sys_description", text=text)])

    assert horizon.UNKNOWN == horizon.dated(seen, knowledge, (), datetime(2009, 1, 1, tzinfo=UTC))[0]


# the pitfalls, one by one


def test_pitfall_backports_an_upstream_version_never_rules_out_later_fixes(device, service, bracket):
    got = bracket(device(services=[service("OpenSSH", "7.4p1")]))

    # 7.4 came in 2016; distributions mended it until 2024
    assert got.not_after is None or got.not_after > date(2022, 1, 1)
    assert got.before(date(2020, 1, 1)) < 0.9


def test_pitfall_an_edited_banner_is_flagged_beside_what_it_contradicts(packaged, bracket):
    got = bracket(packaged("6.0p1-4+deb7u4", "9.2p1-2+deb12u1"))

    assert got.conflict
    assert "E3" == got.grade


def test_pitfall_an_appliance_rebuilds_old_kernels_so_the_build_day_counts(device, raw, bracket):
    got = bracket(
        device(), raw("snmp.sys_description", "Linux box 2.6.18-92 #1 SMP Tue Sep 8 20:04:48 IDT 2020 x86_64")
    )

    assert date(2020, 9, 8) <= got.not_before


def test_pitfall_two_hosts_behind_one_address_disagree_and_are_not_averaged(packaged, bracket):
    got = bracket(packaged("5.5p1-6+squeeze5", "6.0p1-4+deb7u7"))

    assert got.conflict
    assert any("one of them is not this device's own" in one for one in got.because)


def test_pitfall_an_address_that_moves_between_devices_is_not_dated(packaged, bracket):
    assert horizon.UNKNOWN == bracket(packaged("6.0p1-4+deb7u4", role=Role.VIRTUAL))


def test_pitfall_clones_share_keys_and_certificates_which_date_no_update(device, raw, bracket):
    key = raw("ssh.host_key", {"algorithm": "ssh-rsa", "fingerprint": "SHA256:x"})
    cert = raw("tls.not_before", "2014-05-26T00:00:00Z")

    assert horizon.UNKNOWN == bracket(device(), key, cert)


def test_pitfall_a_skewed_clock_moves_the_start_to_where_it_was(device, raw, bracket):
    started_at, clock = (
        raw("smb2.boot_time", "2003-11-03T08:00:00Z"),
        raw("smb2.system_time", "2013-11-23T12:00:00Z"),
    )

    got = bracket(device({"os_build": "6.1.7601"}), started_at, clock)

    # ten years before its own clock, which is thirteen years slow
    assert got.not_after is not None
    assert date(2016, 1, 1) < got.not_after <= date(2016, 11, 4)
    assert any("its clock says 2013-11-23" in one for one in got.because)


def test_pitfall_a_reset_clock_dates_nothing(device, raw, bracket):
    page = raw("http.last_modified", "Sat, 01 Jan 2000 00:00:12 GMT")

    assert horizon.UNKNOWN == bracket(device(), page)


def test_pitfall_vendors_patch_in_silence_so_an_old_version_leaves_doubt(device, service, bracket):
    got = bracket(device(services=[service("OpenSSH", "4.3p2")], kind=Kind.ROUTER))

    assert got.before(date(2014, 12, 18)) < 0.95


def test_pitfall_paid_updates_are_invisible_and_stay_possible(device, bracket):
    got = bracket(device({"os_build": "6.1.7601"}, kind=Kind.WORKSTATION))

    assert 0.02 < 1 - got.before(date(2020, 2, 1))
    assert any("but under a contract that costs extra" in one for one in got.because)


def test_pitfall_a_hot_patched_system_is_doubted_more_after_a_long_run(device, claim, bracket):
    boot = started(claim, "2022-11-03T08:00:00Z")

    plain, hot = (bracket(device({"os_build": build}, facts=[boot])) for build in ("6.1.7601", "10.0.20348"))

    assert hot.before(date(2023, 1, 1)) < plain.before(date(2023, 1, 1))


def test_pitfall_a_service_that_was_not_restarted_leaves_room_above_its_revision(packaged, bracket):
    got = bracket(packaged("6.0p1-4+deb7u4"))

    assert 0.005 < 1 - got.before(date(2016, 9, 15)) < 0.2


@pytest.mark.parametrize(
    "banner", ["Cisco-1.25", "7.15 FlowSsh: Bitvise SSH Server", "WeOnlyDo 2.0.6", "ROSSSH"]
)
def test_pitfall_an_ssh_server_of_another_maker_has_no_date(banner, device, raw, bracket):
    offered = raw("ssh.kexinit", {"kex": ["curve25519-sha256@libssh.org"], "host_key": ["ssh-rsa"]})

    assert horizon.UNKNOWN == bracket(device(), raw("ssh.banner", banner), offered)


def test_pitfall_what_was_heard_long_ago_no_longer_speaks_for_today(device, raw, bracket):
    text = "IOS Software, Compiled Tue 22-Nov-16 10:00"

    fresh, old = (bracket(device(), raw("cdp.version", text, ago=days)) for days in (80, 900))

    assert fresh.before(date(2019, 1, 1)) > 0.95
    assert old.before(date(2019, 1, 1)) < 0.9
    assert old.not_after is None or old.not_after > fresh.not_after
