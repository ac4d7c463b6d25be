"""The verdict over edition hypotheses, on the shipped facts and on made-up ones."""

from datetime import UTC, date, datetime, timedelta

import pytest

from scanner.age import lifecycle
from scanner.model.kinds import Kind, Support
from scanner.model.knowledge import DataSource

from .test_support import FUTURE, PAST, UNVERIFIED, branch  # noqa: TID252 - made-up editions, shared with their rule

UN, OK, WHAT = Support.UNSUPPORTED, Support.SUPPORTED, Support.UNKNOWN

TRUTH = [
    # (attributes, verdict on 2026-11-23, start of the subject)
    ({"os_build": "5.0.2195"}, UN, "Windows 2000"),
    ({"os_build": "5.1.2600"}, UN, "Windows XP"),
    ({"os_build": "5.2.3790"}, UN, "Windows XP x64"),
    ({"os_build": "6.0.6002"}, UN, "Windows Vista SP2"),
    ({"os_build": "6.1.7600"}, UN, "Windows 7"),
    ({"os_build": "6.1.7601"}, UN, "Windows 7 SP1 or another edition"),
    ({"os_build": "6.2.9200"}, UN, "Windows 8"),
    ({"os_build": "6.3.9600"}, UN, "Windows 8.1"),
    ({"os_build": "10.0.10240"}, UN, "Windows 10 1507"),
    ({"os_build": "10.0.14393"}, WHAT, "Windows 10 1607 or Windows Server 2016"),
    ({"os_build": "10.0.17763"}, WHAT, "Windows 10 1809 or another edition"),
    ({"os_build": "10.0.18363"}, UN, "Windows 10 1909"),
    ({"os_build": "10.0.19044"}, WHAT, "Windows 10 21H2"),
    ({"os_build": "10.0.19045"}, WHAT, "Windows 10 22H2"),
    ({"os_build": "10.0.20348"}, OK, "Windows Server 2022"),
    ({"os_build": "10.0.22631"}, UN, "Windows 11 23H2"),
    ({"os_build": "10.0.26200"}, OK, "Windows 11 25H2"),
    ({"os_build": "6.1.0"}, WHAT, None),
    ({"os_product": "Windows XP Professional"}, UN, "Windows XP"),
    ({"os_product": "Windows Server 2008 R2 Standard"}, UN, "Windows Server 2008 R2"),
    ({"os_product": "Windows"}, WHAT, None),
    ({"os_product": "Ubuntu", "os_version": "12.04"}, UN, "Ubuntu 12.04 LTS"),
    ({"os_product": "Ubuntu", "os_version": "16.04"}, WHAT, "Ubuntu 16.04 LTS"),
    ({"os_product": "Ubuntu", "os_version": "17.10"}, UN, "Ubuntu 17.10"),
    ({"os_product": "Ubuntu", "os_version": "24.04"}, OK, "Ubuntu 24.04 LTS"),
    ({"os_product": "Ubuntu"}, WHAT, "Ubuntu"),
    ({"os_vendor": "Debian", "os_product": "Linux", "os_version": "7.0"}, UN, "Debian 7 (Wheezy)"),
    ({"os_product": "Debian GNU/Linux", "os_version": "wheezy"}, UN, "Debian 7 (Wheezy)"),
    ({"os_product": "Debian", "os_version": "13"}, OK, "Debian 13 (Trixie)"),
    ({"os_product": "CentOS", "os_version": "6.9"}, UN, "CentOS Linux 6"),
    ({"os_product": "CentOS"}, UN, "CentOS Linux"),
    ({"os_vendor": "Red Hat", "os_product": "Enterprise Linux", "os_version": "5"}, UN, "Red Hat Enterprise"),
    (
        {"os_vendor": "Red Hat", "os_product": "Enterprise Linux", "os_version": "7.9"},
        WHAT,
        "Red Hat Enterprise",
    ),
    ({"os_vendor": "Cisco", "os_product": "IOS", "os_version": "12.2(55)SE"}, UN, "Cisco IOS 12.2"),
    ({"os_vendor": "Cisco", "os_product": "IOS", "os_version": "15.2(4)E"}, WHAT, "Cisco IOS 15"),
    ({"os_vendor": "VMware", "os_product": "ESXi", "os_version": "6.5.0"}, UN, "VMware ESXi 6.5"),
    ({"os_vendor": "Apple", "os_product": "Mac OS X", "os_version": "10.11.6"}, UN, "macOS 10.11"),
    ({"os_vendor": "Sun", "os_product": "SunOS", "os_version": "5.8"}, UN, "Solaris 8"),
    ({"os_vendor": "MikroTik", "os_product": "RouterOS", "os_version": "6.49.10"}, OK, "RouterOS 6"),
    ({"os_vendor": "HP", "os_product": "iLO 2"}, WHAT, "HP iLO 2"),
    ({"os_cpe23": "cpe:2.3:o:microsoft:windows_xp:-:sp3:*:*:*:*:*:*"}, UN, "Windows XP"),
    ({"hw_vendor": "HP", "hw_product": "iLO 2"}, WHAT, "HP iLO 2"),
    ({"hw_vendor": "Axis", "hw_product": "P1344"}, WHAT, None),
    ({"os_product": "Linux", "os_version": "2.6.18"}, WHAT, None),
    ({}, WHAT, None),
]


