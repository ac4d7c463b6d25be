"""The order of versions: as each maker counts, total, and the same as dpkg's."""

import itertools
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.knowledge.order import Scheme, comparable, compare, key

LADDERS = {
    Scheme.PLAIN: [
        "1.0alpha1 1.0beta2 1.0rc1 1.0rc2 1.0 1.0p1 1.0p2 1.0.1 1.1 1.9 1.10 2",
        "2012.55 2013.62 2016.74",
        "3.0.0-beta1 3.0.0-rc1 3.0.0 3.0.1-dev 3.0.1",
        "9.0R3 9.0R3.4 9.1R1",
        "6.5u3k 6.5u3n 6.7 6.7u3l",
        "1.3.5rc3 1.3.5 1.3.5a 1.3.5e 1.3.6",
    ],
    # openssl.org: letters run a..z, then za..zh
    Scheme.OPENSSL: [
        "0.9.7m 0.9.8 0.9.8a 0.9.8z 0.9.8za 0.9.8zh 1.0.0-beta1 1.0.0 1.0.1-beta3 1.0.1 1.0.1e 1.0.1g 1.0.2 3.0.0"
    ],
    Scheme.OPENSSH: ["3.9p1 4.3p2 6.6p1 6.6.1p1 6.6.1p2 6.7p1 7.4 9.8p1 10.0p1"],
    # Cisco: "Cisco IOS Software Release 12.2(33)SXI4a", a train's maintenance and rebuild numbers
    Scheme.IOS: [
        "12.2(33)SXI 12.2(33)SXI4 12.2(33)SXI4a 12.2(33)SXI14",
        "12.2(25)SE 12.2(55)SE 12.2(55)SE3 12.2(55)SE11 12.2(58)SE",
        "15.0(2)EX5 15.0(2a)EX5 15.0(2a)EX6",
        "12.4(24)T 12.4(24)T4 12.4(24)T4a 12.4(24)T10",
    ],
    Scheme.JUNOS: [
        "12.3R1 12.3R4 12.3R4-S2 12.3R4-S10 12.3R5 12.3R10 13.1R1 20.4R1-S1.4 20.4R2",
        "12.1X46-D10 12.1X46-D15 12.1X46-D100",
        "12.1X46-D10 12.3R1",
    ],
    Scheme.FORTIOS: ["v5.2.13 5.4.1,build1064 v6.0.4,build0231,190107 6.0.5 6.2.0 6.10.0"],
    Scheme.PANOS: ["9.0.16-h3 9.1.0-b3 9.1.0 9.1.0-h3 9.1.0-h12 9.1.1 10.0.0"],
    Scheme.SAMBA: ["3.0.37 3.6.6 4.0.0rc1 4.0.0 4.4.13-Debian 4.4.14 4.10.0"],
    Scheme.BIND: ["9.8.4-P2 9.9.0a1 9.9.0b2 9.9.0rc1 9.9.0 9.9.0-P1 9.9.1", "9.9.3-S1 9.9.3-S2 9.11.3-S1"],
    Scheme.ROUTEROS: ["6.40.9 6.42rc27 6.42 6.42.1 6.43 7.1beta6 7.1rc1 7.1"],
    Scheme.BUILD: ["5.1.2600 6.1.7600 6.1.7601 6.1.7601.24214 10.0.17763.1 10.0.17763.4974 10.0.19045"],
    Scheme.TOMCAT: ["8.5.50 9.0.0.M1 9.0.0.M27 9.0.0 9.0.1 9.0.31 10.0.0-M1 10.0.0"],
    # deb-version(7), and the example of Debian policy 5.6.12
    Scheme.DEB: [
        "0~~ 0~~a 0~ 0 0a",
        "1.0~rc1-1 1.0-1~bpo9+1 1.0-1 1.0-1+deb9u1 1.0-1+deb9u10 1.0-1.1 1.0+dfsg-1 1:0.1-1",
        "1:7.4p1-10 1:7.4p1-10+deb9u1 1:7.4p1-10+deb9u7",
    ],
    # rpm-version(7): tilde before, caret after
    Scheme.RPM: ["1.0~rc1 1.0 1.0^git1 1.0a 1.0.1 1.0.1-1.el7 1.0.1-1.el7_9 1.0.10 1:0.1"],
}
SAME = [
    (Scheme.PLAIN, "8.0", "8.0.0"),
    (Scheme.PLAIN, "9.8(4)43", "9.8.4.43"),
    (Scheme.OPENSSL, "1.0.1e-fips", "1.0.1e"),
    # as Debian spells the same candidates
    (Scheme.OPENSSL, "1.0.2~beta1", "1.0.2-beta1"),
    (Scheme.OPENSSL, "3.0.0~~alpha16", "3.0.0-alpha16"),
    (Scheme.BIND, "9.9.0~rc1", "9.9.0rc1"),
    (Scheme.TOMCAT, "9.0.0~M1", "9.0.0.M1"),
    (Scheme.ROUTEROS, "7.1~rc1", "7.1rc1"),
    (Scheme.OPENSSL, "1.0.1e-fips 11 Feb 2013", "1.0.1e"),
    (Scheme.OPENSSH, "7.4", "7.4p1"),
    (Scheme.FORTIOS, "v6.0.4,build0231,190107 (GA)", "6.0.4"),
    (Scheme.JUNOS, "12.3R4.5", "12.3R4"),
    (Scheme.JUNOS, "20.4R1-S1.4-EVO", "20.4R1-S1"),
    (Scheme.SAMBA, "3.6.6-Ubuntu", "3.6.6"),
    (Scheme.BIND, "9.11.4-P2-RedHat-9.11.4-26.P2.el7", "9.11.4-P2"),
    (Scheme.BIND, "9.16.1-Ubuntu", "9.16.1"),
    (Scheme.ROUTEROS, "6.40.9 (bugfix)", "6.40.9"),
    (Scheme.BUILD, "6.1 (Build 7601)", "6.1.7601"),
    (Scheme.DEB, "1.0", "0:1.0-0"),
    (Scheme.RPM, "1_0", "1.0"),
]
APART = [
    (Scheme.IOS, "12.2(55)SE", "12.4(15)T"),
    (Scheme.IOS, "12.4(24)", "12.4(15)T"),
    (Scheme.JUNOS, "12.1X46-D10", "12.1R5"),
    (Scheme.JUNOS, "12.1X46-D10", "12.1X47-D10"),
    (Scheme.BIND, "9.11.3", "9.11.3-S1"),
    (Scheme.PLAIN, "unknown", "1.0"),
    (Scheme.IOS, "12.2(55)SE", "n/a"),
    (Scheme.JUNOS, "12.3R4", "evolved"),
    (Scheme.BIND, "", "9.9.9"),
]
ALL = sorted(Scheme)
TEXTS = st.one_of(
    st.text(max_size=40),
    st.from_regex(r"[0-9]{1,2}(\.[0-9]{1,2}){0,3}[~+a-zA-Z()-]{0,3}[0-9]{0,2}", fullmatch=True),
)


