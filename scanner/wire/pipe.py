"""What the main process and the raw helper say to each other: MessagePack behind a length, over a pipe."""

import struct
from typing import Final

import msgspec
from msgspec import Struct

from scanner.errors import DataError
from scanner.model.net import Address, Mac

HEAD: Final = struct.Struct("!I")
"""Every message is preceded by its length."""

LONGEST: Final = 4 << 20
"""A longer message is no message of ours (a scope file is the longest there is)."""


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
    """Addresses and ranges to leave alone beyond those of the scope file: it can only forbid."""


class Sweep(Struct, frozen=True, kw_only=True, tag="sweep"):
    """Ask by ARP who is there."""

    interface: str
    cidr: str
    source: str
    """Our own IPv4 address there; `0.0.0.0` where we have none (RFC 5227)."""
    rate: float
    """Requests per second; the helper lowers it to what the network's profile allows."""
    tries: int
    seed: int
    wait: float
    """Seconds to listen after the last request of each pass."""


class Listen(Struct, frozen=True, kw_only=True, tag="listen"):
    """Capture, and send nothing."""

    interface: str
    seconds: float
    limit: int
    arp_only: bool


class Stop(Struct, frozen=True, kw_only=True, tag="stop"):
    """Cut short what runs now; it still says Done."""


class Ready(Struct, frozen=True, kw_only=True, tag="ready"):
    """The scope is read and a raw socket can be had."""


class Reply(Struct, frozen=True, kw_only=True, tag="reply"):
    """An address answered."""

    address: Address
    mac: Mac
    rtt_ms: float


class Progress(Struct, frozen=True, kw_only=True, tag="progress"):
    """How far a sweep has come."""

    asked: int
    total: int


class Frame(Struct, frozen=True, kw_only=True, tag="frame"):
    """One captured frame, and the wall-clock second at which it came."""

    at: float
    data: bytes


class Done(Struct, frozen=True, kw_only=True, tag="done"):
    """The request has ended in order."""

    sent: int
    refused: int
    """Frames that the gate forbade."""


class Failed(Struct, frozen=True, kw_only=True, tag="failed"):
    """The request could not be done; `kind` is `scope` or `host`."""

    kind: str
    text: str


Request = Hello | Sweep | Listen | Stop
Answer = Ready | Reply | Progress | Frame | Done | Failed

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
