"""What the main process and the raw helper say to each other: MessagePack behind a length, over a pipe."""

import enum
import struct
from collections.abc import Mapping
from typing import Final, Literal

import msgspec
from msgspec import Struct

from scanner.errors import DataError
from scanner.model.net import Address, Mac
from scanner.scope.file import Learned

HEAD: Final = struct.Struct("!I")
"""Every message is preceded by its length."""

ALL_NODES: Final = "ff02::1"
"""The group of all nodes of a link (RFC 4291 2.7.1): the one target of `Method.NODES`."""

LONGEST: Final = 16 << 20
"""A longer message is no message of ours (the cards of some 400,000 neighbours fit)."""


class Hello(Struct, frozen=True, kw_only=True, tag="hello"):
    """First word to the helper: the scope, word for word; it parses, verifies and enforces that itself."""

    scope: str
    where: str
    signatures: str = ""
    """The signature file, word for word; empty when there is none."""
    allowed_signers: str | None = None
    """Where the list of those is who may sign: the helper reads it itself."""
    approval: str = ""
    """The approval of the plan, one line of JSON; empty when there is none. The helper holds the scope against it."""
    avoid: tuple[str, ...] = ()
    """Addresses, ranges and cards to leave alone beyond those of the scope file: it can only forbid."""
    learned: tuple[Learned, ...] = ()
    """Who was known as the run began, as far as that takes more care: it can only forbid too."""


class Method(enum.StrEnum):
    """How the raw helper may ask who is there; each is one frame to each target and try."""

    ARP = "arp"
    """IPv4 on-link (RFC 826)."""
    ND = "nd"
    """IPv6 on-link: neighbour solicitation to the solicited-node group (RFC 4861)."""
    ECHO = "echo"
    """ICMP echo request (RFC 792)."""
    ECHO6 = "echo6"
    """ICMPv6 echo request (RFC 4443)."""
    SYN = "syn"
    """TCP, half-open: our kernel, which knows of no such connection, ends it with RST."""
    UDP = "udp"
    """One datagram."""
    NODES = "nodes"
    """ICMPv6 echo request to all nodes of our own link: one frame to everybody, whose answers are hearsay."""


class Ask(Struct, frozen=True, kw_only=True, tag="ask"):
    """Ask many targets by one method, in an order that the seed fixes and no list holds."""

    method: Method
    interface: str
    source: str
    """Our own address there; for ARP `0.0.0.0` where we have none (RFC 5227)."""
    targets: tuple[str, ...]
    """Networks and single addresses of one IP version."""
    ports: tuple[int, ...] = ()
    """For SYN and UDP; every target is asked on each."""
    payloads: Mapping[int, bytes] = {}
    """UDP: what is said to each port; nothing where none is given."""
    via: Mac | None = None
    """The next hop's card, for routed targets; None: each target's own, out of `cards`."""
    cards: Mapping[Address, Mac] = {}
    """On-link targets' own cards; a target without one gets no frame."""
    vlan: int | None = None
    """802.1Q tag to put on each frame; answers count only with the same tag."""
    rate: float
    """Frames per second; the helper lowers it to what the most careful network among the targets allows."""
    tries: int
    """Passes over what stays silent; the helper lowers it likewise."""
    seed: int
    wait: float
    """Seconds to listen after the last frame of each pass, at most: `Asking` says when it ends earlier."""
    begin: int = 0
    """Place in the shuffled order to go on from: the `place` of an earlier Progress or Done with the same words."""


class Pace(Struct, frozen=True, kw_only=True, tag="pace"):
    """Go on at another rate, while an ask runs; the profile's ceiling stands."""

    rate: float


class Avoid(Struct, frozen=True, kw_only=True, tag="avoid"):
    """Send these nothing more, also while an ask runs: what has shown itself in this run. It can only forbid."""

    addresses: tuple[Address, ...]


class Hold(Struct, frozen=True, kw_only=True, tag="hold"):
    """Send until then and no longer; from the first such word on, nothing is sent without one that still holds.

    A parent that was stopped, or that hangs, stops its helper by it. It can only forbid.
    """

    until: float
    """By `grant.awake`, the same clock for every process of a machine."""


class Listen(Struct, frozen=True, kw_only=True, tag="listen"):
    """Capture, and send nothing."""

    interface: str
    seconds: float
    limit: int
    arp_only: bool


class Overhear(Struct, frozen=True, kw_only=True, tag="overhear"):
    """Hear everything, in bulk; before the first frame the helper gives up every way of sending, for good."""

    interface: str
    seconds: float


