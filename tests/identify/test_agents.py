"""An SNMP agent's system group, as one object."""

import pytest

from scanner.identify import claims, readings
from scanner.knowledge.base import open_base


@pytest.fixture(scope="module")
def shipped():
    return open_base()


CISCO = "Cisco IOS Software, C2960 Software (C2960-LANBASEK9-M), Version 12.2(55)SE5, RELEASE SOFTWARE (fc1)"


@pytest.mark.parametrize("field", ["snmp.system", "snmp.sys_description", "snmp.sys_object_id"])
def test_the_description_is_heard_before_the_object_id(field, shipped):
    value = {"sysDescr": CISCO, "sysObjectID": "1.3.6.1.4.1.8072.3.2.10", "sysName": "sw7.example.org"}

    rule, got = claims.identify(field, value, shipped)

    assert rule is None
    assert ("Cisco", "12.2(55)SE5", "sw7") == (got["os.vendor"], got["os.version"], got["host.name"])
    assert "Linux" not in got.values()


@pytest.mark.parametrize(
    ("number", "attr", "want"),
    [
        (".1.3.6.1.4.1.311.1.1.3.1.3", "device.kind", "domain-controller"),
        ("enterprises.2636.1.1.1.2.29", "os.product", "Junos OS"),
        ("1.3.6.1.4.1.318.1.3.2.9", "hw.vendor", "APC"),
    ],
)
def test_where_the_description_is_silent_the_object_id_speaks(number, attr, want, shipped):
    _, got = claims.identify("snmp.sys_description", {"sysDescr": "Basement", "object_id": number}, shipped)

    assert want == got[attr]


@pytest.mark.parametrize(
    "value", [{}, {"sysDescr": ""}, {"sysName": "?"}, {"sysObjectID": "0.0"}, "Basement"]
)
def test_an_agent_that_says_nothing_is_no_claim(value, shipped):
    assert [] == list(readings.read("snmp.sys_description", value, shipped))


def test_a_number_that_only_begins_like_another_is_another(shipped):
    assert (None, {}) == claims.identify("snmp.sys_object_id", "1.3.6.1.4.1.91999.1", shipped)
