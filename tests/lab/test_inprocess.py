import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from scanner.lab import network
from scanner.lab.device import Behaviour, Device, read_all
from scanner.lab.inprocess import InProcess, Pipe, links
from scanner.model.net import Address, Port
from scanner.wire.pipe import Ask, Method

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LAPTOP, CAMERA = Address("10.9.1.20"), Address("10.9.2.5")
Caller = Callable[[asyncio.StreamReader, Pipe], Awaitable[bytes]]


def devices(folder: Path, **changes: object) -> list[Device]:
    return [msgspec.structs.replace(device, **changes) for device in read_all(folder)]


def call(lab: InProcess, address: Address, port: str, speak: Caller) -> bytes:
    async def run() -> bytes:
        reader, writer = await lab.connect(address, Port(port))
        try:
            return await asyncio.wait_for(speak(reader, writer), 5)
        finally:
            writer.close()
            await writer.wait_closed()
            await asyncio.sleep(0.01)

    return asyncio.run(run())


async def listen(reader: asyncio.StreamReader, writer: Pipe) -> bytes:
    return await reader.read(4096)


async def send(reader: asyncio.StreamReader, writer: Pipe) -> bytes:
    writer.write(b"hello")
    await writer.drain()
    writer.write_eof()
    return await reader.read(4096)


def test_a_talk_is_played_to_its_end_and_then_closed(sector_folder: Path) -> None:
    lab = InProcess(devices(sector_folder), NOW, sector_folder)

    async def speak(reader: asyncio.StreamReader, writer: Pipe) -> bytes:
        banner = await reader.readline()
        writer.write(b"SSH-2.0-test\r\n")
        await writer.drain()
        return banner + await reader.read()

    got = call(lab, LAPTOP, "tcp/22", speak)

    banner, _, guid = got.partition(b"\n")
    assert banner == b"SSH-2.0-Test_7.4\r"
    assert len(guid) == 16
    tally = next(t for t in lab.tallies if t.device == "laptop")
    assert tally.connections == {"tcp/22": 1}
    assert (tally.heard, tally.said, tally.resets, tally.at_once) == (14, len(got), 0, 1)
    assert tally.unforeseen == {}


def test_a_device_has_one_identity_on_all_its_cards_and_no_other_device_has_it(sector_folder: Path) -> None:
    (sector_folder / "twin.toml").write_text(
        (sector_folder / "laptop.toml").read_text("utf-8")
        .replace("00:1b:67", "00:1b:68").replace("10.9.1.20", "10.9.1.21").replace("10.9.2.3", "10.9.2.4"),
        "utf-8",
    )  # fmt: skip
    lab = InProcess(devices(sector_folder), NOW, sector_folder)

    async def guid(reader: asyncio.StreamReader, writer: Pipe) -> bytes:
        await reader.readline()
        writer.write(b"SSH-2.0-test\r\n")
        return await reader.read()

    here, there, twin = (call(lab, Address(a), "tcp/22", guid) for a in (LAPTOP, "10.9.2.3", "10.9.1.21"))

    assert here == there
    assert here != twin


def test_what_no_script_foresees_is_hung_up_on_and_kept(sector_folder: Path) -> None:
    lab = InProcess(devices(sector_folder), NOW, sector_folder)

    async def babble(reader: asyncio.StreamReader, writer: Pipe) -> bytes:
        await reader.readline()
        writer.write(b"GET / HTTP/1.0\r\n\r\n")
        return await reader.read()

    assert call(lab, LAPTOP, "tcp/22", babble) == b""
    tally = next(t for t in lab.tallies if t.device == "laptop")
    assert tally.unforeseen == {"tcp/22": [b"GET / HTTP/1.0\r\n\r\n".hex()]}


def test_a_print_port_keeps_what_arrives(sector_folder: Path) -> None:
    lab = InProcess(devices(sector_folder), NOW, sector_folder)

    call(lab, CAMERA, "tcp/9100", send)

    assert lab.tallies[0].recorded == {"tcp/9100": b"hello".hex()}


