"""LDAP: the entry in which a directory describes itself, open to all by design (RFC 4512, 5.1: root DSE). No bind.

From the entry only what stays the same from one question to the next is kept, in one order, so that rules meet
what tells most within the first 2 KiB: clocks and change numbers say nothing about the server.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Final

from scanner.model.kinds import Profile, Touch
from scanner.model.net import tcp
from scanner.model.observation import Scalar, Value
from scanner.observe import asn1
from scanner.observe.probe import Probe
from scanner.observe.text import said
from scanner.wire.conn import Conn

# RFC 4511, 4.2 to 4.5.2: the tags of the operations that we meet
_SEARCH, _ENTRY, _DONE = 0x63, 0x64, 0x65
_ENUM, _BOOLEAN, _SET = 0x0A, 0x01, 0x31
_MOST: Final = 64 * 1024

# [MS-ADTS] 3.1.1.3.2, RFC 3045 and makers' own: in the order in which rules want them
_TELLING: Final = (
    "supportedCapabilities",
    "domainControllerFunctionality",
    "domainFunctionality",
    "forestFunctionality",
    "vendorName",
    "vendorVersion",
    "serverVersion",
    "orclDirectoryVersion",
    "ibm-ldapServiceName",
    "structuralObjectClass",
    "objectClass",
    "ldapServiceName",
    "dnsHostName",
    "serverName",
    "defaultNamingContext",
    "rootDomainNamingContext",
    "namingContexts",
    "supportedSASLMechanisms",
)
_SINGLE: Final = (
    "dnsHostName",
    "domainControllerFunctionality",
    "domainFunctionality",
    "forestFunctionality",
    "defaultNamingContext",
    "vendorName",
    "vendorVersion",
)
"""What `ldap.root` has, by name."""

Attributes = Mapping[str, tuple[str, list[bytes]]]
"""By lower-cased name: the name as the server spells it, and the values."""


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Ask for the root entry, read it, take leave."""
    await conn.send(_question())
    got = b""
    while len(got) < _MOST and not _whole(got):
        more = await conn.some(min(16384, _MOST - len(got)))
        if not more:
            break
        got += more
    facts = parse(got)
    for fact in facts or ():
        yield fact
    if facts:
        # RFC 4511, 4.3: unbind ends the session
        await conn.send(asn1.element(asn1.SEQUENCE, asn1.element(asn1.INTEGER, b"\x02"), b"\x42\0"))


def parse(data: bytes) -> list[tuple[str, Value]] | None:
    """The root entry as text for rules and its names as an object; the result code where there is no entry."""
    told: list[tuple[str, Value]] = []
    for operation, content in _operations(data):
        if operation == _ENTRY:
            told += _facts(_attributes(content))
        elif operation == _DONE and not told:
            # an empty entry is no refusal: 0 is success
            code = next((body for tag, body in asn1.parts(content) if tag == _ENUM), b"")
            told.append(("ldap.result_code", str(asn1.number(code[:4]))))
    return told or None


def _operations(data: bytes) -> Iterator[tuple[int, bytes]]:
    """RFC 4511, 4.1.1 (LDAPMessage): each answer to our message number 1."""
    for tag, content in asn1.parts(data):
        inner = list(asn1.parts(content))[:2]
        if tag == asn1.SEQUENCE and len(inner) == 2 and inner[0] == (asn1.INTEGER, b"\x01"):
            yield inner[1]


def _whole(data: bytes) -> bool:
    return any(operation == _DONE for operation, _ in _operations(data))


def _attributes(entry: bytes) -> Attributes:
    """RFC 4511, 4.5.2 (SearchResultEntry): a name, then a row of attributes, each with a set of values."""
    found: dict[str, tuple[str, list[bytes]]] = {}
    for tag, row in asn1.parts(entry):
        for _, attribute in asn1.parts(row) if tag == asn1.SEQUENCE else ():
            pair = list(asn1.parts(attribute))[:2]
            if len(pair) == 2 and pair[0][0] == asn1.OCTET_STRING and pair[1][0] == _SET:
                name = said(pair[0][1])
                found.setdefault(name.lower(), (name, [value for _, value in asn1.parts(pair[1][1])]))
    return found


def _facts(attributes: Attributes) -> Iterator[tuple[str, Value]]:
    kept = [attributes[name.lower()] for name in _TELLING if name.lower() in attributes]
    yield "ldap.search_result", said(b"0".join(_row(name, values) for name, values in kept))
    names: dict[str, Scalar | list[str]] = {
        name: said(attributes[name.lower()][1][0])[:255]
        for name in _SINGLE
        if attributes.get(name.lower(), ("", []))[1]
    }
    if names:
        yield "ldap.root", names


def _row(name: str, values: list[bytes]) -> bytes:
    """An attribute as a directory that writes no needless long lengths has it, so that one pattern fits all makers."""
    row = name.encode() + asn1.element(_SET, *(asn1.element(asn1.OCTET_STRING, value) for value in values))
    # an object id at the end must not run into the 0 that begins the next row
    return row + b"\n" if name == _TELLING[0] else row


def _question() -> bytes:
    """RFC 4511, 4.5.1: the entry with the empty name, all its attributes, within ten seconds."""
    wanted = asn1.element(
        asn1.SEQUENCE, asn1.element(asn1.OCTET_STRING, b"*"), asn1.element(asn1.OCTET_STRING, b"+")
    )
    search = asn1.element(
        _SEARCH,
        asn1.element(asn1.OCTET_STRING),
        asn1.element(_ENUM, b"\0"),
        asn1.element(_ENUM, b"\0"),
        asn1.element(asn1.INTEGER, b"\x01"),
        asn1.element(asn1.INTEGER, b"\x0a"),
        asn1.element(_BOOLEAN, b"\0"),
        asn1.element(0x87, b"objectClass"),
        wanted,
    )
    return asn1.element(asn1.SEQUENCE, asn1.element(asn1.INTEGER, b"\x01"), search)


PROBE: Final = Probe(
    name="ldap",
    ports=frozenset({tcp(389)}),
    touch=Touch.ASK,
    connections={Profile.OFFICE: 1, Profile.LAB: 1, Profile.BENCH: 1},
    talk=talk,
    sends="One search for the root entry (base scope, empty name, objectClass present), in which a directory describes"
    " itself to anybody, and an unbind. No bind, no name, no password, no other entry.",
)
