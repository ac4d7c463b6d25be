"""What a passive parser is given says which side serves."""

import pytest

from scanner.observe.dissect import Packet


@pytest.mark.parametrize(
    ("sport", "dport", "want"), [(22, 50000, "tcp/22"), (50000, 22, None), (0, 0, None), (80, 80, None)]
)
def test_the_lower_port_is_the_servers(sport, dport, want):
    seen = Packet(
        payload=b"",
        time=0.0,
        source_mac=None,
        target_mac=None,
        source=None,
        target=None,
        sport=sport,
        dport=dport,
        ttl=0,
        vlan=None,
    )

    assert want == seen.service()
