"""Devices of Microsoft Defender for Endpoint, as its device inventory exports them."""

from typing import Final

from scanner.observe.files.opened import reading
from scanner.observe.files.registers import register
from scanner.observe.files.rows import Row, headings
from scanner.observe.format import Format

NAMES: Final = {
    "name": ("devicename",),
    "domain": ("domain",),
    "address": ("deviceips", "ips", "ipaddresses", "lastipaddress", "ipaddress"),
    "mac": ("macs", "macaddresses", "macaddress"),
    "product": ("osplatform",),
    "version": ("osversion", "windows10version", "version"),
    "build": ("osbuild", "osbuildnumber", "build"),
    "vendor": ("vendor",),
    "model": ("model",),
    "last_active": ("lastdeviceupdate", "lastseen"),
    "agent": ("onboardingstatus",),
    "owner": ("devicerole", "group", "devicegroup"),
}


SOURCE: Final = "import:edr-defender"
SEEN: Final = "import:defender-seen"
"""A device that Defender merely saw from another one runs no agent: it is known, not looked after."""


def kept_by(row: Row) -> str:
    """Whether Defender runs on it, or only saw it."""
    return SOURCE if row.get("agent", "onboarded").lower() == "onboarded" else SEEN


def amend(row: Row) -> dict[str, str]:
    """The build in full where only its last part is given."""
    said = dict(row)
    build = said.get("build", "")
    if (
        said.get("product", "").lower().startswith("windows")
        and build.replace(".", "").isdecimal()
        and "." not in build[:5]
    ):
        said["build"] = f"10.0.{build}"
    return said


def fits(head: bytes) -> bool:
    """Whether the headings are Defender's."""
    seen = headings(head)
    return (
        "devicename" in seen
        and bool(seen & {"onboardingstatus", "sensorhealthstate", "healthstatus"})
        and bool(seen & {"osplatform", "exposurelevel", "risklevel"})
    )


FORMAT: Final = Format(
    name="edr-defender",
    checked_against="memory",
    export="Microsoft Defender portal > Assets > Devices > Export",
    says="devices that Defender knows, and whether they run it",
    fits=fits,
    read=reading(register(SOURCE, NAMES, amend, kept_by)),
)
