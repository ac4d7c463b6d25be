"""Read an SNMP agent's whole `system` group, where it comes as one object: description, object id and name.

An object id that no rule knows still bears its maker's enterprise number, and IANA's list says whose that is.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from scanner.identify import rules, vendors
from scanner.model.knowledge import Knowledge

_PARTS: Final = (
    ("snmp.sys_description", ("sysDescr", "sys_descr", "sys_description", "description")),
    ("snmp.sys_object_id", ("sysObjectID", "sys_object_id", "object_id", "oid")),
)
_ENTERPRISE: Final = re.compile(r"^(?:\.?1\.3\.6\.1\.4\.1|(?:SNMPv2-SMI::)?enterprises)\.(\d{1,8})(?:\.|$)")
_NOBODY: Final = re.compile(r"(?i)net-?snmp|ucd-?snmp|reserved|unassigned|^none|experimental|example")
"""Agents that every maker puts in, and numbers that IANA keeps back: they name no maker of the device."""
_NAMES: Final = ("sysName", "sys_name")


def system(said: Mapping[str, str], knowledge: Knowledge) -> Iterator[tuple[str, str, float]]:
    """Yield what the parts say, each by its own rule table; the object id is heard where the description is silent."""
    told: set[str] = set()
    for field, names in _PARTS:
        text = next((said[name] for name in names if said.get(name)), "")
        found = rules.match(text, knowledge.rules(field)) if text else None
        if found is None:
            continue
        rule, attributes = found
        # a maker's number names the agent's family only: it must not complete another system's description
        fresh = {attr: value for attr, value in attributes.items() if attr.partition(".")[0] not in told}
        yield from ((attr, value, rule.confidence) for attr, value in fresh.items())
        told |= {attr.partition(".")[0] for attr in attributes}
    if not told:
        yield from _registered(said, knowledge)
    name = next((said[name] for name in _NAMES if said.get(name)), "").partition(".")[0]
    if re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,62}", name):
        yield "host.name", name, 0.75


def object_id(said: Mapping[str, str], knowledge: Knowledge) -> Iterator[tuple[str, str, float]]:
    """`snmp.sys_object_id`, bare or in the whole group: what no rule knows still tells its maker."""
    text = said.get("", "")
    if not text:
        yield from system(said, knowledge)
    elif rules.match(text, knowledge.rules("snmp.sys_object_id")) is None:
        yield from _registered({"sysObjectID": text}, knowledge)


def _registered(said: Mapping[str, str], knowledge: Knowledge) -> Iterator[tuple[str, str, float]]:
    """The maker by the enterprise number alone: less sure than any rule, for makers buy each other's boards."""
    text = next((said[name] for name in _PARTS[1][1] if said.get(name)), "")
    number = _ENTERPRISE.match(text)
    name = knowledge.enterprise(int(number[1])) if number else None
    if name and not _NOBODY.search(name):
        yield "hw.vendor", vendors.spelling(rules.clip(name)), 0.5
