"""What we say to controllers, and what our fixtures let them answer, is what an independent reader of the protocols reads."""

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.lab.talk import Say
from scanner.model.net import is_udp, number

from ...wire.test_only_bytes import SAID  # noqa: TID252 - every probe's words, in their order

TALKS = Path(__file__).parents[3] / "fixtures"
READ = {
    "modbus": ("Query", "Unit: 255, Func:  43/  1: Read Device Identification"),
    "s7": ("[Setup communication]", "[Read SZL] ID=0x0011", "[Read SZL] ID=0x001c"),
    "mms": ("initiate-RequestPDU", "confirmed-RequestPDU"),
    "enip": ("List Identity (Req)",),
    "opcua": ("Hello", "OpenSecureChannelRequest", "GetEndpointsRequest", "CloseSecureChannelRequest"),
    "dnp3": ("to 65532", "Request Link Status"),
    "iec104": ("U (TESTFR act)",),
    "bacnet": ("Confirmed-REQ", "readPropertyMultiple"),
    "knx": ("DescrReq",),
}


def capture(port, messages):
    """A capture (pcap, raw IPv4) of these messages: `(from us, bytes)`."""
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
    sent = {True: 1, False: 1}
    us, device = bytes((192, 0, 2, 1)), bytes((192, 0, 2, 10))
    for ours, data in messages:
        ports = (40000, number(port)) if ours else (number(port), 40000)
        if is_udp(port):
            segment = struct.pack(">HHHH", *ports, 8 + len(data), 0) + data
        else:
            segment = (
                struct.pack(">HHIIBBHHH", *ports, sent[ours], sent[not ours], 0x50, 0x18, 8192, 0, 0) + data
            )
        sent[ours] += len(data)
        ends = us + device if ours else device + us
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(segment), 0, 0, 64, 17 if is_udp(port) else 6, 0)
        packet = head + ends + segment
        out += struct.pack("<IIII", 0, 0, len(packet), len(packet)) + packet
    return out


def dissected(path, *more):
    run = subprocess.run(
        ["tshark", "-n", "-r", str(path), *more], capture_output=True, check=True, text=True, timeout=120
    )
    return run.stdout


def answers(name):
    """What the first fixture of a protocol with an answer to each message lets the device say."""
    wanted = len(SAID[name][1])
    for path in sorted((TALKS / name).glob("*.talk")):
        said = [step.data for step in talk.load(path).connections[0] if isinstance(step, Say)]
        if len(said) >= wanted - 1:
            return said
    raise AssertionError(f"no fixture of {name} plays the whole conversation")


@pytest.mark.parametrize("name", READ)
def test_a_dissector_reads_in_our_messages_what_we_mean(name, tmp_path):
    if not shutil.which("tshark"):
        pytest.skip("tshark is not installed")
    port, ours = SAID[name]
    theirs = answers(name)
    both = [(True, one) for one in ours] + [(False, one) for one in theirs]
    order = sorted(range(len(both)), key=lambda at: at if at < len(ours) else at - len(ours) + 0.5)
    path = tmp_path / "talk.pcap"
    path.write_bytes(capture(port, [both[at] for at in order]))

    lines = dissected(path)

    assert [] == [word for word in READ[name] if word not in lines]
    assert "Malformed" not in lines
    assert "Malformed" not in dissected(path, "-V")
