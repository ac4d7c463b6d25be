"""As much of OPC UA's binary encoding as one question needs (OPC 10000-6, 5.2): write a message, read an answer."""

from scanner.observe.text import said


def message(kind: bytes, body: bytes) -> bytes:
    """OPC 10000-6, 7.1.2.2: four letters, the length of the whole, the body."""
    return kind + (8 + len(body)).to_bytes(4, "little") + body


def text(value: str) -> bytes:
    """A string: its length in 32 bits, then UTF-8."""
    data = value.encode()
    return len(data).to_bytes(4, "little") + data


def kind(number: int) -> bytes:
    """5.2.2.9: which structure follows, as a node of four bytes in namespace 0."""
    return b"\x01\x00" + number.to_bytes(2, "little")


class Reader:
    """Reads an answer piece by piece; past its end everything is empty or zero, and `short` says so."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0
        self.short = False
        """Whether more was asked for than there is."""

    def take(self, count: int) -> bytes:
        """The next bytes, as they are."""
        found = self._data[self._at : self._at + count]
        self._at += count
        self.short = self.short or len(found) < count
        return found

    def number(self) -> int:
        """32 bits, unsigned."""
        return int.from_bytes(self.take(4), "little")

    def text(self) -> str:
        """A string or a row of bytes; -1 stands for none."""
        size = self.number()
        return "" if size == 0xFFFFFFFF else said(self._sized(size))

    def _sized(self, size: int) -> bytes:
        if size > len(self._data):
            self.short = True
            return b""
        return self.take(size)

    def texts(self) -> None:
        """Pass over a row of strings."""
        count = self.number()
        for _ in range(0 if count == 0xFFFFFFFF else count):
            if self.short:
                return
            self.text()

    def localised(self) -> str:
        """5.2.2.14: a byte says whether language and text follow; the text."""
        mask = int.from_bytes(self.take(1), "little")
        if mask & 1:
            self.text()
        return self.text() if mask & 2 else ""

    def kind(self) -> int:
        """Which structure follows; 0 for one that is no node of four bytes in namespace 0."""
        node = self.take(4)
        return int.from_bytes(node[2:], "little") if node[:2] == b"\x01\x00" else 0

    def result(self) -> int | None:
        """OPC 10000-4, 7.34: what the service came to, 0 = good; None for an answer with diagnostics in it."""
        self.take(8 + 4)
        result = self.number()
        if self.take(1) != b"\0":
            return None
        self.texts()
        # additional header: no type, no body
        return result if self.take(3) == bytes(3) else None
