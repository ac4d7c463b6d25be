"""A directory is asked for the entry in which it describes itself, without a name or a password."""

from pathlib import Path

import pytest

from scanner.identify.claims import identify
from scanner.knowledge.base import open_base
from scanner.lab import row, talk
from scanner.observe.probes import ldap

LDAP = Path(__file__).parents[3] / "fixtures" / "ldap"
BIND, UNBIND = 0x60, bytes.fromhex("30050201024200")


def entry(attributes):
    return row.data(
        f"der:30[ 020101 der:64[ 0400 der:30[ {attributes} ] ] ] der:30[ 020101 der:65[ 0a0100 0400 0400 ] ]",
        {},
    )


@pytest.mark.parametrize(
    ("data", "want"),
    [
        (
            entry('der:30[ der:04[ "vendorname" ] der:31[ der:04[ "Acme" ] ] ]'),
            [("ldap.search_result", "vendorname1\x06\x04\x04Acme"), ("ldap.root", {"vendorName": "Acme"})],
        ),
        # an attribute without values, one that is no attribute, and clocks that change with every answer
        (entry('der:30[ der:04[ "vendorName" ] 3100 ] 0400 der:30[ der:04[ "x" ] ] der:30[ der:04[ "currentTime" ] 3100 ]'),
         [("ldap.search_result", "vendorName1\\x00")]),
        (entry('der:30[ der:04[ "supportedCapabilities" ] der:31[ der:04[ "1.2" ] ] ] der:30[ der:04[ "objectClass" ] der:31[ der:04[ "top" ] ] ]'),
         [("ldap.search_result", "supportedCapabilities1\x05\x04\x031.2\n0objectClass1\x05\x04\x03top")]),
        (bytes.fromhex("300c020101 6507 0a0132 0400 0400"), [("ldap.result_code", "50")]),
        (bytes.fromhex("3008020101 6503 040050"), [("ldap.result_code", "0")]),
        # an answer to another message, no message, and less than one
        (bytes.fromhex("300c020102 6507 0a0132 0400 0400"), None),
        (bytes.fromhex("3003020101"), None),
        (bytes.fromhex("040141"), None),
        (bytes.fromhex("300c0201"), None),
        (b"HTTP/1.0 400 Bad Request\r\n", None),
        (b"", None),
    ],
)  # fmt: skip
def test_the_root_entry_is_read(data, want):
    assert want == ldap.parse(data)


@pytest.mark.parametrize("path", sorted(LDAP.glob("*.talk")), ids=lambda path: path.stem)
def test_one_search_and_an_unbind_are_sent_and_never_a_bind(path, talk_conn, gather):
    conn = talk_conn(talk.load(path))

    gather(ldap.talk(conn))

    assert (0x30, 0x63) == (conn.sent[0], conn.sent[5])
    assert conn.sent.endswith(UNBIND)
    assert 1 == conn.sent.count(UNBIND)
    assert 1 == len(conn.opened)


def test_what_is_no_directory_gets_no_second_message(talk_conn, gather):
    conn = talk_conn(talk.parse('# origin = synthetic\n@ tcp/389\n> 30 *\n< "hello"\n! close', "x", {}))

    assert [] == gather(ldap.talk(conn))
    assert UNBIND not in conn.sent


def test_an_answer_that_comes_in_pieces_is_put_together(talk_conn, gather):
    data = entry('der:30[ der:04[ "vendorName" ] der:31[ der:04[ "Acme" ] ] ]').hex()
    text = f"# origin = synthetic\n@ tcp/389\n> 30 *\n< {data[:20]}\n~ 0.5s\n< {data[20:]}\n> *\n! close"

    got = gather(ldap.talk(talk_conn(talk.parse(text, "x", {}))))

    assert ["ldap.search_result", "ldap.root"] == [field for field, _ in got]


@pytest.mark.parametrize(
    ("name", "want"),
    [
        ("ad-2000", {"os.product": "Windows", "device.kind": "domain-controller"}),
        ("ad-2003", {"os.product": "Windows Server 2003", "device.kind": "domain-controller"}),
        ("ad-2008r2", {"os.product": "Windows Server 2008 R2", "device.kind": "domain-controller"}),
        ("ad-2022", {"os.product": "Windows Server", "device.kind": "domain-controller"}),
        ("389-ds", {"service.product": "389 Directory Server", "service.version": "1.3.5.10"}),
    ],
)
def test_the_text_is_what_rules_were_written_for(name, want, talk_conn, gather):
    seen = dict(gather(ldap.talk(talk_conn(talk.load(LDAP / f"{name}.talk")))))

    _, told = identify("ldap.search_result", seen["ldap.search_result"], open_base())

    assert want == {attr: told.get(attr) for attr in want}
