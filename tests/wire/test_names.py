"""Excluded host names are turned into addresses once, before anything is sent, by one room of the program."""

import ast
import asyncio
import socket
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import scanner
from scanner.model.kinds import Touch
from scanner.model.net import Address, tcp
from scanner.scope.file import Exclusion
from scanner.scope.gate import Gate
from scanner.wire import names
from scanner.wire.dial import over_net
from scanner.wire.names import by_system, freeze, hosts

from .conftest import NOW  # noqa: TID252 - one clock for all

HOSTS = """
127.0.0.1 localhost
10.2.0.7   vent-1.ward.example VENT-1  # a comment 10.2.0.99
10.2.0.8   vent-2.ward.example
fe80::7%eth0 vent-1
nonsense   vent-1
10.2.0.9
"""


def excluding(scope, *patterns, resolve=False):
    more = tuple(Exclusion(reason="never", hostname=one) for one in patterns)
    flags = msgspec.structs.replace(scope.flags, resolve_names=resolve)
    return msgspec.structs.replace(scope, exclusions=scope.exclusions + more, flags=flags)


def nobody(name):
    raise AssertionError(f"{name} was asked for")


@pytest.mark.parametrize(
    ("pattern", "want"),
    [
        ("vent-1", ("10.2.0.7", "fe80::7")),
        ("vent-2.ward.example", ("10.2.0.8",)),
        ("vent-*", ("10.2.0.7", "fe80::7", "10.2.0.8")),
        ("other", ()),
    ],
)
def test_the_hosts_file_says_it_without_a_packet(scope, pattern, want):
    frozen = freeze(excluding(scope, pattern), HOSTS, nobody)

    assert want == frozen.frozen[pattern]
    may = [
        Gate(frozen).may(Address(f"10.2.0.{last}"), port=None, touch=Touch.KNOCK, now=NOW).allowed
        for last in (7, 8, 9)
    ]
    assert [f"10.2.0.{last}" not in want for last in (7, 8, 9)] == may


def test_a_scope_that_names_nobody_stays_as_it_is(scope):
    assert scope is freeze(scope, HOSTS, nobody)


def test_the_resolver_is_asked_only_where_the_signed_flag_says_so(scope):
    asked = []

    def resolve(name):
        asked.append(name)
        return (Address("10.2.0.50"),)

    frozen = freeze(excluding(scope, "vent-1", "vent-1", "vent-*", resolve=True), HOSTS, resolve)

    assert ["vent-1"] == asked
    assert ("10.2.0.7", "fe80::7", "10.2.0.50") == frozen.frozen["vent-1"]


def test_a_name_that_moves_in_mid_run_changes_nothing(scope, monkeypatch):
    """A name server answers with another address each time; the run keeps to what it said first."""
    answers = iter(["10.2.0.7"])
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", (next(answers), 0))])
    frozen = freeze(excluding(scope, "vent-9", resolve=True), "")
    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    gate = Gate(frozen)

    may = [
        gate.may(Address(f"10.2.0.{last}"), port=None, touch=Touch.KNOCK, now=NOW).allowed for last in (7, 8)
    ]

    assert [False, True] == may
    assert {"vent-9": ("10.2.0.7",)} == dict(frozen.frozen)


def test_a_connection_to_an_address_asks_no_resolver(monkeypatch):
    async def both():
        server = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        for name in ("getaddrinfo", "gethostbyname", "gethostbyaddr", "getnameinfo"):
            monkeypatch.setattr(socket, name, nobody)
        _, writer = await over_net(Address("127.0.0.1"), tcp(port))
        writer.close()
        server.close()

    asyncio.run(both())


def test_what_the_resolver_does_not_know_is_nothing(monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(8, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert () == by_system("vent-1")


def test_a_machine_without_a_hosts_file_knows_no_names(tmp_path):
    assert hosts(tmp_path / "none") == ""
    (tmp_path / "hosts").write_text("10.2.0.7 x\n")
    assert hosts(tmp_path / "hosts") == "10.2.0.7 x\n"


RESOLVERS = {"getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "getnameinfo", "getfqdn"}


def test_no_other_room_of_the_program_turns_names_into_addresses():
    """As ruff's ban says, but inside scanner.wire and for methods of the event loop too.

    `notify` looks up the operator's own log host, after a run and never for one that is scanned.
    """
    root = Path(scanner.__file__).parent
    asking = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in RESOLVERS
    }

    assert {"wire/names.py", "tell/syslog.py"} == asking
    assert names.__file__ == str(root / "wire" / "names.py")


@given(
    st.text(max_size=200),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20),
)
def test_no_hosts_file_is_too_strange(text, pattern):
    assert all("%" not in one for _, found in names._entries(text) for one in found)
    assert set(names._of(pattern, dict(names._entries(text)))) <= {
        one for _, found in names._entries(text) for one in found
    }
