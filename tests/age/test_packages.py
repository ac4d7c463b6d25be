"""Rows of evidence from packages, versions and builds."""

from datetime import date

import pytest

from scanner.age import editions, packages
from scanner.age.scene import Scene
from scanner.model.knowledge import Bracket, Confidence, Released, Update


@pytest.fixture
def scene(knowledge, now):
    def of(seen, *raw, base=knowledge):
        return Scene(seen, base, editions.system(seen, knowledge), raw, now)

    return of


@pytest.fixture
def ssh(device, claim):
    """A device whose SSH banner shows a package."""

    def of(package, **attributes):
        facts = [
            claim("service.product", "OpenSSH", text=package),
            claim("service.package", package, text=package),
        ]
        return device(attributes, facts=facts)

    return of


@pytest.mark.parametrize(
    ("package", "version", "since", "until"),
    [
        ("6.0p1-4+deb7u4", "7", date(2016, 4, 15), date(2016, 7, 30)),
        ("1:6.0p1-4+deb7u4", "", date(2016, 4, 15), date(2016, 7, 30)),
        ("6.7p1-5", "8.0", date(2015, 3, 22), date(2016, 1, 14)),
        ("5.5p1-6+squeeze8", "6.0", date(2016, 1, 14), None),
    ],
)
def test_a_revision_lies_between_its_day_and_the_next_of_its_suite(
    package, version, since, until, ssh, scene
):
    seen = ssh(package, **({"os_vendor": "Debian", "os_version": version} if version else {}))

    got = list(packages.package_rows(scene(seen)))

    (row,) = got
    assert ("package", "SSH server", since, until, True, "E4") == (
        row.source, row.component, row.not_before, row.not_after, row.system, row.grade,
    )  # fmt: skip
    assert row.lag > 0


@pytest.mark.parametrize(
    ("package", "version", "since", "until"),
    [
        ("6.0p1-4+deb7u2", "7", date(2014, 4, 5), date(2016, 1, 14)),
        ("6.7p1-5+deb8u99", "8.0", date(2019, 3, 25), None),
        ("6.7p1-5+deb8u4", "8.0", date(2016, 7, 24), date(2018, 8, 21)),
    ],
)
def test_an_update_that_no_table_lists_lies_between_its_neighbours(
    package, version, since, until, ssh, scene
):
    (row,) = packages.package_rows(scene(ssh(package, os_vendor="Debian", os_version=version)))

    assert ("package", since, until, "E3") == (row.source, row.not_before, row.not_after, row.grade)
    assert f"openssh {package} came after" in row.text


@pytest.mark.parametrize("package", ["6.7p1-5+deb8u0", "6.7p1-5+deb88u1", "1.2p1-5+deb8u1"])
def test_an_update_before_all_that_are_listed_is_dated_by_its_base_or_not_at_all(package, ssh, scene):
    got = list(packages.package_rows(scene(ssh(package, os_vendor="Debian", os_version="8.0"))))

    assert [] == [row for row in got if row.source != "package-base"]


def test_a_revision_that_many_suites_started_from_has_no_upper_bound_while_the_suite_is_not_known(ssh, scene):
    (row,) = packages.package_rows(scene(ssh("6.7p1-5")))

    assert (date(2015, 3, 22), None) == (row.not_before, row.not_after)


@pytest.mark.parametrize("package", ["7.2p2-4ubuntu2.99", "6.7p1-5~bpo70+1", "7.2p2-4ubuntu2.8+esm3"])
def test_a_paid_or_unlisted_channel_is_dated_by_what_it_was_made_from_and_no_later(package, ssh, scene):
    (row,) = packages.package_rows(scene(ssh(package)))

    assert ("package-base", None, "E2", True) == (row.source, row.not_after, row.grade, row.system)
    assert "was made from" in row.text


def test_a_package_that_nobody_knows_is_no_evidence(ssh, scene, device, claim):
    assert [] == list(packages.package_rows(scene(ssh("99.9p9-1"))))
    for product in ("Frobd", "MySQL", "PHP"):
        other = device(
            facts=[claim("service.product", product, text="x"), claim("service.package", "1.0-1", text="x")]
        )
        assert [] == list(packages.package_rows(scene(other)))