class Stop(Struct, frozen=True, kw_only=True, tag="stop"):
    """Cut short what runs now; it still says Done."""


class Ready(Struct, frozen=True, kw_only=True, tag="ready"):
    """The scope is read and a raw socket can be had."""


class Reply(Struct, frozen=True, kw_only=True):
    """An address answered a sweep by ARP: what `RawHelper.arp_sweep` makes of a Heard."""

    address: Address
    mac: Mac
    rtt_ms: float


State = Literal["there", "open", "closed", "unreachable", "answered"]
"""`there`: ARP, ND, echo; `open`, `closed`: SYN; `answered`: UDP; `unreachable`: an ICMP error came back."""


class Heard(Struct, frozen=True, kw_only=True, tag="heard"):
    """One answer to an ask, matched by its cookie."""

    address: Address
    """Who was asked."""
    mac: Mac | None = None
    """The card that the answer came from: the router's for routed targets."""
    port: int | None = None
    state: State
    ttl: int | None = None
    """Time to live or hop limit with which it arrived; None for ARP."""
    rtt_ms: float | None = None
    """None when it cannot be told to which of several tries it belongs."""
    by: Address | None = None
    """Who answered in the target's place: the sender of an ICMP error."""
    again: bool = False
    """The same was heard before in this ask: a duplicate."""
    data: bytes = b""
    """UDP payload, capped."""
    error: int | None = None
    """Of an ICMP error, type * 256 + code."""
    window: int | None = None
    """TCP window of an open port's answer: what stands in for a port sometimes gives itself away by it."""


class Batch(Struct, frozen=True, kw_only=True, tag="batch"):
    """Answers that came together."""

    heard: tuple[Heard, ...]


class Progress(Struct, frozen=True, kw_only=True, tag="progress"):
    """How far an ask has come."""

    asked: int
    total: int
    """Frames sent, and to be sent if nobody else answers."""
    place: int = 0
    """All before this place of the shuffled order is sent."""
    rate: float = 0
    """Frames a second at the moment."""


class Frame(Struct, frozen=True, kw_only=True, tag="frame"):
    """One captured frame, and the wall-clock second at which it came."""

    at: float
    data: bytes


class Caught(Struct, frozen=True, kw_only=True, tag="caught"):
    """Frames that passed, and what was lost meanwhile; about once a second without any."""

    records: bytes
    """As in a pcap file with nanoseconds, little end first, without the file's head."""
    frames: int
    link: int
    """LINKTYPE number."""
    dropped: int = 0
    """Frames since the last word that the kernel could not keep for us."""


class Done(Struct, frozen=True, kw_only=True, tag="done"):
    """The request has ended in order."""

    sent: int
    refused: int
    """Frames that the gate forbade."""
    dropped: int = 0
    """Frames that the kernel could not keep for us: answers may be among them."""
    strays: int = 0
    """Frames that answer nothing that we asked: spoofed, late from another run, or meant for others."""
    repeats: int = 0
    """Duplicates, of which only some are told as Heard."""
    place: int = 0
    """As Progress has it: the end of the order unless it was stopped."""


class Failed(Struct, frozen=True, kw_only=True, tag="failed"):
    """The request could not be done; `kind` is `scope` or `host`."""

    kind: str
    text: str


Request = Hello | Ask | Pace | Avoid | Hold | Listen | Overhear | Stop
Answer = Ready | Batch | Progress | Frame | Caught | Done | Failed

_encoder: Final = msgspec.msgpack.Encoder()
_requests: Final[msgspec.msgpack.Decoder[Request]] = msgspec.msgpack.Decoder(Request)
_answers: Final[msgspec.msgpack.Decoder[Answer]] = msgspec.msgpack.Decoder(Answer)


def pack(message: Request | Answer) -> bytes:
    """A message with its length in front."""
    body = _encoder.encode(message)
    return HEAD.pack(len(body)) + body


def length(head: bytes) -> int:
    """How long the message behind this head is; raise DataError for what cannot be one of ours."""
    (size,) = HEAD.unpack(head)
    if size > LONGEST:
        raise DataError(f"the pipe to the raw helper carries a message of {size} bytes: out of step")
    return int(size)


def request(body: bytes) -> Request:
    """Read a request; raise DataError for anything else."""
    try:
        return _requests.decode(body)
    except msgspec.MsgspecError as error:
        raise DataError(f"the raw helper was asked something that it does not know: {error}") from error


def answer(body: bytes) -> Answer:
    """Read an answer; raise DataError for anything else."""
    try:
        return _answers.decode(body)
    except msgspec.MsgspecError as error:
        raise DataError(f"the raw helper answered something that we do not know: {error}") from error