def test_a_bare_connection_to_a_print_port_is_kept_too(sector_folder: Path) -> None:
    lab = InProcess(devices(sector_folder), NOW, sector_folder)

    async def nothing(reader: asyncio.StreamReader, writer: Pipe) -> bytes:
        await asyncio.sleep(0)
        return b""

    call(lab, CAMERA, "tcp/9100", nothing)

    assert lab.tallies[0].recorded == {"tcp/9100": ""}


def test_garbage_is_bytes_and_always_the_same(sector_folder: Path) -> None:
    first, second = (
        call(InProcess(devices(sector_folder), NOW, sector_folder), CAMERA, "tcp/1000", listen)
        for _ in range(2)
    )

    assert len(first) == 600
    assert first == second


def test_an_endless_stream_stops_when_the_caller_goes(sector_folder: Path) -> None:
    lab = InProcess(devices(sector_folder), NOW, sector_folder)

    async def much(reader: asyncio.StreamReader, writer: Pipe) -> bytes:
        return await reader.readexactly(50_000)

    assert len(call(lab, CAMERA, "tcp/1001", much)) == 50_000
    assert 50_000 <= lab.tallies[0].said < 500_000


def test_a_reset_is_an_error_and_a_silent_port_says_nothing(sector_folder: Path) -> None:
    lab = InProcess(devices(sector_folder), NOW, sector_folder)

    with pytest.raises(ConnectionResetError):
        call(lab, CAMERA, "tcp/1002", listen)
    assert call(lab, CAMERA, "tcp/1003", send) == b""


def test_nobody_home_and_a_closed_port_are_what_the_kernel_says(sector_folder: Path) -> None:
    lab = InProcess(devices(sector_folder), NOW, sector_folder)

    with pytest.raises(ConnectionRefusedError):
        call(lab, LAPTOP, "tcp/80", listen)
    with pytest.raises(OSError, match="no route to host"):
        call(lab, Address("10.9.1.99"), "tcp/22", listen)


def test_behind_a_firewall_there_is_only_a_deadline(sector_folder: Path) -> None:
    lab = InProcess(devices(sector_folder, behaviour=Behaviour(firewalled=True)), NOW, sector_folder)

    async def run() -> None:
        await asyncio.wait_for(lab.connect(LAPTOP, Port("tcp/22")), 0.05)

    with pytest.raises(TimeoutError):
        asyncio.run(run())
    assert lab.arp()[LAPTOP] == "00:1b:67:00:00:01"


def test_a_fragile_device_falls_over_at_the_second_connection(sector_folder: Path) -> None:
    lab = InProcess(devices(sector_folder, behaviour=Behaviour(second_connection="dies")), NOW, sector_folder)

    async def run() -> None:
        one, pen = await lab.connect(CAMERA, Port("tcp/1003"))
        await asyncio.sleep(0.01)
        _, other = await lab.connect(CAMERA, Port("tcp/1003"))
        with pytest.raises(ConnectionResetError):
            await one.read()
        pen.close()
        other.close()
        with pytest.raises(OSError, match="no route"):
            await lab.connect(CAMERA, Port("tcp/1003"))

    asyncio.run(run())
    assert lab.tallies[0].died
    assert lab.tallies[0].at_once == 2
    assert CAMERA not in lab.arp()


def test_a_device_hangs_once_the_last_conversation_that_it_can_bear_has_ended_in_order(
    sector_folder: Path,
) -> None:
    lab = InProcess(devices(sector_folder, behaviour=Behaviour(conversations=2)), NOW, sector_folder)

    async def once() -> bytes:
        reader, pen = await lab.connect(LAPTOP, Port("tcp/22"))
        banner = await reader.readline()
        pen.write(b"SSH-2.0-test\r\n")
        rest = await reader.read()
        pen.close()
        await asyncio.sleep(0.01)
        return banner + rest

    async def run() -> None:
        assert await once() == await once() != b""
        with pytest.raises(OSError, match="no route"):
            await once()

    asyncio.run(run())
    tally = next(t for t in lab.tallies if t.device == "laptop")
    assert (tally.died, tally.resets, tally.connections) == (True, 0, {"tcp/22": 2})
    assert LAPTOP not in lab.arp()


