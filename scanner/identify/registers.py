"""Read what registers and other scanners say of a device: a directory's row, an update tool's build, nmap's service."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from scanner.identify import kinds, windows
from scanner.model.kinds import Kind
from scanner.model.knowledge import Knowledge

Reading = tuple[str, str, float]
Parts = Mapping[str, str]

_WINDOWS: Final = re.compile(
    r"\bwindows\s*(server\s*)?(20\d\d(?:\s*r2)?|11|10|8\.1|8|7|xp|vista)\b[ ,]*(.*)", re.IGNORECASE
)
_EDITION: Final = re.compile(
    r"\b(?:iot enterprise|enterprise|professional|pro|home|education|ultimate|standard|datacenter|essentials|foundation"
    r"|embedded)(?: (?:n\b|ltsc|ltsb|edition|evaluation))*(?: 20\d\d)?",
    re.IGNORECASE,
)
_OTHER: Final = re.compile(r"([A-Za-z][A-Za-z /+-]*[A-Za-z])\s*v?(\d[\w.]*)?(?=[\s,(]|$)")
_BRACKETS: Final = re.compile(r"(\d+\.\d+)\s*\((\d+)\)")
"""How Active Directory writes a build: `10.0 (19045)`."""
_FULL: Final = re.compile(r"\d{1,2}\.\d{1,2}\.\d{3,6}\.\d{1,6}")
_FAMILIES: Final = ("Windows", "Linux", "FreeBSD", "Solaris", "Mac OS X")
_CPE: Final = {"a": "service.cpe23", "o": "os.cpe23", "h": "hw.cpe23"}


def entry(said: Parts, knowledge: Knowledge) -> Iterator[Reading]:
    """`register.entry`: the row of a directory, an update tool, an inventory."""
    for word, attr, sureness in _PLAIN:
        if said.get(word):
            yield attr, said[word], sureness
    yield from system(said.get("product", ""), knowledge, 0.85, said.get("version", ""))
    yield from _build(said.get("build", ""), knowledge)
    edition = said.get("edition") or ""
    if edition:
        yield "os.edition", edition, 0.8
    word = said.get("kind", "").strip().lower()
    kind = kinds.WORDS.get(word) or next((one for one in Kind if one.value == word.replace(" ", "-")), None)
    if kind:
        yield "device.kind", kind, 0.75


_PLAIN: Final = (
    ("name", "host.name", 0.85),
    ("domain", "host.domain", 0.85),
    ("vendor", "hw.vendor", 0.8),
    ("model", "hw.model", 0.8),
    ("serial", "hw.serial", 0.8),
    ("patched", "patch.last", 0.9),
    ("last_active", "register.last_active", 0.9),
    ("enabled", "register.enabled", 0.9),
    ("laps", "setting.laps", 0.9),
)
"""Word of a row, the attribute that it is, and how sure."""


def found_system(said: Parts, knowledge: Knowledge) -> Iterator[Reading]:
    """`scanner.os`: what another scanner took it for; it may have guessed."""
    yield from system(said.get("", ""), knowledge, 0.6, "")


def looks_like(said: Parts, _: Knowledge) -> Iterator[Reading]:
    """`p0f.os`: what its packets look like names a family at best."""
    text = said.get("", "")
    family = next((one for one in _FAMILIES if text.startswith(one)), None)
    if family:
        yield "os.family", family, 0.5


def service(said: Parts, _: Knowledge) -> Iterator[Reading]:
    """`nmap.service`: what answered nmap's own questions."""
    for word, attr, sureness in (
        ("product", "service.product", 0.75),
        ("version", "service.version", 0.75),
        ("devicetype", "hw.device", 0.6),
        ("hostname", "host.name", 0.5),
    ):
        if said.get(word):
            yield attr, said[word], sureness
    family = said.get("ostype", "")
    if family in _FAMILIES:
        yield "os.family", family, 0.6
    for cpe in said.get("cpe", "").split(","):
        kind, _colon, rest = cpe.removeprefix("cpe:/").partition(":")
        parts = [part or "*" for part in rest.split(":")[:4]]
        if cpe.startswith("cpe:/") and kind in _CPE and len(parts) > 1:
            # CPE 2.3 has eleven parts where 2.2 leaves off what is open
            yield _CPE[kind], ":".join(["cpe", "2.3", kind, *parts, *["*"] * (10 - len(parts))]), 0.7


def system(text: str, knowledge: Knowledge, sureness: float, version: str) -> Iterator[Reading]:
    """What the written name of a system says: product, edition and version; nothing for a name that no table knows."""
    plain = re.sub(r"[®™©]|\((?:R|TM)\)", "", text).strip()
    if found := _WINDOWS.search(plain):
        yield from (("os.family", "Windows", 0.95), ("os.vendor", "Microsoft", 0.95))
        number = (
            " ".join(found[2].upper().replace("R2", " R2").split())
            if found[1] or "20" in found[2]
            else found[2]
        )
        name = {"xp": "XP", "vista": "Vista"}.get(number.lower(), number)
        server = bool(found[1]) or (re.match(r"20(?:0[38]|1[269]|22|25)", number) is not None)
        yield "os.product", f"Windows Server {name}" if server else f"Windows {name}", sureness
        if edition := _EDITION.search(found[3]):
            yield "os.edition", edition[0], sureness
    elif plain.lower().removeprefix("microsoft ").startswith("windows"):
        yield from (
            ("os.family", "Windows", 0.95),
            ("os.vendor", "Microsoft", 0.95),
            ("os.product", "Windows", sureness),
        )
    elif (other := _OTHER.match(plain)) and knowledge.product(other[1]) is not None:
        yield "os.product", other[1], sureness
        if number := (other[2] or version):
            yield "os.version", number, sureness


def _build(text: str, knowledge: Knowledge) -> Iterator[Reading]:
    """A Windows build; with its update revision, where there is one, it says when it was last mended."""
    dotted = _BRACKETS.sub(r"\1.\2", text)
    full = _FULL.search(dotted)
    build = full[0] if full else windows.build(dotted)
    if not build or not knowledge.windows(build):
        return
    yield from (("os.family", "Windows", 0.95), ("os.vendor", "Microsoft", 0.95), ("os.build", build, 0.95))
