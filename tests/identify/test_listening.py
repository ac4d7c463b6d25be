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


def test_of_two_programs_on_one_port_each_keeps_its_own_version(saw, knowledge):
    """Docker behind nginx: neither is called by the other's version."""
    for field, pattern, product in (
        ("http.page", r"Version=(\S+);", "Docker Engine"),
        ("http_header.server", r"^nginx/(\S+)", "nginx"),
    ):
        named = {"service.product": product, "service.version": "$1"}
        knowledge.tables[field] = (Rule(id=product, re=pattern, set=named, eg={"x": {}}),)
    at = {"port": "tcp/2375", "source": "probe:http"}
    docker = saw("http.page", "/version Version=20.10.7; Os=linux", "10.0.0.1", **at)
    nginx = saw("http_header.server", "nginx/1.22.1", "10.0.0.1", **at)

    ways = [services(seen, list(claims(seen, knowledge))) for seen in ([docker, nginx], [nginx, docker])]

    for (one,) in ways:
        assert {f"{one.product} {one.version}", *one.also} == {"Docker Engine 20.10.7", "nginx 1.22.1"}
    assert ways[0] == ways[1]


def test_a_fuller_name_of_one_program_is_no_second_one(saw, knowledge):
    for field, product in (("http_header.server", "CUPS"), ("html_title", "CUPS Server")):
        knowledge.tables[field] = (
            Rule(id=product, re="^CUPS", set={"service.product": product}, eg={"x": {}}),
        )
    at = {"port": "tcp/631", "source": "probe:http"}
    seen = [
        saw("http_header.server", "CUPS/2.4", "10.0.0.1", **at),
        saw("html_title", "CUPS", "10.0.0.1", **at),
    ]

    (found,) = services(seen, list(claims(seen, knowledge)))

    assert () == found.also


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
