"""The closed lists: kinds of device, profiles, the touch ladder, outcomes. They grow by decision record."""

import enum
from typing import Final


class Kind(enum.StrEnum):
    """What sort of thing a device is."""

    LAPTOP = "laptop"
    WORKSTATION = "workstation"
    SERVER = "server"
    DOMAIN_CONTROLLER = "domain-controller"
    HYPERVISOR = "hypervisor"
    NAS = "nas"
    PRINTER = "printer"
    PHONE = "phone"
    CAMERA = "camera"
    DVR = "dvr"
    ACCESS_POINT = "access-point"
    SWITCH = "switch"
    ROUTER = "router"
    FIREWALL = "firewall"
    LOAD_BALANCER = "load-balancer"
    BMC = "bmc"
    UPS = "ups"
    PDU = "pdu"
    KIOSK = "kiosk"
    ATM = "atm"
    POS = "pos"
    HSM = "hsm"
    MAINFRAME = "mainframe"
    PLC = "plc"
    RTU = "rtu"
    HMI = "hmi"
    RELAY = "relay"
    METER = "meter"
    BUILDING_CONTROLLER = "building-controller"
    MODALITY = "modality"
    PACS = "pacs"
    PATIENT_MONITOR = "patient-monitor"
    INFUSION_GATEWAY = "infusion-gateway"
    LAB_ANALYSER = "lab-analyser"
    INTERFACE_ENGINE = "interface-engine"
    NURSE_CALL = "nurse-call"
    TV = "tv"
    IOT = "iot"
    COMPUTE_HOST = "compute-host"
    CONTAINER = "container"
    UNKNOWN = "unknown"


class Role(enum.StrEnum):
    """What a device is to the network, where that matters more than its kind."""

    GATEWAY = "gateway"
    """Joins zones by design (router, L3 switch, firewall): its legs are policy, not a bridge."""
    VIRTUAL = "virtual"
    """An address that moves between devices (HSRP, VRRP, cluster): not a device of its own."""
    NONE = "-"


class Profile(enum.StrEnum):
    """How careful a network must be treated; `wire` and `scope` hold what each allows."""

    PASSIVE = "passive"
    CLINICAL = "clinical"
    OT = "ot"
    OFFICE = "office"
    LAB = "lab"
    BENCH = "bench"


class Touch(enum.IntEnum):
    """The touch ladder, the only one: each step asks more of a device than the one before."""

    LISTEN = 0
    """Send nothing."""
    KNOCK = 1
    """Ask whether it is there: ARP, echo, a connection opened and closed in order."""
    GREET = 2
    """Connect and read what it says by itself."""
    ASK = 3
    """Send one well-formed question."""


class Outcome(enum.StrEnum):
    """How one exchange with one device ended."""

    OK = "ok"
    CLOSED = "closed"
    """The port refused the connection."""
    SILENT = "silent"
    """Nothing came before the deadline."""
    RESET = "reset"
    """The device cut the connection off."""
    GARBLED = "garbled"
    """It answered, but not in the protocol that was asked."""
    ENDLESS = "endless"
    """It sent more than the cap and was cut off."""
    UNREACHABLE = "unreachable"
    """No route, host or network unreachable."""
    REFUSED = "refused"
    """Our own gate said no; nothing was sent."""
    BUG = "bug"
    """Our own fault; the trace is in the log."""


class Support(enum.StrEnum):
    """Whether the maker still mends it; unknown is never shown as fine."""

    UNSUPPORTED = "unsupported"
    SUPPORTED = "supported"
    UNKNOWN = "unknown"


class Band(enum.StrEnum):
    """The word for a score of 0 to 100."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Reach(enum.StrEnum):
    """How we know that one zone can reach another; they stay distinct to the end."""

    MEASURED = "measured"
    DECLARED = "declared"
    INFERRED = "inferred"
    ASSUMED = "assumed"


BANDS: Final = ((80, Band.CRITICAL), (60, Band.HIGH), (30, Band.MEDIUM), (0, Band.LOW))
"""Lowest score of each band, highest band first."""


def band(score: float) -> Band:
    """The band of a score of 0 to 100."""
    return next(word for least, word in BANDS if score >= least)
