"""What the players have in common: a pipe, and the program `ip`."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

QUIET = ("net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
"""A namespace that speaks only when spoken to."""


def serve(answers: Mapping[str, Callable[..., object]]) -> None:
    """Say that we are up, then answer each line of stdin until it ends."""
    say("up")
    for line in sys.stdin:
        facts = json.loads(line)
        say(answers[facts.pop("what")](**facts))


def say(what: Any) -> None:
    """One line to whoever started us."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def settle(*settings: str) -> None:
    """Set kernel settings of this namespace."""
    subprocess.run(["sysctl", "-qw", *QUIET, *settings], check=True, stdout=subprocess.DEVNULL)


def ip(*lines: str) -> None:
    """Run many `ip` commands as one."""
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines) + "\n", text=True, check=True)
