"""What goes on the cable, octet by octet; that every method is built right is for test_stamp to say."""

import subprocess
import sys

import pytest

CARD, US = "02:00:00:00:00:01", "02:00:00:00:00:09"


def wish(method, source, target, **more):
    plain = {"key": bytes(16).hex(), "card": CARD, "port": 0, "proof": 0, "data": ""}
    sender = {"mac": US, "source": source, "vlan": more.pop("vlan", None)}
    return {**plain, "method": method, "sender": sender, "target": target, **more}


@pytest.mark.parametrize(
    ("said", "want"),
    [
        (
            wish("arp", "10.0.0.1", "10.0.0.7"),
            "ffffffffffff 020000000009 0806 0001 0800 06 04 0001 020000000009 0a000001 000000000000 0a000007",
        ),
        (
            wish("arp", "10.0.0.1", "10.0.0.7", vlan=120),
            (
                "ffffffffffff 020000000009 8100 0078 0806 0001 0800 06 04 0001 020000000009 0a000001 000000000000"
                " 0a000007"
            ),
        ),
        (
            # RFC 4861 4.3, RFC 4291 2.7.1, RFC 2464 7: to the group of the last 24 bits, with our card as an option
            wish("nd", "fe80::9", "fe80::1:2:3"),
            (
                "3333ff020003 020000000009 86dd 60000000 0020 3a ff fe800000000000000000000000000009"
                " ff0200000000000000000001ff020003 87 00 .... 00000000 fe800000000000000000000100020003"
                " 01 01 020000000009"
            ),
        ),
        (
            wish("syn", "10.0.0.1", "10.0.0.7", port=443, proof=0x01020304),
            (
                "020000000001 020000000009 0800 45 00 002c 0000 4000 40 06 .... 0a000001 0a000007"
                " f000 01bb 01020304 00000000 60 02 faf0 .... 0000 020405b4"
            ),
        ),
    ],
)
def test_a_frame_is_what_the_standards_say(craft, said, want):
    (frame,) = craft([said])
    want = want.replace(" ", "")
    assert len(want) == len(frame.hex())
    assert want == "".join(old if old == "." else new for old, new in zip(want, frame.hex(), strict=True))


def test_scapy_is_kept_apart_from_cryptography():
    program = (
        "import scanner.wire.raw.template, sys\n"
        "assert sys.modules['cryptography'] is None\n"
        "assert not [name for name in sys.modules if name.startswith('cryptography.')]"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
