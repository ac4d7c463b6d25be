"""What Cisco switches and routers print, IOS or NX-OS, several commands in one file: where each card is attached.

`show mac address-table`, `show ip arp`, `show interfaces description`, `show cdp neighbors detail`, `show lldp neighbors
detail`, `show ip interface brief`. A prompt (`SW1#show ...`) names the switch; without one it is the file's name.
A port with many cards behind it, or with a switch as neighbour, leads on to another switch: nobody is placed there.
"""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from scanner.model.net import Address, Mac
from scanner.model.observation import Observation, Scalar
from scanner.observe.files.opened import Source, reading
from scanner.observe.files.policy import network
from scanner.observe.files.told import Teller, address, card, clean
from scanner.observe.format import Format

SOURCE: Final = "import:cisco"
UPLINK: Final = 8
"""More cards than this behind a port: another switch is there."""
MOST: Final = 100_000
"""Rows of tables that are kept for one switch until all its tables are read."""
LONGEST: Final = 400
"""Lines of one neighbour."""

_PROMPT: Final = re.compile(r"([A-Za-z0-9][\w.:-]{0,62})(?:\([^)]*\))?[#>]\s*(?:do\s+)?sh(?:o|ow)?\s+(.*)")
_COMMANDS: Final = (
    ("mac", re.compile(r"mac[- ]add\S*")),
    ("arp", re.compile(r"(?:ip )?arp")),
    ("description", re.compile(r"int\S* (?:\S+ )?desc\S*")),
    ("cdp", re.compile(r"cdp (?:nei|ent)")),
    ("lldp", re.compile(r"lldp (?:nei|ent)")),
    ("brief", re.compile(r"ip(?:v4)? int\S* br\S*")),
)
_HEADINGS: Final = (
    ("mac", re.compile(r"\s*vlan\s+mac address\s+type", re.IGNORECASE)),
    (
        "arp",
        re.compile(
            r"\s*(?:protocol\s+)?address\s+age(?: \(min\))?\s+(?:hardware addr|mac address)", re.IGNORECASE
        ),
    ),
    (
        "description",
        re.compile(r"(?:interface|port)\s+(?:status\s+protocol|type\s+speed)?\s*description", re.IGNORECASE),
    ),
    (
        "brief",
        re.compile(r"interface\s+ip[- ]address\s+(?:ok\?\s+method|interface status|prefix)", re.IGNORECASE),
    ),
    ("cdp", re.compile(r"device id\s*:", re.IGNORECASE)),
    ("lldp", re.compile(r"(?:local intf|chassis id)\s*:", re.IGNORECASE)),
)
_MAC: Final = re.compile(
    r"[*+GRPOCS~ ]*\s*(?:\d{1,4}|-)\s+((?:[0-9a-fA-F]{4}\.){2}[0-9a-fA-F]{4})\s+(\w+).*?\s(\S+)\s*"
)
_ARP: Final = re.compile(
    r"(?:Internet\s+)?(\d{1,3}(?:\.\d{1,3}){3})\s+(-|\d+|\d+:\d\d:\d\d)\s+((?:[0-9a-fA-F]{4}\.){2}[0-9a-fA-F]{4})\b.*"
)
_DESCRIPTION: Final = re.compile(
    r"(\S+)\s+(?:(?:up|down|admin down|deleted)\s+(?:up|down)|eth\s+\S+)\s+(\S.*)"
)
_BRIEF: Final = re.compile(
    r"(\S+)\s+(\d{1,3}(?:\.\d{1,3}){3})(/\d+)?\s+(?:YES|NO|protocol-)\s*\S.*", re.IGNORECASE
)
_PORT: Final = re.compile(r"(?:[A-Za-z]{2,}[A-Za-z-]*)\d+(?:/\d+)*(?:\.\d+)?")
_SHORT: Final = {
    "gigabitethernet": "gi", "fastethernet": "fa", "tengigabitethernet": "te", "ethernet": "eth", "twogigabitethernet": "tw",
    "twentyfivegige": "twe", "fortygigabitethernet": "fo", "hundredgige": "hu", "port-channel": "po", "vlan": "vl",
}  # fmt: skip
_ABLE: Final = {"B": "bridge", "R": "router", "T": "telephone", "W": "wlan-access-point"}
"""The letters of `show lldp neighbors` and the words of `lldp.system`."""


class Attached(Struct, frozen=True):
    """A card in the table of a switch."""

    mac: Mac
    port: str


