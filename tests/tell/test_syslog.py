"""Each line is one message of syslog, short enough for any receiver."""

import socket

import pytest

from scanner.errors import HostError
from scanner.tell.syslog import write


def test_the_machines_socket_gets_each_line(tmp_path):
    place = str(tmp_path / "log")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as there:
        there.bind(place)
        there.settimeout(5)
        write(place, "2 new", "F-00001 röntgen\n\nend\n")

        got = [there.recv(4096).decode() for _ in range(3)]

    assert ["<133>stalehost: 2 new", "<133>stalehost: F-00001 röntgen", "<133>stalehost: end"] == got


def test_a_host_gets_it_by_udp_and_never_more_than_a_thousand_bytes():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there:
        there.bind(("127.0.0.1", 0))
        there.settimeout(5)
        write(f"127.0.0.1:{there.getsockname()[1]}", "x" * 3000, "")

        assert 1000 == len(there.recv(4096))


def test_no_socket_is_said(tmp_path):
    with pytest.raises(HostError, match="syslog at"):
        write(str(tmp_path / "nothing"), "x", "y")
