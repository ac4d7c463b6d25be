"""Echo, ICMP (RFC 792) and ICMPv6 (RFC 4443): the question that a host should answer, and that many firewalls drop."""

from collections.abc import Iterator
from typing import Final

from scanner.discover.how import Fact, How
from scanner.scope.file import Flags
from scanner.scope.profile import Limits
from scanner.wire.pipe import Heard, Method


def allowed(limits: Limits, flags: Flags) -> bool:
    """Where the profile allows it, or the signer of the scope does."""
    return limits.icmp or flags.icmp_echo


def facts(heard: Heard) -> Iterator[Fact]:
    """`icmp.echo`: the hops left of the answer as `ttl`, null where it did not say."""
    if heard.state == "there":
        yield Fact(field="icmp.echo", value={"ttl": heard.ttl})


HOW: Final = How(method=Method.ECHO, version=4, near=None, allowed=allowed, facts=facts)
HOW6: Final = How(method=Method.ECHO6, version=6, near=None, allowed=allowed, facts=facts)
