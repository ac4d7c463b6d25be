"""One catalogue of the plain-English words for what the model knows by code; every report takes them here."""

from collections.abc import Mapping
from typing import Final

from scanner.model.kinds import Band, Kind, Outcome, Profile, Reach, Role, Support

NOT_KNOWN: Final = "not known"
"""What stands wherever a value is missing: never a dash, never an empty cell."""
PRODUCT_NOT_KNOWN: Final = "product not known"
"""The same where it follows a kind in a sentence."""

KINDS: Final[Mapping[Kind, tuple[str, str]]] = {
    Kind.LAPTOP: ("laptop", "laptops"),
    Kind.WORKSTATION: ("workstation", "workstations"),
    Kind.SERVER: ("server", "servers"),
    Kind.DOMAIN_CONTROLLER: ("domain controller", "domain controllers"),
    Kind.HYPERVISOR: ("virtual machine host", "virtual machine hosts"),
    Kind.NAS: ("network storage box", "network storage boxes"),
    Kind.PRINTER: ("printer", "printers"),
    Kind.PHONE: ("phone", "phones"),
    Kind.CAMERA: ("camera", "cameras"),
    Kind.DVR: ("video recorder", "video recorders"),
    Kind.ACCESS_POINT: ("wireless access point", "wireless access points"),
    Kind.SWITCH: ("switch", "switches"),
    Kind.ROUTER: ("router", "routers"),
    Kind.FIREWALL: ("firewall", "firewalls"),
    Kind.LOAD_BALANCER: ("load balancer", "load balancers"),
    Kind.BMC: ("server management card", "server management cards"),
    Kind.UPS: ("battery supply (UPS)", "battery supplies (UPS)"),
    Kind.PDU: ("power strip (PDU)", "power strips (PDU)"),
    Kind.KIOSK: ("kiosk", "kiosks"),
    Kind.ATM: ("cash machine", "cash machines"),
    Kind.POS: ("till", "tills"),
    Kind.HSM: ("key safe (HSM)", "key safes (HSM)"),
    Kind.MAINFRAME: ("mainframe", "mainframes"),
    Kind.PLC: ("process controller (PLC)", "process controllers (PLC)"),
    Kind.RTU: ("remote terminal unit", "remote terminal units"),
    Kind.HMI: ("operator panel", "operator panels"),
    Kind.RELAY: ("protection relay", "protection relays"),
    Kind.METER: ("meter", "meters"),
    Kind.BUILDING_CONTROLLER: ("building controller", "building controllers"),
    Kind.MODALITY: ("imaging device", "imaging devices"),
    Kind.PACS: ("image archive (PACS)", "image archives (PACS)"),
    Kind.PATIENT_MONITOR: ("patient monitor", "patient monitors"),
    Kind.INFUSION_GATEWAY: ("infusion pump gateway", "infusion pump gateways"),
    Kind.LAB_ANALYSER: ("laboratory analyser", "laboratory analysers"),
    Kind.INTERFACE_ENGINE: ("clinical interface engine", "clinical interface engines"),
    Kind.NURSE_CALL: ("nurse call unit", "nurse call units"),
    Kind.TV: ("television", "televisions"),
    Kind.IOT: ("smart device", "smart devices"),
    Kind.COMPUTE_HOST: ("compute host", "compute hosts"),
    Kind.CONTAINER: ("container", "containers"),
    Kind.UNKNOWN: ("device of unknown kind", "devices of unknown kind"),
}

ROLES: Final[Mapping[Role, str]] = {
    Role.GATEWAY: "gateway: joins zones by design",
    Role.VIRTUAL: "virtual address: moves between devices",
    Role.NONE: "ordinary device",
}

SUPPORT: Final[Mapping[Support, str]] = {
    Support.UNSUPPORTED: "Unsupported",
    Support.SUPPORTED: "Supported",
    Support.UNKNOWN: "Unknown",
}

SUPPORT_MEANS: Final[Mapping[Support, str]] = {
    Support.UNSUPPORTED: "its maker has stopped mending it, under every contract that could apply",
    Support.UNKNOWN: "we could not tell; it is not counted as fine",
    Support.SUPPORTED: "its maker still mends it, which does not say that the updates are installed",
}

