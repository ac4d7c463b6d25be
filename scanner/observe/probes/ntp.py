"""NTP: what time is it there, and where does it come from (RFC 5905, 7.3; the older versions answer alike)."""

from datetime import UTC, datetime, timedelta
from typing import Final

from scanner.model.kinds import Profile, Touch
from scanner.model.net import udp
from scanner.model.observation import Scalar, Value
from scanner.observe import question
from scanner.observe.probe import Probe
from scanner.observe.text import said
from scanner.wire import questions

QUESTION: Final = questions.NTP

_EPOCH: Final = datetime(1900, 1, 1, tzinfo=UTC)
_SERVER: Final = 4
_UNSYNCHRONISED: Final = 3


def parse(message: bytes) -> dict[str, Scalar | list[str]] | None:
    """The answer's version, stratum, reference and time; None for what no time server says."""
    if len(message) < 48 or message[0] & 7 != _SERVER:
        return None
    stratum, reference = message[1], message[12:16]
    told: dict[str, Scalar | list[str]] = {"version": message[0] >> 3 & 7, "stratum": stratum}
    # RFC 5905, figure 12: a name of its clock for stratum 0 and 1, an address or its hash above
    told["reference"] = said(reference.rstrip(b"\0")) if stratum < 2 else ".".join(map(str, reference))
    if message[0] >> 6 == _UNSYNCHRONISED:
        told["synchronised"] = False
    seconds = int.from_bytes(message[40:44], "big")
    if seconds:
        # the era that began in 2036 is not met yet: a clock beyond it is as wrong as one that reads 1900
        told["time"] = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return told


def facts(message: bytes) -> list[tuple[str, Value]]:
    """`ntp.clock`, where this is an answer."""
    answer = parse(message)
    return [] if answer is None else [("ntp.clock", answer)]


talk: Final = question.talk(QUESTION, facts)

PROBE: Final = Probe(
    name="ntp",
    ports=frozenset({udp(123)}),
    touch=Touch.ASK,
    connections={Profile.OFFICE: 1, Profile.LAB: 1, Profile.BENCH: 1},
    talk=talk,
    question=QUESTION,
    facts=facts,
    sends="One datagram: an ordinary client's request for the time. No control or monitor message.",
)
