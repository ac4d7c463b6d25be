import pytest

from scanner.lab import talk
from scanner.observe import tlsread
from scanner.observe.passive.tls import PARSER
from scanner.observe.tlsread import NAMES, Version


@pytest.mark.parametrize("name", ["hp-ilo2", "hp-printer", "camera-factory"])
def test_a_server_is_told_by_what_it_chose_and_showed(read, said, name):
    path, texts = said(f"tls/{name}")
    want = talk.load(path).expect

    facts = [(fact.field, fact.value) for fact in read(PARSER, texts[0], sport=443, dport=40000)]

    accepted = dict(facts)["tls.versions"]["accepted"]
    assert set(accepted) <= set(dict(want)["tls.versions"]["accepted"])
    assert [] == [
        fact for fact in facts if fact not in want and fact[0] not in {"tls.versions", "tls.cipher"}
    ]
    assert {"tls.cipher", "tls.certificate"} <= {field for field, _ in facts}


@pytest.mark.parametrize("version", Version)
@pytest.mark.parametrize("plain", [True, False])
def test_a_client_is_told_by_the_newest_it_offers(read, version, plain):
    [fact] = read(PARSER, tlsread.hello(version, plain=plain), sport=40000, dport=443)

    # without extensions TLS 1.3 cannot be offered (RFC 8446, 4.2.1)
    newest = min(version, Version.TLS1_2) if plain else version
    assert ("tls.client", NAMES[newest]) == (fact.field, fact.value)


def test_cut_and_other_bytes_tell_nothing(read):
    assert [] == read(PARSER, tlsread.hello(Version.TLS1_0)[:10])
    assert [] == read(PARSER, b"\x16\x03\x01\x00\x05\x02\0\0\1\0\0\0", sport=443, dport=40000)
    assert [] == read(PARSER, b"\x17\x03\x03" + bytes(20), sport=443, dport=40000)
