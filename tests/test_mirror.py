"""The house is in order: a test file for every module, a module for every test file, no file too long, nothing local."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCANNER, TESTS = ROOT / "scanner", ROOT / "tests"
MOST_LINES = 400

WHOLE = "tests/cli/test_commands.py"
JUDGING = "tests/cli/test_judging.py"
LAB = "tests/netns/test_lab.py"
ELSEWHERE = {
    # a command is parse, call, print: it is tested from the command line
    **{f"cli/{name}.py": JUDGING for name in ("devices", "findings", "import_", "report", "show")},
    **{f"cli/{name}.py": WHOLE for name in ("discover", "doctor", "identify", "init", "lab", "probe")},
    "cli/options.py": WHOLE,
    **{f"cli/kb/{name}.py": "tests/cli/test_kb.py" for name in ("change", "status")},
    **{
        f"cli/fleet/{name}.py": "tests/fleet/test_chain.py"
        for name in (
            "init",
            "site",
            "invite",
            "enrol",
            "sensor",
            "centre",
            "order",
            "status",
            "report",
            "revoke",
            "retire",
            "opening",
            "telling",
        )
    },
    "cli/fleet/health.py": "tests/fleet/test_health.py",
    "cli/fleet/schedule.py": "tests/fleet/test_planning.py",
    "cli/fleet/blackout.py": "tests/fleet/test_blackout.py",
    **{f"cli/fleet/{name}.py": "tests/fleet/test_lifting.py" for name in ("rest", "resume")},
    "model/run.py": "tests/test_since.py",
    "cli/demo.py": "tests/netns/test_demo.py",
    "cli/listen.py": "tests/netns/test_listen.py",
    "cli/scan.py": "tests/netns/test_demo.py",
    # plays devices over streams in memory, and over real sockets
    "lab/actor.py": "tests/lab/test_inprocess.py",
    # need namespaces
    "lab/serve.py": LAB,
    "look.py": "tests/test_pipeline.py",
    "means.py": "tests/test_pipeline.py",
    "store/schema.py": "tests/store/test_store.py",
}
"""Modules without a test file of their own, and the one that tests them."""

NO_MODULE = {
    WHOLE: "the command line as a whole",
    "tests/cli/test_kb.py": "tests scanner/cli/kb",
    "tests/knowledge/test_facts.py": "tests the tables in scanner/knowledge/facts",
    "tests/knowledge/test_hatch_build.py": "tests hatch_build.py",
    "tests/test_bench_discovery.py": "tests benchmarks/discovery",
    "tests/observe/probes/test_ot_dissected.py": "tests the probes of control ports against another reader",
    "tests/wire/test_ot_permit.py": "tests what a permit lets scanner/wire/dial.py do",
    "tests/lab/test_hospital.py": "tests fixtures/lab/hospital",
    "tests/lab/test_utility_and_bank.py": "tests fixtures/lab/utility and fixtures/lab/bank",
    "tests/observe/test_fixtures.py": "plays every fixture against its probe",
    "tests/observe/test_odd_ports.py": "tests scanner/observe/active.py: what a device says against its port",
    "tests/observe/test_hostile.py": "hostile bytes for every probe",
    "tests/report/test_access.py": "looks at the report as people with and without a mouse do",
    "tests/report/test_browser.py": "looks at the report in a real browser",
    "tests/fleet/test_chain.py": "tests scanner/cli/fleet: from nothing to a joint report",
    "tests/fleet/test_walk.py": "follows docs/fleet.md: the commands of scanner/cli/fleet",
    "tests/fleet/test_faults_centre.py": "a centre that is killed, stopped, or not alone",
    "tests/fleet/test_faults_clocks.py": "clocks that jump, and a machine that slept",
    "tests/fleet/test_faults_line.py": "the line between sensor and server",
    "tests/fleet/test_faults_shared.py": "two sensors as processes: one breaker, and one day of each device",
    "tests/fleet/test_faults_files.py": "a sensor's files on a disk that is full",
    "tests/fleet/test_faults_tongue.py": "a server that speaks German",
    "tests/fleet/test_faults_disk.py": "disks that are full, really",
    "tests/fleet/test_backup.py": "follows docs/fleet.md, Backup and restore",
    "tests/fleet/test_rights.py": "tests scanner/fleet/sql: what a stolen sensor cannot do",
    "tests/fleet/test_extra.py": "tests that the plain program does without the extra [server]",
    "tests/store/test_migrations.py": "tests scanner/store/migrations",
    "tests/store/test_server.py": "what only a server can do to scanner/store/store.py",
    "tests/test_answers_in_runs.py": "what people answer, from the question to the verdict",
    "tests/test_authority_in_runs.py": "what a run rests on, from signature to report",
    "tests/test_contracts.py": "tests pyproject.toml",
    "tests/test_dev.py": "tests ./dev",
    "tests/test_deploy.py": "tests docs/deploy",
    "tests/test_examples.py": "tests docs/examples",
    "tests/test_fuzz_targets.py": "tests benchmarks/fuzz",
    "tests/test_licences.py": "tests what may be loaded together",
    "tests/test_mirror.py": "this file",
    "tests/risk/test_ladder.py": "tests the rungs of docs/risk-model.md that need all of scanner/risk",
    "tests/test_scenarios.py": "tests benchmarks/scenarios",
}
"""Test files that test no one module, and what they test; so does everything in tests/netns."""


def named(paths, folder):
    return {path.relative_to(folder).as_posix() for path in paths}


def mirror(module):
    """Where the tests of a module stand: `wire/raw/__main__.py` -> `tests/wire/raw/test_main.py`."""
    path = Path(module)
    return (Path("tests") / path.parent / f"test_{path.stem.strip('_')}.py").as_posix()


def does_something(path):
    """Whether a module has a function with more to it than a docstring: types and Protocols have none."""
    functions = [
        node
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return any(len(function.body) > 1 or not isinstance(function.body[0], ast.Expr) for function in functions)


MODULES = {
    name
    for name in named(SCANNER.rglob("*.py"), SCANNER)
    if not name.endswith("__init__.py") and name != "__main__.py" and not name.startswith("store/migrations/")
}
TESTED = named(TESTS.rglob("test_*.py"), ROOT)
FILES = sorted(
    path
    for top in ("scanner", "templates", "tests", "fixtures", "docs", "benchmarks", "LICENSES", ".ci")
    for path in (ROOT / top).rglob("*")
    if path.is_file() and "__pycache__" not in path.parts and path.suffix not in {".pyc", ".sqlite"}
) + sorted(path for path in ROOT.iterdir() if path.is_file() and not path.name.startswith(".coverage"))


@pytest.mark.parametrize("module", sorted(name for name in MODULES if does_something(SCANNER / name)))
def test_a_module_that_does_something_has_its_test_file(module):
    assert ELSEWHERE.get(module, mirror(module)) in TESTED


@pytest.mark.parametrize("test", sorted(name for name in TESTED if not name.startswith("tests/netns/")))
def test_a_test_file_tests_a_module_or_says_what_else(test):
    assert test in {mirror(module) for module in MODULES} | set(NO_MODULE)


@pytest.mark.parametrize("module", sorted(ELSEWHERE))
def test_no_exception_outlives_its_reason(module):
    assert module in MODULES
    assert mirror(module) not in TESTED, "it has a test file of its own now: take it off the list"


def test_no_reason_outlives_its_test_file():
    assert set() == set(NO_MODULE) - TESTED
    assert set() == set(NO_MODULE) & {mirror(module) for module in MODULES}


def test_no_file_of_code_is_too_long():
    """A file that does not fit in the head is two files."""
    code = [path for path in FILES if path.suffix in {".py", ".html", ".js", ".css"} or path.name == "dev"]
    long = {path.name: lines for path in code if (lines := len(path.read_text().splitlines())) > MOST_LINES}

    assert 200 < len(code)
    assert {} == long


LOCAL = re.compile(
    r"(?<![\w.])/(?:work|root|Users)/\w|\.library\b"
    r"|pypi\.org|pythonhosted\.org|registry\.npmjs|deb\.debian\.org|proxy\.golang\.org|--(?:extra-)?index-url"
)


@pytest.mark.parametrize(
    "line", ["see /work/x", "'/root/x'", "--index-url y", "https://pypi.org/simple", "x/.library/y"]
)
def test_local_names_are_recognised(line):
    assert LOCAL.search(line)


def test_no_file_names_a_path_of_one_machine_or_a_package_registry():
    """Both tie the project to where it happened to be made; a lock without index lines works with any mirror."""
    found = [
        f"{path.relative_to(ROOT)}:{at}: {line[:80]}"
        for path in FILES
        if path != Path(__file__)
        for at, line in enumerate(path.read_bytes().decode("utf-8", "replace").splitlines(), 1)
        if LOCAL.search(line)
    ]

    assert [] == found
