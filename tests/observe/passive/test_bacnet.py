import pytest

from scanner.lab import talk
from scanner.observe.passive.bacnet import PARSER

I_AM = "81 0b 0018 01 20 ffff 00 ff 10 00 c4 020004d2 22 05c4 91 00 {vendor}"


@pytest.mark.parametrize(("vendor", "want"), [("21 18", 24), ("22 0147", 327)])
def test_an_announcement_tells_instance_and_vendor(read, vendor, want):
    [fact] = read(PARSER, bytes.fromhex(I_AM.format(vendor=vendor)), sport=47808, dport=47808)

    assert ("bacnet.i_am", {"instance": 1234, "vendor": want}) == fact[:2]


@pytest.mark.parametrize("name", ["tridium-jace", "trane-tracer-sc"])
def test_what_is_answered_to_another_is_what_is_answered_to_us(read, said, name):
    path, [text] = said(f"bacnet/{name}")

    facts = read(PARSER, text[:7] + b"\x55" + text[8:], sport=47808, dport=50000)

    assert talk.load(path).expect == tuple(fact[:2] for fact in facts)


def test_another_object_and_other_bytes_tell_nothing(read):
    assert [] == read(PARSER, bytes.fromhex(I_AM.format(vendor="21 18").replace("020004d2", "000004d2")))
    assert [] == read(PARSER, bytes.fromhex("81 0b 0018 01 20 ffff 00 ff 10 00 c4 02"))
    assert [] == read(PARSER, bytes.fromhex("80 0b 0018 10 00 c4 020004d2 21 18"))
