import numpy as np
import pytest

from scanner.observe.capture import links, routes
from tests.observe.capture.world import echo


def names(parsers):
    return [one.name for one in parsers]


def test_parsers_are_sorted_by_what_they_take():
    parsers = [
        echo("a", ("ether/0806", "llc/42", "snap/00000c:2000")), echo("b", ("udp/53", "tcp/53", "tcp/first")),
        echo("c", ("udp/53", "icmp6/134", "tcp/syn")), echo("d", ("tcp/445", "tcp/first"), gather=10), echo("e", ("icmp/8", "odd/1")),
    ]  # fmt: skip

    made = routes.routes(parsers)

    assert {0x0806, links.LLC | 0x42, links.SNAP | 0x0C << 16 | 0x2000} == set(made.kinds.tolist())
    assert ["b", "c"] == names(made.udp.rules[made.udp.wanted(np.array([53]))[0]].parsers)
    assert (["b"], 0) == (names(made.tcp.rules[made.tcp.table[53]].parsers), made.tcp.table[445])
    assert ({445: ["d"]}, ["b", "d"], ["c"]) == (
        {port: names(them) for port, them in made.gathered.items()},
        names(made.first),
        names(made.syn),
    )
    assert (["e"], ["c"]) == (
        names(made.icmp.rules[made.icmp.table[8]].parsers),
        names(made.icmp6.rules[made.icmp6.table[134]].parsers),
    )
    assert ["a", "b", "c", "d", "e"] == list(routes.named(made))


@pytest.mark.parametrize(
    ("begins", "payload", "want"),
    [
        ((), b"anything", True), ((b"SSH-",), b"SSH-2.0", True), ((b"SSH-",), b"SS", True), ((b"SSH-",), b"GET / HTTP/1.1", False),
        ((b"a", b"b"), b"b", True), ((b"SSH-",), b"S" * 20, False),
    ],
)  # fmt: skip
def test_a_payload_may_be_for_those_whose_beginning_it_has_or_may_yet_have(begins, payload, want):
    assert want == routes.starts(echo(begins=begins), payload)
