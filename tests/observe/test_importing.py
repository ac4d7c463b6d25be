"""Which format a file is in: as named, else as its first bytes tell, else a clear question."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import DataError
from scanner.identify.merge import SCANS
from scanner.observe import importing, imports
from scanner.observe.format import Format
from scanner.observe.importing import HEAD, detect, load_formats, page

PAGE = Path(__file__).parents[2] / "docs" / "imports.md"
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


TEXTS = [path for path in sorted(SAMPLES.glob("*/*")) if path.parent.name != "pcap"]
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def read(name, path):
    """What a file tells, and its complaint."""
    found = []
    try:
        found.extend(load_formats()[name].read(path, NOW))
    except DataError as error:
        return found, str(error)
    return found, ""


@pytest.mark.parametrize("sample", TEXTS, ids=lambda path: path.name)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_no_file_however_broken_does_worse_than_a_complaint(tmp_path_factory, sample, data):
    """Cut, with bytes changed, with a part of it twice: what comes of it is observations, and at most a DataError."""
    raw = sample.read_bytes()
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(raw))] * 2)))
    middle = data.draw(st.sampled_from((b"", raw[start:end] * 2)) | st.binary(max_size=40))
    path = tmp_path_factory.mktemp("x") / "file"
    path.write_bytes(raw[:start] + middle + raw[end:])

    found, _ = read(sample.parent.name, path)

    for one in found:
        msgspec.json.encode(one)
        assert one.first <= one.last <= NOW


@pytest.mark.parametrize("sample", TEXTS, ids=lambda path: path.name)
def test_a_file_cut_short_gives_the_beginning_of_what_the_whole_gives(tmp_path, sample):
    """Formats that must see the whole file first (a configuration) may give less, never something else."""
    raw = sample.read_bytes()
    whole = {str(one.value) for one in read(sample.parent.name, sample)[0]}
    path = tmp_path / sample.name
    path.write_bytes(raw[: len(raw) * 2 // 3].rpartition(b"\n")[0])

    found, _ = read(sample.parent.name, path)

    known = [one for one in found if str(one.value) in whole]
    assert len(found) - len(known) <= max(1, len(found) // 2)


@pytest.mark.parametrize("sample", TEXTS, ids=lambda path: path.name)
def test_packed_and_marked_and_wide_files_are_recognised_and_tell_the_same(tmp_path, sample):
    want = [(one.field, one.value) for one in read(sample.parent.name, sample)[0]]
    text = sample.read_text()
    forms = {"packed": gzip.compress(text.encode()), "marked": text.encode("utf-8-sig")}
    if not text.lstrip().startswith("<"):
        # an XML file says itself what it is in
        forms["wide"] = text.encode("utf-16")
    for name, raw in forms.items():
        path = tmp_path / name / sample.name
        path.parent.mkdir()
        path.write_bytes(raw)

        assert sample.parent.name == detect(path).name, name
        assert want == [(one.field, one.value) for one in read(sample.parent.name, path)[0]], name


XML = [path for path in TEXTS if path.read_bytes().lstrip().startswith(b"<")]


@pytest.mark.parametrize("sample", XML, ids=lambda path: path.parent.name)
def test_no_xml_format_expands_an_entity(tmp_path, sample):
    text = sample.read_text()
    head, mark, rest = text.partition("?>")
    head, rest = (head + mark, rest) if mark else ("", text)
    lines = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "x" * 10}">' for n in range(9))
    path = tmp_path / sample.name
    path.write_text(f"{head}<!DOCTYPE x [{lines}]>{rest.replace('<!DOCTYPE nmaprun>', '')}")

    found, complaint = read(sample.parent.name, path)

    assert [] == found
    assert "EntitiesForbidden" in complaint


def test_a_zip_file_is_named_as_one(tmp_path):
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04" + bytes(40))

    with pytest.raises(DataError, match="a zip or Office file; unpack it"):
        detect(tmp_path / "x.zip")


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_no_two_formats_fit_one_sample(path):
    head = path.read_bytes()[:HEAD]

    fitting = [form.name for form in load_formats().values() if form.fits(head) and not form.general]
    assert ([path.parent.name] if path.parent.name != "cmdb-csv" else []) == fitting


def test_the_page_of_formats_says_what_the_formats_say():
    assert page() == PAGE.read_text(), "run: python -m scanner.observe.importing > docs/imports.md"


def test_every_source_of_an_import_is_a_list_or_a_scan():
    """What only saw a device must not count as a register that knows it."""
    scans = {
        "nmap-xml",
        "masscan",
        "arp-scan",
        "zeek",
        "p0f",
        "nessus",
        "openvas",
        "runzero",
        "cisco",
        "unifi",
        "netdisco",
        "librenms",
        "pcap",
    }

    assert {f"import:{name}" for name in scans} <= SCANS
    assert scans <= set(load_formats())