@pytest.mark.parametrize(
    ("field", "said", "package"),
    [
        ("http_header.x_powered_by", "PHP/5.6.9-0+deb8u1", "php5"),
        ("http_header.x_powered_by", "PHP/7.0.33-0+deb9u12", "php7.0"),
        ("mysql.banners", "5.5.62-0+deb8u1", "mysql-5.5"),
        ("mysql.banners", "5.5.5-10.1.48-MariaDB-0+deb9u2", "mariadb-10.1"),
        ("http_header.x_powered_by", "PHP/5.6.9", None),
        ("http_header.server", "Apache/2.4.10 (Debian)", None),
    ],
)
def test_revisions_inside_banners_are_found(field, said, package, device, claim, scene):
    shown = claim("service.vendor", "x", field=field, text=said)

    got = list(packages.package_rows(scene(device({"os_vendor": "Debian"}, facts=[shown]))))

    assert ([package] if package else []) == [row.component for row in got]
    assert all(row.evidence == (shown.evidence,) and row.not_before.year > 2013 for row in got)


class Shelf:
    """Knowledge of a few made-up products."""

    def __init__(self, came=None, after=None, updates=(), successor="2"):
        self._came, self._after, self._updates, self._successor = came, after, updates, successor

    def product(self, name, *_):
        return {"Frobd": "frob:frobd", "Exchange": "microsoft:exchange_server", "ESXi": "vmware:esxi"}.get(
            name
        )

    def bracket(self, *_):
        return Bracket(earliest=self._came, latest=self._came, exact=self._after is not None)

    def following(self, *_):
        return self._after and Released(
            product="x",
            version=self._successor,
            day=self._after,
            source="made up",
            confidence=Confidence.HIGH,
        )

    def updates(self, _):
        return self._updates

    def branches(self, *_):
        return ()

    def package(self, *_):
        return None


CAME, AFTER = date(2015, 1, 1), date(2016, 1, 1)


def test_an_upstream_version_is_a_bound_below_and_hardly_one_above(device, service, scene):
    seen = device(services=[service("Frobd", "1"), service("Frobd", None), service("Exchange", "15.0.1")])

    (row,) = packages.upstream_rows(scene(seen, base=Shelf(CAME, AFTER)))

    assert ("upstream", "Frobd", CAME, AFTER, False, "E3") == (
        row.source, row.component, row.not_before, row.not_after, row.system, row.grade,
    )  # fmt: skip
    assert row.delta > 1000
    assert "for years" in row.text


def test_a_version_that_names_a_whole_line_is_a_bound_below_only(device, service, scene):
    seen = device(services=[service("Frobd", "1")])

    (row,) = packages.upstream_rows(scene(seen, base=Shelf(CAME, AFTER, successor="1.1")))

    assert (CAME, None) == (row.not_before, row.not_after)
    assert "successor" not in row.text


def test_a_version_between_its_neighbours_came_after_the_older_one(device, service, scene):
    (row,) = packages.upstream_rows(scene(device(services=[service("Frobd", "1")]), base=Shelf(CAME)))

    assert (CAME, None) == (row.not_before, row.not_after)
    assert "came out after 2015-01-01" in row.text
    assert [] == list(packages.upstream_rows(scene(device(services=[service("Frobd", "1")]), base=Shelf())))


def test_a_packaged_program_is_not_dated_by_its_upstream_version_too(ssh, scene):
    seen = ssh("6.0p1-4+deb7u4", os_vendor="Debian", os_version="7")

    assert [] == list(packages.upstream_rows(scene(seen)))


@pytest.mark.parametrize(
    ("came", "after", "grade"), [(CAME, AFTER, "E4"), (CAME, None, "E3"), (None, None, None)]
)
def test_an_exact_build_lies_between_its_day_and_the_next(came, after, grade, device, service, claim, scene):
    mail = device(services=[service("Exchange", "15.0.1497.2"), service("Frobd", "1")])
    host = device({"os_product": "ESXi", "os_version": "6.5.0"})

    rows = [*packages.exact_rows(scene(mail, base=Shelf(came, after)))]
    rows += packages.exact_rows(scene(host, base=Shelf(came, after)))

    assert ([("Exchange", False), ("system", True)] if came else []) == [
        (row.component, row.system) for row in rows
    ]
    assert all((came, after, grade) == (row.not_before, row.not_after, row.grade) for row in rows)