BANDS: Final[Mapping[Band, str]] = {
    Band.CRITICAL: "Critical",
    Band.HIGH: "High",
    Band.MEDIUM: "Medium",
    Band.LOW: "Low",
}

REACH: Final[Mapping[Reach, str]] = {
    Reach.MEASURED: "Measured",
    Reach.DECLARED: "Declared",
    Reach.INFERRED: "Inferred",
    Reach.ASSUMED: "Assumed",
}

REACH_MEANS: Final[Mapping[Reach, str]] = {
    Reach.MEASURED: "we tried it from inside the first zone, or heard it happen",
    Reach.DECLARED: "the owner's scope file or firewall rules say so",
    Reach.INFERRED: "it follows from other things that were seen",
    Reach.ASSUMED: "nobody has told or tried it; a guess stands in",
}

PROFILES: Final[Mapping[Profile, str]] = {
    Profile.PASSIVE: "listening only",
    Profile.CLINICAL: "clinical: one slow connection at a time",
    Profile.OT: "plant: one slow connection at a time",
    Profile.OFFICE: "office",
    Profile.LAB: "laboratory",
    Profile.BENCH: "test bench",
}

OUTCOMES: Final[Mapping[Outcome, str]] = {
    Outcome.OK: "answered and understood",
    Outcome.CLOSED: "port closed",
    Outcome.SILENT: "no answer in time",
    Outcome.RESET: "device cut the connection",
    Outcome.GARBLED: "answered in another protocol",
    Outcome.ENDLESS: "sent more than the cap; cut off",
    Outcome.UNREACHABLE: "no way there",
    Outcome.REFUSED: "refused by our own gate; nothing was sent",
    Outcome.BUG: "our own fault; see the log",
}

RISK_GRADES: Final[Mapping[str, str]] = {
    "A": "rests on exact evidence",
    "B": "rests mostly on evidence",
    "C": "rests on evidence and on general experience",
    "D": "rests mostly on general experience; check before acting",
}

EVIDENCE_GRADES: Final[Mapping[str, str]] = {
    "E4": "exact: the device said so itself",
    "E3": "version seen; a repair under the same version number is possible",
    "E2": "generation of the product only",
    "E1": "open port only",
    "E0": "no evidence; general experience only",
}

SUPPORT_GRADES: Final[Mapping[str, str]] = {
    "E4": "its system is known, and all dates were checked",
    "E3": "its system is known, the dates are less sure",
    "E2": "only a program on it is known, or the dates are doubtful",
    "E1": "its system is guessed or not known",
    "E0": "its system is guessed, and the dates are old",
}
"""What a support verdict rests on; one grade lower where a table behind it is older than it may be."""

ADVERSARIES: Final[Mapping[str, str]] = {
    "commodity": "Known worm",
    "adaptive": "Adaptive worm",
    "intruder": "Human intruder",
}

PRESENCE: Final[Mapping[str, str]] = {
    "seen": "answered in the last run",
    "silent": "known, but did not answer in the last run",
    "dormant": "not met for over a month; kept until somebody says that it is gone",
    "intermittent": "there on few of the days on which somebody looked",
}

SAFETY: Final[Mapping[str, tuple[str, str, frozenset[Kind]]]] = {
    "hospital": (
        "Patient safety",
        "devices that patients depend on",
        frozenset({
            Kind.MODALITY, Kind.PACS, Kind.PATIENT_MONITOR, Kind.INFUSION_GATEWAY,
            Kind.LAB_ANALYSER, Kind.INTERFACE_ENGINE, Kind.NURSE_CALL,
        }),
    ),
    "utility": (
        "Safety of supply",
        "devices that the supply depends on",
        frozenset({Kind.PLC, Kind.RTU, Kind.HMI, Kind.RELAY, Kind.METER, Kind.BUILDING_CONTROLLER}),
    ),
    "bank": (
        "Continuity of service",
        "devices that payments depend on",
        frozenset({Kind.ATM, Kind.POS, Kind.HSM, Kind.MAINFRAME, Kind.KIOSK}),
    ),
    "office": (
        "Continuity of work",
        "servers that everyone depends on",
        frozenset({Kind.SERVER, Kind.DOMAIN_CONTROLLER, Kind.HYPERVISOR, Kind.NAS}),
    ),
}  # fmt: skip
"""Sector -> the line's title, what its devices are, and which kinds count."""

