"""Run the raw helper: `python -m scanner.wire.raw`, spoken to over stdin and stdout by `scanner.wire.helper`."""

import ipaddress
import os
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

from scanner.errors import DataError, HostError, ScannerError, ScopeError
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
    Batch,
    Done,
    Failed,
    Frame,
    Heard,
    Hello,
    Listen,
    Method,
    Pace,
    Progress,
    Ready,
    Reply,
    Request,
    Stop,
    Sweep,
    length,
    pack,
    request,
)
from scanner.wire.raw.link import check_right, drop_privilege, open_link, own_mac
from scanner.wire.raw.sweep import Wire, receive, sweep, waiting

_IN, _OUT = 0, 1


def main() -> int:
    """Serve one request after another until the pipe ends."""
    # a terminal's Ctrl-C reaches us too; the main process then closes the pipe, and we end in order
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        gate = _greet()
        while (wish := _hear()) is not None:
            _serve(wish, gate)
    except (ScannerError, BrokenPipeError) as error:
        return _fail(error)
    return 0


def _greet() -> Gate:
    hello = _hear()
    if not isinstance(hello, Hello):
        raise DataError("the first word to the raw helper must be hello")
    gate = Gate(_scope(hello))
    check_right()
    drop_privilege()
    _say(Ready())
    return gate


def _scope(hello: Hello) -> Scope:
    """The scope as this process reads and verifies it: what the other end made of it counts for nothing."""
    signers = Path(hello.allowed_signers) if hello.allowed_signers else None
    where = Path(hello.where)
    scope = certify(parse(hello.scope, hello.where), hello.signatures, signers, where, hello.approval)
    return avoiding(as_approved(scope), hello.avoid)


def _serve(wish: Request, gate: Gate) -> None:
    try:
        match wish:
            case Sweep():
                _sweep(wish, gate)
            case Ask():
                _ask(wish, gate)
            case Listen():
                _listen(wish)
            case Stop() | Pace():
                pass  # it came after the end of what it meant
            case Hello():
                raise ScopeError("the raw helper keeps to the scope that it was started with")
    except ScannerError as error:
        _fail(error)


def _ask(wish: Ask, gate: Gate) -> None:
    if wish.method is not Method.ARP:
        raise HostError(f"the raw helper cannot ask by {wish.method} yet")
    done = Done(sent=0, refused=0)
    for cidr in wish.targets[:1]:
        one = Sweep(
            interface=wish.interface,
            cidr=str(ipaddress.ip_network(cidr)),
            source=wish.source,
            rate=wish.rate,
            tries=wish.tries,
            seed=wish.seed,
            wait=wish.wait,
        )
        with open_link(wish.interface, arp_only=True) as link:
            from scanner.wire.raw.template import arp_request

            template = arp_request(own_mac(link), wish.source)
            for said in sweep(one, gate, template, Wire(link=link, stopped=waiting(link, _IN))):
                match said:
                    case Reply():
                        heard = Heard(address=said.address, mac=said.mac, state="there", rtt_ms=said.rtt_ms)
                        _say(Batch(heard=(heard,)))
                    case Progress():
                        _say(said)
                    case Done():
                        done = said
    _say(done)


def _sweep(wish: Sweep, gate: Gate) -> None:
    with open_link(wish.interface, arp_only=True) as link:
        # scapy loads here, once, and only when something is to be sent
        from scanner.wire.raw.template import arp_request

        template = arp_request(own_mac(link), wish.source)
        for answer in sweep(wish, gate, template, Wire(link=link, stopped=waiting(link, _IN))):
            _say(answer)


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
