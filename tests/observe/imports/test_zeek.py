def test_a_lease_names_its_card(sample):
    got = sample("zeek", "dhcp.log")

    assert {"dhcp.lease": {"state": "active", "hostname": "RAD-LT-014"}} == got.at("00:1e:37:00:00:14")


def test_a_conversation_shows_an_open_port_and_a_way_between_two_hosts_of_the_site(sample):
    got = sample("zeek", "conn.log")

    assert {"port.state": "open", "flow.seen": {"from": "192.168.7.14"}} == got.at("192.168.9.5")
    assert {"192.168.9.5"} == {one.address for one in got.seen}, (
        "what got no answer, or is not the site's, says nothing"
    )


def test_lines_of_several_logs_are_told_apart_by_their_fields(sample):
    got = sample("zeek", "mixed.json")

    assert {"ssh.banner": "OpenSSH_4.3", "dns.ptr": "old-unix.clinic.example"} == got.at("192.168.9.7")
    assert {"accepted": ["TLSv1.0"]} == got.at("192.168.9.8")["tls.versions"]
    assert "CN=ilo.clinic.example,O=Hewlett-Packard" == got.at("192.168.9.8")["x509.subject"]
    assert "pacs.clinic.example" == got.at("192.168.9.5")["dns.name"]
    assert {"http_header.user_agent", "ssh.client"} == set(got.at("192.168.7.14"))
    assert "" == got.complaint


def test_what_is_no_log_that_we_read_is_named_by_its_line(told):
    table = told("zeek", "#separator \\x09\n#path\tweird\n#fields\tts\tname\n1.0\tx\n1.0\n")
    lines = told(
        "zeek",
        '{"ts":1,"id":"F1","certificate.subject":"CN=x"}\n{"ts":1,"query":"a","rcode":0}\n[]\n{"ts":1}\n',
    )
    odd = told(
        "zeek", '{"ts":1,"uid":"C","id.resp_h":"10.0.0.1","id.resp_p":"no","proto":"tcp","conn_state":"SF"}\n'
    )

    assert "line 4: no log that tells of hosts: weird" in table.complaint
    assert "line 5: 1 cells where the heading has 2" in table.complaint
    assert "line 3: no JSON object" in lines.complaint
    assert "line 4: no log that tells of hosts: unnamed" in lines.complaint
    assert "line 1: 'tcp/no' is not a port" in odd.complaint
