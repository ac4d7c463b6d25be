def test_a_client_is_placed_by_the_name_of_its_switch_and_port(sample):
    got = sample("unifi", "controller.json")

    client = got.at("00:1e:37:00:00:14")
    assert {"switch": "SW floor 2", "port": "7", "description": "desk 14"} == client["location"]
    assert "RAD-LT-014" == client["host.name"]
    assert "2026-11-06 21:20:00" == got.last("192.0.2.14")
    assert {"access_point": "78:45:58:00:00:09", "description": "clinic"} == got.at("192.0.2.70")["location"]


def test_devices_networks_and_rules_in_their_order(sample):
    got = sample("unifi", "controller.json")

    assert ("switch", "6.5.59") == tuple(
        got.at("192.0.2.2")["register.entry"][word] for word in ("kind", "version")
    )
    assert ["192.0.2.0/26", "192.0.2.64/26"] == [one["cidr"] for one in got.of("network.range")]
    first, second = got.of("policy.rule")
    assert ("allow", ["tcp/443", "tcp/8443"], 1) == (first["action"], first["ports"], first["order"])
    assert (["192.0.2.0/26"], ["192.0.2.64/26"], "deny", ["*"]) == tuple(
        second[w] for w in ("from", "to", "action", "ports")
    )
    assert "" == got.complaint


def test_groups_are_followed_a_note_is_kept_and_odd_objects_are_named(told):
    got = told(
        "unifi",
        '{"data":[{"_id":"g","group_members":["192.0.2.0/28"]},{"_id":"p","group_members":["22","80-81"]},{"x":1},'
        '{"mac":"00:1e:37:00:00:01","note":"old","ip":"192.0.2.1"},'
        '{"ruleset":"LAN_IN","action":"accept","protocol":"tcp_udp","src_firewallgroup_ids":["g"],"dst_firewallgroup_ids":["p"]},'
        '{"ruleset":"LAN_IN","action":"accept","enabled":false},'
        '{"ruleset":"LAN_IN","action":"accept","name":"bad","protocol":"tcp","dst_port":"ninety"}]}',
    )

    (rule,) = got.of("policy.rule")
    assert (["192.0.2.0/28"], ["any"]) == (rule["from"], rule["to"])
    assert ["tcp/22", "udp/22", "tcp/80", "tcp/81", "udp/80", "udp/81"] == rule["ports"]
    assert {"note": "old"} == got.at("192.0.2.1")["register.entry"]
    assert "no client, device, network or rule" in got.complaint
    assert "rule 'bad': 'tcp/ninety' is no port" in got.complaint
