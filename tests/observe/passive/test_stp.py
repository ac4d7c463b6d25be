import pytest

from scanner.observe.passive.stp import PARSER

ROOT = "8000 001b213c4d5e"
OTHER = "9000 001b21aaaaaa"


def frame(version, kind, root, bridge):
    return bytes.fromhex(
        f"0000 {version:02x} {kind:02x} 00 {root} 00000004 {bridge} 8001 0100 1400 0200 0f00"
    )


@pytest.mark.parametrize(("version", "kind", "word"), [(0, 0, "stp"), (2, 2, "rstp"), (3, 2, "mstp")])
def test_a_bridge_names_itself_and_the_root(read, version, kind, word):
    [fact] = read(PARSER, frame(version, kind, ROOT, OTHER))

    assert fact.value == {
        "bridge": "00:1b:21:aa:aa:aa",
        "root": "00:1b:21:3c:4d:5e",
        "priority": 0x9000,
        "version": word,
        "is_root": False,
    }


def test_a_topology_change_and_a_cut_frame_tell_nothing(read):
    assert [] == read(PARSER, bytes.fromhex("0000 00 80"))
    assert [] == read(PARSER, frame(0, 0x80, ROOT, OTHER))
