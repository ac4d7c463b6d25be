import io
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import DataError, HostError
from scanner.wire import nmap
from scanner.wire.nmap import CHUNK, read, read_xml

SAMPLE = Path(__file__).parents[2] / "fixtures" / "imports" / "nmap-xml" / "two-hosts.xml"
NOW = datetime(2026, 12, 2, tzinfo=UTC)
HEAD = '<?xml version="1.0"?>\n<!DOCTYPE nmaprun>\n<nmaprun start="1795434033">\n'
STATS = '<runstats><finished time="1" timestr="x" elapsed="1"/><hosts up="1" down="0" total="1"/></runstats>'
FOOT = STATS + "</nmaprun>"


def host(address="10.0.0.1", ports="", extra="", attributes='starttime="1795434034" endtime="1795434040"'):
    return (
        f'<host {attributes}><status state="up" reason="x"/><address addr={quoteattr(address)} addrtype="ipv4"/>'
        f"{extra}<ports>{ports}</ports></host>\n"
    )


def port(number=22, inside='<state state="open" reason="syn-ack"/>', protocol="tcp"):
    return f'<port protocol="{protocol}" portid="{number}">{inside}</port>'


def reading(text, **options):
    """What is read, and the complaint at the end."""
    found = []
    try:
        found.extend(read(io.BytesIO(text.encode()), "scan.xml", NOW, **options))
    except DataError as error:
        return found, str(error)
    return found, None


def test_a_real_file_is_read_whole():
    first, second = read_xml(SAMPLE, NOW)

    assert ("192.0.2.2", "00:80:77:12:34:56", "up") == (first.address, first.mac, first.state)
    assert datetime(2026, 11, 23, 11, 40, 34, tzinfo=UTC) == first.first
    ftp = first.ports[0]
    assert ("tcp/21", "open", "vsftpd", "2.0.5", "Unix") == (
        ftp.port,
        ftp.state,
        ftp.service.product,
        ftp.service.version,
        ftp.service.ostype,
    )
    assert ["closed"] * 4 == [one.state for one in second.ports]


def test_pitfall_4_what_python_nmap_drops_is_kept():
    service = (
        '<state state="open" reason="syn-ack"/><service name="ssh" product="P" version="1" extrainfo="e" ostype="O"'
        ' devicetype="switch" hostname="h" tunnel="ssl" method="probed" conf="10">'
        "<cpe>cpe:/a:x:y:1</cpe><cpe>cpe:/o:z:w</cpe></service>"
    )
    ((found,), _) = reading(HEAD + host(ports=port(inside=service)) + FOOT)
    said = found.ports[0].service
    assert ("O", "switch", "h", "ssl", "probed") == (
        said.ostype,
        said.devicetype,
        said.hostname,
        said.tunnel,
        said.method,
    )
    assert ("cpe:/a:x:y:1", "cpe:/o:z:w") == said.cpes


def test_pitfall_4_scripts_and_traces_are_left_out_and_do_no_harm():
    """What nothing here reads is not kept: it is device text without an end."""
    extra = '<distance value="2"/><trace><hop ttl="1" ipaddr="10.0.0.9" rtt="1"/></trace><hostscript><script id="x" output="y"><table key="a"><elem key="b">c</elem></table></script></hostscript>'
    (found,), trouble = reading(HEAD + host(ports=port(), extra=extra) + FOOT)
    assert (["tcp/22"], None) == ([one.port for one in found.ports], trouble)


def test_pitfall_4_the_same_address_twice_is_two_hosts():
    twice = host(ports=port(22)) + host(ports=port(23))
    found, trouble = reading(HEAD + twice + FOOT)
    assert (["tcp/22", "tcp/23"], None) == ([one.ports[0].port for one in found], trouble)


def test_thousands_of_hosts_come_in_chunks_and_in_order(monkeypatch):
    sizes = []
    analyse = nmap._analyse
    monkeypatch.setattr(nmap, "_analyse", lambda hosts: sizes.append(len(hosts)) or analyse(hosts))
    addresses = [f"10.0.{n // 250}.{n % 250}" for n in range(CHUNK * 2 + 7)]

    found, trouble = reading(HEAD + "".join(map(host, addresses)) + FOOT)

    assert (addresses, None, [CHUNK, CHUNK, 7]) == ([one.address for one in found], trouble, sizes)


def test_a_host_without_times_has_those_of_the_run_or_of_the_reader():
    (found,), _ = reading(HEAD + host(attributes="") + FOOT)
    assert datetime(2026, 11, 23, 11, 40, 33, tzinfo=UTC) == found.first == found.last
    (found,), _ = reading(HEAD.replace("1795434033", "soon") + host(attributes="") + FOOT)
    assert found.first == NOW


def test_a_host_with_its_end_only_is_seen_then():
    (found,), trouble = reading(HEAD + host(attributes='endtime="1795434040"') + FOOT)
    assert ((1795434033, 1795434040), None) == ((found.first.timestamp(), found.last.timestamp()), trouble)


