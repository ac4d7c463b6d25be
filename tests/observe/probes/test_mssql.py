"""SQL Server is asked before a login, and left there."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.observe.probes import mssql

MSSQL = Path(__file__).parents[3] / "fixtures" / "mssql"
VERSION = "00 000b 0006  01 0011 0001  ff  0a3217700000"


def packet(body, kind="04", status="01"):
    data = bytes.fromhex(body)
    return bytes.fromhex(f"{kind} {status}") + (8 + len(data)).to_bytes(2, "big") + bytes(4) + data


@pytest.mark.parametrize(
    ("data", "want"),
    [
        (packet(f"{VERSION} 00"), ("10.50.6000", "off")),
        (packet(f"{VERSION} 01"), ("10.50.6000", "on")),
        (packet(f"{VERSION} 02"), ("10.50.6000", "not-supported")),
        (packet(f"{VERSION} 03"), ("10.50.6000", "required")),
        (packet(f"{VERSION} 77"), ("10.50.6000", None)),
        (packet(VERSION), ("10.50.6000", None)),
        (packet("00 0006 0006 ff 0f0010e10000"), ("15.0.4321", None)),
    ],
)
def test_version_and_encryption_are_read(data, want):
    answer = mssql.parse(data)

    assert want == (answer.version, answer.encryption)


@pytest.mark.parametrize(
    "data",
    [
        packet(f"{VERSION} 00", kind="12"),
        packet(f"{VERSION} 00", status="00"),
        packet("00 000b 0006 01 0011 0001 ff 000217700000 00"),
        packet("00 000b 0004 01 0011 0001 ff 0a321770 00"),
        packet("00 ffff 0006 ff"),
        packet("01 0006 0001 ff 00"),
        packet(""),
        b"\x04\x01\x00",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"",
    ],
)
def test_what_is_no_answer_is_none(data):
    assert mssql.parse(data) is None


@pytest.mark.parametrize("path", sorted(MSSQL.glob("*.talk")), ids=lambda path: path.stem)
def test_one_prelogin_and_no_login_is_sent(path, talk_conn, gather):
    conn = talk_conn(talk.load(path))

    gather(mssql.talk(conn))

    assert (0x12, len(conn.sent)) == (conn.sent[0], int.from_bytes(conn.sent[2:4], "big"))
    assert 1 == len(conn.opened)


@pytest.mark.parametrize(
    "said", ["0401", "0401 0004 0000 0000", "0401 ffff 0000 0000", "1201 0009 0000 0000 00"]
)
def test_what_is_no_answer_tells_nothing(said, talk_conn, gather):
    conn = talk_conn(talk.parse(f"# origin = synthetic\n@ tcp/1433\n> 12 *\n< {said}\n! close", "x", {}))

    assert [] == gather(mssql.talk(conn))
