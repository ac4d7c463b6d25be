"""How long the report takes to write and to use: `python benchmarks/bench_report.py`.

A made-up hospital of 10,000 devices, each with twelve services and fifteen attributes, is written as one HTML page, opened in
Chromium from the disk, and sorted by each column; 100,000 devices are written and opened too. There is no peer that writes
such a page offline: the column is empty. Writing is counted in processor time, since it uses one processor alone and
others may be at work on this machine. Needs `./dev browser`, Chromium and node. Prints PASS or MISS for each aim.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from scanner.model.assessment import Assessment
from scanner.model.device import Attribute, Service
from scanner.model.net import tcp
from scanner.report import html

ROOT = Path(__file__).parents[1]
KIT = ROOT / "build" / "browser"
LOOK = ROOT / "tests" / "report" / "browser" / "look.mjs"
_SPEC = importlib.util.spec_from_file_location("report_maker", ROOT / "tests" / "report" / "maker.py")
made = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(made)

SORT = """
document.body.offsetHeight; // the page is laid out already when somebody clicks
const took = Array.from(document.querySelectorAll("#device-table thead button"), (button) => {
  const began = performance.now(); button.click(); document.body.offsetHeight; return performance.now() - began; });
const [entry] = performance.getEntriesByType("navigation");
return [entry.domContentLoadedEventEnd, entry.loadEventEnd, Math.max(...took)];
"""


def main() -> int:
    """Measure and print the table; 1 when an aim is missed."""
    chromium, node = shutil.which("chromium"), shutil.which("node")
    print(f"load average when it began: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    print(f"{'what':<58}{'aim':>9}{'measured':>11}{'peer':>6}{'ratio':>7}")
    missed = []
    for size in (10_000, 100_000):
        found = hospital(size)
        began = time.process_time()
        page = html.render(found)
        took = time.process_time() - began
        same = hashlib.sha256(page.encode()).digest() == hashlib.sha256(html.render(found).encode()).digest()
        many = f"{size:,} devices"
        big = len(page.encode()) / 1e6
        if size == 10_000:
            missed += [row(f"{many}: written", 4.0, took, "s"), row(f"{many}: size", 6.0, big, "MB")]
        else:
            print(
                f"{many + ': written':<58}{'-':>9}{took:>9.2f} s\n{many + ': size':<58}{'-':>9}{big:>9.2f} MB"
            )
        missed.append(row(f"{many}: differing bytes of a second writing", 0, 0 if same else 1, ""))
        if not (chromium and node and (KIT / "node_modules").is_dir()):
            print(f"{many}: not opened: needs Chromium, node and ./dev browser")
            missed.append(True)
            continue
        usable, loaded, sort = opened(page, chromium, node)
        missed.append(
            row(f"{many}: usable in Chromium after", 1.0 if size == 10_000 else 5.0, usable / 1000, "s")
        )
        missed.append(
            row(f"{many}: loaded in Chromium after", 1.0 if size == 10_000 else 5.0, loaded / 1000, "s")
        )
        missed.append(row(f"{many}: slowest column to sort", 100, sort, "ms"))
    return int(any(missed))


def hospital(size: int) -> Assessment:
    """A hospital of that many devices with as much to say of each as real ones have."""
    maker = made.Maker()
    judged = []
    for at in range(size):
        one = maker.judged(made.HOSPITAL[at % len(made.HOSPITAL)])
        banner = one.device.services[0].evidence
        services = tuple(
            Service(port=tcp(1000 + port), address=one.device.legs[0].address, protocol="http", product="Example httpd",
                    version=f"2.{port}.{at % 50}", evidence=banner)
            for port in range(12)
        )  # fmt: skip
        told = {f"service.component.part-{part}": Attribute(value=f"value {at % 97}.{part}", confidence=0.8, evidence=banner)
                for part in range(15)}  # fmt: skip
        device = msgspec.structs.replace(
            one.device, services=services, attributes={**one.device.attributes, **told}
        )
        judged.append(msgspec.structs.replace(one, device=device))
    return maker.assessment(judged)


def opened(page: str, chromium: str, node: str) -> tuple[float, float, float]:
    """Milliseconds until its script had run, until it was loaded, and of the slowest sort: medians of three."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.html"
        path.write_text(page, encoding="utf-8")
        done = subprocess.run(
            [node, str(LOOK)],
            input=json.dumps([{"url": path.as_uri(), "run": SORT}] * 3),
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
            env={**os.environ, "STALEHOST_BROWSER_KIT": str(KIT), "STALEHOST_CHROMIUM": chromium},
        )
    runs = [one["told"] for one in json.loads(done.stdout)]
    usable, loaded, sort = (sorted(column)[1] for column in zip(*runs, strict=True))
    return usable, loaded, sort


def row(what: str, aim: float, measured: float, unit: str) -> bool:
    """Print one line; True when the aim is missed."""
    good = measured <= aim
    print(
        f"{what:<58}{f'{aim:g} {unit}':>9}{f'{measured:.2f} {unit}':>11}{'-':>6}{'-':>7}  {'PASS' if good else 'MISS'}"
    )
    return not good


if __name__ == "__main__":
    sys.exit(main())
