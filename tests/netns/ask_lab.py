"""Run inside the lab by test_lab.py: ask every door through the real dialler and probes; print what was seen."""

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from scanner.model.kinds import Outcome, Profile, Touch
from scanner.model.net import Address, Port
from scanner.observe import active
from scanner.scope import parse
from scanner.scope.gate import Gate
from scanner.wire.audit import Audit
from scanner.wire.dial import Dialer
from scanner.wire.ledger import Ledger
from scanner.wire.pace import Pacer


def now() -> datetime:
    return datetime.now(UTC)


async def ask_all(dialer: Dialer, address: str, ports: list[str]) -> list[list[tuple[str, object]]]:
    # one connection at a time: some devices cannot stand a second
    return [await ask(dialer, address, port) for port in ports]


async def ask(dialer: Dialer, address: str, port: str) -> list[tuple[str, object]]:
    conn = await dialer.open(Address(address), Port(port), Touch.ASK)
    if isinstance(conn, Outcome):
        return [("dial", conn.value)]
    seen = active.exchange(conn, Profile.LAB, zone=None, vantage=None, clock=now)
    return [(one.field, one.value) async for one in seen]


async def main(scope: str, folder: Path, doors: dict[str, list[str]]) -> None:
    gate = Gate(parse.parse(scope, "scope.toml"))
    dialer = Dialer(
        gate,
        pacer=Pacer(),
        audit=Audit(folder / "audit.jsonl", now),
        ledger=Ledger(folder / "ledger.db"),
        clock=now,
        allowance=lambda _port, _profile: 6,
    )
    said = await asyncio.gather(*(ask_all(dialer, *door) for door in doors.items()))
    print(json.dumps(dict(zip(doors, said, strict=True))))


asyncio.run(main(Path(sys.argv[1]).read_text("utf-8"), Path(sys.argv[2]), json.loads(sys.argv[3])))