@pytest.mark.parametrize(("attributes", "support", "subject"), TRUTH, ids=[str(row[0]) for row in TRUTH])
def test_a_device_gets_the_verdict_that_all_its_editions_share(
    attributes, support, subject, device, knowledge, now
):
    got = lifecycle.judge(device(attributes), knowledge, now)

    assert support == got.support
    assert (subject is None) == (got.subject is None)
    assert (got.subject or "").startswith(subject or "")
    assert (got.settle is not None) == (support is WHAT)


def test_every_reading_of_windows_7_is_told_with_its_end(device, knowledge, now):
    got = lifecycle.judge(device({"os_build": "6.1.7601"}), knowledge, now)

    ends = {(one.label, one.ends) for one in got.hypotheses}
    assert {
        ("Windows 7 SP1", date(2020, 1, 14)),
        ("Windows 7 SP1 with ESU", date(2023, 1, 10)),
        ("Windows Server 2008 R2 SP1 with ESU on Azure", date(2024, 1, 9)),
        ("Windows Embedded Standard 7 SP1 with ESU", date(2023, 10, 10)),
        ("Windows Embedded POSReady 7 with ESU", date(2024, 10, 14)),
    } <= ends
    assert all(one.ended for one in got.hypotheses)
    assert date(2026, 1, 13) == got.ends
    assert ("ev-w",) == got.evidence


@pytest.mark.parametrize(
    ("build", "last"),
    [("6.1.7601", date(2026, 1, 13)), ("6.3.9600", date(2026, 10, 13)), ("5.1.2600", date(2019, 4, 9))],
)
def test_the_verdict_flips_the_day_after_the_last_end(build, last, device, knowledge):
    noon = datetime(last.year, last.month, last.day, 12, tzinfo=UTC)
    seen = device({"os_build": build})

    assert WHAT == lifecycle.judge(seen, knowledge, noon).support
    assert UN == lifecycle.judge(seen, knowledge, noon + timedelta(days=1)).support


def test_a_text_that_names_the_edition_decides_between_client_and_server(device, claim, knowledge, now):
    name = claim("os.product", "Windows 11", field="smb.native_os", text="Windows 11 Pro 26100")
    edition = claim("os.edition", "Pro", field="smb.native_os", text="Windows 11 Pro 26100")
    seen = device({"os_build": "10.0.26100"}, facts=[name, edition])

    assert WHAT == lifecycle.judge(device({"os_build": "10.0.26100"}), knowledge, now).support
    assert UN == lifecycle.judge(seen, knowledge, now).support


def test_a_build_alone_never_decides_between_client_and_server(device, claim, knowledge, now):
    name = claim("os.product", "Windows 10", field="ntlm.version", text="10.0.17763")

    got = lifecycle.judge(device({"os_build": "10.0.17763"}, facts=[name]), knowledge, now)

    assert any("Server 2019" in one.label for one in got.hypotheses)


def test_a_persons_word_on_extended_updates_decides(device, claim, knowledge, now):
    word = claim("os.edition", "commercial ESU", field="person.os.edition", source="person:J. Doe")

    plain = lifecycle.judge(device({"os_build": "10.0.19045"}), knowledge, now)
    told = lifecycle.judge(device({"os_build": "10.0.19045"}, facts=[word]), knowledge, now)

    assert {"esu", "esu-consumer"} == {one.edition for one in told.hypotheses}
    assert len(plain.hypotheses) > len(told.hypotheses)
    assert word.evidence in told.evidence


def test_a_word_that_contradicts_the_build_narrows_nothing(device, claim, knowledge, now):
    name = claim("os.product", "Windows 7", field="smb.native_os")
    edition = claim("os.edition", "Ultimate", field="smb.native_os")
    seen = device({"os_build": "10.0.20348"}, facts=[name, edition])

    assert OK == lifecycle.judge(seen, knowledge, now).support


def test_a_domain_controller_is_a_server(device, knowledge, now):
    seen = device({"os_build": "10.0.17763"}, kind=Kind.DOMAIN_CONTROLLER)

    got = lifecycle.judge(seen, knowledge, now)

    assert all("Server" in one.label for one in got.hypotheses)


