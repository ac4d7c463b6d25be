"""VMware's daemon is greeted by nobody: its greeting is read."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.observe.probes import vmware

VMWARE = Path(__file__).parents[3] / "fixtures" / "vmware"


@pytest.mark.parametrize(
    ("greeting", "want"),
    [
        (
            b"220 VMware Authentication Daemon Version 1.10: x\r\n",
            "VMware Authentication Daemon Version 1.10: x",
        ),
        (b"220 VMware ESX FTP\r\n", None),
        (b"530 VMware Authentication Daemon\r\n", None),
        (b"", None),
    ],
)
def test_the_greeting_is_its_text_without_the_code(greeting, want):
    assert want == vmware.parse(greeting)


@pytest.mark.parametrize("path", sorted(VMWARE.glob("*.talk")), ids=lambda path: path.stem)
def test_nothing_is_ever_sent(path, talk_conn, gather):
    conn = talk_conn(talk.load(path))

    gather(vmware.talk(conn))

    assert b"" == conn.sent
