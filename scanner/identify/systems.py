"""Settle what one sign alone leaves open: a Windows build that a client and a server share."""

from collections.abc import Mapping, Sequence
from typing import Final

from scanner.identify import trust, windows
from scanner.model.device import Attribute, Claim
from scanner.model.kinds import Kind

SERVERS: Final = frozenset({Kind.SERVER, Kind.DOMAIN_CONTROLLER, Kind.PACS, Kind.INTERFACE_ENGINE, Kind.NAS})
CLIENTS: Final = frozenset({Kind.LAPTOP, Kind.WORKSTATION, Kind.MODALITY, Kind.KIOSK, Kind.ATM, Kind.POS})
SETTLED: Final = 0.6
"""How sure the choice is: it rests on what the device does, not on what it says."""


def settle(attributes: Mapping[str, Attribute], facts: Sequence[Claim], kind: Kind) -> dict[str, Attribute]:
    """Name the Windows where the build leaves two names and the kind tells which; else leave plain `Windows`."""
    chosen = dict(attributes)
    plain = chosen.get("os.product")
    if plain is None or plain.value != "Windows" or kind not in SERVERS | CLIENTS:
        return chosen
    names = {
        claim.value for claim in facts if claim.attr == "os.product" and claim.seen.field == "ntlm.version"
    }
    fitting = sorted(
        (name for name in names - {"Windows"} if windows.server(name) == (kind in SERVERS)),
        # the plain edition before the embedded ones, which few devices have
        key=lambda name: (windows.rare(name), len(name), name),
    )
    if fitting:
        agreeing = [c for c in facts if c.attr == "os.product" and trust.plain(c.value) == fitting[0].lower()]
        chosen["os.product"] = Attribute(
            value=fitting[0], confidence=SETTLED, evidence=tuple(sorted({c.evidence for c in agreeing}))
        )
    return chosen
