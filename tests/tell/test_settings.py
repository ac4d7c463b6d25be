"""Nobody is told unless a place is configured, and a place is what it looks like."""

import pytest

from scanner.errors import DataError
from scanner.tell.settings import Target, read, target


@pytest.mark.parametrize(
    ("text", "way", "where"),
    [
        ("mail:ward-it@example.org", "mail", "ward-it@example.org"),
        ("https://chat.example.org/hook/1", "hook", "https://chat.example.org/hook/1"),
        ("http://127.0.0.1:8000/x", "hook", "http://127.0.0.1:8000/x"),
        ("syslog:/dev/log", "syslog", "/dev/log"),
        ("syslog:log.example.org:514", "syslog", "log.example.org:514"),
    ],
)
def test_a_place_is_read(text, way, where):
    assert Target(way, where) == target(text)


@pytest.mark.parametrize(
    "text",
    ["", "mail:", "mail:-oQ/tmp", "mail:a b@c", "https:x", "syslog:host", "syslog:host:0", "syslog::514", "ftp://x"],
)  # fmt: skip
def test_what_is_no_place_is_refused(text):
    with pytest.raises(DataError, match="is no place to tell"):
        target(text)


def test_without_a_file_nobody_is_told(tmp_path):
    assert () == read(tmp_path / "notify.toml")


def test_a_file_names_places(tmp_path):
    (tmp_path / "n.toml").write_text('[notify]\nto = ["mail:a@example.org", "syslog:/dev/log"]\n')

    assert ["mail", "syslog"] == [one.way for one in read(tmp_path / "n.toml")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[notfy]", "n.toml:1: unknown key 'notfy'; did you mean notify?"),
        ("[notify]\nat = []", "n.toml:2: unknown key 'at'"),
        ("[notify]\nzzzz = []", "n.toml:2: unknown key 'zzzz'; known is to"),
        ('[notify]\nto = "mail:a@b.org"', "n.toml:2: write to ="),
        ("[notify]\nto = [1]", "n.toml:2: write to ="),
        ("notify = 3", "n.toml:1: write to ="),
        ('[notify]\n\nto = ["x"]', "n.toml:3: 'x' is no place"),
        ("[notify", "n.toml: cannot read it"),
    ],
)
def test_a_wrong_file_names_its_line(tmp_path, text, said):
    (tmp_path / "n.toml").write_text(text)

    with pytest.raises(DataError) as caught:
        read(tmp_path / "n.toml")

    assert said in str(caught.value)
