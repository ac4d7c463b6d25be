"""The hospital, booted for real: it answers, it plays, it leads nowhere, and it leaves nothing behind."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanner.errors import HostError
from scanner.lab import run
from scanner.lab.actor import cast
from scanner.lab.device import Device, fixtures
from scanner.lab.run import Lab
from scanner.lab.sector import load
from scanner.model.net import is_udp, number
from scanner.observe.active import probes_for

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SEED = 11

# Asks for each address of its argument by ARP, out of the card whose network it is in; prints {address: mac}.
ARP = r"""
import ipaddress, json, socket, struct, subprocess, sys, time
cards = json.loads(subprocess.run(["ip", "-j", "addr"], capture_output=True, text=True).stdout)
want, found = set(json.loads(sys.argv[1])), {}
for card in cards:
    for leg in card["addr_info"]:
        if leg["family"] != "inet" or card["ifname"] == "lo":
            continue
        ours = ipaddress.ip_interface(f"{leg['local']}/{leg['prefixlen']}")
        raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806))
        raw.bind((card["ifname"], 0x0806))
        raw.settimeout(0.2)
        mac = bytes.fromhex(card["address"].replace(":", ""))
        here = [a for a in want if ipaddress.ip_address(a) in ours.network]
        for address in here:
            body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + mac + ours.ip.packed
            raw.send(b"\xff" * 6 + mac + b"\x08\x06" + body + bytes(6) + ipaddress.ip_address(address).packed)
        until = time.monotonic() + 3
        while time.monotonic() < until and not set(here) <= set(found):
            try:
                frame = raw.recv(2048)
            except TimeoutError:
                continue
            if frame[20:22] == b"\x00\x02":
                found[str(ipaddress.ip_address(frame[28:32]))] = frame[22:28].hex(":")
print(json.dumps(found))
"""
# Connects to each [address, port] of its argument; prints what came of it.
CONNECT = r"""
import json, socket, sys
said = []
for address, port in json.loads(sys.argv[1]):
    try:
        with socket.create_connection((address, port), timeout=2) as line:
            line.settimeout(2)
            try:
                line.sendall(b"\r\n\r\n")
                line.shutdown(socket.SHUT_WR)
                got = line.recv(1)
                said.append("spoke" if got else "closed")
            except TimeoutError:
                said.append("silent")
            except OSError:  # reset, or already reset by the time we spoke
                said.append("reset")
    except ConnectionRefusedError:
        said.append("refused")
    except ConnectionResetError:
        said.append("reset")
    except TimeoutError:
        said.append("dropped")
    except OSError as error:
        said.append(error.strerror)
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    reason = run.possible()
    if reason:
        pytest.skip(reason)
    with run.up("hospital", SEED, tmp_path_factory.mktemp("lab"), NOW) as running:
        yield running


def hangs(device: Device) -> bool:
    """Whether one conversation takes it off the network: the other tests of this module need it there."""
    return device.behaviour.conversations is not None


def inside(lab: Lab, command: Sequence[str]) -> str:
    process = lab.enter(command, stdout=subprocess.PIPE)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return said.decode()


def connect(lab: Lab, doors: Sequence[tuple[str, int]]) -> list[str]:
    return json.loads(inside(lab, [sys.executable, "-c", CONNECT, json.dumps(doors)]))


def test_the_hospital_boots_in_time_and_leaves_nothing(tmp_path: Path) -> None:
    before = subprocess.run(["ip", "-br", "link"], capture_output=True, check=True).stdout
    started = time.monotonic()

    with run.up("hospital", 1, tmp_path, NOW) as running:
        took = time.monotonic() - started
        during = subprocess.run(["ip", "-br", "link"], capture_output=True, check=True).stdout

    assert took < 15
    assert before == during == subprocess.run(["ip", "-br", "link"], capture_output=True, check=True).stdout
    assert not Path(f"/proc/{running.pid}").exists()
    assert (tmp_path / "tally.json").is_file()
    assert (tmp_path / "lab.log").read_text("utf-8") == ""


def test_every_powered_device_answers_arp_with_its_own_mac_and_no_other_does(lab: Lab) -> None:
    want, off = {}, set()
    for device in lab.truth():
        cards = dict(zip(device.addresses, device.macs, strict=True))
        if device.powered:
            want |= cards
        else:
            off |= set(cards)

    got = json.loads(inside(lab, [sys.executable, "-c", ARP, json.dumps([*want, *off])]))

    assert want == got


def test_the_scanner_has_a_leg_in_every_zone_and_a_route_to_nowhere_else(lab: Lab) -> None:
    routes = inside(lab, ["ip", "-4", "route"]).splitlines()
    sixes = inside(lab, ["ip", "-6", "route"]).splitlines()

    sector = load("hospital", SEED)
    assert sorted(zone.cidr for zone in sector.plan.zones) == sorted(line.split()[0] for line in routes)
    assert not [line for line in sixes if "default" in line]
    assert connect(lab, [("192.0.2.1", 80)]) == ["Network is unreachable"]


