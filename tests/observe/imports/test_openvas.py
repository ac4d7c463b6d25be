def test_ports_of_list_and_results_and_what_is_known_of_the_host(sample):
    got = sample("openvas", "report.xml")

    assert {"tcp/22", "tcp/445"} == {one.port for one in got.seen if one.field == "port.state"}
    assert {"2026-11-23"} == {f"{one.last:%F}" for one in got.seen}, (
        "the list of ports is as old as the results"
    )
    assert "rad-lt-014.clinic.example" == got.at("00:1e:37:00:00:14")["host.name"]
    assert "Microsoft Windows 7 Professional 7601 Service Pack 1" == got.at("192.0.2.14")["scanner.os"]


def test_hosts_without_address_say_nothing_and_ports_that_cannot_be_are_named(told):
    got = told(
        "openvas",
        "<report><host><ip>x</ip></host><result><host>192.0.2.1</host><port>70000/tcp</port></result>"
        "<result><host>x</host><port>22/tcp</port></result></report>",
    )

    assert [] == got.seen
    assert "host 192.0.2.1: 'tcp/70000'" in got.complaint
