"""What may run together and what a report may carry: GPL-2.0-only scapy, GPL-3.0-or-later python-nmap, MIT reports."""

import re
import tomllib
from importlib.metadata import metadata
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
REUSE = tomllib.loads((ROOT / "REUSE.toml").read_text())["annotations"]
PERMISSIVE = re.compile(r"BSD|MIT|PSF|Python Software Foundation|Apache")
COPYLEFT = {"scapy": "GPL-2.0-only", "python-nmap": "GPL"}
HELPER = "scanner.wire.raw.__main__"
READY = "scanner.wire.raw.ready"
NODES = "scanner.wire.raw.nodes"


@pytest.fixture(scope="module")
def graph():
    """Who imports whom, imports inside functions included, other people's packages as one node each."""
    return grimp.build_graph("scanner", include_external_packages=True, cache_dir=None)


def loads(graph, modules):
    """All that a process may come to load which starts from these modules; a package comes with its parents."""
    found = set(modules)
    for module in modules:
        found |= graph.find_upstream_modules(module)
    return found


def main_process(graph):
    """Every module that is not the helper's own: the command line loads its commands by name."""
    return {
        module
        for module in graph.modules
        if module.startswith("scanner.") and not module.startswith("scanner.wire.raw")
    }


@pytest.mark.parametrize(
    "package",
    ["nmap", "cryptography", "sqlalchemy", "alembic", "jinja2", "rich", "click", "psycopg", "procrastinate"],
)
def test_the_helper_that_holds_scapy_can_load_nothing_that_scapy_does_not_bear(graph, package):
    """The wheels of cryptography carry Apache-2.0 OpenSSL; the others have no business where the privilege is."""
    loaded = loads(graph, {HELPER})

    assert "scapy" in loaded, "else this test looks at the wrong process"
    assert package not in loaded


def test_the_main_process_can_load_nmap_but_never_scapy(graph):
    loaded = loads(graph, main_process(graph))

    assert {"nmap", "click", "sqlalchemy"} <= loaded, "else this test looks at the wrong process"
    assert "scapy" not in loaded


def test_only_the_helper_loads_the_module_that_loads_scapy(graph):
    (room,) = graph.find_modules_that_directly_import("scapy")

    # the helper crafts its frames as it makes an ask ready, or asks all nodes; nothing else does, nor uses those two
    assert {HELPER, READY, NODES} == graph.find_downstream_modules(room)
    assert {HELPER} == graph.find_downstream_modules(READY) == graph.find_downstream_modules(NODES)


@pytest.mark.parametrize("wanted", [one for one in PROJECT["dependencies"] if ";" not in one])
def test_every_dependency_is_permissive_but_the_two_that_stand_apart(wanted):
    name = re.match(r"[\w.-]+", wanted)[0]
    about = metadata(name)
    said = " ".join(
        [
            about.get("License-Expression") or "",
            (about.get("License") or "")[:80],
            *(line for line in about.get_all("Classifier", []) if line.startswith("License")),
        ]
    )

    if name in COPYLEFT:
        assert COPYLEFT[name] in said
    else:
        assert PERMISSIVE.search(said)
        assert not re.search(r"GPL|General Public", said)


def test_every_licence_that_is_named_is_there_word_for_word_and_no_other():
    named = {note["SPDX-License-Identifier"] for note in REUSE}

    assert (
        named
        == {path.stem for path in (ROOT / "LICENSES").iterdir()}
        == set(PROJECT["license"].split(" AND "))
    )


def test_what_a_report_contains_carries_no_copyleft():
    """The page is made of templates/ alone: its text, style and script end up in somebody's report."""
    (templates,) = [note for note in REUSE if note["path"] == "templates/**"]

    assert "MIT" == templates["SPDX-License-Identifier"]
    assert REUSE.index(templates) == len(REUSE) - 1, "the last annotation wins"
