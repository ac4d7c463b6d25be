"""Run by test_ledger: dial one ward device until killed; every connect is written down before it would leave."""

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from scanner.model.kinds import Kind, Outcome, Profile, Touch
from scanner.model.net import Address, tcp
from scanner.observe.packets import questions
from scanner.scope.approval import granted
from scanner.scope.file import Authority, Known, Signer
from scanner.scope.gate import Gate
from scanner.scope.parse import parse
from scanner.scope.profile import LIMITS
from scanner.wire.audit import Audit
from scanner.wire.dial import Dialer
from scanner.wire.ledger import Ledger
from scanner.wire.pace import Pacer

NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)
HOSTS = [Address(f"10.1.0.{last}") for last in range(5, 9)]


def signed(scope):
    """As two people would have signed it, with its plan approved."""
    signers = tuple(Signer(principal=name, key=f"SHA256:{name}") for name in ("a", "b"))
    approval = granted(scope, questions(scope), "C. Board", NOW)
    known = tuple(
        Known(kind=Kind.MODALITY, address=Address(str(host)))
        for network in scope.networks
        if network.needs_signatures
        for host in network.cidr.hosts()
    )
    authority = Authority(signers=signers, approval=approval)
    return msgspec.structs.replace(scope, known=known, authority=authority)


async def main(folder, scope):
    dialled = os.open(folder / "dialled", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    limits = {
        **LIMITS,
        Profile.CLINICAL: msgspec.structs.replace(LIMITS[Profile.CLINICAL], gap=0, rate_host=500),
    }

    async def connect(address, _port):
        os.write(dialled, f"{address}\n".encode())
        raise ConnectionRefusedError

    with Audit(folder / "audit.jsonl", lambda: NOW) as audit, Ledger(folder / "ledger.db") as ledger:
        dialer = Dialer(
            Gate(signed(parse(scope, "scope.toml"))),
            pacer=Pacer(),
            audit=audit,
            ledger=ledger,
            clock=lambda: NOW,
            transport=connect,
            limits=limits,
        )
        refused = 0
        while refused < len(HOSTS):
            found = [await dialer.open(host, tcp(445), Touch.KNOCK) for host in HOSTS]
            refused = found.count(Outcome.REFUSED)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.stdin.read()))
