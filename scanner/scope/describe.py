"""Say in plain words what a scope file allows, so that its signer can check it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

import msgspec

from scanner.model.kinds import Profile
from scanner.scope.file import Exclusion, Fragile, Network, Peer, Scope
from scanner.scope.plan import size
from scanner.scope.profile import LIMITS
from scanner.scope.site import called

ANNOUNCED: Final = timedelta(days=14)
"""So long before its end an authorisation says that it ends: signers need time."""


def lines(scope: Scope, now: datetime) -> Iterator[str]:
    """The scope, a line a fact; the last line says whether anything may be sent at `now`."""
    job = scope.engagement
    yield f"{job.name}: networks of {job.owner}, authorised by {job.authorized_by} ({job.reference})"
    yield f"valid {job.valid_from:%Y-%m-%d %H:%M} to {job.valid_until:%Y-%m-%d %H:%M} UTC; contact {job.contact}"
    if given := [name for name, value in msgspec.structs.asdict(scope.flags).items() if value]:
        yield f"permitted by its flags: {', '.join(given)}"
    yield f"{len(scope.networks)} networks, {size(scope):,} addresses:"
    yield from (f"  {_network(network)}" for network in scope.networks)
    yield from (f"  {_peer(one)}" for one in scope.peers)
    yield from (f"never: {_exclusion(exclusion)}: {exclusion.reason}" for exclusion in scope.exclusions)
    yield from (f"fragile: {row.id}: {_row(row)}: {row.reason}" for row in scope.fragile)
    yield from (
        f"critical: {asset.name} at {asset.address}, weight {asset.weight:g}" for asset in scope.critical
    )
    for segment in scope.segments:
        allowed = ", ".join(segment.allow) or "nothing"
        yield f"{segment.known}: {segment.source} may reach {segment.target} on {allowed}"
    yield _verdict(scope, now)


def _network(network: Network) -> str:
    limits = LIMITS[network.profile]
    if network.profile is Profile.PASSIVE:
        pace = "nothing is sent, only listened to"
    else:
        budget = (
            "no daily budget" if limits.budget is None else f"{limits.budget} connections per host and day"
        )
        pace = f"{limits.per_host} connection(s) at a time, {limits.rate_host:g}/s per host, {budget}"
    windows = "; only in its windows" if network.windows else ""
    return f"{network.cidr}  zone {network.zone}, profile {network.profile}: {pace}{windows}"


def _peer(of: Peer) -> str:
    way = (
        "heard, and nothing is sent"
        if of.profile is Profile.PASSIVE
        else "heard; `reach` may knock, no scan looks"
    )
    there = f" (there {of.there})" if of.there else ""
    return f"{of.cidr}  of another site, zone {called(of)}{there}: {way}"


def _exclusion(exclusion: Exclusion) -> str:
    if exclusion.mac is not None:
        return f"{exclusion.mac}/{exclusion.mac_bits}"
    return str(exclusion.cidr or exclusion.hostname or exclusion.kind)


def _row(row: Fragile) -> str:
    said = [f"{key} {text}" for key, text in row.match.items()]
    said += [f"{row.mac}/{row.mac_bits}"] if row.mac is not None else []
    return f"what shows {' and '.join(said)} is treated as {row.profile} at most"


def _verdict(scope: Scope, now: datetime) -> str:
    job = scope.engagement
    if now < job.valid_from:
        return f"NOT YET VALID: nothing may be sent before {job.valid_from:%Y-%m-%d %H:%M} UTC"
    if now >= job.valid_until:
        return f"EXPIRED on {job.valid_until:%Y-%m-%d %H:%M} UTC: nothing may be sent"
    left = (job.valid_until - now).days
    return f"valid now, for {left} more days"


def expiring(scope: Scope, now: datetime) -> str | None:
    """A warning in the last two weeks of the authorisation; None before that, and when it is over."""
    left = scope.engagement.valid_until - now
    if not timedelta() < left <= ANNOUNCED:
        return None
    last = scope.engagement.valid_until
    return (
        f"EXPIRES in {left.days} days, on {last:%Y-%m-%d %H:%M} UTC: renew it with"
        " `stalehost scope renew --until DATE`, and have it signed again"
    )
