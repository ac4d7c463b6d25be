"""Windows by its build number: what a build may be called, and which of the names is a client's."""

import re
from typing import Final

from scanner.model.knowledge import Knowledge

_BUILD: Final = re.compile(r"(\d{1,2})\.(\d{1,2})[. ](?:\(?build )?(\d{1,6})", re.IGNORECASE)
_GENERATION: Final = re.compile(r"\b(?:XP|Vista|NT [\d.]+|\d{4}(?: R2)?|\d{1,2}(?:\.\d)?)\b", re.IGNORECASE)
_SPECIAL: Final = {
    "xp": "XP",
    "nt": "NT",
    "r2": "R2",
    "ce": "CE",
    "sac": "SAC",
    "posready": "POSReady",
    "98se": "98 SE",
}


def build(text: str) -> str:
    """`6.1.7601` out of any usual spelling of it; empty when there is none."""
    found = _BUILD.search(text)
    return ".".join(str(int(part)) for part in found.groups()) if found else ""


def products(of: str, knowledge: Knowledge) -> tuple[str, ...]:
    """Names of every Windows that has this build, `("Windows 7", "Windows Server 2008 R2")`, clients first."""
    names = {name(branch.product, branch.label) for branch in knowledge.windows(of)}
    return tuple(sorted(names, key=lambda one: (server(one), one)))


def name(product: str, label: str = "") -> str:
    """`microsoft:windows_server_2008_r2` as people write it; a bare `windows` takes its generation from the label."""
    words = product.partition(":")[2].replace("_", " ").split()
    if words in (["windows"], ["windows", "server"], ["windows", "nt"]):
        generation = _GENERATION.search(label)
        words += generation[0].lower().removeprefix("nt ").split() if generation else []
        words += ["server"] if "nt" in words and "server" in label.lower() else []
    return " ".join(_SPECIAL.get(word, word.capitalize()) for word in words)


def server(product: str) -> bool:
    """Whether a Windows name is a server's."""
    return "server" in product.lower()


def rare(product: str) -> bool:
    """Whether a Windows name is an embedded or semi-annual edition, which shares its build with a common one."""
    return "embedded" in product.lower() or product.endswith(" SAC")
