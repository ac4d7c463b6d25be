import struct

import pytest

from scanner.lab import talk
from scanner.observe.passive.dicom import PARSER


@pytest.mark.parametrize("name", ["ge-ct", "orthanc", "dcmtk-3.5"])
def test_who_accepts_says_in_passing_what_it_says_to_a_probe(read, said, name):
    path, [text] = said(f"dicom/{name}")

    [fact] = read(PARSER, text, sport=104, dport=40000)

    assert (fact.field, fact.value) in talk.load(path).expect


def test_who_asks_tells_its_title_and_its_software(read):
    user = b"\x52\0\0\x0b1.2.3.4.5.6" + b"\x55\0\0\x06OLDCT1"
    body = b"\0\1\0\0" + b"PACS".ljust(16) + b"CT-ROOM-2".ljust(16) + bytes(32)
    body += b"\x50\0" + struct.pack(">H", len(user)) + user
    data = b"\1\0" + struct.pack(">I", len(body)) + body

    [fact] = read(PARSER, data + b"\4\0\0\0\0\x04DOE^", sport=40000, dport=104)

    assert fact.value == {"class_uid": "1.2.3.4.5.6", "version_name": "OLDCT1", "title": "CT-ROOM-2"}


def test_data_and_cut_requests_tell_nothing(read):
    assert [] == read(PARSER, b"\4\0" + bytes(100), sport=40000, dport=104)
    assert [] == read(PARSER, b"\1\0" + bytes(20), sport=40000, dport=104)
    assert [] == read(PARSER, b"\1\0\0\0\0\x44\0\1" + bytes(68), sport=40000, dport=104)
