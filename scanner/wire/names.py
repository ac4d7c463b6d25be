"""Freeze the host names that a scope excludes: asked for once, before anything else is sent, and never again.

The hosts file costs no packet. A resolver's answer does (DNS goes to a server that may stand outside the scope), so it
is asked only when those who signed the scope file allowed it. Nothing else in the program turns a name into an address:
whoever controls a name server cannot move a run, and a name that is moved in mid-run changes nothing.
"""

import fnmatch
import ipaddress
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec

from scanner.model.net import Address
from scanner.scope.file import Exclusion, Scope

HOSTS: Final = Path("/etc/hosts")

Resolve = Callable[[str], Sequence[Address]]
"""The addresses of a name; none where it has none."""

_WILD: Final = frozenset("*?[")


def by_system(name: str) -> tuple[Address, ...]:
    """What this machine's resolver says; nothing where it knows no such name."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(one for entry in found for one in _address(str(entry[4][0]))))


def hosts(path: Path = HOSTS) -> str:
    """The hosts file of this machine; empty where there is none that can be read."""
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def freeze(scope: Scope, hosts_file: str, resolve: Resolve = by_system) -> Scope:
    """The scope with the addresses that its excluded host names have now excluded too, and kept in `frozen`.

    `resolve` is asked only when the scope's flag `resolve_names` says so, and never for a name with wildcards. A name
    that nobody knows is kept with no address: it is excluded by what is seen all the same.
    """
    listed = dict(_entries(hosts_file))
    frozen: dict[str, tuple[Address, ...]] = {}
    more = []
    for exclusion in scope.exclusions:
        name = exclusion.hostname
        if name is None or name in frozen:
            continue
        found = list(_of(name, listed))
        if scope.flags.resolve_names and not _WILD & set(name):
            found += resolve(name)
        frozen[name] = tuple(dict.fromkeys(found))
        reason = f"{exclusion.reason} ({name} as the run began)"
        more += [Exclusion(reason=reason, cidr=ipaddress.ip_network(one)) for one in frozen[name]]
    if not frozen:
        return scope
    return msgspec.structs.replace(
        scope, exclusions=scope.exclusions + tuple(more), frozen=MappingProxyType(frozen)
    )


def _of(pattern: str, listed: Mapping[str, Sequence[Address]]) -> Iterator[Address]:
    """The addresses of every listed name that the pattern means; `vent-1` also means `vent-1.example.org`."""
    for name, addresses in listed.items():
        if any(fnmatch.fnmatchcase(part, pattern) for part in (name, name.split(".")[0])):
            yield from addresses


def _entries(text: str) -> Iterator[tuple[str, tuple[Address, ...]]]:
    """Each name of a hosts file (hosts(5)) with all its addresses, in lower case."""
    found: dict[str, list[Address]] = {}
    for line in text.splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        for one in _address(address):
            for name in names:
                found.setdefault(name.lower(), []).append(one)
    for name, addresses in found.items():
        yield name, tuple(addresses)


def _address(text: str) -> Iterator[Address]:
    """An address as we write it, without the interface that some systems add; nothing for anything else."""
    try:
        yield Address(str(ipaddress.ip_address(text.partition("%")[0])))
    except ValueError:
        return
