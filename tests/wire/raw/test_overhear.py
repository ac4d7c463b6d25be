import struct

from scanner.wire.raw import overhear


def packet(frame, *, step=0, status=0, tag=0, kind=0, seconds=1_790_000_000):
    """tpacket3_hdr, then the frame at 64."""
    head = struct.pack("=IIIIIIHHIIH", step, seconds, 5, len(frame), len(frame), status, 64, 78, 0, tag, kind)
    return head.ljust(64, b"\0") + frame


def read(made):
    at, found = 0, []
    while at < len(made):
        seconds, part, kept, length = struct.unpack_from("<IIII", made, at)
        found.append((seconds, part, length, made[at + 16 : at + 16 + kept]))
        at += 16 + kept
    return found


def test_the_frames_of_a_block_become_records_in_order():
    first, second = packet(b"a" * 60, step=128), packet(b"b" * 70)
    block = b"\0" * 48 + first.ljust(128, b"\0") + second

    assert [(1_790_000_000, 5, 60, b"a" * 60), (1_790_000_000, 5, 70, b"b" * 70)] == read(
        overhear.records(block, 48, 2)
    )


def test_a_tag_that_the_kernel_took_off_is_put_back_with_its_type():
    frame = b"t" * 6 + b"s" * 6 + b"\x08\x06" + b"rest"

    [(*_, tagged)] = read(overhear.records(packet(frame, status=0x10, tag=0x202A), 0, 1))
    [(*_, typed)] = read(overhear.records(packet(frame, status=0x50, tag=7, kind=0x88A8), 0, 1))

    assert b"t" * 6 + b"s" * 6 + b"\x81\x00\x20\x2a\x08\x06rest" == tagged
    assert b"t" * 6 + b"s" * 6 + b"\x88\xa8\x00\x07\x08\x06rest" == typed
