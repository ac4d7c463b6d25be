"""Exclusions that a scope file does not name by number: followed to addresses and cards, or handed over by another."""

import ipaddress
from collections.abc import Iterable

import msgspec

from scanner.errors import ScopeError
from scanner.scope.file import Exclusion, Scope


def avoiding(scope: Scope, cidrs: Iterable[str]) -> Scope:
    """The scope with more ranges excluded; raise ScopeError for what is no range."""
    try:
        more = tuple(
            Exclusion(reason="excluded by the run", cidr=ipaddress.ip_network(cidr)) for cidr in cidrs
        )
    except ValueError as error:
        raise ScopeError(f"cannot leave alone what is no range: {error}") from error
    return msgspec.structs.replace(scope, exclusions=scope.exclusions + more)
