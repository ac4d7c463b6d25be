"""The plain-English words for what the model knows by code, from the catalogue; every report takes them here."""

from collections.abc import Mapping
from typing import Final

from scanner.model.kinds import Band, Kind, Outcome, Profile, Reach, Role, Support
from scanner.report.texts import Named, known, phrase

ROLES: Final[Mapping[Role, str]] = Named("roles", Role)
SUPPORT: Final[Mapping[Support, str]] = Named("support_words", Support)
SUPPORT_MEANS: Final[Mapping[Support, str]] = Named("support_means", Support)
BANDS: Final[Mapping[Band, str]] = Named("bands", Band)
REACH: Final[Mapping[Reach, str]] = Named("reach", Reach)
REACH_MEANS: Final[Mapping[Reach, str]] = Named("reach_means", Reach)
PROFILES: Final[Mapping[Profile, str]] = Named("profiles", Profile)
OUTCOMES: Final[Mapping[Outcome, str]] = Named("outcomes", Outcome)
RISK_GRADES: Final[Mapping[str, str]] = Named("risk_grades", "ABCD")
EVIDENCE_GRADES: Final[Mapping[str, str]] = Named("evidence_grades", ("E4", "E3", "E2", "E1", "E0"))
SUPPORT_GRADES: Final[Mapping[str, str]] = Named("support_grades", ("E4", "E3", "E2", "E1", "E0"))
"""What a support verdict rests on; one grade lower where a table behind it is older than it may be."""
ADVERSARIES: Final[Mapping[str, str]] = Named("adversaries", ("commodity", "adaptive", "intruder"))
PRESENCE: Final[Mapping[str, str]] = Named("presence", ("seen", "silent", "dormant", "intermittent"))

SAFETY: Final[Mapping[str, frozenset[Kind]]] = {
    "hospital": frozenset(
        {
            Kind.MODALITY,
            Kind.PACS,
            Kind.PATIENT_MONITOR,
            Kind.INFUSION_GATEWAY,
            Kind.LAB_ANALYSER,
            Kind.INTERFACE_ENGINE,
            Kind.NURSE_CALL,
        }
    ),
    "utility": frozenset({Kind.PLC, Kind.RTU, Kind.HMI, Kind.RELAY, Kind.METER, Kind.BUILDING_CONTROLLER}),
    "bank": frozenset({Kind.KIOSK, Kind.ATM, Kind.POS, Kind.HSM, Kind.MAINFRAME}),
    "office": frozenset({Kind.SERVER, Kind.DOMAIN_CONTROLLER, Kind.HYPERVISOR, Kind.NAS}),
}
"""Sector -> the kinds that its safety depends on."""
SAFETY_TITLES: Final[Mapping[str, str]] = Named("safety_titles", SAFETY)
SAFETY_DEVICES: Final[Mapping[str, str]] = Named("safety_devices", SAFETY)
"""What those are called together, in the plural."""

MAKER_FIRST: Final = frozenset(
    {*SAFETY["hospital"], Kind.PLC, Kind.RTU, Kind.HMI, Kind.RELAY, Kind.BUILDING_CONTROLLER}
)
"""Kinds that nobody but their maker may change: the advice is to shield them first and ask."""

_TERMS: Final = (
    "adversary",
    "bridge",
    "cohort",
    "critical_asset",
    "device",
    "endpoint_equivalent",
    "evidence",
    "expected_loss",
    "exposure",
    "fix_value",
    "foothold",
    "forgotten",
    "gateway",
    "grade",
    "interval",
    "patch_horizon",
    "pivot",
    "pivot_score",
    "unknown",
    "zone",
)


def not_known() -> str:
    """What stands wherever a value is missing: never a dash, never an empty cell."""
    return phrase("words.not_known")


def product_not_known() -> str:
    """The same where it follows a kind in a sentence."""
    return phrase("words.product_not_known")


def glossary() -> Mapping[str, str]:
    """Each term that the reports use, with its meaning."""
    return {phrase(f"glossary_terms.{term}"): phrase(f"glossary_meanings.{term}") for term in _TERMS}


def source(name: str) -> str:
    """Name a table of the knowledge base for people; one that the catalogue lacks by its own name."""
    if known(f"sources.{name}"):
        return phrase(f"sources.{name}")
    spoken = name.replace("_", " ")
    return spoken[:1].upper() + spoken[1:]


def kind(of: Kind, count: int = 1) -> str:
    """Name a kind of device for people, in the plural unless there is one."""
    return phrase(f"kinds.{of}", count=count)
