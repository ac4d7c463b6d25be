"""The table of clauses is read whole or refused with its place."""

import pytest

from scanner.errors import DataError
from scanner.report.assets import templates_dir
from scanner.report.clauses import table


def test_the_shipped_table_names_a_clause_of_every_framework():
    shipped = table(templates_dir() / "compliance.toml")

    used = {id_ for topic in shipped.topic for id_ in topic.clauses}
    assert {one.id for one in shipped.framework} == used
    assert all(topic.always or topic.needs or topic.gates for topic in shipped.topic)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("framework = 3", "Expected `array`"),
        ("nonsense", "compliance.toml"),
        (
            'framework = []\n[[topic]]\nname = "T"\nchecked = "from memory"\nclauses = { moon = "1" }',
            "T: no framework moon",
        ),
        (
            'framework = []\n[[topic]]\nname = "T"\nchecked = "yes"\nclauses = {}',
            "T: checked must be 'from memory' or 'YYYY-MM-DD, source'",
        ),
    ],
)
def test_a_broken_table_is_refused_by_name(tmp_path, text, why):
    path = tmp_path / "compliance.toml"
    path.write_text(text)

    with pytest.raises(DataError, match=why):
        table(path)


def test_a_table_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"none\.toml"):
        table(tmp_path / "none.toml")


def test_a_row_that_somebody_looked_up_says_when_and_where(tmp_path):
    path = tmp_path / "compliance.toml"
    path.write_text('framework = []\n[[topic]]\nname = "T"\nchecked = "2026-11-24, the text"\nclauses = {}')

    assert "2026-11-24, the text" == table(path).topic[0].checked