def test_ipv6_udp_and_names_are_read_and_other_protocols_left():
    names = '<hostnames><hostname name="pc" type="PTR"/><hostname name="pc" type="user"/></hostnames>'
    text = host(ports=port(161, protocol="udp") + port(1, protocol="ip"), extra=names)
    text = text.replace('addr="10.0.0.1" addrtype="ipv4"', 'addr="fd00::1" addrtype="ipv6"')
    ((found,), trouble) = reading(HEAD + text + FOOT)
    assert ("fd00::1", ["udp/161"], ("pc",), None) == (
        found.address,
        [one.port for one in found.ports],
        found.names,
        trouble,
    )


@pytest.mark.parametrize("at", range(10, len(HEAD + host() * 2), 37))
def test_pitfall_5_a_file_cut_anywhere_gives_what_was_whole_and_says_where(at):
    text = (HEAD + host() * 2)[:at]
    found, trouble = reading(text)
    assert text.count("</host>") == len(found)
    assert trouble.startswith("scan.xml:")


@pytest.mark.parametrize(
    ("text", "count", "word"),
    [
        ("", 0, "not XML"),
        ("no xml at all", 0, "scan.xml:1:0: "),
        ("<html></html>", 0, "not nmap's XML"),
        (HEAD + host() + "</nmaprun>", 1, "no <runstats>"),
        (
            HEAD + host(extra='<address addr="x" addrtype="mac"/>') + host("10.0.0.2") + FOOT,
            1,
            "1 of 2 hosts",
        ),
        (HEAD + host("10.0.0.999") + FOOT, 0, "host 1: "),
        (HEAD + "<host></host>" + FOOT, 0, "host 1: "),
        (HEAD + host(ports=port(70000)) + FOOT, 0, "tcp/70000"),
        (HEAD + host(ports=port("x", protocol="sctp")) + FOOT, 0, "'x'"),
        (HEAD + host(ports=port(22, inside="")) + FOOT, 0, "without a state"),
        (HEAD + host(attributes='starttime="soon"') + FOOT, 0, "soon"),
        ('<?xml version="1.0" encoding="MORSE"?><nmaprun/>', 0, "MORSE"),
        ('<?xml version="1.0" encoding="shift-jis"?><nmaprun/>', 0, "scan.xml: byte"),
        (HEAD + host(attributes=f'starttime="{"9" * 30}"') + FOOT, 0, "host 1"),
    ],
)
def test_what_is_wrong_is_named_and_the_rest_is_read(text, count, word):
    found, trouble = reading(text)
    assert count == len(found)
    assert word in trouble


def test_pitfall_7_an_entity_bomb_does_not_go_off():
    bomb = '<!DOCTYPE nmaprun [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><nmaprun>&b;</nmaprun>'
    found, trouble = reading(bomb)
    assert ([], True) == (found, "Entit" in trouble)


def test_pitfall_7_too_much_is_cut_off_after_what_came_before(monkeypatch):
    many = HEAD + "".join(host(f"10.0.{n // 250}.{n % 250}") for n in range(1000)) + FOOT
    found, trouble = reading(many, cap=40_000)
    assert 0 < len(found) < 1000
    assert "split the file" in trouble

    monkeypatch.setattr(nmap, "HOST_CAP", 50_000)
    found, trouble = reading(HEAD + host() + host("10.0.0.2", extra="<x/>" * 40_000) + FOOT)
    assert (1, True) == (len(found), "one host takes more" in trouble)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        list(read_xml(tmp_path / "none.xml", NOW))


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=300), at=st.integers(0, 2000))
def test_whatever_the_bytes_only_a_data_error_comes(data, at):
    whole = SAMPLE.read_bytes()
    broken = whole[:at] + data + whole[at:]
    try:
        for _ in read(io.BytesIO(broken), "scan.xml", NOW):
            pass
    except DataError as error:
        assert str(error).startswith("scan.xml")


def test_pitfall_6_a_file_is_read_where_nmap_is_not_installed(monkeypatch, tmp_path):
    """python-nmap's __init__ looks for the program."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert 2 == len(list(read_xml(SAMPLE, NOW)))


def test_pitfall_9_without_python_nmap_it_says_how_to_get_it(monkeypatch):
    """It has no wheel: a kit for a machine without a network may lack it."""
    monkeypatch.setitem(sys.modules, "nmap", None)
    with pytest.raises(HostError, match="pip wheel python-nmap"):
        list(read_xml(SAMPLE, NOW))


def test_pitfall_9_everything_else_starts_without_python_nmap():
    code = (
        "import sys; sys.modules['nmap'] = None; import scanner.pipeline, scanner.look, scanner.wire.nmap_run;"
        " import scanner.observe.imports.nmap_xml"
    )
    assert 0 == subprocess.run([sys.executable, "-c", code], check=False).returncode
