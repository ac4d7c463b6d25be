import asyncio
import struct

from scanner.observe.capture import live
from scanner.wire.pipe import Caught
from tests.observe.capture.world import A, datagram, ear, echo, pcap


class Played:
    """Who hears what a test has written."""

    def __init__(self, *caught):
        self.caught, self.closed = caught, False

    async def overhear(self, _interface, _seconds):
        try:
            for one in self.caught:
                yield one
        finally:
            self.closed = True


def caught(*frames, dropped=0):
    made = b"".join(
        struct.pack("<IIII", 1_790_000_000 + number, 0, len(frame), len(frame)) + frame
        for number, frame in enumerate(frames)
    )
    return Caught(records=made, frames=len(frames), link=1, dropped=dropped)


def gathered(played, listener, ticks):
    told = []

    async def run():
        clock = iter(ticks)
        return [
            news
            async for news in live.news(
                played, "v0", listener, told=lambda *both: told.append(both), clock=lambda: next(clock)
            )
        ]

    return asyncio.run(run()), told


def test_news_come_at_intervals_and_the_rest_at_the_end():
    played = Played(caught(datagram(b"one")), caught(dropped=3), caught(datagram(b"two"), dropped=1))

    news, told = gathered(played, ear(echo()), [0, 1, 6, 6, 7])

    assert [["one"], ["two"]] == [[one.value for one in batch if one.field == "echo.said"] for batch in news]
    assert ([(1, 0), (1, 3), (2, 4)], True) == (told, played.closed)


def test_a_capture_is_heard_whole(tmp_path):
    path = tmp_path / "some.pcap"
    path.write_bytes(pcap([datagram(b"one")]))
    listener = ear(echo())
    assert [] == list(live.recorded(path, listener, 0.0))
    assert {A} == {one.address for one in listener.finish()}


def test_what_was_done_is_told_in_words(tmp_path):
    path = tmp_path / "some.pcap"
    path.write_bytes(pcap([datagram(b"one"), datagram(b"one"), datagram(b"x", source="8.8.8.8", ttl=9)]))
    listener = ear(echo())
    list(live.recorded(path, listener, 0.0))
    listener.bugs["bad"] = "Traceback\nZeroDivisionError: x"

    said = "\n".join(live.lines(listener, 7))

    assert "3 frames" in said
    assert "3 payloads reached a parser: 2 parsed, 0 as part of a conversation, 1 were repeats" in said
    assert "dropped by the kernel: 7; what passed meanwhile was not heard" in said
    assert "facts about addresses outside were not kept" in said
    assert "a parser failed, please report it: bad: ZeroDivisionError: x" in said
