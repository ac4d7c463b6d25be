"""Makers: one spelling for each, and what a maker that builds one sort of thing says about the sort."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from scanner.model.kinds import Kind

SPELLINGS: Final = {
    "hewlett packard": "HP",
    "hp inc": "HP",
    "hewlett-packard": "HP",
    "hangzhou hikvision": "Hikvision",
    "zhejiang dahua": "Dahua",
    "axis communications": "Axis",
    "cisco systems": "Cisco",
    "ciscosystems": "Cisco",
    "hikvision": "Hikvision",
    "super micro computer": "Supermicro",
    "cisco-linksys": "Linksys",
    "brother industries": "Brother",
    "american power conversion": "APC",
    "schneider electric": "Schneider Electric",
    "siemens": "Siemens",
    "synology": "Synology",
    "qnap systems": "QNAP",
    "yealink": "Yealink",
    "snom": "snom",
    "lexmark": "Lexmark",
    "kyocera": "Kyocera",
    "ricoh": "Ricoh",
    "canon": "Canon",
    "xerox": "Xerox",
    "seiko epson": "Epson",
    "zebra tech": "Zebra",
    "konica minolta": "Konica Minolta",
    "vmware": "VMware",
    "dell": "Dell",
    "lenovo": "Lenovo",
    "apple": "Apple",
    "samsung": "Samsung",
    "lantronix": "Lantronix",
    "moxa": "Moxa",
    "polycom": "Polycom",
    "grandstream": "Grandstream",
    "ubiquiti": "Ubiquiti",
    "mikrotik": "MikroTik",
    "routerboard": "MikroTik",
    "ge medical": "GE Healthcare",
    "philips": "Philips",
    "draeger": "Draeger",
    "drägerwerk": "Draeger",
    "b.braun": "B. Braun",
    "microsoft": "Microsoft",
    "intel": "Intel",
}
"""Start of a registered maker's name, in lower case -> how we spell it."""

KINDS: Final = {
    "Axis": (Kind.CAMERA, 0.35),
    "Hikvision": (Kind.CAMERA, 0.3),
    "Dahua": (Kind.CAMERA, 0.3),
    "Brother": (Kind.PRINTER, 0.35),
    "Lexmark": (Kind.PRINTER, 0.4),
    "Kyocera": (Kind.PRINTER, 0.35),
    "Ricoh": (Kind.PRINTER, 0.35),
    "Canon": (Kind.PRINTER, 0.3),
    "Xerox": (Kind.PRINTER, 0.35),
    "Epson": (Kind.PRINTER, 0.35),
    "Zebra": (Kind.PRINTER, 0.25),
    "Konica Minolta": (Kind.PRINTER, 0.35),
    "APC": (Kind.UPS, 0.3),
    "Synology": (Kind.NAS, 0.4),
    "QNAP": (Kind.NAS, 0.4),
    "Yealink": (Kind.PHONE, 0.4),
    "snom": (Kind.PHONE, 0.4),
    "Polycom": (Kind.PHONE, 0.3),
    "Grandstream": (Kind.PHONE, 0.25),
    "MikroTik": (Kind.ROUTER, 0.3),
    "Cisco": (Kind.SWITCH, 0.15),
}
"""Makers that mostly build one sort of thing, and how much that is worth: never more than a weak vote."""

BUSINESSES: Final = (
    (r"philips (?:patient monitoring|medical systems - cardiac and monitoring)", "Patient Monitor", 0.65),
    (r"spacelabs|invivo|criticare|datex|nihon kohden|masimo|welch ?allyn|mindray", "Patient Monitor", 0.5),
    (r"rauland|austco|tunstall|hill-?rom", "Nurse Call", 0.5),
    (r"b\.? ?braun|fresenius-vial|fresenius kabi", "Infusion Pump", 0.5),
    (r"carefusion|alaris|hospira|icu medical|smiths medical|baxter", "Infusion Pump", 0.5),
    (r"sysmex|beckman coulter|beckman lab|radiometer|abbott (?:diagnostics|point of care)", "Analyser", 0.5),
    (r"roche diagnostics|siemens healthcare diagnostics|i-stat|nova biomedical", "Analyser", 0.5),
    (
        r"ge (?:medical|healthcare)|philips medical|siemens (?:medical|healthcare|healthineers)",
        "Medical",
        0.45,
    ),
    (r"esaote|hologic|carestream|sirona dental|ziehm|sonosite", "Medical", 0.5),
    (r"dr(?:ae|ä)ger(?:werk|.* medical)|zoll|fresenius medical|hamilton medical|resmed", "Medical", 0.45),
    (r"verifone|ingenico|hypercom|pax computer|castles tech|spire payments", "Point of Sale", 0.5),
    (r"diebold|wincor nixdorf|grg banking|nautilus hyosung|triton systems", "Cash Machine", 0.45),
    (r"ascom tateco", "VoIP Phone", 0.45),
)
"""Start of a registered name -> the device word for a maker, or its division, whose whole business is one sort of thing.

The first that fits counts, the narrower before the wider: `Philips Patient Monitoring` says more than `Philips`."""

APPLE: Final = {
    "MacBook": Kind.LAPTOP,
    "MacBookPro": Kind.LAPTOP,
    "MacBookAir": Kind.LAPTOP,
    "iMac": Kind.WORKSTATION,
    "iMacPro": Kind.WORKSTATION,
    "Macmini": Kind.WORKSTATION,
    "MacPro": Kind.WORKSTATION,
    "Xserve": Kind.SERVER,
    "AppleTV": Kind.TV,
    "AirPort": Kind.ACCESS_POINT,
    "TimeCapsule": Kind.NAS,
}
"""Apple's model words, as mDNS tells them."""

_COMPANY: Final = re.compile(
    r"[,.]? (?:inc|ltd|llc|corp|co|gmbh|ag|corporation|incorporated|limited|company)\b.*", re.IGNORECASE
)
_ARCHIVE: Final = re.compile(
    r"orthanc|dcm4che|conquest|clearcanvas|pacs|archive|dicoogle|sectra|vepro|k-?pacs", re.IGNORECASE
)
_SCANNER: Final = re.compile(
    r"\bge\b|ge (?:medical|healthcare)|siemens|philips|toshiba|canon medical|hitachi|fuji|carestream|agfa|hologic|"
    r"mindray|samsung medison|esaote|shimadzu|sonosite|konica|varian|elekta|ultrasound|ziehm",
    re.IGNORECASE,
)

_BUSINESSES: Final = tuple((re.compile(start, re.IGNORECASE), word, sure) for start, word, sure in BUSINESSES)


@lru_cache(maxsize=1024)
def spelling(maker: str) -> str:
    """A registered maker's name as people write it: `HP` for `Hewlett Packard Enterprise`."""
    lower = maker.lower()
    for start, name in SPELLINGS.items():
        if lower.startswith(start):
            return name
    return _COMPANY.sub("", maker).strip() or maker


@lru_cache(maxsize=1024)
def business(maker: str) -> tuple[str, float] | None:
    """The device word that a registered name alone stands for and how sure it is; None for a maker of many things."""
    return next(((word, sure) for start, word, sure in _BUSINESSES if start.match(maker)), None)


def dicom_kind(maker: str, version: str) -> Iterator[tuple[str, str, float]]:
    """What DICOM software says about the kind: archives name themselves, imaging makers build modalities."""
    both = f"{maker} {version}"
    if _ARCHIVE.search(both):
        yield "device.kind", Kind.PACS, 0.6
    elif _SCANNER.search(both):
        yield "device.kind", Kind.MODALITY, 0.6