def test_two_builds_that_are_both_credible_are_both_readings(device, claim, knowledge, now):
    newer = claim("os.build", "10.0.20348", field="ntlm.version", confidence=0.9)
    weak = claim("os.build", "10.0.26200", field="ntlm.version", confidence=0.2)
    seen = device({"os_build": "6.1.7601"}, facts=[newer, weak])

    got = lifecycle.judge(seen, knowledge, now)

    assert WHAT == got.support
    assert any("2022" in one.label for one in got.hypotheses)
    assert not any("25H2" in one.label for one in got.hypotheses)


def test_a_credible_rival_system_keeps_a_device_from_being_called_unsupported(device, claim, knowledge, now):
    rival = [
        claim("os.product", "Ubuntu", field="http_header.server", text="x"),
        claim("os.version", "24.04", field="http_header.server", text="x"),
    ]
    seen = device({"os_product": "CentOS", "os_version": "6"}, facts=rival)

    assert WHAT == lifecycle.judge(seen, knowledge, now).support


def test_a_weak_rival_and_a_kernel_are_no_readings_of_their_own(device, claim, knowledge, now):
    facts = [
        claim("os.product", "Ubuntu", field="http_header.server", confidence=0.3),
        claim("os.product", "Linux", field="snmp.sys_description"),
        claim("os.family", "Linux", field="telnet.banner"),
        claim("os.product", "CentOS", field="ssh.banner"),
    ]
    seen = device({"os_product": "CentOS", "os_version": "6"}, facts=facts)

    got = lifecycle.judge(seen, knowledge, now)

    assert UN == got.support
    assert facts[3].evidence in got.evidence


def test_an_old_program_is_the_subject_only_where_the_system_is_not_known(device, service, knowledge, now):
    old = service("Apache httpd", "2.2.15")

    alone = lifecycle.judge(device(services=[old]), knowledge, now)
    beside = lifecycle.judge(
        device({"os_product": "Ubuntu", "os_version": "24.04"}, services=[old]), knowledge, now
    )

    assert UN == alone.support
    assert "Apache HTTP Server 2.2" in alone.subject
    assert "operating system is not known" in alone.subject
    assert OK == beside.support


def test_a_program_that_a_distribution_may_still_mend_decides_nothing(device, service, knowledge, now):
    got = lifecycle.judge(
        device(services=[service("PHP", "5.4.16"), service("nginx", "1.10.3")]), knowledge, now
    )

    assert WHAT == got.support
    assert got.subject is None


def test_of_several_dead_programs_the_longest_dead_is_told(device, service, knowledge, now):
    dead = [service("Apache httpd", "2.2.15"), service("SQL Server", "8.00.2039"), service("IIS", "6.0")]

    assert lifecycle.judge(device(services=dead), knowledge, now).subject.startswith("SQL Server 2000")


@pytest.mark.parametrize(("product", "version"), [("Boa", "0.94.13"), ("Samba", "3.6.25")])
def test_a_program_that_nobody_mends_any_more_speaks_for_unknown_firmware(
    product, version, device, service, knowledge, now
):
    got = lifecycle.judge(device(services=[service(product, version)], kind=Kind.NAS), knowledge, now)

    assert UN == got.support
    assert got.subject.startswith(f"{product} {version[:3]}")


@pytest.mark.parametrize("product", ["IOS", "Junos", "ASA"])
def test_a_product_whose_newer_branches_no_table_knows_is_not_judged_by_its_old_ones(
    product, device, knowledge, now
):
    assert (
        WHAT == lifecycle.judge(device({"os_product": product, "os_vendor": "Cisco"}), knowledge, now).support
    )


def test_an_unknown_system_with_a_name_asks_for_that_name(device, knowledge, now):
    named = lifecycle.judge(device({"os_product": "Frobnicator"}), knowledge, now)
    bare = lifecycle.judge(device(), knowledge, now)

    assert "Frobnicator" in named.settle
    assert "Ask its owner what system" in bare.settle
    assert (None, (), None) == (bare.ends, bare.hypotheses, bare.subject)


@pytest.mark.parametrize("field", ["tcp.syn", "dhcp.options"])
def test_a_guess_from_the_network_stack_alone_never_gives_a_verdict(field, device, claim, knowledge, now):
    guess = claim("os.product", "Windows XP", field=field, text="x")
    said = claim("os.product", "Windows XP", field="smb.native_os", text="Windows 5.1")

    alone = lifecycle.judge(device(facts=[guess]), knowledge, now)
    beside = lifecycle.judge(device(facts=[guess, said]), knowledge, now)

    assert (WHAT, UN) == (alone.support, beside.support)
    assert "only guessed from how it behaves" in alone.settle
    assert alone.subject.startswith("Windows XP")


