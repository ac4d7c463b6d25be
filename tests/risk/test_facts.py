"""What the exposures ask about a device, read from its claims."""

import msgspec
import pytest

from scanner.risk.facts import facts_of, numbers


def test_a_claim_speaks_as_the_attribute_and_as_the_raw_fact(make):
    device = make.device("d", "a")
    seen = msgspec.structs.replace(
        make.seen("rdp.security", "x"), value={"selected": "tls", "flags": ["p", "q"]}
    )
    claim = msgspec.structs.replace(make.claim("service.product", "Remote Desktop"), seen=seen)

    got = facts_of(msgspec.structs.replace(device, facts=(claim,)))

    assert "Remote Desktop" == got.says("service.product").value
    assert "tls" == got.says("rdp.security.selected").value
    assert "q" == got.says("rdp.security.flags", "q").value
    assert got.says("rdp.security.selected", "credssp") is None


def test_a_port_that_a_probe_spoke_on_is_open(make):
    probed = make.device("d", "a", readings=[("ssh.banner", "x", "tcp/22")])
    leased = msgspec.structs.replace(make.claim("dhcp.x", "y", "udp/67"), evidence="ev-1")
    heard = msgspec.structs.replace(leased, seen=msgspec.structs.replace(leased.seen, source="passive:dhcp"))

    assert ("tcp/22",) == facts_of(probed).open(["tcp/22", "tcp/23"])
    assert {} == facts_of(msgspec.structs.replace(probed, facts=(heard,))).ports


@pytest.mark.parametrize(
    ("attributes", "want"),
    [
        ({"os.family": "Windows", "os.build": "6.1.7601"}, (6, 1, 7601)),
        ({"os.product": "Windows 10", "os.version": "10.0.19045"}, (10, 0, 19045)),
        ({"os.product": "Windows Server 2008 R2"}, (6, 1, 7601)),
        ({"os.product": "Windows XP"}, (5, 1, 2600)),
        ({"os.product": "Windows 10"}, None),
        ({"os.product": "Windows CE", "os.build": "6.0.0000"}, None),
        ({"os.family": "Linux", "os.build": "6.1.7601"}, None),
        ({}, None),
    ],
)
def test_windows_is_known_by_build_or_by_a_name_with_one_build(make, attributes, want):
    assert want == facts_of(make.device("d", "a", attributes=attributes)).windows


@pytest.mark.parametrize(
    ("version", "want"),
    [("7.2p2", (7, 2, 2)), ("2016.74", (2016, 74)), ("", ()), ("unknown", ()), ("9" * 40, (999999999,))],
)
def test_a_version_is_read_as_its_numbers(version, want):
    assert want == numbers(version)
