"""Changes join in any order."""

from scanner.risk.plan.change import NOTHING, Change


def test_joining_is_the_union_of_every_part():
    one = Change(gone=frozenset({1}), mended=frozenset({4}), shut=frozenset({(0, 1)}))
    other = Change(
        apart=frozenset({2}), replaced=frozenset({3}), guarded=frozenset({5}), unshared=frozenset({0})
    )

    assert one | other == other | one
    assert one | NOTHING == one
    assert frozenset({1, 2, 3}) == (one | other).closed
