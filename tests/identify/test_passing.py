"""What is said in passing becomes the same claims that an answer would."""

import pytest

from scanner.identify import passing
from scanner.model.rule import Rule


class Nothing:
    """Knowledge without a rule."""

    def rules(self, _field):
        return ()


@pytest.fixture
def taught(knowledge):
    """Knowledge with a rule for each table that is asked."""
    lines = {
        "snmp.sys_description": (
            r"^Cisco IOS Software.*Version ([^,]+),",
            {"os.product": "IOS", "os.version": "$1"},
        ),
        "ssh.banner": (r"^OpenSSH_(\S+) Debian", {"os.vendor": "Debian", "service.version": "$1"}),
        "profinet.station": (r"^S7", {"hw.vendor": "Siemens"}),
    }
    for field, (pattern, told) in lines.items():
        knowledge.tables[field] = (Rule(id=field, re=pattern, set=told, eg={"x": {}}),)
    return knowledge


def of(reader, **said):
    return {
        attr: value
        for attr, value, _ in reader({name.rstrip("_"): value for name, value in said.items()}, Nothing())
    }


def text(reader, value, knowledge=None):
    return {attr: said for attr, said, _ in reader({"": value}, knowledge or Nothing())}


IOS = "Cisco IOS Software, C2960 Software (C2960-LANBASEK9-M), Version 12.2(55)SE5, RELEASE SOFTWARE (fc1)"


def test_a_neighbours_text_is_read_as_its_agents_description(taught):
    lldp = {
        attr: value
        for attr, value, _ in passing.lldp(
            {"name": "sw-1.hospital.example", "description": IOS, "enabled": "bridge,router"}, taught
        )
    }
    cdp = text(passing.cdp, IOS, taught)

    assert ("IOS", "12.2(55)SE5") == (cdp["os.product"], cdp["os.version"])
    assert cdp.items() <= lldp.items()
    assert ("sw-1", "hospital.example", "switch") == (
        lldp["host.name"],
        lldp["host.domain"],
        lldp["device.kind"],
    )


@pytest.mark.parametrize(
    ("enabled", "want"),
    [
        ("bridge,telephone", "phone"),
        ("bridge,wlan-access-point,router", "access-point"),
        ("router", "router"),
        ("station", None),
        ("", None),
    ],
)
def test_what_is_enabled_says_the_kind(enabled, want):
    assert want == of(passing.lldp, enabled=enabled).get("device.kind")


def test_a_cisco_names_itself_without_its_serial_number():
    got = of(
        passing.cdp_device,
        name="sw-1(FOC1234X0YZ)",
        platform="cisco WS-C2960-24TT-L",
        capabilities="switch,igmp",
    )

    assert got == {
        "host.name": "sw-1",
        "hw.vendor": "Cisco",
        "hw.product": "WS-C2960-24TT-L",
        "device.kind": "switch",
    }
    assert {} == of(passing.cdp_device, platform="Linux")


def test_a_mikrotik_tells_its_release_and_board():
    got = of(passing.mikrotik, name="gw", platform="MikroTik", version="6.42.1 (stable)", board="RB750Gr3")

    assert ("RouterOS", "6.42.1", "RB750Gr3") == (got["os.product"], got["os.version"], got["hw.product"])
    assert {"host.name": "gw"} == of(passing.mikrotik, name="gw", platform="x", version="1.2")
    assert "os.version" not in of(passing.mikrotik, platform="MikroTik", version="?")


def test_an_extreme_switch_is_one():
    assert ("ExtremeXOS", "12.5.3.6") == tuple(
        of(passing.extreme, version="12.5.3.6")[one] for one in ("os.product", "os.version")
    )
    assert "os.version" not in of(passing.extreme, name="core")


def test_a_bridge_a_relay_and_a_phasor_unit_are_known_by_their_speech():
    speech = (passing.bridge, passing.publisher, passing.phasors, passing.station104, passing.controller)
    want = ["switch", "relay", "relay", "rtu", "building-controller"]
    assert want == [of(one)["device.kind"] for one in speech]


def test_a_station_that_controls_is_a_controller(taught):
    got = {
        attr: value
        for attr, value, _ in passing.station(
            {"name": "plc-boiler", "type": "S7-300", "roles": "controller"}, taught
        )
    }

    assert ("plc-boiler", "S7-300", "plc", "Siemens") == (
        got["host.name"],
        got["hw.product"],
        got["device.kind"],
        got["hw.vendor"],
    )
    assert {} == of(passing.station, roles="device")
    assert {"hw.product": "OTHER"} == of(passing.station, type_="OTHER")


@pytest.mark.parametrize(
    ("version", "roles", "product"),
    [
        ("5.1", "workstation,server,nt-workstation", "Windows XP"),
        ("5.0", "workstation,server,nt-workstation", "Windows 2000"),
        ("5.0", "workstation,server,nt-server", None),
        ("6.1", "workstation,server,nt-workstation", "Windows"),
        ("5.1", "server", None),
    ],
)
def test_an_announcement_names_a_system_only_where_its_version_is_one_systems(version, roles, product):
    assert product == of(passing.announcement, name="PC", version=version, roles=roles).get("os.product")


def test_a_unix_server_is_no_windows():
    got = of(
        passing.announcement,
        name="NAS",
        version="4.9",
        roles="server,unix-server,nt-server",
        comment="Samba 3.0.20-Debian",
    )

    assert got == {"host.name": "NAS", "service.product": "Samba", "service.version": "3.0.20-Debian"}
    assert "service.version" not in of(passing.announcement, version="6.1", roles="unix-server")


def test_a_server_edition_says_so():
    assert (
        "server"
        == of(passing.announcement, name="S", version="10.0", roles="server,nt-server")["device.kind"]
    )


def test_a_controller_of_a_domain_says_so():
    got = of(passing.announcement, name="DC", version="5.2", roles="server,nt-server,domain-controller")

    assert "domain-controller" == got["device.kind"]


def test_a_ticket_names_the_machine_and_its_domain():
    assert {"host.name": "PC-07", "host.domain": "hospital.example"} == of(
        passing.ticket, host="PC-07", realm="HOSPITAL.EXAMPLE"
    )
    assert {} == of(passing.ticket, host="1234")
    assert {"device.kind": "domain-controller", "host.domain": "x.example"} == text(
        passing.granter, "X.EXAMPLE"
    )
    assert {"device.kind": "domain-controller"} == text(passing.granter, "")


def test_a_client_tells_its_system_and_serves_nothing(taught):
    got = text(passing.ssh_client, "OpenSSH_7.4p1 Debian-10+deb9u7", taught)

    assert {"os.vendor": "Debian"} == got
    assert {} == text(passing.ssh_client, "no such client", taught)


def test_a_class_of_microsofts_is_windows():
    assert "Windows" == of(passing.client6, class_="MSFT 5.0", name="pc-07")["os.product"]
    assert {"host.name": "pc-07"} == of(passing.client6, name="pc-07")
