"""When a version came out: exactly, between its neighbours, or honestly not known."""

from datetime import date

import pytest

from scanner.model.knowledge import Bracket

NONE = Bracket(earliest=None, latest=None, exact=False)


def exact(day):
    return Bracket(earliest=day, latest=day, exact=True)


@pytest.mark.parametrize(
    ("product", "version", "want"),
    [
        ("openbsd:openssh", "7.4p1", exact(date(2016, 12, 19))),
        ("openbsd:openssh", "7.4", exact(date(2016, 12, 19))),
        (
            "apache:http_server",
            "2.2.28",
            Bracket(earliest=date(2014, 3, 26), latest=date(2014, 9, 3), exact=False),
        ),
        ("microsoft:exchange_server", "15.0.620.29", exact(date(2013, 4, 2))),
        ("acme:nothing", "1.0", NONE),
        ("openbsd:openssh", "", NONE),
        ("openbsd:openssh", "99.1", NONE),
    ],
)
def test_a_version_is_dated_exactly_or_between_its_neighbours(product, version, want, shipped):
    assert want == shipped.bracket(product, version)


def test_the_newest_of_a_branch_has_no_upper_neighbour(shipped):
    """2.2.34 was the last of 2.2; a later 2.2.99 lies after it, and 2.4 says nothing about when."""
    got = shipped.bracket("apache:http_server", "2.2.99")

    assert shipped.released("apache:http_server", "2.2.34").day == got.earliest
    assert (None, False) == (got.latest, got.exact)


def test_days_that_run_against_the_order_give_no_bracket(shipped):
    for product, version in (("isc:bind", "9.9.9-P99"), ("php:php", "5.3.30")):
        got = shipped.bracket(product, version)
        assert got.earliest is None or got.latest is None or got.earliest <= got.latest


def test_the_version_that_follows_is_of_the_same_branch(shipped):
    assert "7.5p1" == shipped.following("openbsd:openssh", "7.4p1").version
    assert "2.2.29" == shipped.following("apache:http_server", "2.2.28").version
    assert shipped.following("apache:http_server", "2.2.34") is None
    assert shipped.following("acme:nothing", "1.0") is None
    assert shipped.following("openbsd:openssh", "p") is None


def test_an_exchange_build_is_a_release_and_has_a_next_one(shipped):
    got = shipped.following("microsoft:exchange_server", "15.0.620.29")

    assert got.day > date(2013, 4, 2)
    assert got.version.startswith("15.0.")


def test_versions_are_compared_as_their_maker_counts(shipped):
    assert -1 == shipped.compare("openssl:openssl", "1.0.1e-fips", "1.0.1g")
    assert 1 == shipped.compare("deb:openssh", "1:7.4p1-10+deb9u7", "1:7.4p1-10+deb9u6")
    assert shipped.compare("cisco:ios", "12.2(55)SE", "12.4(15)T") is None
