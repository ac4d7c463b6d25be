"""Print a page of ours as PDF with the browser of this machine; the page asks for nothing, and the browser may not either."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from scanner.errors import HostError

BROWSERS: Final = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
    "brave-browser",
)
"""Commands of browsers that print without a window; all are built on Chromium."""

PLACES: Final = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
    "C:/Program Files/Microsoft/Edge/Application/msedge.exe",
)
"""Where they stand on macOS and Windows, which put them on no PATH."""

LONGEST: Final = 120
"""Seconds that printing one page may take."""

_QUIET: Final = (
    "--headless",
    "--disable-gpu",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pings",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-pdf-header-footer",
)


def browser(path: str | None = None, places: tuple[str, ...] = PLACES) -> str:
    """Find a browser that prints, on this PATH (default: the process's own) or at its usual place.

    Raise HostError naming what to install when there is none.
    """
    found = next((at for name in BROWSERS if (at := shutil.which(name, path=path))), None)
    found = found or next((place for place in places if Path(place).is_file()), None)
    if found is None:
        raise HostError(
            "no browser here prints PDF: install Chromium, Chrome or Edge (Debian: sudo apt install chromium),"
            " or open the HTML report in any browser and print it there"
        )
    return found


def pdf(page: str, target: Path, with_: str, environment: Mapping[str, str] | None = None) -> None:
    """Print a page, given as HTML, to a PDF file with this browser; raise HostError when it does not."""
    with tempfile.TemporaryDirectory(prefix="stalehost-print-") as folder:
        source, made = Path(folder) / "page.html", Path(folder) / "page.pdf"
        source.write_text(page, encoding="utf-8")
        words = [with_, *_QUIET, *_as_root(), f"--user-data-dir={Path(folder) / 'profile'}"]
        words += [f"--print-to-pdf={made}", source.as_uri()]
        try:
            done = subprocess.run(words, capture_output=True, check=False, timeout=LONGEST, env=environment)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise HostError(f"{with_} did not print {target}: {error}") from error
        if done.returncode or not made.is_file():
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["it said nothing"]
            raise HostError(f"{with_} did not print {target}: status {done.returncode}, {said[0]}")
        _keep(made, target)


def _keep(made: Path, target: Path) -> None:
    """Put the file in its place, readable by its owner alone, as every report is."""
    from scanner.report.save import save

    save(target, made.read_bytes())


def _as_root() -> tuple[str, ...]:
    """Chromium refuses to start its sandbox as root; the page that it opens is ours and runs no script."""
    return ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
