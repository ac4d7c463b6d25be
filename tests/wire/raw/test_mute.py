import json
import subprocess
import sys

import pytest

from scanner.errors import HostError
from scanner.wire.raw import mute

TRY = """
import json, os, socket, sys, threading
from scanner.wire.raw.mute import mute

ours, theirs = socket.socketpair()
go, tried = threading.Event(), {}

def attempt(name, act):
    try:
        act()
    except OSError as error:
        tried[name] = type(error).__name__
    else:
        tried[name] = "done"

other = threading.Thread(target=lambda: (go.wait(), attempt("send in a thread from before", lambda: ours.send(b"x"))))
other.start()
mute()
go.set()
other.join()
attempt("send", lambda: ours.send(b"x"))
attempt("sendmsg", lambda: ours.sendmsg([b"x"]))
attempt("write", lambda: os.write(ours.fileno(), b"x"))
attempt("writev", lambda: os.writev(ours.fileno(), [b"x"]))
attempt("another descriptor", lambda: os.dup2(ours.fileno(), 1))
attempt("another socket", socket.socket)
theirs.setblocking(False)
attempt("hear", lambda: theirs.recv(1))
os.write(1, json.dumps(tried).encode())
"""


def test_a_muted_process_can_send_nothing_by_no_call_and_no_thread_and_still_hears_and_prints():
    run = subprocess.run([sys.executable, "-c", TRY], capture_output=True, check=True)
    assert {
        "send in a thread from before": "PermissionError",
        "send": "PermissionError",
        "sendmsg": "PermissionError",
        "write": "PermissionError",
        "writev": "PermissionError",
        "another descriptor": "PermissionError",
        "another socket": "PermissionError",
        "hear": "BlockingIOError",
    } == json.loads(run.stdout)


def answer(calls, number, machine=None, first=0):
    """Run the filter as the kernel would."""
    data = {0: number, 4: calls.machine if machine is None else machine, 16: first}
    steps, at, held = mute.program(calls), 0, 0
    while True:
        code, yes, no, value = steps[at]
        at += 1
        match code:
            case 0x20:
                held = data[value]
            case 0x15:
                at += yes if held == value else no
            case 0x35:
                at += yes if held >= value else no
            case 0x06:
                return value


@pytest.mark.parametrize("name", mute.MACHINES)
def test_the_filter_forbids_what_it_names_on_every_machine_and_lets_the_rest_pass(name):
    calls = mute.MACHINES[name]

    assert {0x00050001} == {answer(calls, number) for number in calls.forbidden.values()}
    assert [0x00050001, 0x7FFF0000, 0x7FFF0000, 0x00050001] == [
        answer(calls, calls.write[0], first=one) for one in (0, 1, 2, 3)
    ]
    assert answer(calls, 9999) == 0x7FFF0000
    assert answer(calls, 5, machine=0x40000003) == 0x80000000
    assert answer(calls, 0x40000000 + 1) == 0x00050001
    assert set(mute.MACHINES["x86_64"].forbidden) - set(calls.forbidden) <= {"dup2"}


def test_a_machine_whose_calls_are_unknown_does_not_listen(monkeypatch):
    monkeypatch.setattr(mute.platform, "machine", lambda: "abacus")
    with pytest.raises(HostError, match="no listening on abacus"):
        mute.mute()
