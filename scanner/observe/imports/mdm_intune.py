"""Devices of Microsoft Intune, as its export of all devices lists them: build with update revision, last check-in."""

from typing import Final

from scanner.observe.files.opened import reading
from scanner.observe.files.registers import register
from scanner.observe.files.rows import Row, headings
from scanner.observe.format import Format

NAMES: Final = {
    "name": ("devicename", "managementname"),
    "product": ("os", "operatingsystem"),
    "build": ("osversion",),
    "edition": ("skufamily",),
    "vendor": ("manufacturer",),
    "model": ("model",),
    "serial": ("serialnumber",),
    "mac": ("wifimac", "ethernetmac", "ethernetmacaddress", "wifimacaddress"),
    "last_active": ("lastcheckin", "lastcontact"),
    "owner": ("devicecategory",),
}


def amend(row: Row) -> dict[str, str]:
    """A version that is no Windows build is just a version."""
    said = dict(row)
    if said.get("product", "").lower() != "windows" and "build" in said:
        said["version"] = said.pop("build")
    return said


def fits(head: bytes) -> bool:
    """Whether the headings are Intune's."""
    seen = headings(head)
    return (
        "devicename" in seen
        and bool(seen & {"lastcheckin", "azureaddeviceid", "entradeviceid"} - {""})
        and ("onboardingstatus" not in seen)
    )


FORMAT: Final = Format(
    name="mdm-intune",
    checked_against="memory",
    export="Intune admin center > Devices > All devices > Export > Include all inventory data; unpack the zip",
    says="managed devices: build with update revision, last check-in",
    fits=fits,
    read=reading(register("import:mdm-intune", NAMES, amend)),
)
