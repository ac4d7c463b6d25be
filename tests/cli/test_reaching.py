"""The lines of `stalehost reach`."""

from types import SimpleNamespace

from scanner.cli.reaching import check_line, check_lines, counts, lines
from scanner.model.kinds import Reach
from scanner.model.net import Address, Port
from scanner.model.verdict import ZoneReach
from scanner.risk.segments import Checked, Knock, Rule, Violation
from scanner.risk.worth import Worth


def row(source, target, known):
    return ZoneReach(source=source, target=target, gates=("*",), known=known, probability=1.0)


ROWS = (row("a", "b", Reach.DECLARED), row("a", "b", Reach.MEASURED), row("b", "a", Reach.ASSUMED))


def test_a_pair_counts_by_the_best_that_is_known_of_it():
    assert {"measured": 1, "declared": 0, "inferred": 0, "assumed": 1} == counts(ROWS)


def test_the_next_test_is_named_with_what_it_would_tell():
    found = SimpleNamespace(reach=ROWS)
    one = Worth(source="b", target="a", shut=2.0, open=9.0, narrows=3.5)

    assert "    1 zone pair measured" == next(iter(lines(found, ())))
    assert "no test of a single pair would change the expected loss" == list(lines(found, ()))[-1]
    assert "  then: stalehost reach --from b" == list(lines(found, [one]))[-1]


def test_refuted_rules_come_first_and_the_last_line_is_the_verdict():
    held = Rule(source="a", target="c", allow=(), state="held", tested=("tcp/445",), knocks=(), why="")
    untried = Rule(
        source="a", target="d", allow=(), state="untested", tested=(), why="",
        knocks=(Knock(source="a", address=Address("10.0.0.1"), port=Port("tcp/23")),),
    )  # fmt: skip
    refuted = Rule(source="a", target="b", allow=(), state="refuted", tested=(), knocks=(), why="")
    broken = Violation(source="a", target="b", port="tcp/445", how="imported", evidence=("ev-1",))
    checked = Checked(rules=(held, untried, refuted), violations=(broken,))

    got = list(check_lines(checked))

    assert got[0].startswith("REFUTED  a -> b: tcp/445 is let through by an imported firewall policy")
    assert "  from a: 10.0.0.1 tcp/23" in got
    assert "FAIL: 1 of 3 declared rules refuted" == got[-1]
    assert '"passed":false' in check_line(checked)
    assert (
        "PASS: 0 of 1 declared rules refuted" == list(check_lines(Checked(rules=(held,), violations=())))[-1]
    )
