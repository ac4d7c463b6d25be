r"""Read a `.talk` file: one recorded exchange, which is both a probe's test and the script that plays the device.

    # where it is from            `# origin = recorded | documented | synthetic` is required
    @ tcp/445                     the port (required)
    > "EHLO " *                   we send          < "250 ok\r\n"      the device sends
    ~ 0.5s                        pause            ! close | reset | silence
    --                            next connection  = ssh.banner "x"    an observation expected (JSON value)
    $ version = "7.4p1"           what `${version}` stands for when the lab device does not say

Data is a row of tokens: "text" with escapes, u"text" in UTF-16LE, n"19045" a number in 16 bits (lowest byte
first), g"..." a GUID, t"2026-01-31T08:00:00Z" a Windows time, hex digits; in `>` lines also `??` any byte, `*N`
any N bytes, `*` any to the end. `${name}` in a quoted text is filled from the lab device that plays it,
which randomises names and versions per run; its default stands in the talk, above its first use.
"""

import ast
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Literal, get_args

import msgspec
from msgspec import Struct

from scanner.errors import DataError
from scanner.model.net import Port, port
from scanner.model.observation import Value
from scanner.model.rule import Origin

Ending = Literal["close", "reset", "silence"]


class Hear(Struct, frozen=True):
    """We send: the device waits until what it has received matches."""

    pattern: re.Pattern[bytes]


class Say(Struct, frozen=True):
    """The device sends."""

    data: bytes


class Pause(Struct, frozen=True):
    """The device waits, in seconds."""

    seconds: float


class End(Struct, frozen=True):
    """The device closes in order, resets, or falls silent with the connection open."""

    how: Ending


Step = Hear | Say | Pause | End


class Talk(Struct, frozen=True, kw_only=True):
    """One file: the port, a script for each connection, and what the probe must have seen at the end."""

    name: str
    origin: Origin
    port: Port
    connections: tuple[tuple[Step, ...], ...]
    expect: tuple[tuple[str, Value], ...]


_TOKEN: Final = re.compile(
    r'(?P<kind>[ungt]?)(?P<text>"(?:[^"\\]|\\.)*")|(?P<any>\?\?|\*\d*)|(?P<hex>(?:[0-9a-fA-F]{2})+)|(?P<gap>\s+)'
)
_WINDOWS_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)  # [MS-DTYP] 2.3.3: FILETIME counts 100 ns from here
_ORIGIN: Final = re.compile(r"#\s*origin\s*=\s*(\w+)")
_DEFAULT: Final = re.compile(r"([\w.-]+)\s*=\s*(\".*\")")


def load(path: Path, names: Mapping[str, str] | None = None) -> Talk:
    """Read one file, filling `${name}` from `names`; raise DataError with file and line."""
    return parse(path.read_text("utf-8"), str(path), names or {})


def defaults(path: Path) -> dict[str, str]:
    """What a file's `$` lines say, name -> value; raise DataError with file and line."""
    found: dict[str, str] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line[:1] == "$":
            try:
                name, value = _default(line[1:].strip())
            except (ValueError, SyntaxError) as error:
                raise DataError(f"{path}:{number}: {error}") from error
            found[name] = value
    return found


def parse(text: str, where: str, names: Mapping[str, str]) -> Talk:
    """Read a talk's text; `where` names it in errors."""
    origin: Origin | None = None
    at: Port | None = None
    connections: list[list[Step]] = [[]]
    expect: list[tuple[str, Value]] = []
    filled = dict(names)
    for number, line in enumerate(text.splitlines(), 1):
        mark, rest = line[:1], line[1:].strip()
        try:
            match mark:
                case "":
                    continue
                case "#":
                    origin = _origin(line) or origin
                case "@":
                    at = port(rest)
                case "$":
                    name, value = _default(rest)
                    filled[name] = names.get(name, value)
                case "-":
                    connections.append([])
                case "=":
                    field, _, value = rest.partition(" ")
                    quoted = {name: msgspec.json.encode(of).decode()[1:-1] for name, of in filled.items()}
                    expect.append((field, msgspec.json.decode(_fill(value, quoted), type=Value)))
                case _:
                    connections[-1].append(_step(mark, rest, filled))
        except (ValueError, SyntaxError, KeyError, ArithmeticError, TypeError, msgspec.MsgspecError) as error:
            raise DataError(f"{where}:{number}: {error}") from error
    if origin is None or at is None:
        raise DataError(
            f"{where}: needs a line `# origin = recorded|documented|synthetic` and a line `@ tcp/NUMBER`"
        )
    scripts = tuple(tuple(steps) for steps in connections if steps)
    return Talk(name=Path(where).stem, origin=origin, port=at, connections=scripts, expect=tuple(expect))


def _origin(line: str) -> Origin | None:
    found = _ORIGIN.match(line)
    if not found:
        return None
    for known in get_args(Origin):
        if found[1] == known:
            return known  # type: ignore[no-any-return]  # get_args is untyped
    raise ValueError(f"origin {found[1]!r} is not one of {', '.join(get_args(Origin))}")


def _default(rest: str) -> tuple[str, str]:
    found = _DEFAULT.fullmatch(rest)
    if not found:
        raise ValueError(f'cannot read $ {rest}: want $ name = "value"')
    return found[1], str(ast.literal_eval(found[2]))


def _step(mark: str, rest: str, names: Mapping[str, str]) -> Step:
    match mark:
        case ">":
            return Hear(_pattern(rest, names))
        case "<":
            return Say(b"".join(_bytes(token, names) for token in _tokens(rest)))
        case "~":
            return Pause(float(rest.removesuffix("s")))
        case "!" if rest in get_args(Ending):
            return End(rest)  # type: ignore[arg-type]  # just checked against the same literal
        case _:
            raise ValueError(f"cannot read {mark} {rest}")


def _tokens(text: str) -> list[re.Match[str]]:
    found, at = [], 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if not token:
            raise ValueError(f"cannot read {text[at : at + 20]!r}: want quoted text, hex pairs, ?? or *")
        if not token["gap"]:
            found.append(token)
        at = token.end()
    return found


def _bytes(token: re.Match[str], names: Mapping[str, str]) -> bytes:
    if token["hex"]:
        return bytes.fromhex(token["hex"])
    if token["any"]:
        raise ValueError(f"{token['any']} stands for bytes that we send; a device's bytes must be given")
    text = _fill(ast.literal_eval(token["text"]), names)
    match token["kind"]:
        case "u":
            return text.encode("utf-16-le")
        case "n":
            return int(text).to_bytes(2, "little")
        case "g":
            return uuid.UUID(text).bytes_le
        case "t":
            ticks = (datetime.fromisoformat(text) - _WINDOWS_EPOCH) // timedelta(microseconds=1) * 10
            return ticks.to_bytes(8, "little")
        case _:
            # latin-1 keeps every \xNN escape as that one byte
            return text.encode("latin-1")


def _pattern(text: str, names: Mapping[str, str]) -> re.Pattern[bytes]:
    parts: list[bytes] = []
    for token in _tokens(text):
        match token["any"]:
            case None:
                parts.append(re.escape(_bytes(token, names)))
            case "??":
                parts.append(b".")
            case "*":
                parts.append(b".*")
            case many:
                parts.append(b".{%d}" % int(many[1:]))
    return re.compile(b"".join(parts), re.DOTALL)


def _fill(text: str, names: Mapping[str, str]) -> str:
    return re.sub(r"\$\{([\w.-]+)\}", lambda found: names[found[1]], text)
