from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanner.errors import DataError
from scanner.observe.importing import detect
from scanner.observe.imports.nmap_xml import read

NOW = datetime(2026, 12, 2, tzinfo=UTC)
SAMPLE = Path(__file__).parents[3] / "fixtures" / "imports" / "nmap-xml" / "two-hosts.xml"


def test_hosts_ports_and_services_become_observations():
    seen = list(read(SAMPLE, NOW))

    assert {"import:nmap-xml"} == {one.source for one in seen}
    assert {"192.0.2.2", "192.0.2.3"} == {one.address for one in seen}
    assert {"open": 2, "closed": 6} == {
        state: sum(one.field == "port.state" and one.value == state for one in seen)
        for state in ("open", "closed")
    }
    services = {one.port: one.value for one in seen if one.field == "nmap.service"}
    assert {
        "name": "ssh",
        "product": "OpenSSH",
        "version": "5.3",
        "extrainfo": "protocol 2.0",
        "cpe": ["cpe:/a:openbsd:openssh:5.3"],
    } == services["tcp/22"]


def test_the_format_is_recognised():
    assert detect(SAMPLE).name == "nmap-xml"


def test_a_file_cut_short_gives_what_it_has_and_then_the_place(tmp_path):
    text = SAMPLE.read_text()
    (tmp_path / "cut.xml").write_text(text[: text.rindex("<ports>")])
    seen = []
    with pytest.raises(DataError, match=r"cut\.xml:\d+:\d+: cut short"):
        seen.extend(read(tmp_path / "cut.xml", NOW))
    assert {"192.0.2.2"} == {one.address for one in seen}
