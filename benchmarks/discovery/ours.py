"""Our own side: a process of its own that asks through the raw helper and says what it heard, as JSON. Run by bench_discovery."""

import asyncio
import json
import resource
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from scanner.scope.parse import parse
from scanner.wire.audit import Audit
from scanner.wire.helper import RawHelper
from scanner.wire.pipe import Ask, Method

_SCOPE: Final = """
[engagement]
name = "bench"
owner = "bench"
authorized_by = "bench"
contact = "bench"
reference = "bench"
valid_from = {today}
valid_until = {tomorrow}
sector = "office"

[[network]]
cidr = "{cidr}"
zone = "bench"
profile = "{profile}"
"""


def main(wish: Mapping[str, Any]) -> int:
    """Do one piece of work and print what came of it."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, Audit(Path(folder) / "audit.jsonl", clock) as audit:
        print(json.dumps(asyncio.run(work(wish, audit, began))))
    return 0


async def work(wish: Mapping[str, Any], audit: Audit, began: float) -> dict[str, Any]:
    """Ask, as often as wished; each time with another seed."""
    today = clock().date()
    text = _SCOPE.format(
        today=today, tomorrow=today + timedelta(days=2), cidr=wish["cidr"], profile=wish["profile"]
    )
    async with RawHelper(parse(text, "scope.toml"), audit) as helper:
        ready = time.perf_counter() - began
        seeds = range(wish["seed"], wish["seed"] + wish["runs"])
        runs = [await asked(helper, wish, seed) for seed in seeds]
    # the helper has ended and is reaped: the kernel knows the most memory that it, and that we, have held
    held = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {"ready": ready, "runs": runs, "memory_mb": [round(one / 1024, 1) for one in held]}


async def asked(helper: RawHelper, wish: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """One ask: who answered, how long it took from the asking to the last word, and what was sent."""
    ask = Ask(
        method=Method(wish["method"]),
        interface="v0",
        source=wish["source"],
        targets=(wish["cidr"],),
        ports=tuple(wish["ports"]),
        via=wish["via"],
        rate=wish["rate"],
        tries=wish["tries"],
        seed=seed,
        wait=wish["wait"],
    )
    found, until = set(), time.monotonic() + wish["seconds"]
    began, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_utime
    place = 0

    def told(progress: Any) -> None:
        nonlocal place
        place = progress.asked

    async with aclosing(helper.ask(ask, told)) as answers:
        try:
            async with asyncio.timeout(max(0.0, until - time.monotonic())):
                async for heard in answers:
                    if heard.state in {"there", "open"}:
                        found.add(f"{heard.address}:{heard.port}" if heard.port else heard.address)
        except TimeoutError:
            pass  # the work was to be bounded in time: what matters then is what was used
    done = helper.last
    return {
        "found": sorted(found),
        "seconds": time.perf_counter() - began,
        "sent": done.sent if done else place,
        "dropped": done.dropped if done else 0,
        "strays": done.strays if done else 0,
        "cpu": resource.getrusage(resource.RUSAGE_SELF).ru_utime - used,
    }


def clock() -> datetime:
    """Now."""
    return datetime.now(UTC)


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
