from datetime import UTC, datetime

import msgspec
import pytest

from scanner.model.net import Address, Mac, Port
from scanner.wire.nmap_host import Host, PortSeen, Service
from scanner.wire.nmap_seen import observations

NOW = datetime(2026, 12, 2, tzinfo=UTC)
HOST = Host(
    address=Address("10.0.0.1"),
    mac=Mac("02:00:00:00:00:01"),
    names=("pc",),
    state="up",
    first=NOW,
    last=NOW,
    ports=(),
)


def ports(*seen):
    return msgspec.structs.replace(HOST, ports=seen)


def fields(host):
    return [(one.field, one.value) for one in observations(host, "import:nmap-xml")]


def test_a_host_says_that_it_is_there_its_card_and_its_names():
    want = [("host.state", "up"), ("link.mac", "02:00:00:00:00:01"), ("host.name", "pc")]
    assert want == fields(HOST)


def test_a_host_that_is_down_says_nothing():
    assert fields(msgspec.structs.replace(HOST, state="down")) == []


@pytest.mark.parametrize(
    ("state", "reason", "want"),
    [
        ("open", "syn-ack", "open"),
        ("closed", "conn-refused", "closed"),
        ("filtered", "no-response", "silent"),
        ("filtered", "host-unreach", "unreachable"),
        ("open|filtered", "no-response", None),
        ("nonsense", "", None),
    ],
)
def test_port_states_are_said_in_our_words(state, reason, want):
    seen = PortSeen(port=Port("tcp/22"), state=state, reason=reason, service=Service())
    assert ([("port.state", want)] if want else []) == fields(ports(seen))[3:]


def test_a_service_that_was_asked_is_told_and_one_from_a_table_is_not():
    asked = Service(name="ssh", product="P", version="1", method="probed", cpes=("cpe:/a:x:y",))
    for service, want in (
        (asked, [{"name": "ssh", "product": "P", "version": "1", "cpe": ["cpe:/a:x:y"]}]),
        (msgspec.structs.replace(asked, method="table"), []),
        (Service(method="probed"), []),
    ):
        seen = PortSeen(port=Port("tcp/22"), state="open", reason="", service=service)
        assert want == [value for field, value in fields(ports(seen)) if field == "nmap.service"]


def test_where_and_when_go_with_each():
    seen = PortSeen(port=Port("tcp/22"), state="open", reason="", service=Service())
    last = list(observations(ports(seen), "engine:nmap", zone="ward", vantage="office"))[-1]
    assert ("engine:nmap", "ward", "office", "tcp/22", NOW) == (
        last.source,
        last.zone,
        last.vantage,
        last.port,
        last.first,
    )
