"""What the search in benchmarks/fuzz goes over: all that reads bytes of others, each target sound on what we have."""

import importlib
import pkgutil
import sys
from pathlib import Path

import pytest

from scanner.observe import passive, probes
from scanner.observe.importing import load_formats

FUZZ = str(Path(__file__).parents[1] / "benchmarks" / "fuzz")

# what the search has found: bytes that once made a reader raise
FOUND = [
    ("import:cisco-acl", b"hostname R\n!\nobject-group network G\n host 192..02.66\n"),
    ("import:cisco-acl", b"hostname R\n!\nobject-group network G\n 192 11112\n"),
    ("import:mdm-intune", b"Device name,Seri\ral number,\xffx,OS\nPC-1,2,3,4\n"),
]


@pytest.fixture
def targets(monkeypatch):
    monkeypatch.syspath_prepend(FUZZ)
    yield importlib.import_module("targets")
    sys.modules.pop("targets")


def test_every_probe_every_passive_parser_and_every_format_is_a_target(targets):
    named = set(targets.targets())

    assert set() == {f"probe:{one.name}" for one in pkgutil.iter_modules(probes.__path__)} - named
    assert set() == {f"import:{name}" for name in load_formats()} - named
    own = {
        one.name for one in pkgutil.iter_modules(passive.__path__)
        if hasattr(importlib.import_module(f"{passive.__name__}.{one.name}"), "PARSER")
    }  # fmt: skip
    assert len(own) <= sum(name.startswith("passive:") for name in named)


def test_every_target_bears_what_our_fixtures_say(targets):
    named = targets.targets()
    count = 0

    for name, data in targets.seeds():
        named[name](data)
        count += 1

    assert 500 < count


@pytest.mark.parametrize("data", [b"", b"\0", b"\xff" * 3000, b"\r\n" * 1500, bytes(range(256)) * 8])
def test_every_target_bears_plain_nonsense(targets, data):
    for target in targets.targets().values():
        target(data)


@pytest.mark.parametrize(("name", "data"), FOUND)
def test_what_a_search_has_found_stays_mended(targets, name, data):
    targets.targets()[name](data)


def test_a_target_that_raises_is_seen(targets):
    with pytest.raises(ZeroDivisionError):
        targets._imported(lambda *_: iter([1 // 0]), b"x")