MAKER_FIRST: Final = frozenset(
    {*SAFETY["hospital"][2], Kind.PLC, Kind.RTU, Kind.HMI, Kind.RELAY, Kind.BUILDING_CONTROLLER}
)
"""Kinds that nobody but their maker may change: the advice is to shield them first and ask."""

GLOSSARY: Final[Mapping[str, str]] = {
    "Adversary": "Who we imagine: a known worm that repeats one trick, an adaptive worm that tries every known weakness, or a human intruder.",
    "Bridge": "An ordinary device with a leg in two or more zones. Whoever holds it stands in all of them.",
    "Cohort": "Devices that share one cause, such as the same old program in the same zone. Thirty equal holes are one problem.",
    "Critical asset": "A system that the owner, or its kind, marks as one that the work cannot do without.",
    "Device": "One physical thing, however many addresses it has.",
    "Endpoint equivalent": "The unit of loss: one ordinary PC counts 1, a server 10, an image archive or domain controller 80.",
    "Evidence": "One thing that was seen, by whom, where and when. Every verdict in this report points to it.",
    "Expected loss": "The weight that is lost on average when one device somewhere in scope is taken over.",
    "Exposure": "One way in which a device can be taken over the network.",
    "Fix value": "The expected loss that goes away when this one thing is mended. Values overlap, so they do not add up.",
    "Foothold": "The first device that an intruder holds.",
    "Forgotten": "Nobody seems to look after it. Three signs are kept apart: unknown to every register, unmanaged, stale.",
    "Gateway": "A router, firewall or core switch: it joins zones by design, so its legs are policy and not a bridge.",
    "Grade": "How much of a score rests on evidence (A) rather than on general experience (D).",
    "Interval": "The range that holds the score in four of five draws in which our judgements are varied. It is not a measurement error.",
    "Patch horizon": "The days between which the last security update must have happened, as far as can be told from outside.",
    "Pivot": "A device that helps an intruder to get further.",
    "Pivot score": "0 to 100: how likely the device falls, times how much other equipment falls through it. Its own value does not count.",
    "Unknown": "We could not tell. It is never counted as fine.",
    "Zone": "A part of the network that the owner treats as one, such as radiology or office.",
}  # fmt: skip


SOURCES: Final[Mapping[str, str]] = {
    "advisories": "Security advisories",
    "advisory_products": "Products named in advisories",
    "affected": "Affected versions",
    "branches": "Product branches",
    "cvss": "Severity ratings (CVSS)",
    "debian_revisions": "Debian package versions",
    "dicom_roots": "Imaging software makers (DICOM)",
    "distro_releases": "Linux releases",
    "enterprises": "Makers by SNMP number",
    "epss": "Chance of attack (EPSS)",
    "exchange_builds": "Exchange versions",
    "exposures": "Known ways in",
    "fixes": "Days on which holes were mended",
    "kev": "Holes known to be attacked (KEV)",
    "kev_readable": "Wording of attacked holes (KEV)",
    "names": "Spelling of makers and products",
    "oui": "Makers of network cards",
    "releases": "Support and release dates",
    "source_packages": "Linux source packages",
    "ssvc": "Urgency of holes (SSVC)",
    "sysobjects": "Products by SNMP number",
    "windows_builds": "Windows versions",
    "windows_updates": "Windows updates",
}
"""What the tables of the knowledge base hold, for people."""


def source(name: str) -> str:
    """Name a table of the knowledge base for people; one that the catalogue lacks by its own name."""
    if name in SOURCES:
        return SOURCES[name]
    spoken = name.replace("_", " ")
    return spoken[:1].upper() + spoken[1:]


def kind(of: Kind, count: int = 1) -> str:
    """Name a kind of device for people, in the plural unless there is one."""
    one, many = KINDS[of]
    return one if count == 1 else many
