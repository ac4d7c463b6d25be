"""The odds that a fix is missing, by what is known of the last update."""

from datetime import date

import msgspec
import pytest

from scanner.model.kinds import Support
from scanner.model.verdict import Hypothesis
from scanner.risk.facts import facts_of
from scanner.risk.finding import Case, forsaken, listens, outlived, runs, says, unfixed, windows
from scanner.risk.parameters import resolve

VALUES = resolve({})
FIX = date(2017, 3, 14)


def case(make, age=None, name="ms17-010", **device):
    one = make.device("d", "a", **{"ports": ("tcp/445",), **device})
    return Case(
        device=one,
        age=age or make.age(),
        facts=facts_of(one),
        fact=make.fact(name),
        values=VALUES,
        now=make.now,
    )


def test_without_a_fix_date_the_generation_alone_speaks(make):
    assert VALUES["present.e2"] == unfixed(case(make, name="telnet"))


def test_the_horizon_alone_says_how_likely_a_fix_is_missing(make):
    age = make.age(before=date(2011, 1, 1), after=date(2026, 10, 1))

    assert age.horizon.before(FIX) == unfixed(case(make, age))


def test_with_nothing_dated_the_generation_speaks(make):
    assert VALUES["present.e2"] == unfixed(case(make))


def test_who_kept_a_system_past_its_end_seldom_updated_it_before(make):
    """A device seen old today is a survivor: the longer ago its end, the likelier an older fix is missing."""
    came = date(2011, 2, 22)
    running = make.age(before=came)
    kept = make.age(Support.UNSUPPORTED, before=came, ends=date(2020, 1, 14))

    assert unfixed(case(make, running)) < 0.3
    assert 0.35 < unfixed(case(make, kept)) < 0.65


def test_a_recent_fix_is_more_often_missing_than_an_old_one(make):
    old = case(make, make.age(before=date(2011, 2, 22)))
    recent = msgspec.structs.replace(old, fact=msgspec.structs.replace(old.fact, fixed=date(2026, 10, 20)))

    assert unfixed(old) < unfixed(recent) < 1


def test_a_fix_after_the_end_of_support_never_came(make):
    age = make.age(Support.UNSUPPORTED, before=date(2009, 10, 22), ends=date(2015, 1, 1))

    assert unfixed(case(make, age)) > 0.98


def test_an_undecided_end_of_support_counts_in_part(make):
    def hypothesis(ended, ends):
        return Hypothesis(
            label="x", edition="e", ends=ends, open_ended=False, ended=ended, source="s", evidence=()
        )

    age = msgspec.structs.replace(
        make.age(Support.UNKNOWN),
        hypotheses=(
            hypothesis(True, date(2020, 1, 1)),
            hypothesis(False, date(2027, 1, 1)),
            hypothesis(None, None),
        ),
    )
    sure = make.age(Support.UNSUPPORTED, ends=date(2020, 1, 1))

    half, whole = forsaken(case(make, age)), forsaken(case(make, sure))

    assert ("E2", "E4") == (half.grade, whole.grade)
    assert whole.present * 0.5 * 0.5 == pytest.approx(half.present)
    assert forsaken(case(make, make.age(Support.UNKNOWN))) is None


def test_an_end_of_support_of_unknown_date_counts_as_one_year(make):
    got = forsaken(case(make, make.age(Support.UNSUPPORTED)))

    assert 1 - 2.718281828**-0.25 == pytest.approx(got.present, abs=1e-3)


def test_outlived_asks_for_build_family_or_product(make):
    age = make.age(Support.UNSUPPORTED, ends=date(2020, 1, 1))
    linux = case(make, age, attributes={"os.family": "Linux", "os.product": "Debian"})

    assert outlived(family="Linux")(linux)
    assert not outlived(family="Windows")(linux)
    assert outlived(product="debian")(linux)
    assert not outlived(product="windows ce")(linux)
    assert not outlived(((6, 1, 0), (6, 1, 9999)))(linux)


def test_listens_heeds_ports_kinds_and_maker(make):
    one = case(make, attributes={"hw.vendor": "Brother Industries"})

    assert listens("tcp/445", vendor="brother")(one).evidence == ("ev-hw.vendor", "ev-tcp/445")
    assert listens("tcp/445", vendor="canon")(one) is None
    assert listens("tcp/80")(one) is None
    assert listens("tcp/445", kinds=("printer",))(one) is None


def test_says_names_the_port_it_was_read_on(make):
    read = case(make, readings=[("x.y", "on", "tcp/139")])

    assert ("tcp/139",) == says("x.y", "on")(read).ports
    assert says("x.y", "off")(read) is None


def test_says_falls_back_to_the_ports_of_the_protocol(make):
    told = case(make, ports=("tcp/445", "tcp/80"), attributes={"x.y": "on"})

    assert ("tcp/80",) == says("x.y", on=("tcp/80",))(told).ports
    assert ("tcp/445",) == says("x.y")(told).ports


def test_a_version_below_or_at_the_limits(make):
    one = case(make, products={"tcp/445": ("Samba", "4.4.14")})

    assert runs("samba", below="4.4.14")(one) is None
    assert runs("samba", at_least="4.4.14")(one).present == VALUES["present.e3"]
    os = case(make, attributes={"os.product": "RouterOS", "os.version": "6.40"})
    assert ("tcp/445",) == runs("routeros", below="6.43", grade="E4")(os).ports


def test_a_port_alone_caps_the_odds(make):
    w7 = case(make, attributes={"os.family": "Windows", "os.build": "6.1.7601"})

    hinted = windows(((6, 1, 0), (6, 1, 9999)), ports=("tcp/445",), grade="E1")(w7)

    assert VALUES["present.e1"] * unfixed(w7) == pytest.approx(hinted.present)
    assert windows(((5, 1, 0), (5, 1, 9999)), ports=("tcp/445",))(w7) is None
    assert windows(((6, 1, 0), (6, 1, 9999)), ports=("tcp/80",))(w7) is None
