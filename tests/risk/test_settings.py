"""What a device says about itself makes an exposure, and what it denies unmakes it."""

import csv
from pathlib import Path

import msgspec
import pytest

import scanner.knowledge
from scanner.model.net import Port
from scanner.risk.facts import facts_of
from scanner.risk.finding import Case
from scanner.risk.holes import CHECKS
from scanner.risk.parameters import resolve

VALUES = resolve({})
FACTS = Path(scanner.knowledge.__file__).parent / "facts" / "exposures.csv"


def held(make, name, device):
    with FACTS.open(encoding="utf-8", newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["id"] == name)
    fact = msgspec.structs.replace(
        make.fact("telnet"), id=name, ports=tuple(Port(port) for port in row["ports"].split())
    )
    case = Case(device=device, age=make.age(), facts=facts_of(device), fact=fact, values=VALUES, now=make.now)
    return CHECKS[name](case)


@pytest.mark.parametrize(
    ("name", "port", "field", "value", "grade"),
    [
        ("x11", "tcp/6000", None, None, "E1"),
        ("x11", "tcp/6000", "x11.access", "open", "E4"),
        ("x11", "tcp/6000", "x11.access", "refused", None),
        ("x11", "tcp/6000", "x11.access", "asks", None),
        ("redis-unauth", "tcp/6379", None, None, "E1"),
        ("redis-unauth", "tcp/6379", "redis.access", "full", "E1"),
        ("redis-unauth", "tcp/6379", "redis.access", "protected", None),
        ("r-services", "tcp/514", None, None, "E1"),
        ("r-services", "tcp/514", "rsh.response", "remshd: Login incorrect.", "E4"),
        ("smart-install", "tcp/4786", None, None, "E2"),
        ("iscsi", "tcp/3260", None, None, "E1"),
        ("iscsi", "tcp/3261", None, None, None),
        ("telnet", "tcp/23", None, None, "E4"),
    ],
)
def test_what_a_device_says_goes_before_an_open_port(make, name, port, field, value, grade):
    readings = [(field, value, port)] if field else []
    device = make.device("d", "a", ports=(port,), readings=readings)

    got = held(make, name, device)

    assert grade == (got and got.grade)
    assert got is None or (port,) == got.ports


@pytest.mark.parametrize(
    ("programs", "ports", "grade", "where"),
    [
        (("nfs", "mountd"), ("tcp/111", "tcp/2049"), "E4", ("tcp/111",)),
        (("mountd",), ("tcp/111",), "E4", ("tcp/111",)),
        (("portmapper", "status"), ("tcp/111",), None, None),
        (("portmapper",), ("tcp/111", "tcp/2049"), "E2", ("tcp/2049",)),
        ((), ("tcp/111",), "E2", ("tcp/111",)),
        ((), ("tcp/2049",), "E2", ("tcp/2049",)),
        ((), ("tcp/80",), None, None),
    ],
)
def test_nfs_is_what_the_port_mapper_names(make, programs, ports, grade, where):
    device = make.device("d", "a", ports=ports)
    if programs:
        claim = make.claim("rpcbind.programs", "x", "tcp/111")
        seen = msgspec.structs.replace(claim.seen, value={"programs": list(programs)})
        device = msgspec.structs.replace(device, facts=(msgspec.structs.replace(claim, seen=seen),))

    got = held(make, "nfs-rpcbind", device)

    assert (grade, where) == ((got.grade, got.ports) if got else (None, None))


@pytest.mark.parametrize(
    ("name", "port", "protocol", "holds"),
    [
        ("telnet", "tcp/23", "telnet", True),
        ("telnet", "tcp/23", "signon", True),
        ("telnet", "tcp/23", "ssh", False),
        ("r-services", "tcp/514", "rsh", True),
        ("r-services", "tcp/514", "http", False),
    ],
)
def test_a_port_on_which_another_protocol_speaks_is_none_of_it(make, name, port, protocol, holds):
    device = make.device("d", "a", ports=(port,))
    services = tuple(msgspec.structs.replace(one, protocol=protocol) for one in device.services)
    device = msgspec.structs.replace(device, services=services)

    assert holds == (held(make, name, device) is not None)


@pytest.mark.parametrize(
    ("attributes", "holds"),
    [
        ({"hw.vendor": "Cisco"}, True),
        ({"os.vendor": "Cisco Systems"}, True),
        ({"hw.vendor": "HP"}, False),
        ({"hw.vendor": "HP", "os.vendor": "Cisco"}, True),
        ({}, True),
    ],
)
def test_smart_install_is_ciscos(make, attributes, holds):
    device = make.device("d", "a", ports=("tcp/4786",), attributes=attributes)

    assert holds == (held(make, "smart-install", device) is not None)


@pytest.mark.parametrize(
    ("version", "holds"),
    [("9.2.0.5.0", True), ("11.2.0.4.0", True), ("12.1.0.2.0", False), ("19", False), ("", False)],
)
def test_an_old_listener_takes_services_from_anybody(make, version, holds):
    device = make.device("d", "a", ports=("tcp/1521",), products={"tcp/1521": ("Oracle Database", version)})

    assert holds == (held(make, "oracle-tns", device) is not None)


@pytest.mark.parametrize(
    ("version", "holds"), [("5.5.6", True), ("5.6.2", False), ("8.7.1", False), ("3.5", False)]
)
def test_airos_is_judged_by_its_version(make, version, holds):
    device = make.device(
        "d",
        "a",
        ports=("tcp/80",),
        attributes={"os.product": "airOS", "os.version": version, "hw.vendor": "Ubiquiti"},
    )

    assert holds == (held(make, "ubnt-airos", device) is not None)