@pytest.mark.parametrize(
    ("scheme", "ladder"), [(scheme, ladder) for scheme in LADDERS for ladder in LADDERS[scheme]]
)
def test_versions_sort_as_their_maker_counts_them(scheme, ladder):
    for earlier, later in itertools.combinations(ladder.split(), 2):
        assert -1 == compare(earlier, later, scheme), (earlier, later)
        assert 1 == compare(later, earlier, scheme), (earlier, later)


def test_every_scheme_has_a_ladder():
    assert set(Scheme) == LADDERS.keys()


@pytest.mark.parametrize(("scheme", "one", "other"), SAME)
def test_two_spellings_of_one_version_are_equal(scheme, one, other):
    assert 0 == compare(one, other, scheme)


@pytest.mark.parametrize(("scheme", "one", "other"), APART)
def test_versions_of_two_lines_have_no_order(scheme, one, other):
    assert compare(one, other, scheme) is None
    assert not comparable(other, one, scheme)


@pytest.mark.parametrize("scheme", ALL)
@given(st.lists(TEXTS, min_size=3, max_size=3))
def test_the_order_is_total_for_any_text(scheme, texts):
    """Keys are bytes, so the order is antisymmetric and transitive where it exists; and it exists both ways or not."""
    one, other, third = texts
    assert key(one, scheme) == key(f" {one} ".strip(), scheme)
    back = compare(other, one, scheme)
    assert compare(one, other, scheme) == (None if back is None else -back)
    if compare(one, other, scheme) == compare(other, third, scheme) == -1 and comparable(one, third, scheme):
        assert -1 == compare(one, third, scheme)


@pytest.mark.parametrize("scheme", [one for one in ALL if one not in {Scheme.DEB, Scheme.RPM}])
@given(text=st.text(alphabet=st.characters(max_codepoint=126), max_size=40))
def test_a_banner_in_capitals_is_the_same_version(scheme, text):
    assert key(text.upper(), scheme) == key(text.lower(), scheme)


@pytest.mark.parametrize(
    "scheme", [Scheme.PLAIN, Scheme.OPENSSL, Scheme.OPENSSH, Scheme.DEB, Scheme.RPM, Scheme.BUILD]
)
@given(
    one=st.lists(st.integers(0, 10**12), min_size=1, max_size=6),
    other=st.lists(st.integers(0, 10**12), min_size=1, max_size=6),
)
def test_numbers_sort_by_value_place_by_place(scheme, one, other):
    width = max(len(one), len(other))
    left, right = [numbers + [0] * (width - len(numbers)) for numbers in (one, other)]
    texts = [".".join(map(str, numbers)) for numbers in (left, right)]
    assert (left > right) - (left < right) == compare(*texts, scheme)


@given(
    version=st.from_regex(r"[1-9]\d{0,3}(\.\d{1,4}){0,3}", fullmatch=True),
    patch=st.from_regex(r"[a-z]{1,3}\d{0,3}", fullmatch=True),
)
def test_a_release_lies_between_its_candidates_and_its_patches(version, patch):
    assert key(version + "rc1") < key(version) < key(version + "p1") < key(version + ".1")
    assert key(version + patch) < key(version + ".1")


DPKG_WORDS = st.from_regex(r"([0-2]:)?[0-9][0-9A-Za-z.+~]{0,8}(-[0-9A-Za-z.+~]{1,6})?", fullmatch=True)


@pytest.mark.skipif(not shutil.which("dpkg"), reason="dpkg, the oracle, is on Debian and its kin only")
@settings(max_examples=60, deadline=None)  # a process for each pair
@given(pairs=st.lists(st.tuples(DPKG_WORDS, DPKG_WORDS), min_size=1, max_size=3))
def test_package_revisions_sort_as_dpkg_sorts_them(pairs):
    for one, other in pairs:
        word = {-1: "lt", 0: "eq", 1: "gt"}[compare(one, other, Scheme.DEB)]
        told = subprocess.run(["dpkg", "--compare-versions", one, word, other], check=False)
        assert 0 == told.returncode, (one, word, other)


def test_hostile_text_costs_no_more_than_its_first_part():
    assert key("9" * 256) == key("9" * 100_000)
    assert len(key("1." * 100_000)) < 1000
