"""A device that was not recognised, as the body of a report to the project: what it said, nobody's name in it.

Nothing is sent anywhere: a person reads it and decides. Only fields that describe makes of things are in it, and of
those all that points to one device, place or person is blotted out. What remains may still tell something that no rule
foresees, and the body says so.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from ipaddress import ip_address
from typing import Final

from scanner.model.assessment import Assessment, Judged
from scanner.model.device import Device
from scanner.model.kinds import Kind
from scanner.model.observation import Observation, Value
from scanner.report.texts import phrase

FIELDS: Final = frozenset({
    "amqp.product", "dhcp_vendor_class", "dicom.implementation", "dns.versionbind", "ftp.banner", "html_title",
    "http.json", "http.text", "http_header.server", "http_header.wwwauth", "http_header.x_powered_by", "imap4.banner",
    "ipmi.auth", "memcached.version", "mongodb.wire", "mssql.prelogin", "mysql.banners", "mysql.error", "nntp.banner",
    "ntlm.version", "ntp.readvar", "openwire.provider", "oracle.tns", "pop3.banner", "postgres.ssl", "rdp.security",
    "redis.greeting", "rpcbind.programs", "rsh.response", "rtsp_header.server", "sip_header.server",
    "sip_header.user_agent", "smb.native_lm", "smb.native_os", "smb2.dialect", "smtp.banner", "snmp.sys_description",
    "snmp.sys_object_id", "ssh.banner", "telnet.banner", "telnet.options", "tls.versions", "ubnt.firmware",
    "upnp.server", "vmware.authd", "vnc.security", "vnc.version", "wsd.match", "x11.vendor",
})  # fmt: skip
"""What describes a make of thing. Certificates, names, keys, directories and screens are not among them."""

_CAP: Final = 400
"""Characters of one value."""
_ROWS: Final = 60

_KNOWN_WORDS: Final = frozenset({"asp.net", "node.js", "x.org", "freedesktop.org"})
"""Products that are spelt like host names."""
_NO_HOST: Final = frozenset({"(none)", "localhost"})

_MAIL: Final = re.compile(r"[\w.+-]+@[\w.-]+")
_MAC: Final = re.compile(
    r"(?i)(?<![0-9a-f])([0-9a-f]{2})([:-])([0-9a-f]{2})\2([0-9a-f]{2})(?:\2[0-9a-f]{2}){3,5}(?![0-9a-f])"
)
_DOTTED_MAC: Final = re.compile(r"(?i)\b([0-9a-f]{4}\.[0-9a-f]{2})[0-9a-f]{2}\.[0-9a-f]{4}\b")
_BARE_MAC: Final = re.compile(r"(?i)([0-9a-f]{6})[0-9a-f]{6}(?![0-9a-f])")
_HALF_MAC: Final = re.compile(r"\b(NPI|BRN|BRW|KM|ET|RNP|XRX)[0-9A-F]{6}(?![\w*])")
"""Names that printers give themselves: a word of the maker's, then the half of the card's address that is their own."""
_ADDRESS: Final = re.compile(
    r"(?i)(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?:\.\d{1,3}){0,3})(?![\w:]|\.\d)"
)
_SERIAL: Final = re.compile(r"(?i)\b((?:serial(?:[ _-]?(?:no|number|#))?|s/n|sn)\.?\s*[:=#]?\s*)[\w-]{3,}")
_LIKE_A_SERIAL: Final = re.compile(r"\b(?=\w*[A-Z])(?=\w*\d{5})[A-Z0-9]{9,}\b")
_PERSON: Final = re.compile(
    r"(?i)\b((?:user(?: ?name)?|owner|contact|syscontact|syslocation|location|administrator|admin|operator)\s*[:=]\s*)[^\s;,][^;,\r\n]*"
)
_HOST: Final = re.compile(r"(?i)\b(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)+[a-z]{2,24}\b")
_BEFORE_LOGIN: Final = re.compile(r"(?im)^\s*(\S+)(?= login:)")
_UNAME: Final = re.compile(
    r"\b((?:Linux|SunOS|HP-UX|AIX|FreeBSD|NetBSD|OpenBSD|Darwin|IRIX(?:64)?|OSF1|ULTRIX)\s+)[^\s\d]\S*(?=\s+\S*\d)"
)
_WHO: Final = frozenset({"host.name", "host.domain", "host.mac", "owner"})


def unrecognised(judged: Judged) -> bool:
    """Whether the device answered something and neither its kind nor a product behind it is known."""
    device = judged.device
    named = {"os.product", "hw.product", "hw.model"} & set(device.attributes)
    return bool(device.services) and device.kind is Kind.UNKNOWN and not named


def of_device(found: Assessment, judged: Judged) -> str:
    """The body for a device that a scan met."""
    device = judged.device
    behind = {one for service in device.services for one in service.evidence}
    behind |= {fact.evidence for fact in device.facts}
    seen = [found.evidence[name] for name in sorted(behind & set(found.evidence))]
    return body(seen, names_of(device) | {found.owner})


def names_of(device: Device) -> frozenset[str]:
    """Everything that is known to name the device, its place or its owner."""
    known = {*device.names, *(leg.address for leg in device.legs), *(leg.mac or "" for leg in device.legs)}
    known |= {fact.value for fact in device.facts if fact.attr in _WHO}
    known |= {device.owner or ""}
    if (place := device.location) is not None:
        known |= {place.switch or "", place.description or "", place.access_point or ""}
    return frozenset(known)


def body(seen: Iterable[Observation], names: Collection[str] = ()) -> str:
    """The body for what was seen of one device; `names` are blotted out wherever they stand."""
    rows = list(dict.fromkeys(_rows(seen, names)))
    shown = rows[:_ROWS] or [phrase("issue.nothing_that_describes_a_make_of_thing")]
    more = [phrase("issue.and_more", rows=len(rows) - _ROWS)] if len(rows) > _ROWS else []
    return "\n".join(
        (
            phrase("issue.a_device_was_not_recognised"),
            "",
            phrase("issue.what_it_is_maker_model_system_and_version"),
            "",
            phrase("issue.what_it_said_addresses_card_numbers_names"),
            "",
            *(f"    {row}" for row in (*shown, *more)),
            "",
        )
    )


def scrub(text: str, names: Collection[str] = ()) -> str:
    """The text without what points to one device, place or person; a card's address keeps its maker's half."""
    for name in sorted({part for one in names for part in _parts(one)}, key=len, reverse=True):
        text = re.sub(rf"(?i)(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", "<name>", text)
    text = _MAIL.sub("<mail>", text)
    text = _MAC.sub(r"\1\2\3\2\4\2*", text)
    text = _DOTTED_MAC.sub(r"\1*", text)
    text = _ADDRESS.sub(_address, text)
    text = _SERIAL.sub(r"\1<serial>", text)
    text = _PERSON.sub(r"\1<person>", text)
    text = _BARE_MAC.sub(r"\1*", text)
    text = _HALF_MAC.sub(r"\1*", text)
    text = _LIKE_A_SERIAL.sub("<serial>", text)
    text = _UNAME.sub(r"\1<host>", text)
    text = _BEFORE_LOGIN.sub(lambda found: found[0] if found[1].lower() in _NO_HOST else "<host>", text)
    return _HOST.sub(lambda found: found[0] if found[0].lower() in _KNOWN_WORDS else "<host>", text)


def _rows(seen: Iterable[Observation], names: Collection[str]) -> Iterator[str]:
    told = sorted(
        ((one.port or "", one.field, one.value) for one in seen if one.field in FIELDS),
        key=lambda row: (row[0], row[1], str(row[2])),
    )
    for port, field, value in told:
        text = _text(field, value)
        # an object identifier looks like an address and names a make
        shown = text if field == "snmp.sys_object_id" else scrub(text, names)
        yield f"{port} {field} = {shown[:_CAP]}".strip()


def _text(field: str, value: Value) -> str:
    text = value if isinstance(value, str) else "; ".join(f"{name}={part}" for name, part in value.items())
    # RFC 5321, 4.2: a mail server greets with its name
    text = re.sub(r"\A\s*\S+", "<host>", text) if field == "smtp.banner" else text
    return "".join(one if one.isprintable() else " " for one in text)


def _parts(name: str) -> Iterator[str]:
    """A name, and its first label where it is one of DNS; what is too short would blot out words."""
    for part in (name, name.partition(".")[0] if not name.replace(".", "").isdigit() else ""):
        if len(part) > 2:
            yield part


def _address(found: re.Match[str]) -> str:
    try:
        ip_address(found[0])
    except ValueError:
        return found[0]
    return "<address>"
