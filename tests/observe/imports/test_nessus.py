def test_a_host_has_its_card_its_names_its_system_and_each_open_port_once(sample):
    got = sample("nessus", "clinic.nessus")

    assert {
        "host.state": "up",
        "host.name": "RAD-LT-014",
        "scanner.os": "Microsoft Windows 7 Professional",
        "port.state": "open",
    } == got.at("00:1e:37:00:00:14")
    assert [("tcp/445", "open")] == [(one.port, one.value) for one in got.seen if one.port]
    assert "2026-11-23 11:50:33" == got.last("192.0.2.14")
    assert "host 'nowhere.clinic.example': no address" in got.complaint


def test_a_port_that_cannot_be_and_two_cards_and_a_doubtful_system_are_left_out(told):
    got = told(
        "nessus",
        "<NessusClientData_v2><ReportHost name='192.0.2.1'><HostProperties><tag name='operating-system'>A\nB</tag>"
        "<tag name='mac-address'>00:1e:37:00:00:01\n00:1e:37:00:00:02</tag><tag name='HOST_END_TIMESTAMP'>1795434033</tag>"
        "</HostProperties><ReportItem port='70000' protocol='tcp'/></ReportHost></NessusClientData_v2>",
    )

    assert [("host.state", None)] == [(one.field, one.mac) for one in got.seen]
    assert "2026-11-23 11:40:33" == got.last("192.0.2.1")
    assert "host 192.0.2.1: 'tcp/70000'" in got.complaint