def test_updates_of_a_branch_that_is_over_stopped_at_its_end(device, service, scene):
    (row,) = packages.exact_rows(scene(device(services=[service("Exchange Server", "15.0.1497.48")])))

    assert (date(2023, 3, 31), None) == (row.not_before, row.not_after)
    assert ((date(2023, 4, 11), 1.0),) == row.stops


def test_a_version_that_an_enterprise_distribution_keeps_most_likely_stopped_with_it(device, service, scene):
    (kept,) = packages.upstream_rows(scene(device(services=[service("OpenSSH", "7.4")])))
    (moved,) = packages.upstream_rows(scene(device(services=[service("OpenSSH", "6.6.1")])))
    (other,) = packages.upstream_rows(scene(device(services=[service("OpenSSH", "7.3")])))

    assert date(2024, 6, 30) == max(kept.stops, key=lambda stop: stop[1])[0]
    assert pytest.approx(1.0) == sum(weight for _, weight in kept.stops)
    assert (None, date(2017, 8, 1)) == (kept.not_after, moved.not_after)
    assert len(other.stops) > 20
    assert date(2016, 12, 19) == other.not_after


def test_the_ends_of_a_known_system_are_not_guessed_from_its_programs(device, service, scene):
    seen = device({"os_build": "10.0.17763"}, services=[service("OpenSSH", "7.4")])

    (row,) = packages.upstream_rows(scene(seen))

    assert () == row.stops


def updates(*pairs):
    return [Update(build="10.0.14393", revision=revision, day=day, kb="") for revision, day in pairs]


TABLE = updates((2608, date(2018, 11, 13)), (2551, date(2018, 10, 9)), (2665, date(2018, 12, 11)))


@pytest.mark.parametrize(
    ("revision", "since", "until"),
    [
        (2608, date(2018, 11, 13), date(2018, 12, 11)),
        (2610, date(2018, 11, 13), date(2018, 12, 11)),
        (2665, date(2018, 12, 11), date(2019, 1, 8)),
        (2700, date(2018, 12, 11), None),
        (17, None, None),
    ],
)
def test_a_windows_update_revision_is_the_month_of_the_last_update(
    revision, since, until, device, claim, scene
):
    said = f"mx Microsoft ESMTP MAIL Service, Version: 10.0.14393.{revision} ready"
    mail = device(facts=[claim("os.family", "Windows", field="smtp.banner", text=said)])
    listed = device(facts=[claim("os.build", f"10.0.14393.{revision}", field="x", source="import:sccm")])

    for seen in (mail, listed):
        got = list(packages.update_rows(scene(seen, base=Shelf(updates=TABLE))))
        assert ([(since, until)] if since else []) == [(row.not_before, row.not_after) for row in got]
        assert all(row.system and row.grade == "E4" for row in got)


def test_the_newest_update_of_today_has_nothing_after_it(device, claim, scene):
    said = "mx Microsoft ESMTP MAIL Service, Version: 10.0.14393.9000 ready"
    mail = device(facts=[claim("os.family", "Windows", field="smtp.banner", text=said)])

    (row,) = packages.update_rows(scene(mail, base=Shelf(updates=updates((9000, date(2026, 11, 10))))))

    assert (date(2026, 11, 10), None) == (row.not_before, row.not_after)
    assert "not installed" not in row.text


def test_a_build_without_a_revision_or_another_banner_is_no_update(device, claim, scene):
    facts = [
        claim("os.build", "10.0.14393"),
        claim("os.family", "x", field="smtp.banner", text="mx ESMTP Postfix"),
    ]

    assert [] == list(packages.update_rows(scene(device(facts=facts), base=Shelf(updates=TABLE))))


def test_two_revisions_of_one_day_leave_that_day(device, service, scene):
    (row,) = packages.exact_rows(scene(device(services=[service("Exchange", "1")]), base=Shelf(CAME, CAME)))

    assert (CAME, date(2015, 1, 2)) == (row.not_before, row.not_after)
