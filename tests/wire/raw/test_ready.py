"""Which wishes are made ready, and which are refused with a word."""

import sys
import types
from datetime import UTC, datetime

import msgspec
import pytest

from scanner.errors import ScopeError
from scanner.scope.gate import Gate
from scanner.wire.pipe import Ask, Method
from scanner.wire.raw.ready import LISTED, ready

NOON = datetime(2026, 12, 2, 12, tzinfo=UTC)
CARD = "02:00:00:00:00:07"


@pytest.fixture
def make(scope, monkeypatch):
    template = types.ModuleType("template")
    template.Sender = types.SimpleNamespace
    template.frame = lambda *_, data=b"": bytes(42) + data
    monkeypatch.setitem(sys.modules, "scanner.wire.raw.template", template)

    def build(**words):
        plain = {
            "method": Method.ARP, "interface": "v0", "source": "10.3.0.1", "targets": ("10.3.0.0/24",),
            "rate": 100, "tries": 1, "seed": 1, "wait": 0,
        }  # fmt: skip
        return ready(Ask(**{**plain, **words}), scope, Gate(scope), CARD, bytes(16), NOON)

    return build


SYN = {"method": Method.SYN, "ports": (22,), "via": CARD}
UDP = {"method": Method.UDP, "ports": (161,), "via": CARD}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"rate": 0}, "a sweep of 10.3.0.0/24 needs a rate above 0"),
        ({"rate": float("nan")}, "needs a rate above 0"),
        ({"tries": 0}, "one try at least"),
        ({"wait": -1}, "neither wait nor seed below 0"),
        ({"seed": -1}, "neither wait nor seed below 0"),
        ({"ports": (22,)}, "arp knows no ports"),
        ({**SYN, "ports": ()}, "syn needs ports"),
        ({**SYN, "ports": (0,)}, "from 1 to 65535"),
        ({**SYN, "ports": (22, 22)}, "each once"),
        ({**UDP, "ports": tuple(range(1, 1026))}, "too many for one ask"),
        ({**UDP, "payloads": {161: bytes(1401)}}, "fragments"),
        ({"vlan": 4095}, "no VLAN"),
        ({"source": "here"}, "cannot ask from here"),
        ({"source": "fd00::1"}, "cannot ask addresses of IPv4"),
        ({"method": Method.ND}, "cannot ask addresses of IPv4"),
        ({"targets": ("10.0.0.0/8",)}, "10.0.0.0/8 is too wide"),
        ({"targets": ()}, "one IP version"),
        ({"begin": 255}, "beyond the end"),
        ({"begin": -1}, "beyond the end"),
        ({**SYN, "targets": ("10.1.0.0/24",)}, "half-open"),
        ({**SYN, "via": None, "targets": ("10.0.0.0/8",)}, f"at most {LISTED}"),
        ({**SYN, "via": None, "cards": {"nobody": CARD}}, "nobody"),
    ],
)
def test_a_wish_beyond_reason_is_refused_with_a_word(make, words, said):
    with pytest.raises(ScopeError, match=said):
        make(**words)


def test_on_link_targets_have_cards_of_their_own(make):
    job = make(**{**SYN, "via": None, "cards": {"10.3.0.3": CARD, "10.9.0.1": CARD}})
    assert [2] == job.card_of.nonzero()[0].tolist()
    assert make(**SYN).card_of is None


def test_each_udp_port_has_a_frame_of_its_own(make):
    job = make(**{**UDP, "ports": (53, 161), "payloads": {161: b"question"}})
    assert 50 == job.stamp.longest


def test_our_own_address_is_known(make):
    assert (0, None) == (make().own, make(source="10.9.0.1").own)


def test_the_last_place_is_a_place_to_go_on_from(make):
    job = make(begin=508, tries=2)
    assert (254, 508) == (job.order.total, job.wish.begin)
    assert msgspec.structs.asdict(job)["wish"] is job.wish
