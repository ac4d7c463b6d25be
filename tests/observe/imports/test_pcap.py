import gzip
from datetime import UTC, datetime

import pytest

from scanner.errors import DataError
from scanner.observe.importing import detect
from scanner.observe.imports.pcap import read
from tests.observe.capture.world import A, B, datagram, pcap, section, segment

NOW = datetime(2027, 1, 1, tzinfo=UTC)
SSH = segment(b"SSH-2.0-OpenSSH_4.3\r\n", 22, 40000, source=B, target=A, flags=0x18)


def written(folder, data):
    path = folder / "some.capture"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("data", [pcap([SSH]), gzip.compress(pcap([SSH], order=">"), mtime=0), section()])
def test_captures_are_recognised_by_what_they_hold(tmp_path, data):
    assert detect(written(tmp_path, data)).name == "pcap"


def test_what_passed_becomes_observations_of_their_senders(tmp_path):
    log = list(read(written(tmp_path, pcap([SSH, SSH])), NOW))
    [banner] = [one for one in log if one.field == "ssh.banner"]
    assert ("passive:ssh", "OpenSSH_4.3", B, "tcp/22") == (
        banner.source,
        banner.value,
        banner.address,
        banner.port,
    )


def taken(path):
    """What is given, and then the complaint."""
    log, reading = [], read(path, NOW)
    while True:
        try:
            log.append(next(reading))
        except DataError as error:
            return log, str(error)


def test_a_broken_capture_gives_what_it_has_and_then_says_where_it_is_broken(tmp_path):
    whole = pcap([SSH])
    log, wrong = taken(written(tmp_path, whole + pcap([SSH])[24:-5]))
    assert "ssh.banner" in {one.field for one in log}
    assert f"byte {len(whole)}: the last record is cut off" in wrong


def test_frames_that_cannot_be_read_are_counted(tmp_path):
    log, wrong = taken(written(tmp_path, pcap([SSH, datagram(b"x")], link=999)))
    assert ([], True) == (log, "2 frames of a link type that we cannot read" in wrong)