def parse(source: Source, now: datetime) -> Iterator[Observation]:
    """Every table, switch by switch."""
    switch = _Switch(Teller(source=SOURCE, now=now), source.path.stem)
    for number, line in source.lines():
        if found := _PROMPT.match(line.strip()):
            yield from switch.ended()
            if found[1] != switch.name:
                yield from switch.placed()
                switch = _Switch(switch.teller, found[1])
            switch.table = next(
                (word for word, form in _COMMANDS if form.match(found[2].strip().lower())), ""
            )
            continue
        heading = next((word for word, form in _HEADINGS if form.match(line.strip())), "")
        if heading and heading != switch.table and heading not in {"cdp", "lldp"}:
            yield from switch.ended()
        if heading:
            # within the details of a neighbour, words of the other protocol are text
            switch.table = (
                heading
                if switch.table not in {"cdp", "lldp"} or heading not in {"cdp", "lldp"}
                else switch.table
            )
        yield from switch.line(source, number, line.rstrip())
    yield from switch.ended()
    yield from switch.placed()


class _Switch:
    """One switch: the tables seen of it so far."""

    def __init__(self, teller: Teller, name: str) -> None:
        self.teller, self.name = teller, name
        self.table = ""
        self._attached: list[Attached] = []
        self._descriptions: dict[str, str] = {}
        self._uplinks: set[str] = set()
        self._neighbour: list[str] = []

    def line(self, source: Source, number: int, line: str) -> Iterator[Observation]:
        """One line of the table that was named last."""
        match self.table:
            case "mac":
                self._mac(source, number, line)
            case "arp":
                yield from self._arp(line)
            case "description":
                if (found := _DESCRIPTION.fullmatch(line)) and len(self._descriptions) < MOST:
                    self._descriptions[short(found[1])] = found[2].strip()
            case "brief":
                yield from self._brief(line)
            case "cdp" | "lldp":
                if line.startswith("-----"):
                    yield from self.ended()
                elif len(self._neighbour) < LONGEST:
                    self._neighbour.append(line)
            case _:
                pass

    def _mac(self, source: Source, number: int, line: str) -> None:
        found = _MAC.fullmatch(line)
        mac = card(found[1]) if found else None
        if not found or mac is None or not _PORT.fullmatch(found[3]):
            return
        if len(self._attached) < MOST:
            self._attached.append(Attached(mac, found[3]))
        else:
            source.skip(f"line {number}", f"more than {MOST} cards on one switch")

    def _arp(self, line: str) -> Iterator[Observation]:
        found = _ARP.fullmatch(line.strip())
        mac, held = (card(found[3]), address(found[1])) if found else (None, None)
        if found and mac and held:
            seen = self.teller.now - _age(found[2])
            yield self.teller.say("link.mac", mac, address=held, mac=mac, last=seen)
            if found[2] == "-":
                yield self.teller.say("host.name", clean(self.name), address=held, mac=mac, last=seen)

    def _brief(self, line: str) -> Iterator[Observation]:
        found = _BRIEF.fullmatch(line.strip())
        held = address(found[2]) if found else None
        if not found or held is None:
            return
        yield self.teller.say("host.name", clean(self.name), address=held)
        vlan = re.fullmatch(r"vl(?:an)?(\d{1,4})", found[1].lower())
        # the table shows no mask: most user networks are /24, and whoever reads the draft must check it
        guess = {} if found[3] else {"guessed": "mask"}
        name = self._descriptions.get(short(found[1]), "") or found[1]
        yield from network(
            self.teller, f"{held}{found[3] or '/24'}", name, vlan[1] if vlan else "", gateway=held, **guess
        )

    def ended(self) -> Iterator[Observation]:
        """What the neighbour says that has been gathered."""
        lines, self._neighbour = self._neighbour, []
        if lines:
            yield from self._cdp(lines) if self.table == "cdp" else self._lldp(lines)

    def _cdp(self, lines: list[str]) -> Iterator[Observation]:
        text = "\n".join(lines)
        held = address(_after(text, r"IP(?:v4)? address|IP"))
        abilities = _after(text, "Capabilities")
        version = re.search(r"Version\s*:\s*\n(.*?)(?:\n\s*\n|\Z)", text, re.DOTALL)
        said = {
            "name": _after(text, "System Name") or _after(text, "Device ID"),
            "platform": _after(text, "Platform").partition(",")[0].strip(),
        }
        able = [
            word
            for word in ("phone", "switch", "router")
            if re.search(rf"\b{word}\b", abilities, re.IGNORECASE)
        ]
        yield from self._heard(
            "cdp.device", said, {"capabilities": able}, held, None, _after(text, "Interface")
        )
        if version and held:
            yield self.teller.say("cdp.version", clean(version[1]), address=held)

    def _lldp(self, lines: list[str]) -> Iterator[Observation]:
        text = "\n".join(lines)
        held = address(_after(text, r"IP(?:v4)?") or _after(text, "Management Address"))
        about = re.search(r"System Description:[ \t]*\n?(.*?)(?:\n\s*\n|\Z)", text, re.DOTALL)
        said = {"name": _after(text, "System Name"), "description": about[1] if about else ""}
        letters = re.findall(r"[A-Z]", _after(text, "Enabled Capabilities").partition("not")[0])
        here = _after(text, "Local Intf") or _after(text, "Local Port id")
        able = {"enabled": [_ABLE[letter] for letter in letters if letter in _ABLE]}
        yield from self._heard("lldp.system", said, able, held, card(_after(text, "Chassis id")), here)

    def _heard(
        self,
        field: str,
        said: dict[str, str],
        able: dict[str, list[str]],
        held: Address | None,
        mac: Mac | None,
        here: str,
    ) -> Iterator[Observation]:
        """What a neighbour says of itself, in the words of the passive parsers, and where it is attached."""
        here = here.partition(",")[0].strip()
        words = next(iter(able.values()))
        if (
            here
            and {"switch", "router", "bridge"} & {*words}
            and "phone" not in words
            and "telephone" not in words
        ):
            self._uplinks.add(short(here))
        value: dict[str, Scalar | list[str]] = {
            word: clean(text) for word, text in said.items() if clean(text)
        }
        if not value or not (held or mac):
            return
        yield self.teller.say(
            field,
            {**value, **{word: list(all_of) for word, all_of in able.items() if all_of}},
            address=held,
            mac=mac,
        )
        if here:
            where: dict[str, Scalar | list[str]] = {"switch": clean(self.name), "port": clean(here)}
            yield self.teller.say("location", where, address=held, mac=mac)

    def placed(self) -> Iterator[Observation]:
        """Where each card is attached, now that uplinks and descriptions are known."""
        crowd = Counter(short(one.port) for one in self._attached)
        for one in self._attached:
            port = short(one.port)
            if crowd[port] > UPLINK or port in self._uplinks or port.startswith(("po", "vl")):
                continue
            where: dict[str, Scalar | list[str]] = {"switch": clean(self.name), "port": one.port}
            if about := clean(self._descriptions.get(port, "")):
                where["description"] = about
            yield self.teller.say("location", where, mac=one.mac)


