"""A message broker is asked which it is; nobody logs in."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.observe.probes import amqp

AMQP = Path(__file__).parents[3] / "fixtures" / "amqp"


def text(name, value):
    return bytes([len(name)]) + name + b"S" + len(value).to_bytes(4, "big") + value


def start(table, head=b"\1\0\0", method=b"\0\x0a\0\x0a\0\x09", end=b"\xce"):
    body = method + len(table).to_bytes(4, "big") + table + bytes(8)
    return head + len(body).to_bytes(4, "big") + body + end


PRODUCT = text(b"product", b"Acme")
PROTOCOL = ("amqp.protocol", "0.9")


@pytest.mark.parametrize(
    ("data", "want"),
    [
        (start(PRODUCT), [PROTOCOL, ("amqp.product", "Acme")]),
        (start(PRODUCT + text(b"version", b"2")), [PROTOCOL, ("amqp.product", "Acme 2")]),
        (start(PRODUCT + text(b"platform", b"x")), [PROTOCOL, ("amqp.product", "Acme (x)")]),
        (start(text(b"platform", b"x")), [PROTOCOL]),
        (start(b""), [PROTOCOL]),
        # what else a table holds is stepped over: a flag, a number, a table; an unknown type ends it
        (start(b"\1at\1" + b"\1bI\0\0\0\1" + b"\1cF\0\0\0\2xx" + PRODUCT), [PROTOCOL, ("amqp.product", "Acme")]),
        (start(b"\1a?" + PRODUCT), [PROTOCOL]),
        (start(b"\1aS\0\0"), [PROTOCOL]),
        (start(b"\1a"), [PROTOCOL]),
        (start(text(b"cluster_name", b"rabbit@b1")), [PROTOCOL, ("amqp.cluster_name", "rabbit@b1")]),
        (b"AMQP\0\1\0\0", [("amqp.protocol", "1.0.0")]),
        (b"AMQP\0\1\0", None),
        (start(PRODUCT, head=b"\2\0\0"), None),
        (start(PRODUCT, method=b"\0\x0a\0\x0b\0\x09"), None),
        (start(PRODUCT, end=b"\xcd"), None),
        (b"HTTP/1.0 400 Bad Request", None),
        (b"", None),
    ],
)  # fmt: skip
def test_how_a_broker_opens_is_read(data, want):
    assert want == amqp.parse(data)


@pytest.mark.parametrize("path", sorted(AMQP.glob("*.talk")), ids=lambda path: path.stem)
def test_the_header_is_all_that_is_sent(path, talk_conn, gather):
    conn = talk_conn(talk.load(path))

    gather(amqp.talk(conn))

    assert b"AMQP\0\0\x09\x01" == conn.sent


@pytest.mark.parametrize("said", ["0100", "010000 ffffffff", "010000 00000002 000a"])
def test_what_is_no_broker_tells_nothing(said, talk_conn, gather):
    conn = talk_conn(talk.parse(f"# origin = synthetic\n@ tcp/5672\n> *\n< {said}\n! close", "x", {}))

    assert [] == gather(amqp.talk(conn))
