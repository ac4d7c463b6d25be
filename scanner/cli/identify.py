"""Name devices from text that came from elsewhere."""

import sys
from pathlib import Path

import click


@click.command("identify")
@click.argument("file", type=click.Path(path_type=Path), default="-")
def command(file: Path) -> None:
    """Read lines of {"field": ..., "value": ...} from FILE or stdin; print what each says about a device.

    Nothing is sent. A line with no match has "rule": null.
    """
    import msgspec

    from scanner.errors import DataError
    from scanner.identify.claims import identify
    from scanner.knowledge.base import open_base
    from scanner.model.observation import Value

    class Line(msgspec.Struct):
        field: str
        value: Value

    knowledge = open_base()
    try:
        text = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise DataError(f"{file}: {error.strerror}") from error
    for number, raw in enumerate(text.splitlines(), 1):
        if not raw.strip():
            continue
        try:
            line = msgspec.json.decode(raw, type=Line)
        except msgspec.MsgspecError as error:
            raise DataError(f"{file}:{number}: {error}") from error
        rule, attributes = identify(line.field, line.value, knowledge)
        answer = {"field": line.field, "value": line.value, "rule": rule, "attributes": attributes}
        click.echo(msgspec.json.encode(answer))
