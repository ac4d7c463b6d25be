"""The helper as a process, without a network: what it says to nonsense, and what it loads."""

import ast
import subprocess
import sys

import pytest

from scanner.wire.pipe import HEAD, Failed, Hello, Stop, answer, pack

HEAVY = ("scapy", "nmap", "cryptography", "sqlalchemy", "jinja2")


def helper(data):
    return subprocess.run(
        [sys.executable, "-P", "-m", "scanner.wire.raw"], input=data, capture_output=True, check=False
    )


def first(output):
    return answer(output[HEAD.size : HEAD.size + HEAD.unpack(output[: HEAD.size])[0]])


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (pack(Stop()), "must be hello"),
        (pack(Hello(scope="nonsense", where="my.toml")), "my.toml"),
        (b"\xff\xff\xff\xff", "out of step"),
        (HEAD.pack(3) + b"xyz", "does not know"),
        (b"", "must be hello"),
    ],
)
def test_nonsense_ends_it_with_a_word(data, word):
    done = helper(data)
    said = first(done.stdout)
    assert isinstance(said, Failed)
    assert word in said.text
    assert (2, b"") == (done.returncode, done.stderr)


@pytest.mark.parametrize(
    ("module", "may"),
    [
        ("scanner.wire.raw.__main__", set()),
        ("scanner.wire.raw.template", {"scapy"}),
        ("scanner.wire.helper", set()),
        ("scanner.wire.dial", set()),
        ("scanner.wire.nmap_run", {"nmap"}),
        ("scanner.observe.imports.nmap_xml", set()),
    ],
)
def test_no_process_loads_what_it_must_not(module, may):
    """GPL-2.0-only scapy never beside GPL-3.0 python-nmap, nor beside cryptography."""
    program = f"import {module}, sys; print([m for m in {HEAVY} if sys.modules.get(m)])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert set(ast.literal_eval(done.stdout)) <= may
