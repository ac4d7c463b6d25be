"""A device that restarts after we touched it stops the scan; the same signs of its neighbours do not. See beside_ground.py."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.lab import run

GROUND = Path(__file__).with_name("beside_ground.py")
BEGUN = "restarted: asks for an address and announces it"
LOST = "3 others' conversations are unknown to it"


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    if reason := run.possible():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("beside")
    command = [*run._unshare(), sys.executable, str(GROUND), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (0, "") == (done.returncode, done.stderr)
    return json.loads((folder / "found.json").read_text("utf-8"))


def test_a_device_that_shows_a_sign_after_our_touch_trips_the_breaker_and_its_neighbour_does_not(found):
    at = {name: address for name, (address, _) in found["devices"].items()}
    trips = {
        address: (said["level"], said["why"]) for field, said, address, _ in found["log"] if "trip" in field
    }

    assert {at["a"]: ("segment", f"overheard: {BEGUN}"), at["b"]: ("scan", f"overheard: {LOST}")} == trips
    assert [0, 130] == found["status"], found["said"]
    assert [f"stopped early: the breaker: {at['b']} (modality) in ward: overheard: {LOST}"] == found["notes"]


def test_every_sign_is_kept_whoever_showed_it(found):
    """The zero above counts only beside this: the signs of those whom nobody touched were heard in the same run."""
    signs = {(said, address, mac) for field, said, address, mac in found["log"] if field == "health.sign"}
    restarted = {(BEGUN, None, found["devices"][name][1]) for name in "ac"}
    forgot = {(LOST, found["devices"][name][0], None) for name in "bd"}

    assert restarted | forgot == signs


def test_it_listens_before_the_first_frame_and_the_dry_run_says_so(found):
    events = [line["event"] for line in found["audit"]]

    assert events.index("listen") < events.index("ask")
    assert "what passes is listened to meanwhile, and nothing is sent for it" in found["dry"]
