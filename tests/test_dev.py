"""./dev, the first thing a newcomer runs: clear words when something is missing, set-up only when it is due."""

import importlib.util
import subprocess
import sys
from importlib import metadata
from importlib.machinery import SourceFileLoader
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

DEV = Path(__file__).parents[1] / "dev"


@pytest.fixture
def dev(tmp_path):
    """The entry file as a module that believes to stand in an empty checkout."""
    loader = SourceFileLoader("dev_entry", str(DEV))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("dev_entry", loader))
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
    try:
        loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    module.ROOT, module.VENV, module.BIN = tmp_path, tmp_path / ".venv", tmp_path / ".venv" / "bin"
    module.LOCK, module.STAMP = tmp_path / "requirements.lock", tmp_path / ".venv" / "stalehost.stamp"
    module.LOCK.write_text("a==1")
    (tmp_path / "pyproject.toml").write_text("[project]")
    return module


@pytest.fixture
def calls(dev, monkeypatch):
    """The commands that it would have run; each succeeds unless its last word holds `boom`."""
    made = []

    def call(command):
        made.append(command)
        return int("boom" in command[-1])

    monkeypatch.setattr(dev, "call", call)
    return made


def settle(dev):
    """As after `./dev setup`."""
    dev.BIN.mkdir(parents=True, exist_ok=True)
    dev.python().write_text("")
    dev.STAMP.write_text(dev.digest())


def main(dev, monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["./dev", *words])
    with pytest.raises(SystemExit) as end:
        dev.main()
    return end.value.code


@pytest.mark.parametrize("words", [[], ["help"], ["tests"], ["--help"]])
def test_an_unknown_command_prints_the_known_ones_and_fails(words):
    done = subprocess.run([sys.executable, DEV, *words], capture_output=True, text=True, check=False)

    assert (2, "", "dev: usage: ./dev demo | test | setup | lint | bench | build | browser\n") == (
        done.returncode,
        done.stdout,
        done.stderr,
    )


def test_an_old_python_is_refused_with_the_version_that_is_needed(tmp_path):
    """Run whole, with only the version changed: nothing on the way may need a newer Python."""
    before = "import sys; sys.version_info = (3, 9, 2, 'final', 0); sys.version = '3.9.2 (main)'; "
    run = f"import runpy; sys.argv = ['./dev', 'test']; runpy.run_path({str(DEV)!r}, run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", before + run], capture_output=True, text=True, check=False, cwd=tmp_path
    )

    assert 2 == done.returncode
    assert f"dev: stalehost needs Python 3.11 or newer; this is 3.9.2 ({sys.executable})\n" == done.stderr


def test_its_syntax_is_old_enough_to_say_so():
    """A syntax error would come before the clear words: f-strings yes, `match` and `except*` no."""
    import ast

    assert ast.parse(DEV.read_text(), feature_version=(3, 8))