def test_a_device_that_is_off_is_nowhere(sector_folder: Path) -> None:
    lab = InProcess(devices(sector_folder, powered=False), NOW, sector_folder)

    assert lab.arp() == {}
    assert lab.tallies == []


def ask(lab, method, *targets, ports=(), told=None, payloads=None):
    wish = Ask(
        method=method, interface="leg1", source="10.9.2.10", targets=targets, ports=ports, payloads=payloads or {},
        rate=1, tries=1, seed=0, wait=0,
    )  # fmt: skip

    async def run():
        return [one async for one in lab.ask(wish, (told if told is not None else []).append)]

    return asyncio.run(run())


def test_a_sweep_in_memory_finds_who_is_in_the_network_and_nobody_else(sector_folder: Path) -> None:
    lab, told = InProcess(devices(sector_folder), NOW, sector_folder), []

    heard = ask(lab, Method.ARP, "10.9.2.0/28", told=told)

    assert ["10.9.2.3", "10.9.2.5", "10.9.2.6", "10.9.2.7"] == [one.address for one in heard]
    assert [(16, 16)] == [(one.asked, one.total) for one in told]


def test_in_memory_too_a_firewall_answers_arp_and_nothing_else(sector_folder: Path) -> None:
    lab = InProcess(devices(sector_folder), NOW, sector_folder)
    shut = {
        nic.address
        for actor in lab._at.values()
        if actor.device.behaviour.firewalled
        for nic in actor.device.nics
    }

    everyone = {one.address for one in ask(lab, Method.ARP, "10.9.0.0/16")}
    echoed = {one.address for one in ask(lab, Method.ECHO, "10.9.0.0/16")}
    states = ask(lab, Method.SYN, *sorted(echoed), ports=(22, 9))

    assert everyone - shut == echoed
    assert {"closed"} == {one.state for one in states if one.port == 9}
    assert "open" in {one.state for one in states if one.port == 22}
    assert not shut & {one.address for one in ask(lab, Method.UDP, "10.9.0.0/16", ports=(161,))}


def test_a_datagram_is_answered_as_the_talk_says_and_a_port_that_is_closed_says_so(
    sector_folder: Path,
) -> None:
    lab = InProcess(devices(sector_folder), NOW, sector_folder)

    heard = ask(lab, Method.UDP, CAMERA, ports=(161, 123, 53), payloads={161: b"who?", 123: b"x", 53: b"y"})

    assert [(161, "answered", b"a camera"), (53, "unreachable", b"")] == [
        (one.port, one.state, one.data) for one in heard
    ]
    tally = next(t for t in lab.tallies if t.connections)
    assert {"udp/161": 1, "udp/123": 1} == tally.connections


def test_a_datagram_that_no_script_foresees_is_kept_and_not_answered(sector_folder: Path) -> None:
    lab = InProcess(devices(sector_folder), NOW, sector_folder)

    assert [] == ask(lab, Method.UDP, CAMERA, ports=(161,), payloads={161: b"what?"})
    assert [b"what?".hex()] == next(t for t in lab.tallies if t.unforeseen).unforeseen["udp/161"]


def test_a_udp_port_is_dialled_like_any_other(sector_folder: Path) -> None:
    lab = InProcess(devices(sector_folder), NOW, sector_folder)

    async def speak(reader: asyncio.StreamReader, writer: Pipe) -> bytes:
        writer.write(b"who?")
        return await reader.read(4096)

    assert call(lab, CAMERA, "udp/161", speak) == b"a camera"


def test_the_scanner_has_a_leg_in_every_zone_in_memory_too(sector_folder: Path) -> None:
    plan = network.read(sector_folder / "network.toml")

    legs = links(plan)

    assert [str(leg.addresses[0]) for leg in legs] == ["10.9.1.250/24", "10.9.2.10/28"]
    assert len({leg.mac for leg in legs}) == 2
