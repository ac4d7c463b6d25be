"""scapy in a process of its own, as in the program: it may not stand beside cryptography, which other tests load."""

import json
import subprocess
import sys

import pytest

CRAFT = """
import json, sys
from scanner.wire.pipe import Method
from scanner.wire.raw.template import Sender, frame
for line in sys.stdin:
    made = []
    for said in json.loads(line):
        key, method, sender = bytes.fromhex(said["key"]), Method(said["method"]), said["sender"]
        whole = Sender(method=method, key=key, **sender)
        one = frame(whole, said["card"], said["target"], said["port"], said["proof"], bytes.fromhex(said["data"]))
        made.append(one.hex())
    print(json.dumps(made), flush=True)
"""


@pytest.fixture(scope="session")
def craft():
    """Have scapy build frames: a list of what `template.frame` takes in, a list of bytes out."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", CRAFT], stdin=pipe, stdout=pipe, text=True) as child:

        def build(wanted):
            child.stdin.write(json.dumps(wanted) + "\n")
            child.stdin.flush()
            return [bytes.fromhex(one) for one in json.loads(child.stdout.readline())]

        yield build
        child.stdin.close()
