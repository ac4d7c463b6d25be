"""The shipped schema is the one that the types make, and it holds every kind."""

from pathlib import Path

import jsonschema
import msgspec

import scanner.report
from scanner.model.kinds import Kind
from scanner.report import schema

SHIPPED = Path(scanner.report.__file__).parent / "stalehost-1.schema.json"
MAKE = "from pathlib import Path; from scanner.report import schema; Path('{}').write_text(schema.text())"


def test_the_shipped_schema_equals_the_generated_one():
    assert schema.text() == SHIPPED.read_text(encoding="utf-8"), f'run: python -c "{MAKE.format(SHIPPED)}"'


def test_the_schema_is_valid_draft_2020_12():
    jsonschema.Draft202012Validator.check_schema(schema.json_schema())


def test_every_kind_is_in_the_schema():
    assert sorted(Kind) == msgspec.json.decode(schema.text())["$defs"]["Kind"]["enum"]


def test_every_line_must_name_the_schema_version():
    for line in schema.LINES:
        told = schema.json_schema()["$defs"][line.__name__]

        assert "schema" in told["required"]
        assert told["properties"]["schema"] == {"enum": ["stalehost/1"]}
