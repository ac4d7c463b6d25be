"""What hospital devices say to each other, as far as their first words: requests, answers, announcements."""

import random
import struct
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def labels(name: bytes) -> bytes:
    """A DNS name (RFC 1035, 3.1)."""
    return b"".join(bytes([len(one)]) + one for one in name.split(b".")) + b"\0"


def dns_question(ident: int, name: bytes) -> bytes:
    """A question for an address."""
    return struct.pack("!6H", ident, 0x0100, 1, 0, 0, 0) + labels(name) + struct.pack("!HH", 1, 1)


def dns_answer(ident: int, name: bytes, address: bytes) -> bytes:
    """Its answer."""
    said = labels(name) + struct.pack("!HH", 1, 1)
    return (
        struct.pack("!6H", ident, 0x8180, 1, 1, 0, 0)
        + said
        + struct.pack("!HHHIH", 0xC00C, 1, 1, 300, 4)
        + address
    )


def mdns(name: bytes, address: bytes) -> bytes:
    """A printer announces itself."""
    service = labels(b"_ipp._tcp.local")
    text = b"\x09txtvers=1\x10ty=LaserJet 4250"
    full = bytes([len(name)]) + name + service
    rows = service + struct.pack("!HHIH", 12, 1, 4500, len(full)) + full
    rows += full + struct.pack("!HHIH", 16, 0x8001, 4500, len(text)) + text
    rows += labels(name + b".local") + struct.pack("!HHIH", 1, 0x8001, 120, 4) + address
    return struct.pack("!6H", 0, 0x8400, 0, 3, 0, 0) + rows


def nbns(ident: int, name: bytes) -> bytes:
    """A question to everybody for a name (RFC 1002)."""
    padded = name.upper()[:15].ljust(15) + b"\0"
    coded = b"".join(bytes([65 + (octet >> 4), 65 + (octet & 15)]) for octet in padded)
    return struct.pack("!6H", ident, 0x0110, 1, 0, 0, 0) + b"\x20" + coded + b"\0" + struct.pack("!HH", 32, 1)


def ssdp(name: bytes) -> bytes:
    """A device announces itself."""
    return (
        b"NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nCACHE-CONTROL: max-age=1800\r\nLOCATION: http://10.0.0.9:5000/d.xml\r\n"
        b"NT: upnp:rootdevice\r\nNTS: ssdp:alive\r\nSERVER: Linux/2.6.32 UPnP/1.0 MiniUPnPd/1.5\r\nUSN: uuid:"
        + name
        + b"::upnp:rootdevice\r\n\r\n"
    )


def dhcp(mac: bytes, ident: int, name: bytes) -> bytes:
    """A client looks for an address."""
    fixed = (
        struct.pack("!BBBBIHH16x", 1, 1, 6, 0, ident, 0, 0)
        + mac.ljust(16, b"\0")
        + bytes(192)
        + b"\x63\x82\x53\x63"
    )
    options = (
        b"\x35\x01\x01"
        b"\x0c"
        + bytes([len(name)])
        + name
        + b"\x3c\x08MSFT 5.0"
        + b"\x37\x07\x01\x0f\x03\x06\x2c\x2e\x2f\xff"
    )
    return fixed + options


def tlv(tag: int, body: bytes) -> bytes:
    """One element of BER."""
    size = bytes([len(body)]) if len(body) < 128 else b"\x82" + len(body).to_bytes(2, "big")
    return bytes([tag]) + size + body


def snmp(kind: int, ident: int, rows: list[tuple[bytes, bytes]]) -> bytes:
    """A request or an answer of version 2c."""
    bindings = b"".join(tlv(0x30, tlv(6, oid) + value) for oid, value in rows)
    pdu = tlv(kind, tlv(2, ident.to_bytes(4, "big")) + tlv(2, b"\0") + tlv(2, b"\0") + tlv(0x30, bindings))
    return tlv(0x30, tlv(2, b"\x01") + tlv(4, b"monitoring") + pdu)