def test_a_venv_that_debian_split_off_names_the_package(dev, calls, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ensurepip", None)

    with pytest.raises(SystemExit) as end:
        dev.make_venv()

    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert (2, []) == (end.value.code, calls)
    assert f"sudo apt install python{version}-venv" in capsys.readouterr().err


@pytest.mark.parametrize("uv", [None, "/opt/uv"])
def test_setup_installs_what_the_lock_pins_by_hash_then_this_checkout(dev, calls, monkeypatch, uv):
    monkeypatch.setattr(dev.shutil, "which", {"uv": uv}.get)
    dev.VENV.mkdir()

    assert 0 == dev.setup([])

    make, packages, checkout = calls
    assert [uv or sys.executable, str(dev.VENV)] == [make[0], make[-1]]
    assert ["--no-deps", "--require-hashes", "-r", str(dev.LOCK)] == packages[-4:]
    assert ["--no-deps", "-e", str(dev.ROOT)] == checkout[-3:]
    assert dev.digest() == dev.STAMP.read_text()


def test_the_lock_names_all_that_its_packages_ask_for():
    """Nothing else is looked for: what is missing in it is missing in a new .venv."""
    held = {canonicalize_name(one.name): one.version for one in metadata.distributions()}
    asked = [
        (one.name, need)
        for one in metadata.distributions()
        for need in map(Requirement, one.requires or ())
        if need.marker is None or need.marker.evaluate({"extra": ""})
    ]
    wrong = [
        f"{name} asks for {need}"
        for name, need in asked
        if not need.specifier.contains(held.get(canonicalize_name(need.name), "none"), prereleases=True)
    ]

    assert [] == wrong
    assert len(asked) > 50


def test_a_setup_that_fails_leaves_no_stamp(dev, calls, monkeypatch, capsys):
    monkeypatch.setattr(dev.shutil, "which", {"uv": "/opt/uv"}.get)
    monkeypatch.setattr(dev, "LOCK", dev.ROOT / "boom.lock")

    with pytest.raises(SystemExit) as end:
        dev.setup([])

    assert (2, 2, False) == (end.value.code, len(calls), dev.STAMP.exists())
    assert "dev: failed: /opt/uv pip install" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_a_changed_lock_or_project_makes_the_set_up_stale(dev, name):
    settle(dev)
    assert dev.fresh()

    (dev.ROOT / name).write_text("b==2")

    assert not dev.fresh()


def test_a_venv_without_stamp_or_interpreter_is_stale(dev):
    assert not dev.fresh()
    settle(dev)
    dev.python().unlink()

    assert not dev.fresh()


def test_a_fresh_venv_is_not_set_up_again_and_a_stale_one_is(dev, calls, monkeypatch):
    monkeypatch.setattr(dev.shutil, "which", {"uv": "/opt/uv"}.get)
    settle(dev)

    assert 0 == main(dev, monkeypatch, "demo", "-o", "out")
    assert [[str(dev.BIN / "stalehost"), "demo", "-o", "out"]] == calls

    dev.LOCK.write_text("b==2")
    assert 0 == main(dev, monkeypatch, "demo")
    assert ["venv", "install", "install", "demo"] == [
        next(word for word in command if word in {"venv", "install", "demo"}) for command in calls[1:]
    ]


def test_named_tests_run_alone(dev, calls, monkeypatch):
    settle(dev)

    assert 1 == main(dev, monkeypatch, "test", "tests/x", "-k", "boom")
    assert [[str(dev.python()), "-m", "pytest", "tests/x", "-k", "boom"]] == calls


def test_the_whole_test_is_lint_then_both_runs_and_stops_at_the_first_that_fails(dev, calls, monkeypatch):
    monkeypatch.setattr(dev, "isolated", lambda: ["jail"])
    monkeypatch.setattr(dev.os, "geteuid", lambda: 0)

    assert 0 == dev.test([])

    jailed = next(command for command in calls if command[0] == "jail")
    assert "--ignore=tests/netns" in jailed
    assert [str(dev.python()), "-m", "pytest", "tests/netns"] == calls[-1][:4]
    assert calls.index(jailed) < len(calls) - 1
    assert {"ruff", "mypy", "lint-imports", "codespell", "deptry", "validate-pyproject", "reuse"} <= {
        Path(word).name for command in calls[: calls.index(jailed)] for word in command
    }


def test_without_root_the_second_run_is_skipped_aloud(dev, calls, monkeypatch, capsys):
    monkeypatch.setattr(dev.os, "geteuid", lambda: 1000)

    assert (0, []) == (dev.netns_run(), calls)
    assert "tests/netns skipped: " in capsys.readouterr().err


def test_a_failed_check_is_named_and_ends_the_lint(dev, monkeypatch, capsys):
    made = []

    def call(command):
        made.append(command)
        return 3 if "mypy" in command else 0

    monkeypatch.setattr(dev, "call", call)

    assert 3 == dev.lint([])
    assert "mypy" in made[-1]
    assert f"dev: failed: {dev.python()} -m mypy\n" == capsys.readouterr().err


def test_without_unshare_there_is_no_jail_and_it_says_so(dev, calls, monkeypatch, capsys):
    monkeypatch.setattr(dev.shutil, "which", lambda _: None)

    assert 0 == dev.offline_run()
    assert "pytest" in calls[0]
    assert "the offline run stands in the ordinary namespace" in capsys.readouterr().err


def test_the_jail_is_used_only_where_it_works(dev, monkeypatch):
    monkeypatch.setattr(dev.shutil, "which", lambda _: "/bin/false")
    for status in (0, 1):
        done = subprocess.CompletedProcess([], status)
        monkeypatch.setattr(dev.subprocess, "run", lambda *_, done=done, **__: done)
        assert (status == 0) is bool(dev.isolated())


def test_benchmarks_run_by_name_or_all_and_the_worst_status_counts(dev, calls):
    (dev.ROOT / "benchmarks").mkdir()
    for name in ("bench_a.py", "bench_boom.py", "other.py"):
        (dev.ROOT / "benchmarks" / name).write_text("")

    assert 1 == dev.bench([])
    assert ["benchmarks/bench_a.py", "benchmarks/bench_boom.py"] == [command[-1] for command in calls]
    assert 0 == dev.bench(["bench_a"])


def test_build_makes_sdist_and_wheel(dev, calls):
    assert 0 == dev.build([])
    assert [[str(dev.python()), "-m", "hatchling", "build"]] == calls
