"""Frames that numpy stamped, held against the same frames as scapy builds them."""

from ipaddress import IPv4Address, IPv6Address

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.wire.pipe import Method
from scanner.wire.raw.stamp import Batch, Stamp

CARD = "02:00:00:00:00:01"
KEY = bytes(range(16))
VERSIONS = {
    Method.ARP: (4,),
    Method.ND: (6,),
    Method.ECHO: (4,),
    Method.ECHO6: (6,),
    Method.SYN: (4, 6),
    Method.UDP: (4, 6),
}
CASES = [(method, version) for method, versions in VERSIONS.items() for version in versions]
SOURCES = {4: "10.0.0.1", 6: "2001:db8::1"}
NOBODY = {4: "0.0.0.0", 6: "::"}
DATA = (b"", b"odd", b"even")

one = st.tuples(
    st.integers(0, 2**128 - 1),
    st.integers(0, 65535),
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**48 - 1),
    st.integers(0, 2),
)


def wish(method, version, vlan, card="00:00:00:00:00:00", target=None, port=0, proof=0, data=b""):
    return {
        "key": KEY.hex(),
        "method": method,
        "sender": {"mac": CARD, "source": SOURCES[version], "vlan": vlan},
        "card": card,
        "target": NOBODY[version] if target is None else target,
        "port": port,
        "proof": proof,
        "data": data.hex(),
    }


def stamped(craft, method, version, vlan, wanted):
    data = DATA if method is Method.UDP else DATA[:1]
    templates = craft([wish(method, version, vlan, data=each) for each in data])
    stamp = Stamp(method, templates, version=version, tagged=vlan is not None)
    column = lambda values: np.array(values, np.uint64)
    batch = Batch(
        column([target >> 64 for target, *_ in wanted]),
        column([target & (2**64 - 1) for target, *_ in wanted]),
        column([port for _, port, *_ in wanted]),
        column([cookie for _, _, cookie, *_ in wanted]),
        column([card for *_, card, _ in wanted]),
        np.array([which for *_, which in wanted]),
    )
    rows, lengths = stamp.frames(batch)
    return stamp, rows, lengths


def address(version, target):
    return str(IPv4Address(target) if version == 4 else IPv6Address(target))


def drawn(method, version, wanted):
    """Targets of this version; templates as this method has them."""
    return [
        (target % 2**32 if version == 4 else target, port, cookie, card, which if method is Method.UDP else 0)
        for target, port, cookie, card, which in wanted
    ]


@pytest.mark.parametrize("vlan", [None, 120])
@pytest.mark.parametrize(("method", "version"), CASES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=st.lists(one, min_size=1, max_size=8))
def test_every_stamped_frame_is_what_scapy_would_build(craft, method, version, vlan, wanted):
    wanted = drawn(method, version, wanted)

    _, rows, lengths = stamped(craft, method, version, vlan, wanted)

    want = craft(
        [
            wish(
                method,
                version,
                vlan,
                card.to_bytes(6, "big").hex(":"),
                address(version, target),
                port,
                cookie,
                DATA[which],
            )
            for target, port, cookie, card, which in wanted
        ]
    )
    assert want == [row[:length].tobytes() for row, length in zip(rows, lengths, strict=True)]


@pytest.mark.parametrize("vlan", [None, 7])
@pytest.mark.parametrize(("method", "version"), CASES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=st.lists(one, min_size=1, max_size=8))
def test_frames_say_themselves_whom_they_ask(craft, method, version, vlan, wanted):
    wanted = drawn(method, version, wanted)

    stamp, rows, _ = stamped(craft, method, version, vlan, wanted)

    high, low, ports, cards = (each.tolist() for each in stamp.targets(rows))
    said = [(above << 64) + below for above, below in zip(high, low, strict=True)]
    assert [target for target, *_ in wanted] == said
    if method in {Method.SYN, Method.UDP}:
        assert [port for _, port, *_ in wanted] == ports
    if method not in {Method.ARP, Method.ND}:
        assert [card for *_, card, _ in wanted] == cards


def test_a_checksum_of_zero_is_sent_as_all_ones(craft):
    """RFC 768; over all ports one comes out as zero."""
    _, rows, _ = stamped(craft, Method.UDP, 4, None, [(1, port, 0, 0, 0) for port in range(65536)])
    assert rows[:, 40:42].any(axis=1).all()
    assert (rows[:, 40:42] == 0xFF).all(axis=1).any()