def ntp(mode: int, now: int) -> bytes:
    """A question or an answer."""
    return (
        bytes([0x18 | mode, 2, 6, 0xE9])
        + struct.pack("!II4s", 500, 900, b"GPS\0")
        + struct.pack("!8I", *([now] * 8))
    )


def bridge(root: bytes) -> bytes:
    """A spanning tree's hello, with its LLC header."""
    return (
        b"\x42\x42\x03"
        b"\0\0\0\0\0"
        b"\x80\0" + root + b"\0\0\0\x04" + b"\x80\x01" + root + b"\x80\x01\0\0\x14\0\x02\0\x0f\0"
    )


def lldp(mac: bytes, name: bytes) -> bytes:
    """A switch's or a server's own words."""
    parts = [
        (1, b"\x04" + mac),
        (2, b"\x05Gi1/0/7"),
        (3, b"\0\x78"),
        (5, name),
        (6, b"Cisco IOS Software, C2960 Software, Version 12.2(55)SE"),
        (7, b"\0\x04\0\x04"),
    ]
    return b"".join(struct.pack("!H", kind << 9 | len(value)) + value for kind, value in parts) + b"\0\0"


def modbus(ident: int, answer: bool) -> bytes:
    """Ten registers are asked for, or given."""
    body = b"\x01\x03\x14" + random.Random(ident).randbytes(20) if answer else b"\x01\x03\0\0\0\x0a"
    return struct.pack("!HHH", ident & 0xFFFF, 0, len(body)) + body


def client_hello(draw: random.Random) -> bytes:
    """Of a client with TLS 1.2 and 1.3."""
    suites = struct.pack(
        "!15H",
        0x1301,
        0x1302,
        0x1303,
        0xC02B,
        0xC02F,
        0xC02C,
        0xC030,
        0xCCA9,
        0xCCA8,
        0xC013,
        0xC014,
        0x9C,
        0x9D,
        0x2F,
        0x35,
    )
    extensions = (
        struct.pack("!HHHBH", 0, 16, 14, 0, 11)
        + b"pacs.ward.h"
        + struct.pack("!HHB2H", 43, 5, 4, 0x0304, 0x0303)
    )
    extensions += (
        struct.pack("!HHH4H", 10, 10, 8, 0x1D, 0x17, 0x18, 0x19)
        + struct.pack("!HH", 51, 36)
        + struct.pack("!HHH", 34, 0x1D, 30)
        + draw.randbytes(30)
    )
    body = (
        b"\x03\x03"
        + draw.randbytes(32)
        + b"\x20"
        + draw.randbytes(32)
        + struct.pack("!H", len(suites))
        + suites
        + b"\x01\0"
    )
    body += struct.pack("!H", len(extensions)) + extensions
    return b"\x16\x03\x01" + struct.pack("!H", len(body) + 4) + b"\x01" + len(body).to_bytes(3, "big") + body


def certificate(name: str, draw: random.Random) -> bytes:
    """A server's own, as devices make them."""
    key = ec.derive_private_key(draw.getrandbits(200) + 1, ec.SECP256R1())
    who = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, name),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Ward Devices"),
        ]
    )
    made = datetime(2014, 1, 1, tzinfo=UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(draw.getrandbits(60))
    )
    signed = (
        built.not_valid_before(made).not_valid_after(made + timedelta(days=7300)).sign(key, hashes.SHA256())
    )
    return signed.public_bytes(serialization.Encoding.DER)


def server_hello(shown: bytes, draw: random.Random) -> bytes:
    """With its certificate, in one record each."""
    hello = (
        b"\x03\x03"
        + draw.randbytes(32)
        + b"\x20"
        + draw.randbytes(32)
        + b"\xc0\x2f\0"
        + b"\0\x05\xff\x01\0\x01\0"
    )
    chain = len(shown).to_bytes(3, "big") + shown
    chain = len(chain).to_bytes(3, "big") + chain
    said = b"".join(
        bytes([kind]) + len(body).to_bytes(3, "big") + body
        for kind, body in ((2, hello), (11, chain), (14, b""))
    )
    return b"\x16\x03\x03" + struct.pack("!H", len(said)) + said


