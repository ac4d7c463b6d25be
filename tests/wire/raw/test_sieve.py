"""The kernel's filter, run here step by step, and the cookies by the thousand, against the parsers' own word."""

import struct
from ipaddress import ip_address

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.wire.pipe import Method
from scanner.wire.raw.answers import read
from scanner.wire.raw.cookie import cookies
from scanner.wire.raw.proof import expected, ours
from scanner.wire.raw.sieve import likely, program

KEY = bytes(range(16))
CASES = [
    (Method.ARP, 4), (Method.ND, 6), (Method.ECHO, 4), (Method.ECHO6, 6),
    (Method.SYN, 4), (Method.SYN, 6), (Method.UDP, 4), (Method.UDP, 6),
]  # fmt: skip
THERE = {4: ip_address("10.0.0.7"), 6: ip_address("fd00::1:7")}
HERE = {4: ip_address("10.0.0.1"), 6: ip_address("fd00::1")}
ARP = bytes.fromhex("0001 0800 06 04 0002 0200000000aa 0a000007 020000000001 0a000001")


def run(steps, frame):
    """Classic BPF as Linux does it; a load beyond the end gives nothing."""
    a = x = at = 0
    while True:
        code, yes, no, k = steps[at]
        at += 1
        match code:
            case 0x06:
                return k
            case 0x15:
                at += yes if a == k else no
            case 0x35:
                at += yes if a >= k else no
            case 0xB1:
                x = 4 * (frame[k] & 15) if k < len(frame) else None
            case _:
                start, size = k + (x if code & 0x40 else 0), 1 if code & 0x10 else 2
                if start + size > len(frame):
                    return 0
                a = int.from_bytes(frame[start : start + size], "big")


def proof(method, version, port):
    number = int(THERE[version])
    column = lambda value: np.array([value], np.uint64)
    cookie = cookies(KEY, column(number >> 64), column(number & (2**64 - 1)), column(port))
    return int(expected(method, cookie)[0])


