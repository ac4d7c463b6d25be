"""Open ports and what speaks on them."""

import pytest

from scanner.identify.claims import claims
from scanner.identify.listening import opened, services
from scanner.model.rule import Rule


def test_each_open_port_is_listed_once_with_what_its_own_words_name(saw, knowledge):
    rule = Rule(
        id="d",
        re=r"^dropbear_(\S+)",
        set={"service.product": "Dropbear", "service.version": "$1"},
        eg={"x": {}},
    )
    knowledge.tables["ssh.banner"] = (rule,)
    seen = [
        saw("tcp.open", "open", "10.0.0.1", port="tcp/443", source="tcp:connect"),
        saw("tcp.open", "open", "10.0.0.1", port="tcp/22", source="tcp:connect"),
        saw("ssh.banner", "dropbear_0.52", "10.0.0.1", port="tcp/22", source="probe:ssh"),
        saw("ssh.banner", "dropbear_0.99", "10.0.0.2", port="tcp/22", source="probe:ssh"),
    ]

    found = services(seen, list(claims(seen, knowledge)))

    assert [
        ("10.0.0.1", "tcp/22", "ssh", "Dropbear", "0.52"),
        ("10.0.0.1", "tcp/443", None, None, None),
        ("10.0.0.2", "tcp/22", "ssh", "Dropbear", "0.99"),
    ] == [(s.address, s.port, s.protocol, s.product, s.version) for s in found]


@pytest.mark.parametrize(
    ("value", "want"),
    [
        ("closed", False),
        ({"state": "filtered"}, False),
        ({"outcome": "silent"}, False),
        ({"outcome": "ok"}, True),
        ("x", True),
    ],
)
def test_only_what_answers_is_open(saw, value, want):
    assert want == opened(saw("probe.outcome", value, "10.0.0.1", port="tcp/22"))
