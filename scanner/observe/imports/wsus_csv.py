"""Computers of Windows Server Update Services, as PowerShell exports them: build, last report."""

from typing import Final

from scanner.observe.files.opened import reading
from scanner.observe.files.registers import register
from scanner.observe.files.rows import Row, headings
from scanner.observe.format import Format

NAMES: Final = {
    "name": ("fulldomainname",),
    "address": ("ipaddress",),
    "product": ("osdescription",),
    "build": ("clientversion", "osinfo", "osversion"),
    "vendor": ("make",),
    "model": ("model",),
    "last_active": ("lastreportedstatustime", "lastsynctime"),
}


def amend(row: Row) -> dict[str, str]:
    """The version of the update agent is the build with its revision since Windows 10; before, it was its own (7.6)."""
    said = dict(row)
    if not said.get("build", "").startswith("10."):
        said.pop("build", None)
    return said


def fits(head: bytes) -> bool:
    """Whether the headings are those of IComputerTarget."""
    seen = headings(head)
    return "fulldomainname" in seen and bool(seen & {"lastsynctime", "lastreportedstatustime"})


FORMAT: Final = Format(
    name="wsus-csv",
    checked_against="memory",
    export=(
        "Get-WsusComputer -All | Select-Object FullDomainName,IPAddress,OSDescription,ClientVersion,Make,Model,"
        "LastSyncTime,LastReportedStatusTime | Export-Csv wsus.csv -NoTypeInformation -Encoding UTF8"
    ),
    says="computers that report to the update server",
    fits=fits,
    read=reading(register("import:wsus-csv", NAMES, amend)),
)
