"""A table of devices in CSV under whatever headings: a CMDB, a biomedical register (CMMS), a spreadsheet.

Headings are guessed by a table of synonyms; `import --map name=Hostname --map owner="Cost centre"` names them. With
headings of a maintenance system (`next PM`, `work order`) the register counts as one that looks after its devices.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from scanner.errors import DataError
from scanner.model.observation import Observation
from scanner.observe.files.opened import beginning, reading
from scanner.observe.files.registers import register
from scanner.observe.files.rows import headings, plain
from scanner.observe.files.told import WORDS
from scanner.observe.format import Format

NAMES: Final = {
    "name": (
        "hostname", "fqdn", "dnsname", "computername", "devicename", "systemname", "servername", "assetname", "name",
        "host", "ciname", "configurationitem", "netbiosname", "rechnername", "geratename", "nomdhote",
    ),
    "address": (
        "ipaddress", "ip", "ipv4address", "ipaddresses", "ipaddr", "primaryip", "networkaddress", "address", "ipv6address",
        "ipadresse", "adresseip",
    ),
    "mac": (
        "macaddress", "mac", "macaddresses", "ethernetaddress", "hardwareaddress", "physicaladdress", "macadresse",
        "adressemac", "wiredmac", "lanmac",
    ),
    "product": ("operatingsystem", "os", "osname", "software", "platform", "betriebssystem"),
    "version": ("osversion", "firmware", "firmwareversion", "softwareversion", "swversion", "version"),
    "build": ("osbuild", "buildnumber", "build", "fullbuild"),
    "edition": ("osedition", "edition"),
    "vendor": ("manufacturer", "vendor", "make", "brand", "oem", "hersteller", "fabricant"),
    "model": ("model", "modelnumber", "modelname", "devicemodel", "hardwaremodel", "modell", "modele"),
    "serial": ("serialnumber", "serial", "serialno", "sn", "seriennummer"),
    "kind": (
        "devicetype", "type", "category", "assettype", "ciclass", "class", "equipmenttype", "devicecategory", "kind",
        "devicedescription", "modality",
    ),
    "owner": (
        "owner", "owningdepartment", "department", "responsible", "assignedto", "assignedgroup", "supportgroup",
        "costcenter", "costcentre", "businessowner", "ownedby", "managedby", "custodian", "abteilung", "service",
    ),
    "place": ("location", "room", "site", "building", "ward", "floor", "physicallocation", "standort", "raum", "lieu"),
    "last_active": ("lastseen", "lastdiscovered", "lastupdate", "lastscan", "lastcontact", "lastinventory"),
    "patched": ("lastpatched", "lastpatchdate", "patchdate", "lastupdated", "lastsecurityupdate"),
}  # fmt: skip
MAINTENANCE: Final = frozenset(
    {
        "nextpm",
        "lastpm",
        "pmdue",
        "pmfrequency",
        "workorder",
        "lastworkorder",
        "nextmaintenance",
        "lastmaintenance",
    }
    | {"maintenancedue", "controlnumber", "biomedtag", "udi", "udidi", "riskclass", "clinicalengineer"}
)
"""Headings that only those have who service devices."""

LIST: Final = "import:cmdb-csv"
SERVICED: Final = "import:cmms-csv"


def read(path: Path, now: datetime) -> Iterator[Observation]:
    """Every row; as the register's own headings show, of a CMDB or of a maintenance system."""
    name = SERVICED if headings(beginning(path, 1 << 16)) & MAINTENANCE else LIST
    yield from reading(register(name, NAMES))(path, now)


def mapped(words: Mapping[str, str]) -> Callable[[Path, datetime], Iterator[Observation]]:
    """A `read` that takes these of our words from these headings, and guesses the others; DataError for no word of ours."""
    known = (*WORDS, "address", "mac")
    for word in words:
        if word not in known:
            raise DataError(f"--map {word}=...: no such word; known: {', '.join(sorted(known))}")
    taken = {plain(heading) for heading in words.values()}
    names = {word: tuple(one for one in all_of if one not in taken) for word, all_of in NAMES.items()}
    names |= {word: (plain(heading),) for word, heading in words.items()}

    def read_mapped(path: Path, now: datetime) -> Iterator[Observation]:
        seen = headings(beginning(path, 1 << 16))
        if missing := sorted(heading for heading in words.values() if plain(heading) not in seen):
            raise DataError(f"{path}: no heading {', '.join(map(repr, missing))}")
        yield from reading(register(SERVICED if seen & MAINTENANCE else LIST, names))(path, now)

    return read_mapped


def fits(head: bytes) -> bool:
    """Whether the headings name devices, and say one thing more of them."""
    seen = headings(head)
    known = {word for word, all_of in NAMES.items() if seen & set(all_of)}
    return bool(known & {"name", "address", "mac"}) and len(known) >= 2


FORMAT: Final = Format(
    name="cmdb-csv",
    checked_against="memory",
    export="Any table of devices saved as CSV with a heading line; name odd headings with --map, as in --map owner='Cost centre'",
    says="devices, owners and places",
    fits=fits,
    read=read,
    general=True,
    mapped=mapped,
)
