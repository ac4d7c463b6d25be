"""Packets as the header pass hands them to a parser, and what one parser reads of them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.model.net import Address, Mac
from scanner.observe.dissect import Fact, Packet, Parser

FIXTURES = Path(__file__).parents[3] / "fixtures"
CARD = Mac("02:00:00:00:00:07")


@pytest.fixture
def read() -> Callable[..., list[Fact]]:
    """Give `read(PARSER, payload, sport=..., dport=..., ...)`: the facts, in their order."""

    def reading(
        parser: Parser,
        payload: bytes,
        *,
        sport: int = 0,
        dport: int = 0,
        source: str = "10.0.0.7",
        ttl: int = 64,
    ) -> list[Fact]:
        packet = Packet(
            payload=payload,
            time=1_800_000_000.0,
            source_mac=CARD,
            target_mac=None,
            source=Address(source),
            target=Address("10.0.0.9"),
            sport=sport,
            dport=dport,
            ttl=ttl,
            vlan=None,
        )
        return list(parser.parse(packet))

    return reading


@pytest.fixture
def said() -> Callable[[str], tuple[Path, list[bytes]]]:
    """Give `said("mdns/mac")`: the path of that talk, and what its device says, a text per connection."""

    def saying(name: str) -> tuple[Path, list[bytes]]:
        path = FIXTURES / f"{name}.talk"
        scripts = talk.load(path).connections
        return path, [
            b"".join(step.data for step in script if isinstance(step, talk.Say)) for script in scripts
        ]

    return saying


@pytest.fixture
def overheard(
    read: Callable[..., list[Fact]], said: Callable[[str], tuple[Path, list[bytes]]]
) -> Callable[[Parser, str], tuple[list[Fact], list[tuple[str, object]]]]:
    """Give `overheard(PARSER, "s7/s7-300")`: what is read of a talk on port 102, and what a probe of ours reads of it."""

    def hearing(parser: Parser, name: str) -> tuple[list[Fact], list[tuple[str, object]]]:
        path, [text] = said(name)
        facts = []
        # several messages on one connection, each with its length (RFC 1006)
        while text:
            size = int.from_bytes(text[2:4], "big")
            facts += read(parser, text[:size], sport=102, dport=40000)
            text = text[size:]
        return facts, list(talk.load(path).expect)

    return hearing
