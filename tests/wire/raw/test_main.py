"""The helper as a process, without a network: what it says to nonsense, and what it loads."""

import ast
import os
import socket
import subprocess
import sys
import types

import pytest

from scanner.errors import HostError
from scanner.wire.pipe import HEAD, Done, Failed, Hello, Listen, Ready, Stop, Sweep, answer, pack
from scanner.wire.raw import __main__ as helper_main

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


@pytest.fixture
def serve(monkeypatch, scope):
    """Run the helper's loop in this process, over pipes, with a link and a template of ours."""

    def play(*wishes, link=None):
        def open_link(interface, **_):
            if link is None:
                raise HostError(f"cannot open interface {interface}")
            return link

        ours, far_in = os.pipe()
        far_out, theirs = os.pipe()
        template = types.ModuleType("template")
        template.arp_request = lambda _mac, _address: bytes(42)
        monkeypatch.setitem(sys.modules, "scanner.wire.raw.template", template)
        for name, value in {
            "_IN": ours,
            "_OUT": theirs,
            "open_link": open_link,
            "own_mac": lambda _: "x",
        }.items():
            monkeypatch.setattr(helper_main, name, value)
        for name in ("check_right", "drop_privilege"):
            monkeypatch.setattr(helper_main, name, lambda: None)
        os.write(far_in, b"".join(map(pack, (Hello(scope=scope.text, where="scope.toml"), *wishes))))
        os.close(far_in)
        code = helper_main.main()
        os.close(theirs)
        os.close(ours)
        with os.fdopen(far_out, "rb") as said:
            data = said.read()
        answers = []
        while data:
            size = HEAD.unpack(data[: HEAD.size])[0] + HEAD.size
            answers.append(answer(data[HEAD.size : size]))
            data = data[size:]
        return code, answers

    return play


SWEEP = Sweep(interface="v0", cidr="10.3.0.0/30", source="0.0.0.0", rate=500, tries=1, seed=0, wait=0.01)
LISTEN = Listen(interface="v0", seconds=5, limit=2, arp_only=False)


def test_a_request_that_fails_leaves_the_helper_ready_for_the_next(serve, scope):
    again = Hello(scope=scope.text, where="other.toml")
    code, (ready, *rest) = serve(SWEEP, LISTEN, again, Stop())
    assert (0, Ready()) == (code, ready)
    assert ["host", "host", "scope"] == [one.kind for one in rest]
    assert "keeps to the scope" in rest[-1].text


def test_frames_are_handed_on_until_the_limit(serve, monkeypatch):
    link, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    link.setblocking(False)
    with far:
        for frame in (b"one", b"two", b"three"):
            far.send(frame)
        # the request pipe ends at once here, which reads as a stop; a capture must not begin by that
        monkeypatch.setattr(helper_main, "waiting", lambda *_: lambda _seconds: False)
        _, (_, *frames, done) = serve(LISTEN, link=link)
    assert [b"one", b"two"] == [one.data for one in frames]
    assert done == Done(sent=0, refused=0)


def test_a_sweep_goes_through_with_its_end_told(serve, monkeypatch):
    monkeypatch.setattr(helper_main, "sweep", lambda *_: iter([Done(sent=2, refused=0)]))
    link, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with far:
        _, answers = serve(SWEEP, link=link)
    assert [Ready(), Done(sent=2, refused=0)] == answers


def test_when_nobody_listens_it_ends_without_a_word(monkeypatch):
    ours, theirs = os.pipe()
    os.close(ours)
    monkeypatch.setattr(helper_main, "_OUT", theirs)
    assert helper_main._fail(HostError("x")) == 1
    os.close(theirs)
