"""A talk says what both sides send, and its errors name the line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import DataError
from scanner.lab import talk
from scanner.lab.talk import End, Hear, Pause, Say

HEAD = "# origin = synthetic\n@ tcp/22\n"


def read(text, **names):
    return talk.parse(HEAD + text, "x.talk", names)


def steps(text, **names):
    return read(text, **names).connections[0]


@pytest.mark.parametrize(
    ("line", "want"),
    [
        ('< "hello\\r\\n"', Say(b"hello\r\n")),
        ('< "\\xff" 00 "a"', Say(b"\xff\0a")),
        ('< u"Ab"', Say(b"A\0b\0")),
        ("< 0aFF", Say(b"\n\xff")),
        ('< u24[ "ab" ]', Say(b"\0\0\2ab")),
        ("~ 0.5s", Pause(0.5)),
        ("! close", End("close")),
        ("! reset", End("reset")),
        ("! silence", End("silence")),
    ],
)
def test_a_line_is_one_step(line, want):
    assert (want,) == steps(line)


@pytest.mark.parametrize(
    ("line", "fits", "fails"),
    [
        ('> "EHLO " *', b"EHLO anything\r\n", b"HELO"),
        ("> 16 ?? 01", b"\x16\x03\x01", b"\x16\x03\x02"),
        ("> 16 *2 01", b"\x16ab\x01", b"\x16a\x01"),
        ('> "a.b"', b"a.b", b"axb"),
    ],
)
def test_what_we_send_is_matched_byte_by_byte(line, fits, fails):
    (step,) = steps(line)

    assert isinstance(step, Hear)
    assert step.pattern.fullmatch(fits)
    assert not step.pattern.fullmatch(fails)


def test_connections_and_expectations_are_kept_in_order():
    got = read('< "a"\n--\n> "b"\n! close\n\n= x.banner "a"\n= x.object {"n": 1, "list": ["a"]}\n')

    assert 2 == len(got.connections)
    assert (("x.banner", "a"), ("x.object", {"n": 1, "list": ["a"]})) == got.expect
    assert ("x", "synthetic", "tcp/22") == (got.name, got.origin, got.port)


DEFAULTED = '$ version = "7.4"\n< "SSH-2.0-${version}"\n= ssh.banner "${version}"\n'


@pytest.mark.parametrize(
    ("names", "want"), [({}, "7.4"), ({"version": "9.9"}, "9.9"), ({"other": "1"}, "7.4")]
)
def test_a_default_stands_until_the_lab_says_otherwise(names, want):
    got = read(DEFAULTED, **names)

    assert ((Say(f"SSH-2.0-{want}".encode()),),) == got.connections
    assert (("ssh.banner", want),) == got.expect


@given(st.text(st.characters(max_codepoint=255), max_size=20))
def test_any_name_is_filled_in_as_it_is(name):
    got = read(DEFAULTED, version=name)

    assert Say(b"SSH-2.0-" + name.encode("latin-1")) == got.connections[0][0]
    assert name == got.expect[0][1]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("? what", "cannot read \\? what"),
        ("! explode", "cannot read ! explode"),
        ("< ??", "that we send"),
        ("< 0", "want quoted text, hex pairs"),
        ('< "${missing}"', "missing"),
        ("$ version", 'want \\$ name = "value"'),
        ('$ version = "a" b', 'want \\$ name = "value"'),
        ('= x.banner "', "malformed|truncated"),
        ("@ 22", "is not a port"),
        ("# origin = hearsay", "'hearsay' is not one of"),
        ("~ soon", "could not convert"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(line, says):
    with pytest.raises(DataError, match=rf"(?s)x\.talk:3: .*(?:{says})"):
        read(line)


@pytest.mark.parametrize("text", ["", "# origin = synthetic\n", "@ tcp/22\n", "# from a manual\n@ tcp/22\n"])
def test_origin_and_port_are_required(text):
    with pytest.raises(DataError, match="needs a line"):
        talk.parse(text, "x.talk", {})


def test_a_file_is_named_by_its_stem(tmp_path):
    path = tmp_path / "old-thing.talk"
    path.write_text(HEAD + '< "hello"\n', "utf-8")

    assert "old-thing" == talk.load(path).name
