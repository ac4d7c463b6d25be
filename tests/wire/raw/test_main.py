"""The helper as a process, without a network: what it says to nonsense, and what it loads."""

import ast
import os
import select
import socket
import subprocess
import sys
import types
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import msgspec
import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from scanner.errors import HostError
from scanner.model.kinds import Profile, Touch
from scanner.model.net import Address
from scanner.scope.approval import granted, line
from scanner.scope.gate import Gate
from scanner.scope.parse import parse
from scanner.scope.profile import careful
from scanner.scope.signing import allowed_line, signed
from scanner.wire.pipe import (
    HEAD,
    Ask,
    Avoid,
    Done,
    Failed,
    Hello,
    Listen,
    Method,
    Pace,
    Ready,
    Stop,
    answer,
    pack,
)
from scanner.wire.raw import __main__ as helper_main
from scanner.wire.raw.permits import Cards
from scanner.wire.raw.segment import Segment

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

    def play(*wishes, link=None, scope=scope):
        def open_link(interface, **_):
            if link is None:
                raise HostError(f"cannot open interface {interface}")
            return link

        ours, far_in = os.pipe()
        far_out, theirs = os.pipe()
        template = types.ModuleType("template")
        template.Sender = types.SimpleNamespace
        template.frame = lambda *_, **__: b"\xff" * 6 + bytes(36)
        monkeypatch.setitem(sys.modules, "scanner.wire.raw.template", template)
        for name, value in {
            "_IN": ours,
            "_OUT": theirs,
            "open_link": open_link,
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


def scope_of(scope, signatures="", allowed_signers=None, **more):
    hello = Hello(
        scope=scope.text,
        where="/e/scope.toml",
        signatures=signatures,
        allowed_signers=allowed_signers,
        **more,
    )
    return helper_main._scope(hello)


@pytest.fixture
def signed_by(scope, tmp_path):
    """The signatures of so many people, and the list of them all."""
    keys = [Ed25519PrivateKey.generate() for _ in range(2)]
    listed = tmp_path / "allowed"
    listed.write_text("".join(allowed_line(f"n{at}", key) for at, key in enumerate(keys)))
    listed.chmod(0o600)
    return lambda count: ("".join(signed(key, scope.text.encode()) for key in keys[:count]), str(listed))


@pytest.mark.parametrize(("count", "allowed"), [(0, False), (1, False), (2, True)])
def test_the_helper_verifies_by_itself_and_sends_nothing_to_a_ward_that_two_did_not_sign(
    scope, signed_by, count, allowed
):
    """What the main process holds to be signed counts for nothing: only text and signatures come over the pipe."""
    assert allowed == asked_of_the_ward(
        scope_of(scope, *signed_by(count), approval=line(scope.authority.approval))
    )


def asked_of_the_ward(scope):
    now = datetime(2026, 12, 2, tzinfo=UTC)
    return Gate(scope).may(Address("10.1.0.7"), port=None, touch=Touch.KNOCK, now=now).allowed


def test_the_helper_sends_nothing_to_a_ward_whose_plan_nobody_approved(scope, signed_by):
    other = parse(scope.text.replace("10.4.0.0/24", "10.5.0.0/24"), "other.toml")
    lines = ("", line(granted(other, "q", "C. Board", datetime(2026, 12, 2, tzinfo=UTC))))

    assert [False, False] == [
        asked_of_the_ward(scope_of(scope, *signed_by(2), approval=text)) for text in lines
    ]


def test_the_helper_is_no_less_careful_than_the_approved_plan(scope, signed_by):
    gentle = granted(careful(scope, Profile.OT), "q", "C. Board", datetime(2026, 12, 2, tzinfo=UTC))

    known = scope_of(scope, *signed_by(2), approval=line(gentle))

    assert asked_of_the_ward(known)
    assert {Profile.OT} == {network.profile for network in known.networks}


def test_the_helper_refuses_a_scope_that_was_changed_after_signing(scope, signed_by):
    signatures, listed = signed_by(2)
    changed = Hello(scope=scope.text + "\n", where="my.toml", signatures=signatures, allowed_signers=listed)

    said = first(helper(pack(changed)).stdout)

    assert ("scope", True) == (said.kind, "signature 1 is not for this my.toml" in said.text)


def test_cards_that_the_main_process_avoids_the_helper_avoids_too(scope):
    here = scope_of(scope, avoid=("02:00:00:00:00:07",))
    asked = np.array([0x020000000007, 0x020000000008], np.uint64)
    assert [False, True] == Cards(here).allowed(asked, groups=False).tolist()


def test_what_the_main_process_avoids_the_helper_avoids_too(scope):
    gate = Gate(scope_of(scope, avoid=("10.3.0.7/32",)))
    now = datetime(2026, 12, 2, tzinfo=UTC)
    asked = [
        gate.may(Address(f"10.3.0.{last}"), port=None, touch=Touch.KNOCK, now=now).allowed for last in (7, 8)
    ]
    assert [False, True] == asked


ASK = Ask(
    method=Method.ARP,
    interface="v0",
    targets=("10.3.0.0/30",),
    source="0.0.0.0",
    rate=500,
    tries=1,
    seed=0,
    wait=0.01,
)
LISTEN = Listen(interface="v0", seconds=5, limit=2, arp_only=False)


def test_a_request_that_fails_leaves_the_helper_ready_for_the_next(serve, scope):
    again = Hello(scope=scope.text, where="other.toml")
    code, (ready, *rest) = serve(ASK, LISTEN, again, Stop(), Pace(rate=1))
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


class Cable:
    """A cable without anything at it."""

    mac, busy = "02:00:00:00:00:01", False

    def __init__(self, control, listens):
        self.control, self.listens, self.sent, self.hurried = control, listens, 0, []

    def hurry(self, longest):
        self.hurried.append(longest)

    def send(self, rows, _lengths):
        self.sent += len(rows)
        return len(rows)

    def settle(self):
        pass

    def hear(self, _most):
        return None

    def wait(self, _seconds):
        if self.listens and select.select([self.control], [], [], 0)[0]:
            self.control.read()
        return self.control.stopped

    def check(self):
        pass

    def dropped(self):
        return 3


@pytest.fixture
def cabled(serve, monkeypatch):
    """Serve over cables of ours, which are kept; `listens` to what comes over the pipe meanwhile, or not."""

    def play(*wishes, listens=True, profile="lab"):
        made = []

        @contextmanager
        def cable(interface, control, method, program):
            made.append(Cable(control, listens))
            yield made[-1]

        today = datetime.now(UTC).date()
        text = SCOPE.format(today, today + timedelta(days=2), profile)
        monkeypatch.setattr(helper_main, "cable", cable)
        monkeypatch.setattr(helper_main, "check_source", lambda *_: None)
        return *serve(*wishes, scope=parse(text, "scope.toml"))[1][1:], made

    return play


SCOPE = """
[engagement]
name = "main"
owner = "test"
authorized_by = "test"
contact = "test"
reference = "test"
valid_from = {}
valid_until = {}
sector = "office"

[[network]]
cidr = "10.3.0.0/24"
zone = "bench"
profile = "{}"
"""


def test_an_ask_goes_through_with_its_end_told(cabled):
    *_, done, made = cabled(ASK, listens=False)
    assert (2, 2, 3, 2) == (done.sent, done.place, done.dropped, made[0].sent)


def test_all_nodes_of_a_link_are_asked_by_their_own_rules(cabled, monkeypatch):
    here = Segment(
        own=frozenset({"fe80::1"}), ranges=frozenset({ip_network("fe80::/64"), ip_network("10.3.0.0/24")})
    )
    monkeypatch.setattr(helper_main, "segment", lambda _interface: here)
    wish = msgspec.structs.replace(ASK, method=Method.NODES, source="fe80::1", targets=("ff02::1",))

    *_, said, made = cabled(wish, listens=False)

    assert ("scope", 0) == (said.kind, made[0].sent)
    assert "no IPv6 network of the scope file is on the link" in said.text


@pytest.mark.parametrize(
    ("avoided", "sent"), [(("10.3.0.1",), 1), (("10.3.0.1", "10.3.0.2"), 0), (("10.4.0.1",), 2)]
)
def test_who_is_to_be_avoided_from_now_on_gets_no_frame(cabled, avoided, sent):
    *_, done, _ = cabled(Avoid(addresses=avoided), ASK, listens=False)
    assert sent == getattr(done, "sent", 0)


def test_who_is_to_be_avoided_while_an_ask_runs_gets_no_more_of_it_and_nothing_later(monkeypatch):
    said = iter([Avoid(addresses=("10.3.0.1",)), Pace(rate=2), None])
    monkeypatch.setattr(helper_main, "_hear", lambda: next(said))
    control = helper_main._Control()
    for _ in range(3):
        control.read()
    assert (["10.3.0.1"], ["10.3.0.1"], 2, True) == (
        control.avoid,
        control.avoided,
        control.rate,
        control.stopped,
    )


def test_the_end_of_the_pipe_stops_an_ask(cabled):
    *_, done, made = cabled(msgspec.structs.replace(ASK, wait=60))
    assert isinstance(done, Done)
    assert made[0].sent <= 2


def test_a_second_ask_while_one_runs_is_an_error(cabled):
    *_, failed, _ = cabled(msgspec.structs.replace(ASK, wait=60), Pace(rate=2), LISTEN)
    assert ("scope", True) == (failed.kind, "one thing at a time" in failed.text)


def test_a_fast_ask_is_sent_by_the_ring(cabled):
    *_, made = cabled(msgspec.structs.replace(ASK, rate=1e6), ASK, listens=False, profile="bench")
    assert [[42], []] == [one.hurried for one in made]


def test_when_nobody_listens_it_ends_without_a_word(monkeypatch):
    ours, theirs = os.pipe()
    os.close(ours)
    monkeypatch.setattr(helper_main, "_OUT", theirs)
    assert helper_main._fail(HostError("x")) == 1
    os.close(theirs)
