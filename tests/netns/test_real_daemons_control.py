"""Our questions to controllers meet real Modbus and KNX servers, by permit and not without, in namespaces without a way out."""

import pytest

from .real import facts, need, only  # noqa: TID252 - shared by the tests of real daemons

NEEDS = {
    "libmodbus": ("/usr/include/modbus/modbus.h", "/usr/bin/gcc"),
    "pymodbus": ("/usr/lib/python3/dist-packages/pymodbus", "/usr/lib/python3/dist-packages/serial_asyncio"),
    "knxd": ("/usr/bin/knxd",),
}

pytestmark = only


def seen(daemon, profile="ot", permit="with permit"):
    for one in NEEDS[daemon]:
        need(one)
    return dict(facts("daemons_control.py", daemon, profile, permit))


@pytest.mark.parametrize("profile", ["ot", "lab"])
def test_a_modbus_server_tells_who_it_is(profile):
    from scanner.identify.claims import identify
    from scanner.knowledge.base import open_base

    got = seen("pymodbus", profile)

    said = identify("modbus.device", got["modbus.device"], open_base())[1]
    assert "Pymodbus | PM | 1.2.3" == got["modbus.device"]
    assert ("Pymodbus", "1.2.3") == (said["service.product"], said["service.version"])
    assert "ok" == got["probe.outcome"]["outcome"]


def test_a_modbus_server_that_knows_no_identification_says_so():
    assert "1" == seen("libmodbus")["modbus.exception"]


def test_a_knx_server_describes_itself_and_its_card():
    got = seen("knxd")

    assert ("House of tests", "0.0.1") == (got["knx.name"], got["knx.device"]["place"])
    assert 17 == len(got["knx.mac"])


@pytest.mark.parametrize(
    ("daemon", "profile", "permit"),
    [
        ("libmodbus", "ot", "without"),
        ("libmodbus", "lab", "without"),
        ("libmodbus", "office", "with permit"),
        ("libmodbus", "clinical", "with permit"),
        ("knxd", "ot", "without"),
        ("knxd", "office", "with permit"),
    ],
)
def test_without_permit_and_outside_of_plants_and_labs_nobody_is_asked(daemon, profile, permit):
    assert {"connect": "refused"} == seen(daemon, profile, permit)
