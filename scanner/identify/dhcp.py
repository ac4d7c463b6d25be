"""Read a client's own DHCP options: its vendor class, its name, and the order in which it asks for parameters.

What a client asks for (option 55) is compiled into its DHCP client, so the list names a family of systems, seldom
a release: over half of all known lists fit several devices. Only families are claimed here, and mildly.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from scanner.identify import rules
from scanner.model.knowledge import Knowledge

_ASKED: Final = ("dhcpoption55", "55", "parameter_request_list", "params")
_CLASS: Final = ("dhcpoption60", "60", "vendor_class", "vendor_class_identifier")
_NAME: Final = ("dhcpoption12", "12", "hostname", "host_name")

_WINDOWS: Final = {"os.vendor": "Microsoft", "os.family": "Windows", "os.product": "Windows"}
_APPLE: Final = {"os.vendor": "Apple", "hw.vendor": "Apple"}
_MAC: Final = _APPLE | {"os.product": "Mac OS X"}
_IOS: Final = _APPLE | {"os.product": "iOS"}
_ANDROID: Final = {"os.vendor": "Google", "os.family": "Linux", "os.product": "Android"}
_LINUX: Final = {"os.family": "Linux"}

_STARTS: Final[tuple[tuple[str, Mapping[str, str], float], ...]] = (
    # Microsoft's client up to Windows 7 asks for names first; from 8 on it sorts the list
    ("1 15 3 6 44 46 47 31 33", _WINDOWS, 0.75),
    ("1 15 3 6 44 46 47 43", _WINDOWS, 0.75),
    ("1 15 3 44 46 47 6", _WINDOWS, 0.75),
    ("1 3 6 15 31 33 43 44 46 47 121 249 252", _WINDOWS, 0.75),
    ("1 3 6 15 31 33 43 44 46 47 119 121 249 252", _WINDOWS, 0.75),
    # Apple asks for classless routes before routers, and for search lists and proxies
    ("1 121 3 6 15 119 252 95 44 46", _MAC, 0.65),
    ("1 121 3 6 15 114 119 252 95 44 46", _MAC, 0.65),
    ("1 121 3 6 15 108 114 119 252 95 44 46", _MAC, 0.65),
    ("1 121 3 6 15 119 252", _APPLE, 0.7),
    ("1 121 3 6 15 108 114 119", _APPLE, 0.7),
    ("1 3 6 15 119 95 252", _APPLE, 0.65),
    ("1 3 6 15 119 252", _APPLE, 0.65),
    ("1 3 6 15 112 113 78 79 95", _MAC, 0.7),
    # Android's client wants the interface's MTU and the three lease times
    ("1 3 6 15 26 28 51 58 59", _ANDROID, 0.65),
    # ISC dhclient as Debian and its children configure it; the BSDs never ask for NetBIOS
    ("1 28 2 3 15 6 119 12 44 47 26", _LINUX, 0.65),
    ("1 28 2 3 15 6 12 119 44 47 26", _LINUX, 0.65),
    # NetworkManager's own client, of the systemd project's code: it asks for classless routes both ways, and for a proxy
    ("1 2 6 12 15 26 28 121 3 33 40 41 42 119 249 252 17", _LINUX, 0.65),
    # dhcpcd of the 2.x kernels
    ("1 3 6 12 15 17 23 28 29 31 33 40 41 42", _LINUX, 0.6),
)
"""How a list begins, what that says, and how surely."""

_WHOLE: Final[Mapping[str, tuple[Mapping[str, str], float]]] = {
    # a Mac goes on to ask for directories and NetBIOS (95, 44, 46); what has no such services ends here
    "1 121 3 6 15 119 252": (_IOS, 0.65),
    "1 121 3 6 15 114 119 252": (_IOS, 0.65),
    "1 121 3 6 15 108 114 119 252": (_IOS, 0.65),
}
"""Lists that say more by their end than by their beginning."""


def options(said: Mapping[str, str], knowledge: Knowledge) -> Iterator[tuple[str, str, float]]:
    """Yield what a client's options say of it; nothing where the list is one that many clients send."""
    asked = _numbers(_first(said, _ASKED))
    begun = ((family, sureness) for start, family, sureness in _STARTS if f"{asked} ".startswith(f"{start} "))
    family, sureness = _WHOLE.get(asked) or next(begun, ({}, 0.0))
    yield from ((attr, value, sureness) for attr, value in family.items())
    found = rules.match(_first(said, _CLASS), knowledge.rules("dhcp_vendor_class"))
    if found is not None:
        rule, attributes = found
        yield from ((attr, value, rule.confidence) for attr, value in attributes.items())
    name = _first(said, _NAME)
    if re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,62}", name):
        yield "host.name", name, 0.8


def _numbers(parameters: str) -> str:
    return " ".join(re.findall(r"\d+", parameters))


def _first(said: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((said[name] for name in names if said.get(name)), "")
