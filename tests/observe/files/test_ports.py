"""Ports in the spellings of firewalls."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.observe.files.ports import listed, span


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("tcp/443", ["tcp/443"]),
        ("443/tcp, 53/udp", ["tcp/443", "udp/53"]),
        ("22;80", ["tcp/22", "tcp/80"]),
        ("https HTTP", ["tcp/443", "tcp/80"]),
        ("dns", ["udp/53", "tcp/53"]),
        ("tcp/20-22", ["tcp/20", "tcp/21", "tcp/22"]),
        ("tcp/1-65535", ["*"]),
        ("any", ["*"]),
        ("tcp/22 all", ["*"]),
        ("", []),
        ("none", []),
        ("-", []),
    ],
)
def test_a_list_of_ports(text, want):
    assert want == listed(text)


@pytest.mark.parametrize("text", ["maybe", "tcp/0", "tcp/70000", "443/sctp"])
def test_what_is_no_port_is_said(text):
    with pytest.raises(ValueError, match="no"):
        listed(text)


def test_a_protocol_without_ports_is_everything():
    assert ["*"] == list(span("ip", 1, 2))


@given(st.text(max_size=20))
def test_nothing_but_a_value_error_comes_of_any_text(text):
    try:
        listed(text)
    except ValueError:
        return
