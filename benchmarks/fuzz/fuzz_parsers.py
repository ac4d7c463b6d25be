"""Search for bytes that make a reader of ours raise, hang or swell in memory: `python benchmarks/fuzz/fuzz_parsers.py [SECONDS] [NAME...]`.

Coverage leads the search (atheris, from PyPI; not among our dependencies). The first byte of an input chooses the
target, so one run goes over all of them; NAME... keeps those whose name begins so. Prints aim, measured and PASS or MISS.
"""

import importlib
import os
import re
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

SLOW = 5
"""Seconds that one input may take."""
MEMORY = 1024
"""MiB that the whole search may take."""
LONGEST = 16384
CHILD, FOLDER = "STALEHOST_FUZZ_CHILD", "STALEHOST_FUZZ_FOLDER"
RAISED = "raised"
SHOWN = 2000
"""Hexadecimal digits of an input that are printed."""


def main(seconds: int, names: list[str]) -> int:
    """Run the search in a process of its own, since it ends by leaving; 1 when an aim is missed."""
    try:
        importlib.import_module("atheris")
    except ImportError:
        print("not measured: atheris is not installed (pip install atheris, in an environment of its own)")
        return 1
    from targets import seeds, targets

    chosen = list(_chosen(targets(), names))
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        count = 0
        for name, data in seeds():
            if name in chosen:
                (corpus / f"{count:05}").write_bytes(chosen.index(name).to_bytes(2, "big") + data[:LONGEST])
                count += 1
        began = time.monotonic()
        run = subprocess.run(
            [
                sys.executable, __file__, str(corpus), f"-max_total_time={seconds}", f"-timeout={SLOW}",
                f"-rss_limit_mb={MEMORY}", f"-max_len={LONGEST}", f"-artifact_prefix={folder}/", "-print_final_stats=1",
            ],
            capture_output=True, check=False, text=True, errors="replace", env={**os.environ, CHILD: " ".join(names), FOLDER: folder},
        )  # fmt: skip
        took = time.monotonic() - began
        ended = sorted(path for path in Path(folder).glob("*-*") if path.is_file())
        hung = [
            f"{path.name}: {chosen[int.from_bytes(data[:2], 'big') % len(chosen)]} on {data[2:].hex()[:SHOWN]}"
            for path in ended
            for data in (path.read_bytes(),)
        ]
        raised = (
            (Path(folder) / RAISED).read_text("utf-8").splitlines()
            if (Path(folder) / RAISED).exists()
            else []
        )
    print(*raised, *hung, sep="\n", end="\n" if raised or hung else "")
    print(run.stderr[-2000:] if run.returncode else "", end="")
    told = dict(re.findall(r"stat::(\w+):\s+(\d+)", run.stderr))
    covered = re.findall(r"cov: (\d+) ft: (\d+)", run.stderr)
    print(
        f"{len(chosen)} targets, {count} seeds, {took:.0f} s, {told.get('number_of_executed_units', '?')} inputs,"
    )
    print(
        f"branches reached at the start and the end: {covered[0][0] if covered else '?'}, {covered[-1][0] if covered else '?'}"
    )
    print(f"most memory: {told.get('peak_rss_mb', '?')} MiB (aim: at most {MEMORY})")
    print(f"slowest input: {told.get('slowest_unit_time_sec', '?')} s (aim: less than {SLOW})")
    good = not raised and not hung and run.returncode == 0 and told
    print(f"places where a reader raises: {len(raised)} (aim: 0)")
    print(f"inputs that make one hang or swell: {len(hung)} (aim: 0)  {'PASS' if good else 'MISS'}")
    return 0 if good else 1


def _chosen(names: object, begins: list[str]) -> list[str]:
    return [name for name in sorted(names) if not begins or name.startswith(tuple(begins))]  # type: ignore[call-overload]


def _child() -> None:
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["scanner"]):
        from targets import targets

        known = targets()
    names = _chosen(known, os.environ[CHILD].split())
    raised: set[tuple[str, str, int]] = set()

    def one(data: bytes) -> None:
        name = names[int.from_bytes(data[:2], "big") % len(names)]
        try:
            known[name](data[2:])
        except Exception as error:  # noqa: BLE001  whatever it is, it is a find
            # noted once for each place, so that the search goes on behind it
            last = traceback.extract_tb(error.__traceback__)[-1]
            place = type(error).__name__, last.filename, last.lineno or 0
            if place not in raised:
                raised.add(place)
                with (Path(os.environ[FOLDER]) / RAISED).open("a", encoding="utf-8") as file:
                    where = f"{Path(last.filename).name}:{last.lineno}"
                    file.write(
                        f"{name}: {error!r} at {where} on {data[2:].hex()[:SHOWN]}\n".replace("\\n", " ")
                    )

    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    if CHILD in os.environ:
        _child()
    else:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 60, sys.argv[2:]))
