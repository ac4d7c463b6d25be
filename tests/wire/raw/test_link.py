"""Packet sockets on loopback of the namespace that the suite runs in; where raw sockets are not to be had, a clear word."""

import multiprocessing
import re
import socket
from pathlib import Path

import pytest

from scanner.errors import HostError
from scanner.wire.raw import link
from scanner.wire.raw.link import NO_RIGHT, check_right, drop_privilege, open_link, own_mac


def may_open():
    try:
        check_right()
    except HostError as error:
        assert str(error) == NO_RIGHT
        return False
    return True


raw = pytest.mark.skipif(not may_open(), reason="raw sockets need CAP_NET_RAW: run under `unshare -rn`")


@raw
@pytest.mark.parametrize(("arp_only", "want"), [(True, 0), (False, 1)])
def test_the_kernel_lets_through_what_was_asked_for(arp_only, want):
    with open_link("lo", arp_only=arp_only, promiscuous=True) as hears:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.sendto(b"stalehost test", ("127.0.0.1", 9))
        heard = 0
        try:
            while True:
                heard += b"stalehost test" in hears.recv(4096)[:60]
        except BlockingIOError:
            pass
    assert want == min(heard, 1)


@raw
def test_a_bound_socket_knows_its_card():
    with open_link("lo", arp_only=True) as hears:
        assert own_mac(hears) == "00:00:00:00:00:00"


@raw
def test_an_interface_that_is_not_there_is_named():
    with pytest.raises(HostError, match="cannot open interface nix0: No such device"):
        open_link("nix0", arp_only=True)


def test_without_packet_sockets_it_says_so(monkeypatch):
    monkeypatch.delattr(socket, "AF_PACKET")
    with pytest.raises(HostError, match="need Linux"):
        open_link("lo", arp_only=True)


def test_without_the_right_it_says_how_to_get_it(monkeypatch):
    def forbidden(*_):
        raise PermissionError

    monkeypatch.setattr(link.socket, "socket", forbidden)
    with pytest.raises(HostError, match="CAP_NET_RAW"):
        check_right()


def _dropped(told):
    drop_privilege()
    told.put(Path("/proc/self/status").read_text())


@raw
def test_one_privilege_is_kept_and_none_can_be_gained():
    fork = multiprocessing.get_context("fork")
    told = fork.SimpleQueue()
    child = fork.Process(target=_dropped, args=(told,))
    child.start()
    status = told.get()
    child.join()
    held = {
        name: re.search(rf"^{name}:\s*(\w+)", status, re.MULTILINE)[1]
        for name in ("CapEff", "CapPrm", "NoNewPrivs")
    }
    assert {"CapEff": "0000000000002000", "CapPrm": "0000000000002000", "NoNewPrivs": "1"} == held
