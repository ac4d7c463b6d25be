import json

import pytest

from scanner.lab.mark import Mistake, mark, read
from scanner.lab.paperwork import Expected
from scanner.model.kinds import Kind, Role, Support
from scanner.model.net import Address, Mac


def device(name: str, *addresses: str, **changes: object) -> Expected:
    plain = {
        "names": (name,),
        "kind": Kind.LAPTOP,
        "alike": frozenset({Kind.WORKSTATION}),
        "role": Role.NONE,
        "powered": True,
        "macs": (Mac("00:1b:67:00:00:01"),),
        "zones": ("office",),
        "knowable": frozenset({"kind", "support", "role"}),
        "because": "test",
        "support": Support.UNSUPPORTED,
        "subject": "Test 7",
        "ends": None,
        "source": "made up",
        "attributes": {},
    }
    return Expected(id=name, addresses=tuple(Address(a) for a in addresses), **(plain | changes))


def line(*addresses: str, kind: str = "laptop", role: str = "-", support: str = "unsupported") -> str:
    return json.dumps(
        {"addresses": addresses, "kind": kind, "role": role, "age": {"support": support}, "id": "x"}
    )


TWO = (device("a", "10.0.0.1", "10.0.1.1"), device("b", "10.0.0.2"))
A, B = line("10.0.0.1", "10.0.1.1"), line("10.0.0.2")
CASES = {
    "all right": ([A, B], []),
    "a kind that nobody could tell apart": ([line("10.0.0.1", "10.0.1.1", kind="workstation"), B], []),
    "missing": ([A], [("b", "missing", "10.0.0.2", "-")]),
    "split": ([line("10.0.0.1"), line("10.0.1.1"), B], [("a", "split", "1", "2")]),
    "merged": (
        [line("10.0.0.1", "10.0.1.1", "10.0.0.2")],
        [("a", "merged", "-", "b"), ("b", "merged", "-", "a")],
    ),
    "kind": ([A, line("10.0.0.2", kind="nas")], [("b", "kind", "laptop", "nas")]),
    "role": ([A, line("10.0.0.2", role="gateway")], [("b", "role", "-", "gateway")]),
    "support": ([A, line("10.0.0.2", support="unknown")], [("b", "support", "unsupported", "unknown")]),
}


@pytest.mark.parametrize("case", CASES)
def test_every_kind_of_mistake_is_found(case: str) -> None:
    lines, want = CASES[case]

    marks = mark(TWO, read("\n".join(lines).encode()))

    assert [Mistake(device=d, what=w, want=x, got=g) for d, w, x, g in want] == list(marks.mistakes)


def test_what_nobody_could_know_is_not_held_against_the_scan() -> None:
    hidden = device("a", "10.0.0.1", knowable=frozenset())

    marks = mark([hidden], read(line("10.0.0.1", kind="unknown", role="gateway", support="unknown").encode()))

    assert marks.mistakes == ()
    assert (marks.unsupported, marks.called) == (0, 0)


def test_cards_that_nobody_can_tell_to_be_one_devices_may_be_found_as_several() -> None:
    apart = device("a", "10.0.0.1", "10.0.1.1", apart=True)
    silent = line("10.0.1.1", kind="unknown", support="unknown")

    assert mark([apart], read("\n".join([line("10.0.0.1"), silent]).encode())).mistakes == ()
    # but one of them has to say what can be known
    both = mark([apart], read("\n".join([silent.replace("10.0.1.1", "10.0.0.1"), silent]).encode()))
    assert [one.what for one in both.mistakes] == ["kind", "support"]


@pytest.mark.parametrize("truth", [Support.UNKNOWN, Support.SUPPORTED, None])
def test_a_wrong_unsupported_is_always_a_mistake(truth: Support | None) -> None:
    fine = device("a", "10.0.0.1", knowable=frozenset(), support=truth)

    marks = mark([fine], read(line("10.0.0.1").encode()))

    assert [m.what for m in marks.mistakes] == ["wrong unsupported"]


def test_the_share_of_unsupported_devices_that_were_called_so_is_counted() -> None:
    marks = mark(TWO, read("\n".join([A, line("10.0.0.2", support="unknown")]).encode()))

    assert (marks.unsupported, marks.called) == (2, 1)


def test_modest_is_not_grave():
    lines = "\n".join([line("10.0.0.1", "10.0.1.1", support="unknown"), line("10.0.0.2", kind="printer")])
    marks = mark(TWO, read(lines.encode()))

    assert [("a", "support"), ("b", "kind")] == [(one.device, one.what) for one in marks.mistakes]
    assert [("b", "kind")] == [(one.device, one.what) for one in marks.grave]
    assert (2, 1) == (marks.unsupported, marks.called)