def test_every_declared_port_answers_as_its_file_says_and_others_refuse(lab: Lab) -> None:
    sector = load("hospital", SEED)
    doors, want = [], []
    for device in sector.devices:
        if not device.powered or device.behaviour.second_connection == "dies" or hangs(device):
            continue
        for nic in device.nics:
            for door in device.doors:
                if not is_udp(door.at):  # what is asked by datagram answers in the test below
                    doors.append((nic.address, number(door.at)))
                    want.append(door.does)
            doors.append((nic.address, 4))  # compressnet's unassigned neighbour: nobody listens there
            want.append("dropped" if device.behaviour.firewalled else "refused")

    got = connect(lab, doors)

    may = {
        "talk": {"spoke", "closed", "reset", "silent"},
        "garbage": {"spoke"},
        "endless": {"spoke"},
        "reset": {"reset"},
        "silent": {"closed"},
        "record": {"closed"},
    }
    wrong = [(d, w, g) for d, w, g in zip(doors, want, got, strict=True) if g not in may.get(w, {w})]
    assert [] == wrong


UNLIKE = {"ssh.host_key", "tls.certificate"}  # made from values that no two devices share


@pytest.fixture(scope="module")
def asked(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], dict[str, object]]:
    """What the real dialler and probes saw, by address and port."""
    folder = tmp_path_factory.mktemp("ask")
    text = lab.scope.read_text("utf-8")
    for profile in ("office", "clinical"):
        text = text.replace(f'profile = "{profile}"', 'profile = "lab"')  # no waiting
    (folder / "scope.toml").write_text(text, "utf-8")
    doors = {
        nic.address: [door.at for door in device.doors if door.talk]
        for device in load("hospital", SEED).devices
        if device.powered and not hangs(device)
        for nic in device.nics
    }
    script = Path(__file__).with_name("ask_lab.py")
    said = json.loads(
        inside(lab, [sys.executable, str(script), str(folder / "scope.toml"), str(folder), json.dumps(doors)])
    )
    return {
        (address, port): dict(seen)
        for address, ports in doors.items()
        for port, seen in zip(ports, said[address], strict=True)
    }


def test_the_probes_hear_on_the_wire_what_each_talk_promises(
    asked: dict[tuple[str, str], dict[str, object]],
) -> None:
    wrong = []
    for device in load("hospital", SEED).devices:
        if not device.powered or hangs(device):
            continue
        talks = cast(device, fixtures(), NOW)
        for door in device.doors:
            if door.talk is None or probes_for(door.at) is not probes_for(talks[door.at].port):
                continue  # a web page on a port that is not the web's: found by asking, or not at all
            for nic in device.nics:
                got = asked[nic.address, door.at]
                wrong += [
                    (device.id, door.at, field, want, got.get(field), got["probe.outcome"])
                    for field, want in talks[door.at].expect
                    if field not in UNLIKE and want != got.get(field)
                ]
    assert [] == wrong


def test_one_machine_has_one_identity_on_both_legs_and_others_have_theirs(
    asked: dict[tuple[str, str], dict[str, object]],
) -> None:
    guids: dict[str, set[str]] = {}
    keys: dict[str, set[str]] = {}
    for device in load("hospital", SEED).devices:
        for nic in device.nics if device.powered else ():
            for (address, _), seen in asked.items():
                if address == nic.address and "smb2.guid" in seen:
                    guids.setdefault(str(seen["smb2.guid"]), set()).add(device.id)
                if address == nic.address and "ssh.host_key" in seen:
                    keys.setdefault(json.dumps(seen["ssh.host_key"]), set()).add(device.id)

    assert len(guids) >= 8
    assert len(keys) >= 7
    assert all(len(owners) == 1 for owners in (*guids.values(), *keys.values()))


def test_zones_do_not_reach_each_other_through_the_core(lab: Lab) -> None:
    truth = {device.id: device for device in lab.truth()}
    core = truth["core"].addresses[0]
    target = truth["door-panel"].addresses[0]
    script = f"ip route add 198.51.100.0/24 via {core} && ip route get 198.51.100.7 >/dev/null"
    inside(lab, ["sh", "-c", script])
    try:
        assert connect(lab, [("198.51.100.7", 80)])[0] in {
            "dropped",
            "Network is unreachable",
            "No route to host",
        }
        assert connect(lab, [(target, 80)]) == ["reset"]
    finally:
        inside(lab, ["ip", "route", "del", "198.51.100.0/24"])


def test_what_was_done_to_devices_is_counted(tmp_path: Path) -> None:
    with run.up("hospital", SEED, tmp_path, NOW) as running:
        panel = next(device for device in running.truth() if device.id == "door-panel")
        connect(running, [(panel.addresses[0], 80), (panel.addresses[0], 22)])

    tally = running.tallies()["door-panel"]
    assert tally.connections == {"tcp/80": 1, "tcp/22": 1}
    assert tally.at_once == 1
    assert running.tallies()["ventilator-01"].connections == {}


def test_an_unplugged_leg_is_not_on_the_network(tmp_path: Path) -> None:
    with run.up("hospital", SEED, tmp_path, NOW, cards=["laptop-basement/management"]) as running:
        whole = next(d for d in load("hospital", SEED).devices if d.id == "laptop-basement")
        want = {whole.nics[0].address: whole.nics[0].mac}
        asked = json.dumps([nic.address for nic in whole.nics])
        got = json.loads(inside(running, [sys.executable, "-c", ARP, asked]))

    assert want == got


def test_a_lab_that_cannot_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(HostError, match="needs Linux with `unshare`"), run.up("hospital", 1, tmp_path, NOW):
        pass
