from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from scanner.errors import DataError
from scanner.lab import device
from scanner.model.kinds import Kind, Support

BAD = {
    'kind = "laptop"': ('kindd = "laptop"', r"laptop\.toml.*kindd.*did you mean kind\?"),
    'kind = "laptop"\n': ('kind = "toaster"\n', r"laptop\.toml.*toaster"),
    "knowable": ("knowabel", "did you mean knowable"),
    "zone =": ("zon =", "did you mean zone"),
    'host = "LT-####"': ('host = "LT-###"', "must be as long as set.host"),
    '[[variant]]\nversion = "7.5"': ('[[variant]]\nversio = "7.5"', "did you mean version"),
    'names = ["${host}"]': ('names = ["${hots}"]', "did you mean host"),
    '"${version}"': ('"${versoin}"', "did you mean version"),
    'talk = "ssh/test.talk"': ("", "give a talk, or say what else it does"),
    'at = "tcp/22"\ntalk = "ssh/test.talk"': ('at = "udp/22"\ndoes = "endless"', "as a talk says, or is silent"),
    "asof = 2020-01-02": ("", "needs subject, source and asof"),
    'support = "unsupported"': ("", "said to be knowable but no verdict"),
    '"00:1b:67:00:00:01"': ('"00:1b"', "not a MAC"),
    '"10.9.1.20"': ('"10.9.1"', "does not appear to be an IPv4"),
    "[set]": ("[set", r"laptop\.toml"),
    "[vary]": ("[[vary]]", "object"),
}  # fmt: skip


def test_a_device_is_read_as_written(device_file: Callable[..., Path]) -> None:
    (laptop,) = device.read(device_file())

    assert laptop.id == "laptop"
    assert laptop.kind is Kind.LAPTOP
    assert laptop.names == ("LT-0001",)
    assert laptop.attributes == {"host.name": "LT-0001", "service.version": "7.4"}
    assert [nic.zone for nic in laptop.nics] == ["office", "plant"]
    assert laptop.truth.support is Support.UNSUPPORTED
    assert laptop.truth.ends == date(2020, 1, 1)
    assert laptop.powered


@pytest.mark.parametrize("old", BAD)
def test_a_wrong_device_file_says_what_and_where(device_file: Callable[..., Path], old: str) -> None:
    new, complaint = BAD[old]

    with pytest.raises(DataError, match=complaint):
        device.read(device_file(old, new))


def test_a_device_without_a_card_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text('kind = "tv"\nnic = []\n[truth]\nknowable = []\nbecause = "x"\n', "utf-8")

    with pytest.raises(DataError, match=r"at least one \[\[nic\]\]"):
        device.read(path)


def test_a_crowd_counts_its_names_addresses_and_macs_up(sector_folder: Path) -> None:
    crowd = device.read(sector_folder / "crowd.toml")

    assert [d.id for d in crowd] == ["crowd-01", "crowd-02", "crowd-03"]
    assert [d.names for d in crowd] == [("CAM-01",), ("CAM-02",), ("CAM-03",)]
    assert [d.nics[0].address for d in crowd] == ["10.9.2.5", "10.9.2.6", "10.9.2.7"]
    assert [d.nics[0].mac for d in crowd] == ["00:40:8c:00:00:fe", "00:40:8c:00:00:ff", "00:40:8c:00:01:00"]


@pytest.mark.parametrize("count", [0, 65])
def test_a_crowd_has_a_sane_size(sector_folder: Path, count: int) -> None:
    path = sector_folder / "crowd.toml"
    path.write_text(path.read_text("utf-8").replace("count = 3", f"count = {count}"), "utf-8")

    with pytest.raises(DataError, match="count is from 1 to 64"):
        device.read(path)


@pytest.mark.parametrize("what", ["address", "mac"])
def test_two_devices_never_share_an_address_or_a_mac(sector_folder: Path, what: str) -> None:
    text = (sector_folder / "laptop.toml").read_text("utf-8")
    if what == "address":
        text = text.replace("00:1b:67", "00:1b:68")
    else:
        text = text.replace("10.9.1.20", "10.9.1.21").replace("10.9.2.3", "10.9.2.4")
    (sector_folder / "other.toml").write_text(text, "utf-8")

    with pytest.raises(DataError, match=f"other and laptop both have {what}"):
        device.read_all(sector_folder)


def test_an_empty_folder_is_no_sector(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no device files"):
        device.read_all(tmp_path)


def test_the_shipped_folder_of_fixtures_is_found() -> None:
    assert (device.fixtures() / "lab").is_dir()
