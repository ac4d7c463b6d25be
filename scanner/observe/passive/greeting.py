"""What servers say first on the ports of old: FTP, SMTP, POP3, IMAP, NNTP, Telnet, VNC and MySQL."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.probes import ftp, imap, mysql, nntp, pop3, smtp, telnet, vnc

Read = Callable[[bytes], str | None]


def parse(packet: Packet) -> Iterator[Fact]:
    """The same field that the probe of that port would yield; only what the server says before anybody logs in."""
    port = packet.service()
    if port is None:
        return
    data = packet.payload
    if packet.sport in _TEXTS:
        field, read = _TEXTS[packet.sport]
        text = read(data)
        if text:
            yield Fact(field, text, port=port)
    elif packet.sport in _TELNET:
        banner = telnet.parse(data[:2048]).text
        if banner:
            yield Fact("telnet.banner", banner, port=port)
    elif version := vnc.parse(data):
        yield Fact("vnc.version", f"RFB {version[0]:03}.{version[1]:03}", port=port)
    elif found := mysql.parse(data) if packet.sport in _MYSQL else None:
        yield Fact(*found, port=port)


_TEXTS: Final[Mapping[int, tuple[str, Read]]] = {
    21: ("ftp.banner", ftp.parse),
    25: ("smtp.banner", smtp.parse),
    587: ("smtp.banner", smtp.parse),
    110: ("pop3.banner", pop3.parse),
    143: ("imap4.banner", imap.parse),
    119: ("nntp.banner", nntp.parse),
}
_TELNET: Final = frozenset({23, 2323})
_MYSQL: Final = frozenset({3306})

PARSER: Final = Parser(
    name="greeting",
    takes=("tcp/first",),
    parse=parse,
    begins=(b"RFB ",),
    servers=(*_TEXTS, *_TELNET, *_MYSQL),
)