def ether(version, protocol, content, options=b""):
    source, target = THERE[version].packed, HERE[version].packed
    head = bytes.fromhex("020000000001 0200000000aa")
    if version == 6:
        fixed = struct.pack("!IHBB", 6 << 28, len(content), protocol, 255)
        return head + b"\x86\xdd" + fixed + source + target + content
    size = 20 + len(options)
    fixed = struct.pack("!BBHHHBBH", 64 + size // 4, 0, size + len(content), 0, 0, 64, protocol, 0)
    return head + b"\x08\x00" + fixed + source + target + options + content


def answer(method, version, wrong=0, options=b""):
    """A right answer, or one whose cookie is off by `wrong`."""
    port = 443 if method in {Method.SYN, Method.UDP} else 0
    right = proof(method, version, port) + wrong
    match method:
        case Method.ARP:
            return bytes.fromhex("020000000001 0200000000aa 0806") + ARP
        case Method.ND:
            return ether(6, 58, b"\x88" + bytes(7) + THERE[6].packed)
        case Method.SYN:
            head = struct.pack(
                "!HHIIBBHHH", 443, ours(KEY), 0, (right + 1) & 0xFFFFFFFF, 0x50, 0x12, 1024, 0, 0
            )
            return ether(version, 6, head, options)
        case Method.UDP:
            return ether(version, 17, struct.pack("!HHHH", 443, right, 12, 0) + b"pong", options)
        case _:
            echo = struct.pack(
                "!HHHH", 0 if version == 4 else 0x8100, 0, right & 0xFFFF, right >> 16 & 0xFFFF
            )
            return ether(version, 1 if version == 4 else 58, echo + b"data", options)


def error(version, protocol, quoted):
    whole = ether(version, protocol, quoted)[14:]
    kind, icmp = (b"\x03\x01", 1) if version == 4 else (b"\x01\x03", 58)
    return ether(version, icmp, kind + bytes(6) + whole)


@pytest.mark.parametrize(("method", "version"), CASES)
def test_the_filter_lets_its_own_answers_through(method, version):
    frame = answer(method, version)
    assert read(method, frame) is not None
    assert run(program(method, version, KEY), frame) > 0
    if version == 4 and method is not Method.ARP:
        assert run(program(method, version, KEY), answer(method, version, options=bytes(12))) > 0


@pytest.mark.parametrize(("method", "version"), CASES[2:])
def test_the_filter_lets_errors_through(method, version):
    frame = error(version, 6, bytes(8))
    assert run(program(method, version, KEY), frame) > 0


def test_who_asks_all_nodes_hears_echo_replies_alone():
    steps, echo = program(Method.NODES, 6, KEY), answer(Method.ECHO6, 6)
    others = [
        answer(Method.ND, 6),
        answer(Method.ECHO, 4),
        error(6, 58, bytes(8)),
        echo[:54] + b"\x80" + echo[55:],
    ]

    assert [True, False, False, False, False] == [run(steps, one) > 0 for one in (echo, *others)]
    # whose the cookie is, is told by `nodes`: it is that of the group, not of who answers
    assert [True, True] == likely(
        Method.NODES, 6, rows([echo, answer(Method.ECHO6, 6, wrong=1)]), KEY
    ).tolist()


@pytest.mark.parametrize(("method", "version"), CASES)
def test_the_filter_keeps_out_what_is_for_others(method, version):
    steps = program(method, version, KEY)
    other = 10 - version
    strangers = [answer(one, which) for one, which in CASES if one is not method]
    strangers += [error(other, 6, bytes(8)), bytes(60), b"", frame_to_another_port(version)]
    assert [0] * len(strangers) == [run(steps, one) for one in strangers]


def frame_to_another_port(version):
    return ether(version, 6, struct.pack("!HHIIBBHHH", 443, 40000, 0, 1, 0x50, 0x12, 1024, 0, 0))


@given(case=st.sampled_from(CASES), at=st.integers(0, 80), octets=st.binary(min_size=1, max_size=4))
def test_whatever_reads_as_an_answer_to_our_port_passes_the_filter(case, at, octets):
    method, version = case
    frame = answer(method, version)
    frame = frame[:at] + octets + frame[at + len(octets) :]
    found = read(method, frame)
    if found is None or (found.ours is not None and method is Method.SYN and found.ours != ours(KEY)):
        return
    if method is Method.UDP and found.ours < 61440:
        return
    # a version and a length that do not fit each other are for the parser alone
    assert run(program(method, version, KEY), frame) > 0 or frame[12:14] != answer(method, version)[12:14]


def rows(frames):
    return np.array([list(one.ljust(128, b"\0")) for one in frames], np.uint8)


@pytest.mark.parametrize(("method", "version"), CASES)
def test_a_right_cookie_is_worth_reading_and_a_wrong_one_is_not(method, version):
    frames = rows([answer(method, version), answer(method, version, wrong=1)])
    got = likely(method, version, frames, KEY).tolist()
    assert [True, method in {Method.ARP, Method.ND}] == got


@pytest.mark.parametrize(("method", "version"), CASES[2:])
def test_another_key_finds_nothing_worth_reading(method, version):
    frames = rows([answer(method, version)])
    # 12 bits of a UDP cookie may agree by chance: the keys here are chosen, and do not
    assert [False] == likely(method, version, frames, bytes(range(1, 17))).tolist()


@pytest.mark.parametrize(("method", "version"), CASES[2:])
def test_errors_and_odd_headers_are_left_to_the_parser(method, version):
    odd = [error(version, 6, bytes(8))]
    if version == 4:
        odd.append(answer(method, version, wrong=1, options=bytes(12)))
    assert all(likely(method, version, rows(odd), KEY))


@given(case=st.sampled_from(CASES), noise=st.lists(st.binary(max_size=128), min_size=1, max_size=5))
def test_noise_is_sorted_without_a_word(case, noise):
    method, version = case
    assert len(noise) == len(likely(method, version, rows(noise), KEY))


def test_rows_too_narrow_to_tell_are_left_to_the_parser():
    assert [True] == likely(Method.SYN, 4, np.zeros((1, 20), np.uint8), KEY).tolist()
