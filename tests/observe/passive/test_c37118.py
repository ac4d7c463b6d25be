import struct

from scanner.observe.passive.c37118 import PARSER


def configuration(*names, sync=0xAA31):
    stations = b"".join(
        struct.pack(">16sHHHHH", name.ljust(16), 1, 0, 1, 0, 1)
        + bytes(16 * 1 + 16 * 16)
        + bytes(4 + 4)
        + bytes(4)
        for name in names
    )
    return (
        struct.pack(">HHHIII", sync, 0, 7, 0, 0, 1000000)[:18]
        + struct.pack(">H", len(names))
        + stations
        + bytes(4)
    )


def test_a_configuration_names_its_stations(read):
    [fact] = read(PARSER, configuration(b"SUB-NORTH", b"SUB-SOUTH"), sport=4712, dport=40000)

    assert fact.value == {"id": 7, "stations": ["SUB-NORTH", "SUB-SOUTH"]}


def test_measurements_and_cut_frames_tell_nothing(read):
    assert [] == read(PARSER, configuration(b"SUB-NORTH", sync=0xAA01))
    assert [] == read(PARSER, configuration(b"SUB-NORTH")[:30])
