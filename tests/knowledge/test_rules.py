"""Rule tables: read in order, refused with file and rule named."""

import pytest

from scanner.errors import DataError
from scanner.knowledge.rules import load

GOOD = """rules = [
  { id = "b", re = "^b", set = { "os.product" = "B" }, eg = { "bb" = { "os.product" = "B" } } },
  { id = "a", re = "^a", set = { "os.product" = "A" }, eg = { "aa" = { "os.product" = "A" } }, confidence = 0.5 },
]"""


def test_a_table_is_read_in_its_order(tmp_path):
    (tmp_path / "ssh.banner.toml").write_text(GOOD)

    assert ["b", "a"] == [rule.id for rule in load(tmp_path, "ssh.banner")]
    assert 0.5 == load(tmp_path, "ssh.banner")[1].confidence


@pytest.mark.parametrize("field", ["no.such", "../secret", "A b", ""])
def test_a_field_without_a_table_has_no_rules(field, tmp_path):
    assert () == load(tmp_path, field)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("rules = [", "x.toml"),
        ("rules = 3", "want one array"),
        ("one = []\ntwo = []", "want one array"),
        ("rules = [3]", "rule number 1"),
        ('rules = [{ id = "a", re = "a", set = {}, eg = {} }]', "rule a: needs an example"),
        (
            'rules = [{ id = "a", re = "a", set = {}, eg = { x = {} }, confidence = 2.0 }]',
            "rule a: confidence is 2.0",
        ),
        ('rules = [{ id = "a", re = "a", set = {}, eg = { x = {} }, colour = 1 }]', "rule a: "),
        ('rules = [{ id = "a", re = 5, set = {}, eg = {} }]', "rule a: "),
        (GOOD.replace('"b"', '"a"', 1), "rule a: this id stands twice"),
        ("rules = [] # \udcff", "x.toml"),
    ],
)
def test_a_wrong_table_is_refused_with_file_and_rule(text, names, tmp_path):
    (tmp_path / "x.toml").write_bytes(text.encode("utf-8", "surrogateescape"))

    with pytest.raises(DataError) as refused:
        load(tmp_path, "x")

    assert "x.toml" in str(refused.value)
    assert names in str(refused.value)
