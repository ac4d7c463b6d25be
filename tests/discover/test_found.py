from scanner.discover.found import Found


def test_only_a_host_whose_ports_were_swept_has_shut_ones():
    found = Found(opened={"10.0.0.3": {"tcp/22"}})

    assert [False, True, False] == [
        found.shut("10.0.0.3", "tcp/22"), found.shut("10.0.0.3", "tcp/80"), found.shut("10.0.0.4", "tcp/80"),
    ]  # fmt: skip


def test_tries_begin_empty_for_every_source():
    assert {} == Found().tries["raw:arp"]


def test_a_sweep_of_tcp_ports_says_nothing_of_udp():
    assert not Found(opened={"10.0.0.3": {"tcp/22"}}).shut("10.0.0.3", "udp/161")
