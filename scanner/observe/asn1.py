"""As much DER as our questions need: write one element, tell where one ends, and take elements apart (X.690, 8.1)."""

from collections.abc import Iterator
from typing import Final

SEQUENCE: Final = 0x30
OCTET_STRING: Final = 0x04
OBJECT: Final = 0x06
INTEGER: Final = 0x02


def element(tag: int, *contents: bytes) -> bytes:
    """One element: tag, length, contents."""
    content = b"".join(contents)
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + content


def context(number: int, *contents: bytes) -> bytes:
    """One explicitly tagged element, `[number]`."""
    return element(0xA0 | number, *contents)


def end(data: bytes) -> int | None:
    """How many bytes the element at the start of `data` takes, head included; None while its head is not complete.

    A length that no element of ours can have (indefinite, or over four bytes) counts as the head alone.
    """
    if len(data) < 2:
        return None
    # X.690, 8.1.3: one byte below 0x80, else that many bytes of length follow
    count = data[1] & 0x7F if data[1] & 0x80 else 0
    if not count:
        return 2 + data[1] % 0x80
    if count > 4:
        return 2
    if len(data) < 2 + count:
        return None
    return 2 + count + int.from_bytes(data[2 : 2 + count], "big")


def parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each element in a row of them: its tag and its contents; what is cut short ends the row."""
    while (size := end(data)) is not None and size <= len(data):
        head = 2 + (data[1] & 0x7F if data[1] & 0x80 else 0)
        yield data[0], data[head:size]
        data = data[size:]


def number(content: bytes) -> int:
    """What the contents of an INTEGER say (X.690, 8.3): two's complement, highest byte first."""
    return int.from_bytes(content, "big", signed=True)


def dotted(content: bytes) -> str:
    """What the contents of an OBJECT IDENTIFIER say, `1.3.6.1.4.1.9` (X.690, 8.19)."""
    arcs, value = list[int](), 0
    for one in content[:128]:
        value = value << 7 | one & 0x7F
        if not one & 0x80:
            arcs.append(value)
            value = 0
    head = arcs[:1]
    # 8.19.4: the first number holds the first two arcs
    first = [min(head[0] // 40, 2), head[0] - 40 * min(head[0] // 40, 2)] if head else []
    return ".".join(map(str, first + arcs[1:]))
