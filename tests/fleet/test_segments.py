"""The segments of a site, as its scope file says."""

from ipaddress import ip_network

import pytest

from scanner.errors import ScopeError
from scanner.fleet import segments
from scanner.fleet.chunk import narrow, parts
from scanner.scope.parse import parse

HEAD = """
[engagement]
name = "Audit"
owner = "St Example"
authorized_by = "J. Doe"
contact = "+1"
reference = "C-1"
valid_from = 2026-11-01
valid_until = 2026-12-01
sector = "hospital"
"""


def scope(*networks):
    """A scope with these networks: range, zone, profile."""
    rows = (
        f'[[network]]\ncidr = "{cidr}"\nzone = "{zone}"\nprofile = "{profile}"\n'
        for cidr, zone, profile in networks
    )
    return parse(HEAD + "\n".join(rows), "scope.toml")


def test_each_network_is_a_segment_with_the_rate_of_its_profile():
    found = segments.of(
        "north", scope(("10.1.0.0/24", "office", "office"), ("10.2.0.0/24", "ward", "clinical"))
    )

    assert [
        ("north-10.1.0.0/24", "10.1.0.0/24", "office", 1000.0),
        ("north-10.2.0.0/24", "10.2.0.0/24", "ward", 50.0),
    ] == [(one.id, one.cidr, one.zone, one.rate) for one in found]


def test_what_is_heard_where_nothing_may_be_sent_counts_too():
    (one,) = segments.of("north", scope(("10.1.0.0/24", "theatre", "passive")))
    assert segments.LEAST == one.rate


def test_a_network_within_another_is_cut_out_so_that_every_chunk_lies_in_one():
    held = scope(("10.1.0.0/22", "office", "office"), ("10.1.1.64/26", "ward", "clinical"))
    found = segments.of("north", held)

    wide = [one for one in found if one.zone == "office"]
    assert 1000.0 == pytest.approx(sum(one.rate for one in wide))
    assert 1024 == sum(ip_network(one.cidr).num_addresses for one in found)
    for one in found:
        for part in parts(ip_network(one.cidr)):
            (network,) = narrow(held, str(part)).looked
            assert one.zone == network.zone


def test_both_families_stand_side_by_side():
    found = segments.of(
        "north", scope(("10.1.0.0/24", "office", "office"), ("2001:db8::/64", "office", "office"))
    )
    assert ["north-10.1.0.0/24", "north-2001:db8::/64"] == [one.id for one in found]


def test_windows_are_said_as_the_scope_file_says_them():
    text = HEAD + (
        '[[network]]\ncidr = "10.1.0.0/24"\nzone = "ward"\nprofile = "clinical"\n'
        'windows = ["Sat,Sun 22:00-04:30 Europe/London", "daily 01:00-02:00 UTC"]\n'
    )
    held = parse(text.replace("daily", "Mon,Tue,Wed,Thu,Fri,Sat,Sun"), "scope.toml")

    assert {
        "n-10.1.0.0/24": (
            "Sat,Sun 22:00-04:30 Europe/London",
            "Mon,Tue,Wed,Thu,Fri,Sat,Sun 01:00-02:00 UTC",
        )
    } == segments.windows("n", held)


KNOWN = (
    ("n-10.1.0.0/24", "10.1.0.0/24", "office"),
    ("n-10.2.0.0/24", "10.2.0.0/24", "ward"),
    ("n-10.3.0.0/24", "10.3.0.0/24", "ward"),
)


@pytest.mark.parametrize(
    ("words", "want"),
    [
        ((), [0, 1, 2]),
        (("ward",), [1, 2]),
        (("10.3.0.0/24", "ward"), [2, 1]),
        (("n-10.1.0.0/24",), [0]),
    ],
)
def test_segments_are_named_by_zone_range_or_id(words, want):
    assert tuple(KNOWN[at][0] for at in want) == segments.chosen(KNOWN, words)


def test_a_word_that_names_no_segment_is_refused_with_those_there_are():
    with pytest.raises(
        ScopeError, match=r"attic: no such segment; the site has: office \(10.1.0.0/24\), ward"
    ):
        segments.chosen(KNOWN, ("ward", "attic"))
    with pytest.raises(ScopeError, match="the site has: none"):
        segments.chosen((), ("ward",))
