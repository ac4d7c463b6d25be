"""Which format a file is in: as named, else as its first bytes tell, else a clear question."""

from pathlib import Path

import pytest

from scanner.errors import DataError
from scanner.observe import importing, imports
from scanner.observe.format import Format
from scanner.observe.importing import HEAD, detect, load_formats

SAMPLES = Path(__file__).parents[2] / "fixtures" / "imports"


def test_every_module_of_imports_is_a_format_with_a_name_of_its_own():
    modules = {path.stem for path in Path(imports.__path__[0]).glob("*.py")} - {"__init__"}

    assert {name.replace("_", "-") for name in modules} == set(load_formats())
    assert all(isinstance(form, Format) and name == form.name for name, form in load_formats().items())
    assert sorted(load_formats()) == list(load_formats())


@pytest.mark.parametrize("name", load_formats())
def test_every_format_says_how_sure_we_are_of_it_and_how_to_get_such_a_file(name):
    form = load_formats()[name]

    assert form.checked_against in {"real file", "documentation", "memory"}
    assert form.export


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*/*")), ids=lambda path: path.name)
def test_a_sample_is_recognised_as_the_format_that_its_folder_names(path):
    assert path.parent.name == detect(path).name


def test_every_format_has_a_sample():
    assert set(load_formats()) == {path.parent.name for path in SAMPLES.glob("*/*")}


def test_a_named_format_is_taken_at_its_word(tmp_path):
    assert "dhcp-isc" == detect(tmp_path / "no such file", "dhcp-isc").name


@pytest.mark.parametrize(
    ("content", "want"),
    [
        (b"", "in no format that we know"),
        (b"hello, world", "in no format that we know"),
        (b" " * HEAD + b"<nmaprun >", "in no format that we know"),
    ],
)
def test_a_file_that_nobody_knows_asks_for_its_format_and_names_them_all(tmp_path, content, want):
    (tmp_path / "x").write_bytes(content)

    with pytest.raises(DataError, match=want) as error:
        detect(tmp_path / "x")

    assert f"({', '.join(load_formats())})" in str(error.value)


def test_a_file_that_fits_twice_is_not_guessed(tmp_path, monkeypatch):
    (tmp_path / "x").write_bytes(b"<nmaprun ")
    forms = [
        Format(name=name, checked_against="memory", export="-", fits=bytes, read=iter) for name in ("a", "b")
    ]
    monkeypatch.setattr(importing, "load_formats", lambda: {form.name: form for form in forms})

    with pytest.raises(DataError, match=r"x: could be a or b; name it with --format \(a, b\)"):
        detect(tmp_path / "x")


def test_an_unknown_name_and_a_missing_file_are_said(tmp_path):
    with pytest.raises(DataError, match="no format 'xls'; known: ad-csv, "):
        detect(tmp_path / "x", "xls")
    with pytest.raises(DataError, match=r"x: No such file or directory"):
        detect(tmp_path / "x")
