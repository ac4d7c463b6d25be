"""Run the raw helper: `python -m scanner.wire.raw`, spoken to over stdin and stdout by `scanner.wire.helper`."""

import math
import os
import secrets
import signal
import sys
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NoReturn

from msgspec.structs import replace

from scanner.errors import DataError, HostError, ScannerError, ScopeError
from scanner.model.net import Address
from scanner.scope.approval import as_approved
from scanner.scope.authority import certify
from scanner.scope.exclude import avoiding
from scanner.scope.file import Scope
from scanner.scope.gate import Gate
from scanner.scope.parse import parse
from scanner.wire.pipe import (
    HEAD,
    Answer,
    Ask,
    Avoid,
    Done,
    Failed,
    Frame,
    Hello,
    Hold,
    Listen,
    Method,
    Overhear,
    Pace,
    Ready,
    Request,
    Stop,
    length,
    pack,
    request,
)
from scanner.wire.raw.asking import Asking
from scanner.wire.raw.cookie import KEY
from scanner.wire.raw.line import FAST, cable
from scanner.wire.raw.link import check_right, check_source, drop_privilege, open_link, receive, waiting
from scanner.wire.raw.nodes import Nodes
from scanner.wire.raw.overhear import overhear
from scanner.wire.raw.ready import ready
from scanner.wire.raw.segment import segment
from scanner.wire.raw.sieve import program

_IN, _OUT = 0, 1
_NOBODY = "0.0.0.0"  # noqa: S104  # not bound to: RFC 5227 has those without an address ask from it


def main() -> int:
    """Serve one request after another until the pipe ends."""
    # a terminal's Ctrl-C reaches us too; the main process then closes the pipe, and we end in order
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        scope, control = _greet(), _Control()
        while (wish := _hear()) is not None:
            if isinstance(wish, Avoid):
                scope = avoiding(scope, wish.addresses)
            if isinstance(wish, Hold):
                control.until = wish.until
            # what ended one request does not end the next; the right to send outlasts both
            control = _Control(control.until)
            scope = avoiding(scope, _serve(wish, scope, Gate(scope), control))
    except (ScannerError, BrokenPipeError) as error:
        return _fail(error)
    return 0


def _greet() -> Scope:
    hello = _hear()
    if not isinstance(hello, Hello):
        raise DataError("the first word to the raw helper must be hello")
    scope = _scope(hello)
    check_right()
    drop_privilege()
    _say(Ready())
    return scope


def _scope(hello: Hello) -> Scope:
    """The scope as this process reads and verifies it: what the other end made of it counts for nothing."""
    signers = Path(hello.allowed_signers) if hello.allowed_signers else None
    where = Path(hello.where)
    scope = certify(parse(hello.scope, hello.where), hello.signatures, signers, where, hello.approval)
    return replace(avoiding(as_approved(scope), hello.avoid), learned=hello.learned)


def _serve(wish: Request, scope: Scope, gate: Gate, control: "_Control") -> list[Address]:
    """Do what is wished; give who turned out, meanwhile, to be left alone."""
    try:
        match wish:
            case Ask():
                _ask(wish, scope, gate, control)
            case Listen():
                _listen(wish)
            case Overhear():
                for said in overhear(wish, control.ended, _IN):
                    _say(said)
            case Stop() | Pace() | Avoid() | Hold():
                pass  # it came after the end of what it meant, or is heeded already
            case Hello():
                raise ScopeError("the raw helper keeps to the scope that it was started with")
    except ScannerError as error:
        _fail(error)
    return control.avoided


def _ask(wish: Ask, scope: Scope, gate: Gate, control: "_Control") -> None:
    key = secrets.token_bytes(KEY)
    version = 6 if ":" in wish.source else 4
    with cable(wish.interface, control, wish.method, program(wish.method, version, key)) as line:
        if wish.method is Method.NODES:
            look = partial(segment, wish.interface)
            for said in Nodes(wish, scope, line.mac, key, line, control, look).run():
                _say(said)
            return
        job = ready(wish, scope, gate, line.mac, key, datetime.now(UTC))
        if not (wish.method is Method.ARP and wish.source == _NOBODY):
            check_source(wish.source, wish.interface)
        asking = Asking(job, line, control)
        if asking.rate >= FAST:
            line.hurry(job.stamp.longest)
        for said in asking.run():
            _say(said)


class _Control:
    """Stop, Pace, Avoid and Hold, as they come while an ask runs; the end of the pipe is a stop too."""

    def __init__(self, until: float = math.inf) -> None:
        self.until = until
        self.stopped = False
        self.rate: float | None = None
        self.avoid: list[Address] = []
        self.avoided: list[Address] = []
        """All of them, for what is asked later."""

    def fileno(self) -> int:
        return _IN

    def ended(self) -> bool:
        """Read what came: whether it ends what runs."""
        self.read()
        return self.stopped

    def read(self) -> None:
        match _hear():
            case Pace(rate=rate):
                self.rate = rate
            case Avoid(addresses=addresses):
                self.avoid += addresses
                self.avoided += addresses
            case Hold(until=until):
                self.until = until
            case Stop() | None:
                self.stopped = True
            case wish:
                raise ScopeError(f"the raw helper does one thing at a time and was asked {wish}")


def _listen(wish: Listen) -> None:
    end, count = time.monotonic() + wish.seconds, 0
    with open_link(wish.interface, arp_only=wish.arp_only, promiscuous=True) as link:
        stopped = waiting(link, _IN)
        while count < wish.limit and (wait := end - time.monotonic()) > 0 and not stopped(wait):
            while count < wish.limit and (frame := receive(link, wish.interface)) is not None:
                count += 1
                _say(Frame(at=time.time(), data=frame))
    _say(Done(sent=0, refused=0))


def _hear() -> Request | None:
    head = _read(HEAD.size)
    return request(_read(length(head))) if len(head) == HEAD.size else None


def _read(count: int) -> bytes:
    data = b""
    while len(data) < count and (more := os.read(_IN, count - len(data))):
        data += more
    return data


def _say(answer: Answer) -> None:
    data = pack(answer)
    while data:
        data = data[os.write(_OUT, data) :]


def _fail(error: Exception) -> int:
    kind = "host" if isinstance(error, HostError) else "scope"
    try:
        _say(Failed(kind=kind, text=str(error)))
    except BrokenPipeError:
        return 1  # nobody listens any more
    return 2


def _exit() -> NoReturn:
    sys.exit(main())


if __name__ == "__main__":
    _exit()