def short(port: str) -> str:
    """A port as tables abbreviate it, in lower case: `GigabitEthernet1/0/12` and `Gi1/0/12` are `gi1/0/12`."""
    found = re.match(r"([A-Za-z-]+)\s*(.*)", port.strip())
    if not found:
        return port.lower()
    word = found[1].lower()
    return _SHORT.get(word, word) + found[2]


def _after(text: str, label: str) -> str:
    found = re.search(rf"(?:^|\n|,\s+)\s*(?:{label})\s*(?:\([^)]*\))?:[ \t]*([^\n]*)", text, re.IGNORECASE)
    return found[1].strip() if found else ""


def _age(text: str) -> timedelta:
    """Minutes (IOS) or hours:minutes:seconds (NX-OS) since it was last heard; `-` is the switch itself."""
    if text == "-":
        return timedelta()
    if ":" in text:
        hours, minutes, seconds = (int(part) for part in text.split(":"))
        return timedelta(hours=min(hours, 9999), minutes=minutes, seconds=seconds)
    return timedelta(minutes=min(int(text), 999_999))


def fits(head: bytes) -> bool:
    """Whether it has a prompt with one of the commands, or the heading of one of the tables."""
    for line in head.decode("utf-8", "replace").splitlines()[:400]:
        text = line.strip()
        found = _PROMPT.match(text)
        if found and any(form.match(found[2].strip().lower()) for _, form in _COMMANDS):
            return True
        if any(form.match(text) for word, form in _HEADINGS if word in {"mac", "arp", "brief"}):
            return True
        if re.match(r"(?:Interface\s+Status\s+Protocol\s+Description|Device ID: |Local Intf: )", text):
            return True
    return False


FORMAT: Final = Format(
    name="cisco",
    checked_against="memory",
    export=(
        "terminal length 0, then, with the session logged to a file: show mac address-table, show ip arp,"
        " show interfaces description, show cdp neighbors detail, show lldp neighbors detail, show ip interface brief"
    ),
    says="switch ports of cards, ARP, neighbours, networks",
    fits=fits,
    read=reading(parse),
)
