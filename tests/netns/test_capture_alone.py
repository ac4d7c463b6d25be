"""From a capture alone, without a question of ours in the log: the laptop on two networks is one device."""

import json
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from scanner.lab.run import possible, up
from scanner.model.kinds import Kind

STALEHOST = [sys.executable, "-m", "scanner"]
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def lines(*words):
    done = subprocess.run([*STALEHOST, *words], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def heard(tmp_path_factory):
    """A second engagement that has read nothing but what passed by while somebody else spoke to the laptop."""
    if why := possible():
        pytest.skip(f"no network namespaces: {why}")
    folder = tmp_path_factory.mktemp("lab")
    with up("hospital", 7, folder, NOW) as lab:
        laptop = next(
            one for one in lab.truth() if one.kind is Kind.LAPTOP and one.powered and len(one.zones) > 1
        )
        capture = folder / "mirror.pcap"
        listening = lab.enter(
            ["tcpdump", "-i", "any", "-U", "-w", str(capture), "tcp or arp"], stderr=subprocess.PIPE
        )
        listening.stderr.readline()
        for address in laptop.addresses:
            words = [
                *STALEHOST,
                "probe",
                "smb",
                address,
                "-s",
                str(lab.scope),
                "--allowed-signers",
                str(lab.signers),
            ]
            lab.enter(words, stdout=subprocess.DEVNULL).wait(60)
        time.sleep(1)
        listening.terminate()
        listening.wait(20)
        listening.stderr.close()
    fresh = tmp_path_factory.mktemp("fresh")
    shutil.copy(lab.scope, fresh / "scope.toml")
    subprocess.run([*STALEHOST, "import", str(capture), "-s", str(fresh / "scope.toml")], check=True)
    return laptop, lines("devices", "--json", "-s", str(fresh / "scope.toml"))


def test_its_two_addresses_are_one_device(heard):
    laptop, devices = heard

    [found] = [one for one in devices if laptop.addresses[0] in one["addresses"]]

    assert set(laptop.addresses) <= set(found["addresses"])
    assert set(laptop.zones) == set(found["zones"])


def test_it_is_known_for_what_it_is_and_for_how_old(heard):
    laptop, devices = heard

    [found] = [one for one in devices if laptop.addresses[0] in one["addresses"]]

    assert "Windows 7" in json.dumps(found["attributes"])
    assert found["names"][0].split(".")[0].lower() in {name.split(".")[0].lower() for name in laptop.names}
    assert [] == [one for one in found["services"] if not one["port"].startswith("tcp/")]
