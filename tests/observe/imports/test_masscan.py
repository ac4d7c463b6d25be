import pytest


@pytest.mark.parametrize("file", ["list.txt", "scan.json", "scan.xml"])
def test_every_form_tells_port_and_banner_of_the_same_host(sample, file):
    got = sample("masscan", file)

    assert {"port.state": "open", "ssh.banner": "OpenSSH_5.3"} == got.at("192.0.2.7")
    assert "2026-11-23 11:40:34" == got.last("192.0.2.7")
    assert {"tcp/22"} == {one.port for one in got.seen if one.address == "192.0.2.7"}
    assert "" == got.complaint


def test_what_is_no_line_element_or_object_of_masscans_is_named(told):
    lines = told(
        "masscan", "#masscan\nopen tcp 22 192.0.2.7 1795434033\nopen tcp 99999 192.0.2.7 1795434033\nopen\n"
    )
    element = told(
        "masscan",
        '<nmaprun><host endtime="1"><address addr="x"/><ports><port protocol="tcp" portid="1"/></ports></host></nmaprun>',
    )
    listed = told(
        "masscan", '[{"ip": "x", "timestamp": "1", "ports": [{"port": 1, "proto": "tcp"}]}, {"finished": 1}]'
    )

    assert 1 == len(lines.seen)
    assert "line 3: " in lines.complaint
    assert "line 4: cut short" in lines.complaint
    assert "a host: 'x'" in element.complaint
    assert "byte 1: 'x'" in listed.complaint


def test_a_banner_that_we_have_no_field_for_is_left_to_others(told):
    assert [] == told("masscan", "banner tcp 443 192.0.2.7 1795434034 X509 MIIC\n").seen
