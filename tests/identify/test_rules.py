"""Rules: how one matches, and what every line of the shipped tables promises about itself."""

import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import scanner
from scanner.errors import DataError
from scanner.identify import rules
from scanner.knowledge.rules import load
from scanner.model.kinds import Kind
from scanner.model.rule import Rule

FOLDER = Path(scanner.__file__).parent / "knowledge" / "rules"
TABLES = {
    path.name.removesuffix(".toml"): load(FOLDER, path.name.removesuffix(".toml"))
    for path in sorted(FOLDER.glob("*.toml"))
}
EXAMPLES = [
    pytest.param(field, rule, text, id=f"{rule.id}-{number}")
    for field, table in TABLES.items()
    for rule in table
    for number, text in enumerate(rule.eg)
]


def rule(pattern: str, **told: str) -> Rule:
    return Rule(id="r", re=pattern, set={k.replace("_", "."): v for k, v in told.items()}, eg={"x": {}})


@pytest.mark.parametrize(("field", "shipped", "text"), EXAMPLES)
def test_every_example_matches_its_own_rule_first_and_captures_right(field, shipped, text):
    found = rules.match(text, TABLES[field])

    assert found is not None
    assert shipped.id == found[0].id
    assert dict(shipped.eg[text]) == {name: found[1].get(name) for name in shipped.eg[text]}


def test_ids_are_unique_over_all_tables():
    counted = Counter(rule.id for table in TABLES.values() for rule in table)

    assert [] == [name for name, times in counted.items() if times > 1]


def test_rules_speak_the_known_vocabulary_and_the_closed_list_of_kinds():
    shipped = [rule for table in TABLES.values() for rule in table]

    assert set() == {name for rule in shipped for name in rule.set} - rules.ATTRIBUTES
    assert set() == {rule.set["device.kind"] for rule in shipped if "device.kind" in rule.set} - set(Kind)


def test_every_rule_has_an_example_that_asserts_something():
    empty = [rule.id for table in TABLES.values() for rule in table if not any(rule.eg.values())]

    assert [] == empty


def test_every_capture_that_a_rule_uses_exists_in_its_pattern():
    wrong = []
    for shipped in (rule for table in TABLES.values() for rule in table):
        groups = len(re.findall(r"(?<!\\)\((?!\?)", shipped.re))
        used = {int(c) for text in shipped.set.values() for c in "123456789" if f"${c}" in text}
        wrong += [shipped.id for number in used if number > groups]

    assert [] == wrong


def test_the_first_rule_that_matches_wins():
    table = [rule("^a", os_product="first"), rule("^ab", os_product="second")]

    assert {"os.product": "first"} == rules.match("abc", table)[1]


def test_captures_are_put_in_and_an_attribute_without_any_is_left_out():
    table = [rule(r"^(\w+)(?: (\w+))?(?: (\w+))?$", os_product="$1 $2", os_version="$3", os_vendor="x")]

    assert {"os.product": "one", "os.vendor": "x"} == rules.match("one", table)[1]


def test_a_capture_that_the_pattern_does_not_have_is_left_out():
    assert {} == rules.match("a", [rule("a", os_product="$4")])[1]


def test_nothing_that_matches_is_none():
    assert rules.match("b", [rule("^a", os_product="x")]) is None


def test_only_the_first_two_kibibytes_are_looked_at():
    assert rules.match("x" * rules.LONGEST + "needle", [rule("needle", os_product="x")]) is None


def test_a_pattern_that_is_not_re2_is_a_data_error():
    with pytest.raises(DataError, match=r"\(\?=x\)"):
        rules.match("a", [rule("(?=x)", os_product="x")])


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(EXAMPLES), st.text(max_size=20), st.integers(0, 40), st.text(max_size=300))
def test_one_pass_finds_what_rule_by_rule_would(example, before, cut, after):
    field, _, text = example.values
    shown = rules.clip(before + text[cut:] + after)

    want = next((one.id for one in TABLES[field] if rules.compiled(one.re).search(shown)), None)

    found = rules.match(shown, TABLES[field])
    assert want == (found[0].id if found else None)


@given(st.text(st.characters(), max_size=300))
def test_no_text_makes_a_shipped_rule_raise(text):
    for table in TABLES.values():
        rules.match(text, table)


def test_half_a_surrogate_pair_is_a_text_like_any_other():
    assert rules.match("a\ud800b", [rule("^a.*b$", os_product="x")]) is not None