class Shelf:
    """Knowledge of one made-up product."""

    def __init__(self, branches, tables=()):
        self._branches, self.tables = branches, tables

    def product(self, name, *_):
        return "acme:os" if name == "AcmeOS" else None

    def branches(self, *_):
        return self._branches

    def windows(self, *_):
        return ()

    def released(self, *_):
        return None

    def sources(self):
        return self.tables


@pytest.mark.parametrize(
    ("branches", "support", "asks"),
    [
        ([branch(ends=PAST)], UN, None),
        ([branch(ends=FUTURE)], OK, None),
        ([branch(opened=True)], OK, None),
        ([branch()], WHAT, "no table says so"),
        ([branch(ends=PAST), branch("esu", FUTURE)], WHAT, "AcmeOS 1 esu (until 2030-01-01)"),
        ([branch(ends=PAST), branch("open", opened=True)], WHAT, "AcmeOS 1 open (still mended)"),
        ([branch(ends=PAST), branch("esu")], WHAT, "no table says so"),
        ([branch(ends=PAST, confidence=UNVERIFIED)], WHAT, "unverified"),
        ([branch(ends=FUTURE, confidence=UNVERIFIED)], WHAT, "unverified"),
        ([branch(ends=PAST), branch("esu", PAST, confidence=UNVERIFIED)], UN, None),
        ([branch(ends=PAST), branch("esu", FUTURE, confidence=UNVERIFIED)], WHAT, "esu"),
        ([branch(str(n), FUTURE) for n in range(4)] + [branch(ends=PAST)], WHAT, ", or another one; any"),
        ([branch(str(n), FUTURE) for n in range(5)] + [branch(ends=PAST)], WHAT, "or one of 2 others"),
    ],
)
def test_the_rule_on_made_up_editions(branches, support, asks, device, now):
    got = lifecycle.judge(device({"os_product": "AcmeOS"}), Shelf(branches), now)

    assert support == got.support
    assert asks is None if got.settle is None else asks in got.settle
    if branches[-1].confidence is UNVERIFIED:
        assert any(one.source.endswith("(unverified)") for one in got.hypotheses)


def table(name, days, today):
    return DataSource(name=name, rows=1, dated=today - timedelta(days=days), source="x", licence="x")


@pytest.mark.parametrize(
    ("branches", "before", "after"),
    [
        ([branch(ends=PAST)], UN, UN),
        ([branch(ends=FUTURE)], OK, OK),
        ([branch(opened=True)], OK, WHAT),
        ([branch(ends=PAST), branch("open", opened=True)], WHAT, WHAT),
        ([branch(ends=FUTURE), branch("open", opened=True)], OK, WHAT),
    ],
)
def test_a_named_end_stands_in_an_old_table_but_that_none_was_named_does_not(
    branches, before, after, device, now
):
    seen, today = device({"os_product": "AcmeOS"}), now.date()

    young = lifecycle.judge(seen, Shelf(branches, [table("branches", 180, today)]), now)
    old = lifecycle.judge(seen, Shelf(branches, [table("branches", 181, today)]), now)

    assert [(before, "E4", ()), (after, "E3")] == [
        (young.support, young.grade, young.because), (old.support, old.grade),
    ]  # fmt: skip
    assert (
        "one grade lower: the table branches is 181 days old, and 180 are the most it may be",
    ) == old.because
    if any(one.open_ended for one in branches):
        assert "Renew our tables (stalehost kb update)" in old.settle


def test_only_the_tables_behind_a_verdict_lower_it(device, now):
    today = now.date()
    others = [table("windows_builds", 999, today), table("kev", 999, today)]

    got = lifecycle.judge(device({"os_product": "AcmeOS"}), Shelf([branch(opened=True)], others), now)

    assert (OK, "E4", ()) == (got.support, got.grade, got.because)


def test_a_windows_build_leans_on_the_table_of_builds_too(device, now, aged):
    seen = device({"os_build": "10.0.20348"})

    got = lifecycle.judge(seen, aged(200, only=("windows_builds",)), now)

    assert (OK, "E3", 1) == (got.support, got.grade, len(got.because))


@pytest.mark.parametrize(
    ("attributes", "grade"),
    [
        ({"os_build": "10.0.20348"}, "E4"),
        ({"os_build": "6.1.7601"}, "E3"),
        ({}, "E1"),
        ({"os_product": "AcmeOS of unknown make"}, "E1"),
    ],
)
def test_a_verdict_says_what_it_rests_on(attributes, grade, device, knowledge, now):
    assert grade == lifecycle.judge(device(attributes), knowledge, now).grade


def test_a_program_alone_makes_a_lesser_grade(device, service, knowledge, now):
    program = lifecycle.judge(device(services=[service("Apache httpd", "1.3.26")]), knowledge, now)

    assert (UN, "E2") == (program.support, program.grade)
