"""What devices answer to one question by UDP says who made them and what they are."""

import pytest

from scanner.identify import readings


@pytest.mark.parametrize(
    ("field", "value", "want"),
    [
        (
            "snmp.engine_id",
            "8000013e0300c0b7a1b2c3",
            {"hw.vendor": "APC", "host.mac": "00:c0:b7:a1:b2:c3"},
        ),
        ("snmp.engine_id", "80000009030000a1b2c3d4", {"hw.vendor": "Cisco", "host.mac": "00:00:a1:b2:c3:d4"}),
        ("snmp.engine_id", "000000090000000a0a010107", {"hw.vendor": "Cisco"}),
        ("snmp.engine_id", "80001f8880a1b2c3d4e5f60718", {}),
        ("snmp.engine_id", "8000270f0300c0b7a1b2", {}),
        ("snmp.engine_id", "800000", {}),
        ("snmp.engine_id", "no hex", {}),
        ("netbios.mac", "00:c0:b7:a1:b2:c3", {"host.mac": "00:c0:b7:a1:b2:c3", "hw.vendor": "APC"}),
        ("netbios.mac", "nonsense", {}),
        ("netbios.role", "domain controller", {"device.kind": "domain-controller"}),
        ("netbios.role", "else", {}),
        ("mdns.services", "_http._tcp _ipp._tcp", {"device.kind": "printer"}),
        ("mdns.services", "_ipp._tcp _smb._tcp", {}),
        ("mdns.services", "_http._tcp", {}),
        (
            "wsd.match",
            {
                "types": "dn:NetworkVideoTransmitter tds:Device",
                "scopes": "onvif://www.onvif.org/hardware/DS-2CD onvif://www.onvif.org/name/HIKVISION%20DS"
                " onvif://www.onvif.org/location/hall onvif://www.onvif.org/name/%20",
            },
            {"device.kind": "camera", "hw.model": "DS-2CD", "hw.vendor": "Hikvision"},
        ),
        ("wsd.match", {"types": "wsdp:Device pub:Computer"}, {}),
        (
            "ubnt.discovery",
            {"model": "NanoStation M5", "platform": "N5N", "name": "bridge", "mac": "24:a4:3c:11:22:33"},
            {
                "hw.vendor": "Ubiquiti",
                "hw.product": "NanoStation M5",
                "host.name": "bridge",
                "host.mac": "24:a4:3c:11:22:33",
            },
        ),
        ("ubnt.discovery", {"platform": "e100"}, {"hw.vendor": "Ubiquiti", "hw.product": "e100"}),
        ("ubnt.discovery", {"other": "x"}, {"hw.vendor": "Ubiquiti"}),
        (
            "ipmi.auth",
            {"versions": ["1.5", "2.0"], "anonymous": False, "null_users": True, "enterprise": 10876},
            {
                "device.kind": "bmc",
                "setting.ipmi": "2.0",
                "setting.ipmi_login": "anonymous",
                "hw.vendor": "Supermicro",
            },
        ),
        (
            "ipmi.auth",
            {"versions": ["1.5"], "anonymous": False},
            {"device.kind": "bmc", "setting.ipmi": "1.5"},
        ),
        ("ipmi.auth", {}, {}),
    ],
)
def test_an_answer_says(field, value, want, knowledge):
    knowledge.makers = {"00:c0:b7": "American Power Conversion Corp"}

    got = {attr: said for attr, said, _ in readings.read(field, value, knowledge)}

    assert want == got
