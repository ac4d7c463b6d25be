"""TLS to a device whose certificate nobody vouches for, and what happens when it does not work."""

import asyncio
import contextlib
import ssl

import pytest

from scanner.observe import inside


class Silent:
    """A server that answers each thing it hears with the next of its texts, then with nothing."""

    def __init__(self, *texts):
        self.texts, self.sent = list(texts), []

    async def send(self, data):
        self.sent.append(data)

    async def some(self, limit=4096):
        return self.texts.pop(0)[:limit] if self.texts else b""


@pytest.mark.parametrize(
    "texts", [(), (b"",), (b"HTTP/1.1 400 x\r\n\r\n",), (b"\x15\3\3\0\2\2\x28",), (b"\x16\3\3\0\4\2\0\0\0",)]
)
def test_a_device_that_does_not_shake_hands_has_no_inside(texts):
    conn = Silent(*texts)

    assert asyncio.run(inside.enter(conn)) is None
    assert conn.sent[0].startswith(b"\x16\3\1")


def test_a_device_that_dribbles_for_ever_is_left():
    conn = Silent(*[bytes([byte]) for byte in b"\x16\3\3\1\0\2\0\0\xfc\3\3"], *[b"\0"] * 200)

    assert asyncio.run(inside.enter(conn)) is None
    assert 211 - 64 == len(conn.texts)


class Echo:
    """A real TLS server that says back, in the given parts, whatever it is told; then it falls silent."""

    def __init__(self, certificate, damage=0):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.come, self.go = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.come, self.go, server_side=True)
        self.damage, self.shaken = damage, False

    async def send(self, data):
        self.come.write(data)
        with contextlib.suppress(ssl.SSLWantReadError):
            if not self.shaken:
                self.tls.do_handshake()
                self.shaken = True
            self.tls.write(self.tls.read())

    async def some(self, limit=4096):
        data = bytearray(self.go.read(limit))
        if self.damage and self.shaken and data:
            data[-1] ^= self.damage
        return bytes(data)


@pytest.mark.parametrize(("damage", "want"), [(0, b"hello"), (1, b"")])
def test_what_is_inside_is_read_unless_it_is_damaged(damage, want, certificate):
    async def use():
        conn = Echo(certificate)
        session = await inside.enter(conn)
        await session.send(b"hello")
        conn.damage = damage
        return await session.some() + await session.some()

    assert want == asyncio.run(use())


def test_a_device_that_only_trickles_is_read_no_more_than_a_bounded_number_of_times(certificate):
    async def use():
        conn = Echo(certificate)
        session = await inside.enter(conn)
        await session.some()
        conn.texts = [b"\x17", b"\3", b"\3", b"\x40", *[b"\0"] * 200]
        conn.some = lambda limit: Silent.some(conn, limit)
        return await session.some(), len(conn.texts)

    assert (b"", 204 - 64) == asyncio.run(use())


@pytest.fixture
def session():
    """A handshake that was never finished: reading and writing in it fail."""
    conn = Silent(b"nonsense", b"nonsense")
    come, go = ssl.MemoryBIO(), ssl.MemoryBIO()
    return inside.Inside(conn, inside._context().wrap_bio(come, go), come, go)


def test_writing_and_reading_in_a_broken_session_gives_nothing(session):
    async def use():
        assert not await session.handshake()
        await session.send(b"GET / HTTP/1.1\r\n\r\n")
        return await session.some()

    assert b"" == asyncio.run(use())


def test_old_versions_and_keys_are_accepted_and_nothing_is_verified():
    context = inside._context()

    assert ssl.CERT_NONE == context.verify_mode
    assert not context.check_hostname
    assert 0x0301 == context.minimum_version
    assert "AES128-SHA" in {cipher["name"] for cipher in context.get_ciphers()}
