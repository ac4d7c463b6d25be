"""Computers of Active Directory as PowerShell exports them (Get-ADComputer): account activity, system, LAPS expiry."""

from typing import Final

from scanner.observe.files.opened import reading
from scanner.observe.files.registers import register
from scanner.observe.files.rows import Row, headings
from scanner.observe.format import Format

NAMES: Final = {
    "name": ("dnshostname", "name", "cn", "samaccountname"),
    "address": ("ipv4address", "ipv6address"),
    "product": ("operatingsystem",),
    "build": ("operatingsystemversion",),
    "last_active": ("lastlogontimestamp", "lastlogondate", "lastlogon"),
    "password_set": ("pwdlastset", "passwordlastset"),
    "enabled": ("enabled",),
    "laps": ("mslapspasswordexpirationtime", "msmcsadmpwdexpirationtime"),
    "place": ("location",),
    "owner": ("managedby",),
    "dn": ("distinguishedname",),
    "class": ("objectclass",),
}


def amend(row: Row) -> dict[str, str]:
    """The last sign of life of an account is its last logon, else when it last changed its own password."""
    said = dict(row)
    said.setdefault("last_active", said.get("password_set", ""))
    if owner := said.get("owner"):
        # CN=Radiology,OU=...: the name is enough
        said["owner"] = owner.partition(",")[0].rpartition("=")[2]
    return said


def fits(head: bytes) -> bool:
    """Whether the headings are those of computer accounts."""
    seen = headings(head)
    return bool(seen & {"distinguishedname", "dnshostname", "samaccountname"}) and bool(
        seen & {"operatingsystem", "lastlogontimestamp", "lastlogondate", "pwdlastset", "passwordlastset"}
    )


FORMAT: Final = Format(
    name="ad-csv",
    checked_against="memory",
    export=(
        "Get-ADComputer -Filter * -Properties DNSHostName,IPv4Address,OperatingSystem,OperatingSystemVersion,"
        "lastLogonTimestamp,pwdLastSet,Location,ManagedBy,ms-Mcs-AdmPwdExpirationTime,msLAPS-PasswordExpirationTime"
        " | Export-Csv ad-computers.csv -NoTypeInformation -Encoding UTF8"
    ),
    says="computer accounts: system, last logon, LAPS expiry",
    fits=fits,
    read=reading(register("import:ad-csv", NAMES, amend)),
)
