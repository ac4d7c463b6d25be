"""The configuration of a FortiGate: policies with their address and service objects, and the interfaces."""

import shlex
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from scanner.model.observation import Observation
from scanner.observe.files import ports
from scanner.observe.files.opened import Source, reading
from scanner.observe.files.policy import Rules, between, network, ranges
from scanner.observe.files.told import Teller
from scanner.observe.format import Format

SOURCE: Final = "import:fortigate"
MOST: Final = 50_000
"""Objects kept of one kind."""
NESTED: Final = 8

Object = dict[str, list[str]]

KEPT: Final = {
    "firewall address": "address",
    "firewall addrgrp": "address",
    "firewall service custom": "service",
    "firewall service group": "service",
    "firewall policy": "policy",
    "system interface": "interface",
    "system zone": "zone",
}


def parse(source: Source, now: datetime) -> Iterator[Observation]:
    """The interfaces as networks, then the policies in their order."""
    held: dict[str, dict[str, Object]] = {kind: {} for kind in KEPT.values()}
    for number, kind, name, said in _objects(source):
        if len(held[kind]) < MOST:
            held[kind][name] = said
        else:
            source.skip(f"line {number}", f"more than {MOST} objects of one kind")
    teller = Teller(source=SOURCE, now=now)
    for name, one in held["interface"].items():
        cidr = ranges(" ".join(one.get("ip", [])))
        about = " ".join(one.get("alias", [])) or " ".join(one.get("description", [])) or name
        for found in cidr:
            role = "outside" if one.get("role") == ["wan"] else ""
            yield from network(
                teller, found, about, "".join(one.get("vlanid", [])), gateway=one["ip"][0], role=role
            )
    lists = Rules(teller)
    for name, one in held["policy"].items():
        if one.get("status") == ["disable"]:
            continue
        try:
            yield from _policy(lists, one, held)
        except ValueError as error:
            source.skip(f"policy {name}", error)


def _objects(source: Source) -> Iterator[tuple[int, str, str, Object]]:
    """Every object of the kinds that matter: line, kind, name and what is set."""
    stack: list[str] = []
    name, said = "", Object()
    for number, line in source.lines():
        try:
            words = shlex.split(line)
        except ValueError:
            words = line.split()
        kind = KEPT.get(stack[-1], "") if stack else ""
        match words[:1]:
            case ["config"]:
                stack.append(" ".join(words[1:]))
                if len(stack) > 32:
                    source.skip(f"line {number}", "sections without end")
                    return
            case ["edit"] if kind:
                name, said = " ".join(words[1:]), {}
            case ["set"] if kind and len(words) > 1:
                said[words[1]] = words[2:]
            case ["next"] if kind:
                yield number, kind, name, said
            case ["end"] if stack:
                stack.pop()
            case _:
                continue
    if stack:
        source.skip("the end", f"section {stack[-1][:40]!r} is cut off")


def _policy(lists: Rules, one: Object, held: dict[str, dict[str, Object]]) -> Iterator[Observation]:
    start = _ends(one.get("srcaddr", []), one.get("srcintf", []), held)
    target = _ends(one.get("dstaddr", []), one.get("dstintf", []), held)
    open_ports = [port for word in one.get("service", ["ALL"]) for port in _service(word, held["service"])]
    if not open_ports:
        return  # ICMP and the like open nothing
    yield lists.rule(
        "FortiGate policy", start, target, [ports.ANY] if ports.ANY in open_ports else open_ports,
        allow=one.get("action") == ["accept"],
    )  # fmt: skip


def _ends(words: list[str], interfaces: list[str], held: dict[str, dict[str, Object]]) -> list[str]:
    """What addresses mean; `all` is whatever stands behind the interfaces."""
    found: list[str] = []
    for word in words or ["all"]:
        if word.lower() in {"all", "any"}:
            return _behind(interfaces, held)
        found += _address(word, held["address"])
    if not found:
        raise ValueError(f"{' '.join(words)[:60]} names no range")
    return found


def _behind(interfaces: list[str], held: dict[str, dict[str, Object]]) -> list[str]:
    members = [name for word in interfaces for name in held["zone"].get(word, {}).get("interface", [word])]
    found = [
        cidr for name in members for cidr in ranges(" ".join(held["interface"].get(name, {}).get("ip", [])))
    ]
    return found or ["any"]


def _address(word: str, known: dict[str, Object], depth: int = 0) -> list[str]:
    one = known.get(word)
    if one is None:
        raise ValueError(f"address {word[:60]!r} is not defined")
    if depth > NESTED:
        return []
    found = ranges(" ".join(one.get("subnet", [])))
    if one.get("start-ip") and one.get("end-ip"):
        found += between(one["start-ip"][0], one["end-ip"][0])
    for member in one.get("member", []):
        found += ["any"] if member.lower() == "all" else _address(member, known, depth + 1)
    return found


def _service(word: str, known: dict[str, Object], depth: int = 0) -> list[str]:
    if word.upper() in {"ALL", "ANY"}:
        return [ports.ANY]
    one = known.get(word)
    if one is None:
        if word.upper() in {"PING", "ALL_ICMP", "ICMP"}:
            return []
        return ports.listed(word)
    if depth > NESTED:
        return []
    found: list[str] = []
    for protocol in ("tcp", "udp"):
        for span in one.get(f"{protocol}-portrange", []):
            # `443:1024-65535`: the ports that a client comes from stand behind the colon
            found += ports.listed(f"{protocol}/{span.partition(':')[0]}")
    if one.get("protocol") == ["IP"]:
        found.append(ports.ANY)
    for member in one.get("member", []):
        found += _service(member, known, depth + 1)
    return found


def fits(head: bytes) -> bool:
    """Whether it is a FortiGate's configuration, whole or one of the sections that matter."""
    text = head.decode("utf-8", "replace")
    return text.startswith("#config-version=FG") or any(
        f"\nconfig {section}" in f"\n{text}"
        for section in ("firewall policy", "firewall address", "system interface")
    )


FORMAT: Final = Format(
    name="fortigate",
    checked_against="memory",
    export="show firewall policy, show firewall address, show firewall addrgrp, show firewall service custom, show system interface; logged to a file",
    says="who may open what where, networks",
    fits=fits,
    read=reading(parse),
)