def kexinit(draw: random.Random) -> bytes:
    """The algorithms of an OpenSSH of 2008."""
    names = [
        b"diffie-hellman-group-exchange-sha256,diffie-hellman-group14-sha1,diffie-hellman-group1-sha1", b"ssh-rsa,ssh-dss",
        *[b"aes128-ctr,aes192-ctr,aes256-ctr,arcfour256,arcfour128,aes128-cbc,3des-cbc,blowfish-cbc"] * 2,
        *[b"hmac-md5,hmac-sha1,umac-64@openssh.com,hmac-ripemd160,hmac-sha1-96"] * 2, *[b"none,zlib@openssh.com"] * 2, b"", b"",
    ]  # fmt: skip
    body = (
        b"\x14" + draw.randbytes(16) + b"".join(struct.pack("!I", len(one)) + one for one in names) + bytes(5)
    )
    pad = 8 - (len(body) + 5) % 8 + 8
    return struct.pack("!IB", len(body) + pad + 1, pad) + body + bytes(pad)


def get(host: bytes, agent: bytes, path: int) -> bytes:
    """A request."""
    return (
        b"GET /worklist?i=%d HTTP/1.1\r\nHost: %b\r\nUser-Agent: %b\r\nAccept: */*\r\nConnection: keep-alive\r\n\r\n"
        % (path, host, agent)
    )


def page(size: int) -> bytes:
    """An answer of an old server."""
    head = (
        b"HTTP/1.1 200 OK\r\nServer: Microsoft-IIS/6.0\r\nX-Powered-By: ASP.NET\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n"
        % size
    )
    return head + b"<html>" + b"x" * (size - 6)


def smb2(command: int, answer: bool, draw: random.Random) -> bytes:
    """Negotiate, as Windows 7 and its server do."""
    head = (
        b"\xfeSMB"
        + struct.pack("<HHIHHIIQIIQ", 64, 1, 0, command, 1, int(answer), 0, 0, 0xFEFF, 0, 0)
        + bytes(16)
    )
    if answer:
        body = (
            struct.pack("<HHHH", 65, 1, 0x0210, 0)
            + draw.randbytes(16)
            + struct.pack(
                "<IIIIQQHHI", 7, 1 << 20, 1 << 20, 1 << 20, 0x01CF0A0000000000, 0x01CE0A0000000000, 128, 0, 0
            )
        )
    else:
        body = (
            struct.pack("<HHHHI", 36, 2, 1, 0, 0x7F)
            + draw.randbytes(16)
            + bytes(8)
            + struct.pack("<HH", 0x0202, 0x0210)
        )
    return struct.pack("!I", len(head + body)) + head + body


def association() -> bytes:
    """A modality calls an archive (DICOM PS3.8, 9.3.2)."""

    def item(kind: int, body: bytes) -> bytes:
        return struct.pack("!BBH", kind, 0, len(body)) + body

    syntax = item(0x30, b"1.2.840.10008.1.1") + item(0x40, b"1.2.840.10008.1.2")
    user = (
        item(0x51, b"\0\0\x40\0")
        + item(0x52, b"1.2.276.0.7230010.3.0.3.5.4")
        + item(0x55, b"OFFIS_DCMTK_354")
    )
    body = b"\0\x01\0\0" + b"ARCHIVE".ljust(16) + b"CT_ROOM_2".ljust(16) + bytes(32)
    body += item(0x10, b"1.2.840.10008.3.1.1.1") + item(0x20, b"\x01\0\0\0" + syntax) + item(0x50, user)
    return struct.pack("!BBI", 1, 0, len(body)) + body
