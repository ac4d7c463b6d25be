def test_rules_follow_aliases_and_interfaces(sample):
    got = sample("opnsense", "config.xml")

    assert [
        ("allow", ["192.0.2.0/26"], ["192.0.2.64/26"], ["tcp/80", "tcp/443"]),
        ("deny", ["192.0.2.0/26"], ["192.0.2.64/26"], ["*"]),
    ] == [(one["action"], one["from"], one["to"], one["ports"]) for one in got.of("policy.rule")]
    assert "rule 4 'lost alias': nobody_knows is no network" in got.complaint


def test_networks_have_their_vlan_and_reservations_their_card(sample):
    got = sample("opnsense", "config.xml")

    assert [("wan", "outside"), ("Office", None), ("Radiology", None)] == [
        (one["name"], one.get("role")) for one in got.of("network.range")
    ]
    assert "30" == got.of("network.range")[2]["vlan"]
    assert "ct-console" == got.at("00:1e:37:00:00:30")["register.entry"]["name"]


def test_aliases_in_aliases_negations_ranges_of_ports_and_icmp(told):
    rules = (
        "<rule><type>pass</type><interface>lan</interface><source><address>hosts</address></source>"
        "<destination><not/><network>lanip</network></destination></rule>"
        "<rule><type>pass</type><protocol>tcp/udp</protocol><source><any/></source><destination><network>lan</network>"
        "<port>53:54</port></destination></rule>"
        "<rule><type>pass</type><protocol>icmp</protocol><source><any/></source><destination><any/></destination></rule>"
        "<rule><enabled>0</enabled></rule>"
        "<rule><type>pass</type><protocol>tcp</protocol><source><any/></source><destination><any/><port>odd</port></destination></rule>"
    )
    got = told(
        "opnsense",
        "<opnsense><interfaces><lan><ipaddr>192.0.2.1</ipaddr><subnet>26</subnet></lan></interfaces><aliases>"
        "<alias><name>hosts</name><content>inner\n192.0.2.9</content></alias><alias><name>inner</name><content>192.0.2.8 hosts</content></alias>"
        f"</aliases><filter>{rules}</filter></opnsense>",
    )

    first, second = got.of("policy.rule")
    assert {"192.0.2.8/32", "192.0.2.9/32"} == set(first["from"])
    assert ["any"] == first["to"]
    assert ["tcp/53", "tcp/54", "udp/53", "udp/54"] == second["ports"]
    assert "rule 5 '': 'odd' is no port" in got.complaint
