"""nmap's own account of its knocks, as its 7.93 writes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.wire.nmap_trace import Lines, knock


@pytest.mark.parametrize(
    ("line", "want"),
    [
        (b"CONN (0.4261s) TCP localhost > 127.0.0.3:3306 => Operation now in progress", "127.0.0.3"),
        (b"CONN (0.0189s) TCP localhost > ::1:23 => Operation now in progress", "::1"),
        (b"CONN (0.4262s) TCP localhost > 127.0.0.2:3306 => Connected", None),
        (b"CONN (0.5515s) TCP localhost > 127.0.0.3:23 => Connection refused", None),
        (
            b"NSOCK INFO [0.6510s] nsock_connect_tcp(): TCP connection requested to 127.0.0.2:22 (IOD #1) EID 8",
            "127.0.0.2",
        ),
        (
            b"NSOCK INFO [9.1s] nsock_connect_ssl(): SSL/TCP connection requested to fd00::2:443 (IOD #9) EID 81",
            "fd00::2",
        ),
        (b"NSOCK INFO [0.6510s] nsock_read(): Read request from IOD #1 [127.0.0.2:22] EID 42", None),
        (b"CONN (0.4261s) TCP localhost > 300.0.0.3:3306 => Operation now in progress", None),
        (
            b"Nmap scan report for CONN (0.4261s) TCP localhost > 10.0.0.3:1 => Operation now in progress",
            None,
        ),
        (b"", None),
    ],
)
def test_a_line_tells_of_one_knock_or_of_none(line, want):
    assert want == knock(line)


TRACE = b"""Starting Nmap 7.93
CONN (0.4261s) TCP localhost > 10.0.0.3:1 => Operation now in progress
CONN (0.4261s) TCP localhost > 10.0.0.3:1 => Connected
NSOCK INFO [0.6510s] nsock_connect_tcp(): TCP connection requested to 10.0.0.2:22 (IOD #1) EID 8
WARNING: something
CONN (0.4261s) TCP localhost > 10.0.0.3:2 => Operation now in progress
"""


@given(st.lists(st.integers(0, len(TRACE)), max_size=8))
def test_the_pieces_do_not_matter(cuts):
    lines, at, found = Lines(), 0, []
    for cut in sorted(cuts):
        found += lines.feed(TRACE[at:cut])
        at = cut
    found += lines.feed(TRACE[at:])
    assert (["10.0.0.3", "10.0.0.2", "10.0.0.3"], b"WARNING: something") == (found, lines.last)


@given(st.lists(st.binary(max_size=60)))
def test_any_bytes_are_taken_without_a_word(pieces):
    lines = Lines()
    assert [] == [one for piece in pieces for one in lines.feed(piece)]


def test_a_line_without_an_end_fills_no_memory():
    lines = Lines()
    for _ in range(100):
        lines.feed(b"x" * 65536)
    assert len(lines._rest) <= 512
