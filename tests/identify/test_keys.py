"""Marks: what each observation holds by which a device is known again."""

import pytest

from scanner.identify import keys


@pytest.mark.parametrize(
    ("field", "value", "want"),
    [
        ("ssh.host_key", {"type": "ssh-rsa", "sha256": "K"}, [("image", "ssh-rsa K", 2)]),
        ("ssh.host_key", {}, []),
        ("smb2.guid", "{AA-BB}", [("image", "aa-bb", 2)]),
        ("smb2.guid", "00000000-0000", []),
        ("smb2.guid", {}, []),
        ("tls.certificate", {"sha256": "AB:CD"}, [("image", "abcd", 1)]),
        ("tls.certificate", {}, []),
        ("snmp.engine_id", "80000", [("image", "80000", 2)]),
        ("snmp.engine_id", "", []),
        ("smb2.boot_time", "2026-01-01T00:00:00Z", [("clock", "2026-01-01T00:00:00Z", 2)]),
        ("smb2.boot_time", "", []),
        ("ntlm.names", {"netbios_name": "A", "dns_domain": "x.y"}, [("name", "a", 1), ("name", "a.x.y", 2)]),
        ("ntlm.names", {"netbios_name": "A", "netbios_domain": "WORKGROUP"}, [("name", "a", 1)]),
        ("ntlm.names", {"netbios_name": "A", "netbios_domain": "A"}, [("name", "a", 1)]),
        ("dhcp.lease", {"hostname": "localhost"}, []),
        ("dns.ptr", "10.0.0.1", []),
        ("dns.ptr", "gw.x.y", [("name", "gw", 1)]),
        ("kerberos.client", {"host": "A", "realm": "X.Y"}, [("name", "a", 1), ("name", "a.x.y", 2)]),
        ("kerberos.client", {"realm": "X.Y"}, []),
        ("dhcp.options", {"dhcpoption12": "LT-07", "dhcpoption55": "1,3"}, [("name", "lt-07", 1)]),
        ("dhcp.options", {"dhcpoption12": "android"}, []),
        ("netbios.announcement", {"name": "A", "version": "5.1"}, [("name", "a", 1)]),
        ("mdns.host", "Printer-3", [("name", "printer-3", 1)]),
        ("ssh.banner", "x", []),
    ],
)
def test_each_fact_holds_its_marks(saw, field, value, want):
    assert want == [(key.family, key.value, key.weight) for key in keys.keys(saw(field, value, "10.0.0.1"))]


@pytest.mark.parametrize(
    ("field", "value", "count"),
    [
        ("ssh.host_key", {"type": "t", "sha256": "K"}, 1),
        ("ssh.host_key", {}, 0),
        ("smb2.guid", "a-b", 1),
        ("ntlm.names", {"netbios_name": "A"}, 1),
        ("ntlm.names", {}, 0),
        ("ssh.banner", "x", 0),
    ],
)
def test_traits_are_what_a_machine_has_one_of(saw, field, value, count):
    assert count == len(list(keys.traits(saw(field, value, "10.0.0.1", port="tcp/22"))))


@pytest.mark.parametrize(
    ("text", "known"), [("2026-01-01T00:00:00Z", True), ("2026-01-01", False), ("soon", False)]
)
def test_a_start_time_needs_a_date_with_its_zone(saw, text, known):
    assert known == (keys.started(saw("smb2.boot_time", text)) is not None)


def test_a_card_is_read_from_the_observation_or_its_value(saw):
    assert "00:11:22:33:44:55" == keys.card(saw("dhcp.lease", {"mac": "0011.2233.4455"}, source="import:x"))
    assert keys.card(saw("dhcp.lease", {"mac": "?"}, source="import:x")) is None
    assert keys.card(saw("ssh.banner", "00:11:22:33:44:55")) is None


@pytest.mark.parametrize(
    ("mac", "want"),
    [
        ("00:00:0c:07:ac:0a", "HSRP"),
        ("00:00:0c:9f:f0:01", "HSRP"),
        ("00:00:5e:00:01:07", "VRRP or CARP"),
        ("00:07:b4:00:01:01", "GLBP"),
        ("02:bf:0a:00:00:01", "NLB cluster"),
        ("00:1b:21:00:00:01", None),
        (None, None),
    ],
)
def test_virtual_cards_are_known_by_their_reserved_numbers(mac, want):
    assert want == keys.virtual(mac)


def test_a_number_set_by_hand_is_not_burnt_in():
    assert (True, False) == (keys.burnt_in("00:1b:21:00:00:01"), keys.burnt_in("02:1b:21:00:00:01"))
