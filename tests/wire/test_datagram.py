"""UDP in the shape of a stream, over real sockets on loopback."""

import asyncio

import pytest

from scanner.model.net import Address, Port
from scanner.wire.datagram import HELD, over_udp


class Device(asyncio.DatagramProtocol):
    """Answers each datagram with what it is told to."""

    def __init__(self, *answers):
        self.answers, self.heard = answers, []

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        self.heard.append(data)
        for answer in self.answers:
            self.transport.sendto(answer, addr)


def asked(what, *answers):
    """What `what(reader, writer, device)` gives, against a device on loopback."""

    async def main():
        loop = asyncio.get_running_loop()
        transport, device = await loop.create_datagram_endpoint(
            lambda: Device(*answers), local_addr=("127.0.0.1", 0)
        )
        at = transport.get_extra_info("sockname")[1]
        reader, writer = await over_udp(Address("127.0.0.1"), Port(f"udp/{at}"))
        try:
            async with asyncio.timeout(5):
                return await what(reader, writer, device)
        finally:
            writer.close()
            await writer.wait_closed()
            transport.close()

    return asyncio.run(main())


def test_one_question_is_one_datagram_and_its_answers_come_one_by_one():
    async def what(reader, writer, device):
        writer.write(b"who?")
        await writer.drain()
        return await reader.read(65536), await reader.read(2), device.heard

    assert (b"a printer", b"mo", [b"who?"]) == asked(what, b"a printer", b"more")


def test_who_does_not_answer_is_waited_for_no_longer_than_asked():
    async def what(reader, writer, _):
        writer.write(b"who?")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await reader.read()
        writer.write_eof()
        return await reader.read()

    assert asked(what) == b""


def test_an_empty_datagram_is_not_the_end():
    async def what(reader, writer, _):
        writer.write(b"who?")
        return await reader.read()

    assert asked(what, b"", b"here") == b"here"


def test_a_flood_is_held_within_bounds():
    async def what(reader, writer, _):
        writer.write(b"who?")
        got = [await reader.read()]
        await asyncio.sleep(0)
        while not reader._come.empty():
            got.append(await reader.read())
        return got

    got = asked(what, *[b"x" * 10] * 4 * HELD)
    assert 1 <= len(got) <= HELD + 1


def test_a_port_where_nobody_listens_says_so():
    async def what(reader, writer, device):
        device.transport.close()
        await asyncio.sleep(0)
        writer.write(b"who?")
        with pytest.raises(ConnectionRefusedError):
            await reader.read()

    asked(what)


def test_a_broadcast_is_refused_by_the_kernel():
    async def main():
        with pytest.raises(PermissionError):
            await over_udp(Address("127.255.255.255"), Port("udp/161"))

    asyncio.run(main())


def test_a_closed_end_neither_sends_nor_tells_of_a_socket():
    async def what(reader, writer, device):
        assert writer.get_extra_info("socket") is None
        assert writer.get_extra_info("peername")[0] == "127.0.0.1"
        return reader is writer

    assert asked(what)
