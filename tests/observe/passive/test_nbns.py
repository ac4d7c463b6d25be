import pytest

from scanner.observe.passive.nbns import PARSER


def encoded(name, suffix):
    raw = name.ljust(15).encode() + bytes([suffix])
    return b"\x20" + bytes(0x41 + half for one in raw for half in (one >> 4, one & 15)) + b"\0"


def registration(name, suffix, flags="0000", operation=5):
    head = (
        bytes.fromhex("1234")
        + (operation << 11 | 0x0110).to_bytes(2, "big")
        + bytes.fromhex("0001 0000 0000 0001")
    )
    body = (
        encoded(name, suffix) + bytes.fromhex("0020 0001 c00c 0020 0001 000493e0 0006") + bytes.fromhex(flags)
    )
    return head + body + bytes([10, 0, 0, 7])


@pytest.mark.parametrize(
    ("suffix", "flags", "want"),
    [
        (0x00, "0000", ("netbios.name", "BASEMENT")),
        (0x20, "0000", ("netbios.name", "BASEMENT")),
        (0x00, "8000", ("netbios.domain", "BASEMENT")),
        (0x1C, "8000", ("netbios.role", "domain controller")),
        (0x1B, "0000", ("netbios.role", "domain controller")),
    ],
)
def test_what_a_machine_registers_is_its_own_name(read, suffix, flags, want):
    [fact] = read(PARSER, registration("BASEMENT", suffix, flags), sport=137, dport=137)

    assert want == (fact.field, fact.value)


def test_what_a_machine_looks_for_and_what_is_cut_is_not_kept(read):
    assert [] == read(PARSER, registration("FILESERVER", 0x20, operation=0))
    assert [] == read(PARSER, registration("FILESERVER", 0x03))
    assert [] == read(PARSER, registration("FILESERVER", 0x00)[:40])
    assert [] == read(PARSER, registration("FILESERVER", 0x00).replace(b"A", b"z"))
