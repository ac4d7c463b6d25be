"""Write an exchange down as a `.talk`: what a probe sent and a device answered, ready to become its fixture."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

import msgspec
from msgspec import Struct

from scanner.model.kinds import Outcome
from scanner.model.net import Port
from scanner.model.observation import Value
from scanner.wire.conn import Conn
from scanner.wire.through import Through

_WIDTH: Final = 96
"""Bytes on one line, so that a fixture can be read and reviewed."""

_HELLO: Final = re.compile(rb"(\x16\x03.)..\x01...(\x03.).{32}(.)", re.DOTALL)
"""RFC 8446, 5.1 and 4: a record with the hello of a client."""

_PLAIN: Final = re.compile(rb"[\x20-\x7e\r\n\t]*")
_ESCAPES: Final = {ord("\\"): "\\\\", ord('"'): '\\"', ord("\r"): "\\r", ord("\n"): "\\n", ord("\t"): "\\t"}
_ENDS: Final = {Outcome.RESET: "reset", Outcome.SILENT: "silence", Outcome.ENDLESS: "silence"}


class Said(Struct, frozen=True):
    """Some bytes, and who said them."""

    who: Literal[">", "<"]
    data: bytes


class Taped(Through):
    """A connection that keeps what passes over it: a `Conn` around a `Conn`."""

    def __init__(self, conn: Conn, tape: list[list[Said]] | None = None) -> None:
        super().__init__(conn)
        self.tape: list[list[Said]] = tape if tape is not None else []
        """What was said, connection by connection."""
        self.tape.append([])
        self._mine = self.tape[-1]

    async def send(self, data: bytes) -> None:
        """Send, and keep it while somebody hears it."""
        if self.outcome is Outcome.OK:
            self._keep(">", data)
        await self._conn.send(data)

    async def again(self) -> "Taped | None":
        """Open another connection, kept on the same tape."""
        conn = await self._conn.again()
        return None if conn is None else Taped(conn, self.tape)

    def _came(self, data: bytes) -> bytes:
        self._keep("<", data)
        return data

    def _keep(self, who: Literal[">", "<"], data: bytes) -> None:
        if data and self._mine and self._mine[-1].who == who:
            data_before = self._mine.pop().data
            self._mine.append(Said(who, data_before + data))
        elif data:
            self._mine.append(Said(who, data))


def talk(
    port: Port,
    tape: Sequence[Sequence[Said]],
    *,
    source: str,
    now: datetime,
    outcome: Outcome,
    seen: Sequence[tuple[str, Value]] = (),
) -> str:
    """The text of a `.talk`: `source` says where it is from, `seen` what the probe must see in it."""
    lines = [f"# {' '.join(source.split())}, {now:%Y-%m-%d}", "# origin = recorded", f"@ {port}"]
    for number, connection in enumerate(tape):
        lines += ["--"] * (number > 0)
        ssh = any(said.data.startswith(b"SSH-") for said in connection)
        for said in connection:
            lines += _lines(said, ssh=ssh)
    lines.append(f"! {_ENDS.get(outcome, 'close')}")
    lines += [f"= {field} {msgspec.json.encode(value).decode()}" for field, value in seen]
    return "\n".join(lines) + "\n"


def _lines(said: Said, *, ssh: bool) -> list[str]:
    if said.who == ">" and (varies := _varying(said.data, ssh=ssh)):
        return [f"> {varies}"]
    # what goes on stands on lines of its own but stays one: a datagram, or a line of ours that is matched as a whole
    width = _WIDTH if said.who == "<" else len(said.data)
    parts = [said.data[at : at + width] for at in range(0, len(said.data), width)]
    return [f"{said.who if at == 0 else ' '} {_token(part)}" for at, part in enumerate(parts)]


def _varying(data: bytes, *, ssh: bool) -> str:
    """What we send with random numbers in it, as a pattern, so that the file still fits when we send others."""
    if hello := _HELLO.match(data):
        # RFC 8446, 4.1.2: random, then the length of the session's id, which tells TLS 1.3 from older
        return f"{hello[1].hex()} *2 01 *3 {hello[2].hex()} *32 {hello[3].hex()} *"
    if data.startswith(b"SSH-"):
        return f"{_token(data[:8])} *"
    # RFC 4253, 6: length and padding, then what sort of message it is
    return f"*5 {data[5:6].hex()} *" if ssh and len(data) > 6 else ""


def _token(data: bytes) -> str:
    # `${` in a text would be filled in by the lab, so such data is written as hex
    if not _PLAIN.fullmatch(data) or b"${" in data:
        return data.hex()
    return '"' + data.decode("latin-1").translate(_ESCAPES) + '"'
