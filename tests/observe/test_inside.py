"""TLS to a device whose certificate nobody vouches for, and what happens when it does not work."""

import asyncio
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
    conn = Silent(*[b"\x16\3\3\x40\0\2\0\x3f\xfc"[at : at + 1] for at in range(9)], *[b"\0"] * 500)

    assert asyncio.run(inside.enter(conn)) is None
    assert 400 < len(conn.texts)


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
