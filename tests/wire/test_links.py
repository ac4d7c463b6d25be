import asyncio
import json
from ipaddress import ip_interface, ip_network

import pytest

from scanner.errors import HostError
from scanner.model.net import Address, Mac
from scanner.wire import links
from scanner.wire.links import Link, gone, has_default_route, is_near, on_link, read


def interface(name, *addresses, kind="ether", flags=("UP",), mac="02:00:00:00:00:01"):
    info = [{"local": a.split("/")[0], "prefixlen": int(a.split("/")[1])} for a in addresses]
    return {"ifname": name, "flags": list(flags), "link_type": kind, "address": mac, "addr_info": info}


def said(*interfaces):
    return read(json.dumps(interfaces).encode())


def test_interfaces_that_are_up_are_read_with_their_addresses():
    (found,) = said(
        interface("eth0", "10.1.0.9/24", "fd00::9/64"), interface("eth1", "10.2.0.9/24", flags=())
    )
    assert (
        Link(
            name="eth0",
            mac="02:00:00:00:00:01",
            addresses=(ip_interface("10.1.0.9/24"), ip_interface("fd00::9/64")),
        )
        == found
    )


@pytest.mark.parametrize(
    ("network", "want"),
    [
        ("10.1.0.0/24", ["10.1.0.0/24"]),
        ("10.1.0.64/26", ["10.1.0.64/26"]),
        ("10.1.0.0/16", ["10.1.0.0/24"]),
        ("10.7.0.0/16", []),
        ("fd00::/48", ["fd00::/64"]),
        ("fe80::/64", []),
        ("127.0.0.0/8", []),
        ("10.9.0.0/24", []),
    ],
)
def test_the_part_of_a_network_that_we_stand_in_is_on_link(network, want):
    among = said(
        interface("lo", "127.0.0.1/8", kind="loopback"),
        interface("eth0", "10.1.0.9/24", "10.1.0.10/24", "fd00::9/64", "fe80::1/64"),
        interface("tun0", "10.9.0.1/24", kind="none"),
    )
    assert want == [str(one.part) for one in on_link(ip_network(network), among)]


@pytest.mark.parametrize("text", [b"", b"{}", b'[{"flags":["UP"]}]', b"\xff"])
def test_what_ip_never_says_is_refused(text):
    with pytest.raises(HostError, match="ip -json addr"):
        read(text)


def test_an_address_that_is_none_is_refused():
    with pytest.raises(HostError):
        said(interface("eth0", "10.1.0.999/24"))


def test_this_machine_can_be_asked():
    async def main():
        return await links.links(), await has_default_route()

    found, default = asyncio.run(main())
    assert any(str(address.ip) == "127.0.0.1" for link in found for address in link.addresses)
    assert isinstance(default, bool)


def test_without_the_program_ip_it_says_what_to_install(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(HostError, match="iproute2"):
        asyncio.run(links.links())


def test_near_is_what_an_interface_reaches_without_a_router():
    card = Link(
        name="eth0",
        mac=Mac("02:00:00:00:00:01"),
        addresses=(ip_interface("10.1.0.2/24"), ip_interface("fd00::2/64")),
    )
    asked = {"10.1.0.77": True, "fd00::77": True, "10.1.1.1": False, "fd01::1": False}
    assert asked == {address: is_near(Address(address), (card,)) for address in asked}
    assert not is_near(Address("10.1.0.77"), ())


def test_an_interface_that_is_not_there_any_more_is_said_with_the_switch_command():
    lost = Link(name="nix0", mac=None, addresses=(ip_interface("10.9.0.1/24"),))

    assert "err-disabled" in gone(Address("10.9.0.7"), (lost,))
    assert gone(Address("10.8.0.7"), (lost,)) is None


def test_where_the_kernel_cannot_be_asked_nothing_is_said_to_be_gone(monkeypatch):
    lost = Link(name="nix0", mac=None, addresses=(ip_interface("10.9.0.1/24"),))
    monkeypatch.setattr("sys.platform", "darwin")

    assert gone(Address("10.9.0.7"), (lost,)) is None
