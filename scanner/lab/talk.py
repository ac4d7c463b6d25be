r"""Read a `.talk` file: one recorded exchange, which is both a probe's test and the script that plays the device.

    # where it is from            `# origin = recorded | documented | synthetic` is required
    @ tcp/445                     the port (required)
    > "EHLO " *                   we send          < "250 ok\r\n"      the device sends
    ~ 0.5s                        pause            ! close | reset | silence
    --                            next connection  = ssh.banner "x"    an observation expected (JSON value)
    $ version = "7.4p1"           what `${version}` stands for when the lab device does not say

Data is a row of tokens (see `scanner.lab.row`); a line that begins with a blank goes on with the one above it.
`${name}` in a quoted text is filled from the lab device that plays it, which randomises names and versions per
run; its default stands in the talk, above its first use.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, Literal, get_args

import msgspec
from msgspec import Struct

from scanner.errors import DataError
from scanner.lab import row
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
    for number, line in _lines(text):
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
                    expect.append((field, msgspec.json.decode(row.fill(value, quoted), type=Value)))
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


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Each line with its number, those that go on joined to the one they continue."""
    number, whole = 0, ""
    for at, line in enumerate(text.splitlines(), 1):
        if line[:1].isspace():
            whole += line
            continue
        yield number, whole
        number, whole = at, line
    yield number, whole


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
            return Hear(row.pattern(rest, names))
        case "<":
            return Say(row.data(rest, names))
        case "~":
            return Pause(float(rest.removesuffix("s")))
        case "!" if rest in get_args(Ending):
            return End(rest)  # type: ignore[arg-type]  # just checked against the same literal
        case _:
            raise ValueError(f"cannot read {mark} {rest}")
