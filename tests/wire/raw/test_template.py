import subprocess
import sys


def test_the_template_is_a_broadcast_request_from_us():
    """Scapy stays in a process of its own, here too."""
    program = (
        "from scanner.wire.raw.template import arp_request;"
        "print(arp_request('02:00:00:00:00:01', '10.0.0.1').hex())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    want = "ffffffffffff020000000001080600010800060400010200000000010a00000100000000000000000000"
    assert want == done.stdout.strip()
