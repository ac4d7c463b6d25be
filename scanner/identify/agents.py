"""Read an SNMP agent's whole `system` group, where it comes as one object: description, object id and name."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from scanner.identify import rules
from scanner.model.knowledge import Knowledge

_PARTS: Final = (
    ("snmp.sys_description", ("sysDescr", "sys_descr", "sys_description", "description")),
    ("snmp.sys_object_id", ("sysObjectID", "sys_object_id", "object_id", "oid")),
)
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
    name = next((said[name] for name in _NAMES if said.get(name)), "").partition(".")[0]
    if re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,62}", name):
        yield "host.name", name, 0.75
