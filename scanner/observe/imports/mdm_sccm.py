"""Devices of Configuration Manager (SCCM), as a query or PowerShell exports them: full build, last contact."""

from typing import Final

from scanner.observe.files.opened import reading
from scanner.observe.files.registers import register
from scanner.observe.files.rows import headings
from scanner.observe.format import Format

NAMES: Final = {
    "name": ("name", "netbiosname", "netbiosname0", "name0", "resourcenames"),
    "domain": ("resourcedomainorworkgroup", "domain", "domainname"),
    "address": ("ipaddresses", "ipaddress", "ipaddresses0"),
    "mac": ("macaddresses", "macaddress", "macaddresses0"),
    "product": ("caption", "caption0", "operatingsystem"),
    "build": (
        "deviceosbuild", "buildext", "operatingsystembuild", "build", "operatingsystemnameandversion",
        "operatingsystemnameandversion0",
    ),
    "vendor": ("manufacturer", "manufacturer0"),
    "model": ("model", "model0"),
    "serial": ("serialnumber", "serialnumber0"),
    "last_active": ("lastactivetime", "lastddr", "lasthardwarescan", "lastpolicyrequest"),
    "agent": ("clientversion", "clientversion0"),
}  # fmt: skip


def fits(head: bytes) -> bool:
    """Whether the headings are Configuration Manager's."""
    seen = headings(head)
    return bool(
        seen & {"resourceid", "smsid", "smsuniqueidentifier", "smsuniqueidentifier0", "deviceosbuild"}
    ) and bool(seen & {*NAMES["name"]})


FORMAT: Final = Format(
    name="mdm-sccm",
    checked_against="memory",
    export=(
        "Get-CMDevice -Fast | Select-Object Name,ResourceID,Domain,MACAddress,DeviceOSBuild,LastActiveTime,ClientVersion"
        " | Export-Csv sccm.csv -NoTypeInformation -Encoding UTF8"
    ),
    says="managed devices: build with update revision, last contact",
    fits=fits,
    read=reading(register("import:mdm-sccm", NAMES)),
)
