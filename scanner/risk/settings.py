"""Exposures that a device's own answers show, or rule out: an open port alone is a weaker word than what speaks there."""

from collections.abc import Collection
from typing import Final

from scanner.risk.finding import Case, Check, Finding, listens, runs, says

_NFS: Final = ("nfs", "mountd")
_CISCO: Final = "cisco"
_R: Final = ("tcp/512", "tcp/513", "tcp/514")


def answered(
    field: str, shows: Collection[str], *ports: str, grade: str, else_: Collection[str] = ()
) -> Check:
    """The field decides where it was read: it shows one of `shows`, or rules it out; unread, or `else_`, the port hints."""
    shown, hints = says(field, *shows, on=ports), listens(*ports, grade=grade)

    def check(case: Case) -> Finding | None:
        if shows and (found := shown(case)):
            return found
        read = case.facts.says(field)
        return hints(case) if read is None or read.value in else_ else None

    return check


def speaks(protocols: Collection[str], *ports: str, grade: str) -> Check:
    """The ports are open, those apart on which a probe understood another protocol."""

    def check(case: Case) -> Finding | None:
        taken = {
            service.port for service in case.device.services if service.protocol not in {None, *protocols}
        }
        return listens(*(port for port in ports if port not in taken), grade=grade)(case)

    return check


def nfs(case: Case) -> Finding | None:
    """NFS or its mount service is registered; where the port mapper names neither, only an open tcp/2049 counts."""
    programs = "rpcbind.programs.programs"
    if found := says(programs, *_NFS, on=("tcp/111", "udp/111"))(case):
        return found
    if case.facts.says(programs):
        return listens("tcp/2049", grade="E2")(case)
    return listens("tcp/2049", "tcp/111", "udp/111", grade="E2")(case)


def smart_install(case: Case) -> Finding | None:
    """The port is open, on a Cisco device or on one whose maker nobody knows: no other maker has it."""
    found = listens("tcp/4786", grade="E2")(case)
    makers = [
        seen.value.lower() for name in ("hw.vendor", "os.vendor") for seen in case.facts.fields.get(name, ())
    ]
    if makers and not any(_CISCO in maker for maker in makers):
        return None
    return found


def r_services(case: Case) -> Finding | None:
    """rexec, rlogin or rsh: it named itself in its refusal, or its port is open and nothing else speaks there."""
    return says("rsh.response", on=_R)(case) or speaks(("rsh",), *_R, grade="E1")(case)


x11: Final = answered("x11.access", ("open",), "tcp/6000", grade="E1")
redis: Final = answered("redis.access", (), "tcp/6379", grade="E1", else_=("full",))
# 12c registers services from its own host alone unless told otherwise; before that, whoever reaches the listener may
oracle: Final = runs(r"^oracle database$", below="12", grade="E2")
airos: Final = runs(r"airos", at_least="5", below="5.6.2")
iscsi: Final = listens("tcp/3260", grade="E1")
