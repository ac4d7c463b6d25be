"""An SNMP agent's system group, as one object."""

import pytest

from scanner.identify import claims, readings
from scanner.knowledge.base import open_base
from scanner.model.kinds import Kind
from scanner.model.rule import Rule


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


@pytest.mark.parametrize(
    ("value", "want"),
    [
        ("1.3.6.1.4.1.318.2", "APC"),
        (".1.3.6.1.4.1.10876.1", "Supermicro"),
        ("enterprises.10876", "Supermicro"),
        ({"sysDescr": "Basement", "sysObjectID": "1.3.6.1.4.1.10876.9"}, "Supermicro"),
        ("1.3.6.1.4.1.8072.9", None),
        ("1.3.6.1.4.1.77777777.1", None),
        ("1.3.6.1.2.1.1", None),
        ("", None),
    ],
)
def test_a_number_that_no_rule_knows_still_tells_its_maker(value, want, knowledge):
    _, got = claims.identify("snmp.sys_object_id", value, knowledge)

    assert want == got.get("hw.vendor")


def test_a_rule_for_the_number_is_heard_instead_of_the_register(knowledge, saw):
    said = {"os.product": "AOS"}
    knowledge.tables["snmp.sys_object_id"] = (Rule(id="r", re=r"\.318\.", set=said, eg={".318.1": said}),)
    seen = saw("snmp.sys_object_id", "1.3.6.1.4.1.318.1", "10.0.0.1")

    assert ["os.product"] == [claim.attr for claim in claims.claims([seen], knowledge)]


def test_a_number_that_only_begins_like_another_is_another(shipped):
    assert (None, {}) == claims.identify("snmp.sys_object_id", "1.3.6.1.4.1.91999.1", shipped)


@pytest.mark.parametrize(
    "field", ["snmp.sys_description", "snmp.sys_object_id", "hp_pjl_id", "dhcp_vendor_class"]
)
def test_every_kind_that_a_rule_names_is_on_the_closed_list(field, shipped):
    named = {rule.set["device.kind"] for rule in shipped.rules(field) if "device.kind" in rule.set}

    assert named
    assert named <= set(Kind)


@pytest.mark.parametrize(
    "text",
    [
        "Linux sensor4 2.6.31 #3 Mon Jan 2 10:00:00 CET 2012 armv5tejl",
        "Linux  4.9.1 #1 Mon Jan 2 10:00:00 UTC 2012 mips",
        "Linux unit 3.2.0-acmeos9 #1 SMP Mon Jan 2 10:00:00 UTC 2012 x86_64",
    ],
)
def test_the_kernel_of_an_appliance_does_not_name_its_system(text, shipped):
    _, got = claims.identify("snmp.sys_description", text, shipped)

    assert {"service.component.vendor", "service.component.product", "service.component.version"} == set(got)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("SG350-10 10-Port Gigabit Managed Switch", ("Cisco", "SG350-10", None)),
        ("Raritan PDU, MD:PX3-1493V HW:0x10 FW:3.6.1.5-48000", ("Raritan", "PX3-1493V", "3.6.1.5-48000")),
        ("Integrated Lights-Out 5 2.44 Apr 30 2021", ("HP", None, "2.44")),
        ("EDS-516A-MM-SC", ("Moxa", "EDS-516A-MM-SC", None)),
        ("Dell Networking N1548P, 6.5.1.6, Linux 4.14.138", ("Dell", "Dell Networking N1548P", "6.5.1.6")),
        (
            "TiMOS-C-20.10.R5 cpm/hops64 Nokia 7750 SR Copyright (c) 2000-2021",
            ("Nokia", "7750 SR", "20.10.R5"),
        ),
    ],
)
def test_a_family_is_known_by_its_form_and_not_by_one_model(text, want, shipped):
    _, got = claims.identify("snmp.sys_description", text, shipped)

    assert want == (got["os.vendor"], got.get("hw.product"), got.get("os.version"))
