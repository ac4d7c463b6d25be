import pytest

from scanner.observe.passive.iec104 import PARSER

DATA = bytes.fromhex("68 0e 0000 0000 0d 01 0300 0700 010000 00000000")


def test_a_station_that_sends_data_tells_its_address(read):
    [fact] = read(PARSER, DATA, sport=2404, dport=40000)

    assert ("iec104.station", "7", "tcp/2404") == fact[:3]


@pytest.mark.parametrize(
    "data",
    [
        DATA[:11],
        b"\x67" + DATA[1:],
        DATA[:2] + b"\x43" + DATA[3:],
        b"\x68\x04" + DATA[2:],
        b"\x68\xff" + DATA[2:],
    ],
)
def test_frames_without_data_and_cut_ones_tell_nothing(read, data):
    assert [] == read(PARSER, data, sport=2404, dport=40000)


def test_a_control_room_is_no_station(read):
    assert [] == read(PARSER, DATA, sport=40000, dport=2404)
