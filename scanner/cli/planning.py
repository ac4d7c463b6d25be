"""Make the packet plan that `scan` and `scan --dry-run` show, and hold a gentle scan to an approved one."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scanner.model.packets import PacketPlan
    from scanner.observe.packets import Known
    from scanner.scope.engagement import Folder
    from scanner.scope.file import Scope


def made(folder: "Folder", scope: "Scope", now: datetime) -> "PacketPlan":
    """The plan, host by host where the log already knows hosts."""
    from scanner.observe import packets

    scope, known = _known(folder, scope, now)
    return packets.plan(scope, known, now, _sources())


def approve(folder: "Folder", scope: "Scope", by: str, now: datetime) -> None:
    """Put the approval of this plan into the folder, and into the audit."""
    from scanner.observe.packets import questions
    from scanner.scope import approval
    from scanner.wire.audit import Audit

    one = approval.approve(folder.root, scope, questions(scope), by, now)
    with Audit(folder.audit, lambda: now) as audit:
        audit.write("approve", plan=one.plan, by=one.by)


def approve_lab(scope_path: Path, now: datetime) -> None:
    """Approve the plan for a simulated network, in the name of somebody who does not exist."""
    from scanner.scope.engagement import find

    folder = find(scope_path.parent, scope_path)
    approve(folder, folder.scope, "C. Board (simulated)", now)


def save(plan: "PacketPlan", path: Path) -> None:
    """Write the document that a change board and a vendor read."""
    from scanner.report import change
    from scanner.report import save as saving

    saving.save(path, change.render(plan))


def _known(folder: "Folder", scope: "Scope", now: datetime) -> "tuple[Scope, list[Known]]":
    """The hosts that the log knows, and the scope with the care that they need."""
    if not folder.begun:
        return scope, []
    from scanner.identify import merge
    from scanner.knowledge.base import open_base
    from scanner.observe.packets import Known
    from scanner.scope.fragile import Index
    from scanner.store.store import open_store
    from scanner.wire import fragile

    with open_store(folder.database, folder.id) as store:
        log = tuple(store.log())
    devices = merge.devices(log, open_base(engagement=folder.root), scope, now)
    scope = fragile.learn(scope, devices, log)
    index = Index(scope.learned)
    return scope, [
        Known(
            address=leg.address,
            kind=device.kind,
            mac=leg.mac,
            names=device.names,
            rows=tuple(row for one in index.of(leg.address, leg.mac) for row in one.rows),
        )
        for device in devices
        for leg in device.legs
    ]


def _sources() -> list[str]:
    """Our own addresses; none where they cannot be listed."""
    import asyncio

    from scanner.errors import HostError
    from scanner.wire.links import links

    try:
        found = asyncio.run(links())
    except HostError:
        return []
    return [str(one.ip) for link in found for one in link.addresses if not one.ip.is_link_local]
