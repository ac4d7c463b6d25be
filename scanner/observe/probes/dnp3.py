"""DNP3: one request for the state of the link, to the address that stands for the outstation itself (IEEE 1815, 9 and 13)."""

from collections.abc import AsyncIterator
from typing import Final

from scanner.model.kinds import Touch
from scanner.model.net import tcp
from scanner.model.observation import Value
from scanner.observe.probe import PERMITTED, Probe
from scanner.wire.conn import Conn


def checked(block: bytes) -> bytes:
    """A block with its sum behind it (IEEE 1815, 9.2.4.3: 16 bits, polynomial 0x3d65, lowest bit first, inverted)."""
    value = 0
    for byte in block:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA6BC if value & 1 else 0)
    return block + (~value & 0xFFFF).to_bytes(2, "little")


# 9.2.4: start, five bytes follow, control: from a master, primary, function 9 (request link status).
# 0xfffc is the self-address, which one outstation that allows it answers; the three above it are everybody's
QUESTION: Final = checked(bytes.fromhex("0564 05 c9 fcff efff"))

_LINK_STATUS: Final = 0x0B


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Ask once, read the head of one frame."""
    await conn.send(QUESTION)
    found = parse(await conn.exactly(10))
    if found is not None:
        yield "dnp3.outstation", found


def parse(frame: bytes) -> str | None:
    """The outstation's own address, out of its link status; None for any other bytes."""
    if len(frame) != 10 or frame[:3] != b"\x05\x64\x05" or checked(frame[:8]) != frame:
        return None
    # 9.2.4.1.3: neither from a master nor primary; bit 4 says that its buffers are full
    if frame[3] & 0xEF != _LINK_STATUS:
        return None
    return str(int.from_bytes(frame[6:8], "little"))


PROBE: Final = Probe(
    name="dnp3",
    ports=frozenset({tcp(20000)}),
    touch=Touch.ASK,
    connections=PERMITTED,
    talk=talk,
    sends="By permit only (`ot_read_identity`). One link frame of 10 bytes: `0564 05` start and length, `c9` request link"
    " status, `fcff` the outstation itself, `efff` an address that no master has, and a checksum. No reset of the link, no"
    " application data, no other address tried. An outstation that does not know the self-address stays silent.",
)
