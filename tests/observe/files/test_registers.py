"""A table of headings makes a parser of a register."""

from datetime import UTC, datetime

from scanner.observe.files.opened import opened
from scanner.observe.files.registers import register

NOW = datetime(2026, 11, 24, tzinfo=UTC)
NAMES = {"name": ("name",), "owner": ("owner",)}


def test_rows_are_amended_their_source_chosen_and_nameless_ones_named(tmp_path):
    (tmp_path / "x").write_text("Name,Owner\npc-1,me\n,you\n")
    parse = register(
        "import:x", NAMES, lambda row: {**row, "kind": "laptop"}, lambda row: f"import:{row['owner']}"
    )

    with opened(tmp_path / "x") as source:
        (one,) = parse(source, NOW)

    assert ("import:me", {"name": "pc-1", "owner": "me", "kind": "laptop"}) == (one.source, one.value)
    assert "line 3: names no address, card or host" in str(source.trouble())
