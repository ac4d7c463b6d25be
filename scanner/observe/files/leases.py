"""A lease as every DHCP server's list gives it: one observation, of the last time that the client was there."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from scanner.model.observation import Observation, Scalar
from scanner.observe.files.told import ENTRY, Teller, address, card, clean

LEASE: Final = "dhcp.lease"


def lease(
    teller: Teller, said: Mapping[str, str], *, ends: datetime | None = None, lasts: float | None = None,
    last: datetime | None = None,
) -> Observation | None:  # fmt: skip
    """The lease of the `address`, `mac`, `hostname`, `vendor_class` and `state` in `said`; None without an address.

    A server that keeps only when a lease ends, and how long it lasts in seconds, has seen its client when it began.
    Without that, and of a lease that has ended, its end is the best there is. What has no time at all (a reservation, a
    lease without end) shows nobody: it is an entry of a register, and no sighting.
    """
    held = address(said.get("address", ""))
    if held is None:
        return None
    value: dict[str, Scalar | list[str]] = {"state": clean(said.get("state", "")).lower() or "unknown"}
    for word in ("hostname", "vendor_class"):
        if text := clean(said.get(word, "")).rstrip("."):
            value[word] = text
    if ends:
        value["ends"] = ends.isoformat()
    began = ends - timedelta(seconds=lasts) if ends and lasts else None
    seen = last or began or ends
    if seen is None:
        entry = teller.entry({"name": said.get("hostname", ""), "note": f"{value['state']} by DHCP"})
        return teller.say(ENTRY, entry, address=held, mac=card(said.get("mac", "")))
    return teller.say(LEASE, value, address=held, mac=card(said.get("mac", "")), first=seen, last=seen)
