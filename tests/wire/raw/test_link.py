"""Packet sockets on loopback of the namespace that the suite runs in; where raw sockets are not to be had, a clear word."""

import ctypes
import multiprocessing
import re
import socket
import struct
from pathlib import Path

import pytest

from scanner.errors import HostError
from scanner.wire.raw import link
from scanner.wire.raw.link import (
    NO_RIGHT,
    check_alive,
    check_right,
    check_source,
    drop_privilege,
    only_incoming,
    open_link,
    own_mac,
    receive,
    waiting,
)


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


@raw
def test_loopback_is_alive_and_what_is_not_there_is_not():
    with open_link("lo", hears=False) as mouth:
        check_alive(mouth, "lo")
        with pytest.raises(HostError, match="nix0 went away"):
            check_alive(mouth, "nix0")


@raw
@pytest.mark.parametrize(
    ("flags", "carrier", "word"),
    [(0, 1, "is down: set it up"), (0x1, 0, "no carrier.*err-disabled"), (0x1, None, "no carrier")],
)
def test_an_interface_without_a_carrier_is_no_cable(monkeypatch, flags, carrier, word):
    """`carrier` None: the card cannot say, and the kernel's own flag counts."""

    def ioctl(_link, what, request):
        if what == link._SIOCGIFFLAGS:
            return struct.pack("16sH22x", b"lo", flags)
        if carrier is None:
            raise OSError
        at = struct.unpack_from("16sP", request)[1]
        ctypes.c_uint.from_address(at + 4).value = carrier
        return request

    monkeypatch.setattr(link.fcntl, "ioctl", ioctl)
    with open_link("lo", hears=False) as mouth, pytest.raises(HostError, match=word):
        check_alive(mouth, "lo")


@raw
def test_a_deaf_link_hears_nothing():
    with open_link("lo", hears=False) as deaf:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.sendto(b"stalehost test", ("127.0.0.1", 9))
        assert receive(deaf, "lo") is None


def test_we_speak_only_from_our_own_addresses():
    check_source("127.0.0.1", "lo")
    with pytest.raises(HostError, match=r"192.0.2.7 is no address of interface lo"):
        check_source("192.0.2.7", "lo")
    with pytest.raises(HostError, match="2001:db8::7 is no address of interface lo"):
        check_source("2001:db8::7", "lo")


def test_a_link_that_is_gone_is_said():
    one, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    one.setblocking(False)
    assert receive(one, "v0") is None
    far.send(b"frame")
    assert receive(one, "v0") == b"frame"
    far.close()
    one.close()
    with pytest.raises(HostError, match=r"v0 went away.*err-disabled"):
        receive(one, "v0")


def test_the_wait_ends_for_a_frame_and_for_a_word():
    (one, far), (control, other) = (socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(2))
    with one, far, control, other:
        stopped = waiting(one, control.fileno())
        assert stopped(0) is False
        far.send(b"frame")
        assert stopped(5) is False
        other.send(b"stop")
        assert stopped(5) is True


def test_a_kernel_that_cannot_keep_our_own_frames_out_is_no_error():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        only_incoming(udp)
