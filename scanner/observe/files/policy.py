"""Make observations of what firewalls say: who may open what where, and which networks there are."""

import ipaddress
from collections.abc import Iterator, Sequence
from typing import Final

from scanner.model.observation import Observation, Scalar
from scanner.observe.files.told import Teller, clean

RULE: Final = "policy.rule"
"""One rule: `from` and `to` (ranges, zone names, or `any`), `action` (allow or deny), `ports`, `list` and `order` in it.

The first rule of a list that fits decides; what no rule of it mentions it denies, unless `otherwise` is `unsaid`."""
RANGE: Final = "network.range"
"""One network: `cidr`, and where known `name`, `vlan`, `gateway`, `role`."""
ANY: Final = "any"


class Rules:
    """Numbers the rules of each list as they come."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller
        self._order: dict[str, int] = {}

    def rule(
        self,
        name: str,
        source: Sequence[str],
        target: Sequence[str],
        ports: Sequence[str],
        *,
        allow: bool,
        closed: bool = True,
    ) -> Observation:
        """One rule of the list of this name; a closed list denies what none of its rules mentions."""
        order = self._order[name] = self._order.get(name, 0) + 1
        value: dict[str, Scalar | list[str]] = {
            "from": list(source) or [ANY],
            "to": list(target) or [ANY],
            "action": "allow" if allow else "deny",
            "ports": list(ports) or ["*"],
            "list": clean(name),
            "order": order,
        }
        if not closed:
            value["otherwise"] = "unsaid"
        return self._teller.say(RULE, value)


def network(teller: Teller, cidr: str, name: str = "", vlan: str = "", **more: str) -> Iterator[Observation]:
    """One network, where the text is a range of addresses (an interface's own address is taken for its network)."""
    try:
        found = ipaddress.ip_interface(cidr.strip()).network
    except ValueError:
        return
    if found.num_addresses == 1 or found.is_loopback or found.is_multicast or found.prefixlen == 0:
        return
    parts = {
        "cidr": str(found),
        "name": clean(name),
        "vlan": clean(vlan),
        **{k: clean(v) for k, v in more.items()},
    }
    yield teller.say(RANGE, {word: part for word, part in parts.items() if part})


def ranges(text: str) -> list[str]:
    """The ranges in a text such as `10.0.0.0 255.255.255.0`, `10.0.0.5`, `10.0.0.0/24`; empty for none, raises nothing."""
    words = text.replace(",", " ").split()
    found: list[str] = []
    for at, word in enumerate(words):
        if at and _mask(word) and _host(words[at - 1]) and found:
            try:
                found[-1] = str(ipaddress.ip_network(f"{words[at - 1]}/{word}", strict=False))
            except ValueError:
                continue
            continue
        try:
            found.append(str(ipaddress.ip_network(word, strict=False)))
        except ValueError:
            continue
    return found


def between(first: str, last: str) -> list[str]:
    """The ranges that a span of addresses is made of; empty when it is none."""
    try:
        ends = ipaddress.ip_address(first), ipaddress.ip_address(last)
        return [str(one) for one in ipaddress.summarize_address_range(*ends)]
    except (ValueError, TypeError):
        return []


def _mask(word: str) -> bool:
    # a mask, or a wildcard
    return word.startswith(("255.", "0."))


def _host(word: str) -> bool:
    return "/" not in word
