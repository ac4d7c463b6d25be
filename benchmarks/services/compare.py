"""Set what two scanners name beside each other, service by service."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Told = tuple[str, str, str]
"""Protocol, product, version."""
Named = Mapping[tuple[str, str], Told]
"""By address and port."""

_WORDS = re.compile(r"[a-z]{3,}")
_NUMBERS = re.compile(r"\d+(?:\.\d+)+")
_COMMON = frozenset({"server", "httpd", "http", "daemon", "service", "protocol", "smbd", "ssh", "ftp", "the"})
_SAME = {"httpd": "apache", "redis": "redis", "cups": "cups"}
"""What one calls HTTPD the other calls Apache httpd."""


def ours(lines: Iterable[Any]) -> Named:
    """What `devices --json` says; with the version what else it names on a port, each with its own: `20.10.7 + nginx 1.22.1`."""
    return {
        (address, one["port"]): (
            one.get("protocol") or "",
            one.get("product") or "",
            " + ".join(filter(None, (one.get("version"), *one["also"]))),
        )
        for line in lines
        for address in line["addresses"]
        for one in line["services"]
    }


def theirs(xml: str) -> Named:
    """What nmap's XML says of open ports."""
    found = {}
    for host in ET.fromstring(xml).iter("host"):
        address = next(one.get("addr", "") for one in host.iter("address") if one.get("addrtype") == "ipv4")
        for port in host.iter("port"):
            state, service = port.find("state"), port.find("service")
            if state is not None and state.get("state") == "open":
                said = service.attrib if service is not None and service.get("method") == "probed" else {}
                at = f"{port.get('protocol')}/{port.get('portid')}"
                found[address, at] = said.get("name", ""), said.get("product", ""), said.get("version", "")
    return found


def table(mine: Named, peer: Named, truth: Mapping[tuple[str, str], str]) -> tuple[int, int]:
    """Print both; how many services that the peer names by product are named by us too, and how many are not.

    What the peer names wrongly, by `truth`, counts as not named.
    """
    same = lost = 0
    print(f"  {'host':<12}{'port':<11}{'ours':<44}{'nmap -sV --version-all':<48}")
    for at in sorted({*mine, *peer}, key=lambda one: (one[0], one[1][:3], int(one[1][4:]))):
        own, other = mine.get(at, ("", "", "")), peer.get(at, ("", "", ""))
        verdict = ""
        if truth.get(at, "") not in other[1].lower():
            verdict = "more (nmap's is wrong)" if truth[at] in own[1].lower() else "both wrong"
        elif other[1]:
            good = alike(own, other)
            same, lost = same + good, lost + (not good)
            verdict = "" if good else "LESS"
        elif own[1] or (own[0] and not other[0]):
            verdict = "more"
        print(
            f"  {at[0]:<12}{at[1]:<11}{' '.join(filter(None, own)):<44}{' '.join(filter(None, other)):<48}{verdict}"
        )
    return same, lost


def alike(own: Told, other: Told) -> bool:
    """Whether we name the product that the peer names, and a version where it has one."""
    return any(_same((own[0], *one), other) for one in _programs(own))


def _programs(own: Told) -> Iterator[tuple[str, str]]:
    """Each program that we name on a port, with its version."""
    version, *also = own[2].split(" + ")
    yield own[1], version
    for one in also:
        product, _, number = one.rpartition(" ")
        yield product, number


def _same(own: Told, other: Told) -> bool:
    words = set(_WORDS.findall(" ".join(other).lower())) - _COMMON
    mine = {_SAME.get(one, one) for one in _WORDS.findall(" ".join(own).lower())}
    product = bool(own[1]) and (not words or bool(words & mine))
    # `3.X - 4.X` is a range: any version of ours is more; `5.5.5-10.11.19-MariaDB` says two numbers
    numbers = [] if " - " in other[2] else _NUMBERS.findall(other[2])
    return product and (not numbers or any(own[2].startswith(one) for one in numbers))
