import pytest

HEADING = "Vlan    Mac Address       Type        Ports\n"
CROWD = "".join(f"  10    001e.3700.01{number:02x}    DYNAMIC     Gi1/0/24\n" for number in range(9))


def test_a_card_is_at_its_switch_port_with_what_the_port_is_called(sample):
    got = sample("cisco", "ios.txt")

    assert {"switch": "SW-RAD-1", "port": "Gi1/0/12", "description": "RAD reading room desk 2"} == got.at(
        "00:1e:37:00:00:14"
    )["location"]
    assert "192.0.2.14" == next(one.address for one in got.seen if one.mac == "00:1e:37:00:00:14")
    assert "" == got.complaint


def test_nobody_is_placed_at_a_port_that_leads_to_another_switch(sample, told):
    assert {} == sample("cisco", "ios.txt").at("00:1e:37:00:00:aa"), "its neighbour is a switch"
    assert [] == told(
        "cisco", f"sw#show mac address-table\nVlan    Mac Address       Type        Ports\n{CROWD}"
    ).of("location")


def test_arp_knows_how_long_ago_a_card_was_heard(sample):
    assert "2026-11-23 23:48:00" == f"{sample('cisco', 'ios.txt').seen[0].last:%F %T}"
    assert "2026-11-23 23:47:27" == f"{sample('cisco', 'nxos.txt').seen[0].last:%F %T}"


def test_neighbours_speak_in_the_words_of_the_passive_parsers(sample):
    got = sample("cisco", "ios.txt")

    assert {
        "name": "SW-CORE-1.clinic.example",
        "platform": "cisco WS-C3560-48TS",
        "capabilities": ["switch", "router"],
    } == got.at("192.0.2.62")["cdp.device"]
    assert "Version 12.2(55)SE10" in got.at("192.0.2.62")["cdp.version"]
    assert {"name": "ct-console", "description": "Example CT console 4.1"} == got.at("00:1e:37:00:00:30")[
        "lldp.system"
    ]


def test_an_interface_is_a_network_whose_size_is_a_guess(sample, told):
    assert [
        {"cidr": "192.0.2.0/24", "name": "Radiology", "vlan": "30", "gateway": "192.0.2.1", "guessed": "mask"}
    ] == sample("cisco", "ios.txt").of("network.range")
    (nxos,) = told(
        "cisco",
        "Interface            IP Address      Interface Status\nVlan10  192.0.2.65  protocol-up/link-up/admin-up\n",
    ).of("network.range")
    assert ("192.0.2.0/24", "Vlan10", "10") == (nxos["cidr"], nxos["name"], nxos["vlan"])


def test_nxos_tables_are_read(sample):
    got = sample("cisco", "nxos.txt")

    assert {"switch": "dc-leaf-1", "port": "Eth1/12", "description": "old backup server"} == got.at(
        "00:1e:37:00:00:44"
    )["location"]


@pytest.mark.parametrize(
    ("lines", "want"),
    [
        (
            f"a#show mac add\nb#sh ver\nx\na#show mac address-table\n{HEADING}  1    001e.3700.0001    DYNAMIC     Fa0/1\nb#show mac address-table\n  1    001e.3700.0002    DYNAMIC     Fa0/2\n",
            [("a", "Fa0/1"), ("b", "Fa0/2")],
        ),
        (
            "Vlan    Mac Address       Type        Ports\n  1    001e.3700.0001    DYNAMIC     Fa0/1\n",
            [("file", "Fa0/1")],
        ),
    ],
)
def test_each_prompt_names_its_own_switch_and_without_one_the_file_does(told, lines, want):
    assert want == [(one["switch"], one["port"]) for one in told("cisco", lines).of("location")]


def test_a_phone_in_a_wall_is_no_switch_and_a_neighbour_without_address_is_known_by_its_card(told):
    got = told(
        "cisco",
        "sw#show lldp neighbors detail\n----\nLocal Intf: Gi1/0/3\nChassis id: 001e.3700.0031\nSystem Name: phone-7\n\n"
        "Enabled Capabilities: B,T\n----\nLocal Intf: Gi1/0/4\nSystem Name: nobody\n----\n"
        "sw#show cdp nei det\nDevice ID: SEP001E37000031\nPlatform: Cisco IP Phone 7941,  Capabilities: Host Phone\n"
        "Interface: GigabitEthernet1/0/3,  Port ID (outgoing port): Port 1\n"
        "sw#show mac address-table\nVlan    Mac Address       Type        Ports\n"
        "  1    001e.3700.0031    DYNAMIC     Gi1/0/3\n  1    001e.3700.0032    DYNAMIC     Gi1/0/3\n",
    )

    assert ["bridge", "telephone"] == got.of("lldp.system")[0]["enabled"]
    assert "Gi1/0/3" == got.at("00:1e:37:00:00:32")["location"]["port"]
