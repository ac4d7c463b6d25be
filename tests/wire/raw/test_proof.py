import numpy as np
import pytest

from scanner.wire.pipe import Method
from scanner.wire.raw.proof import FIRST, SPREAD, expected, ours

COOKIES = np.array([0, 2**64 - 1, 0x0123456789ABCDEF], np.uint64)


@pytest.mark.parametrize(
    ("method", "want"),
    [
        (Method.SYN, [0, 0xFFFFFFFF, 0x89ABCDEF]),
        (Method.ECHO, [0, 0xFFFFFFFF, 0x89ABCDEF]),
        (Method.ECHO6, [0, 0xFFFFFFFF, 0x89ABCDEF]),
        (Method.NODES, [0, 0xFFFFFFFF, 0x89ABCDEF]),
        (Method.UDP, [FIRST, FIRST + 4095, FIRST + 0xDEF]),
        (Method.ARP, [0, 0, 0]),
        (Method.ND, [0, 0, 0]),
    ],
)
def test_each_method_gets_back_what_its_frames_have_room_for(method, want):
    assert want == expected(method, COOKIES).tolist()


def test_our_ports_are_none_that_the_kernel_gives_out_by_itself():
    got = {ours(bytes([high, low] * 8)) for high in range(256) for low in range(0, 256, 5)}
    assert (FIRST, 65535) == (min(got), FIRST + SPREAD - 1)
    assert max(got) <= 65535
    assert ours(bytes(16), 5000) == FIRST + 5000 % SPREAD
