"""Our probes meet Debian's servers of an ordinary office, in namespaces without a way out."""

import pytest

from .real import facts, need, only, upstream  # noqa: TID252 - shared by the tests of real daemons

pytestmark = only


def seen(daemon):
    need(daemon.split()[0])
    got = dict(facts("daemons_office.py", daemon, "office"))
    assert "ok" == got.pop("probe.outcome")["outcome"]
    return got


def test_telnet_shows_its_prompt_after_every_option_was_declined():
    got = seen("telnetd")

    assert got["telnet.banner"].startswith("Linux ")
    assert got["telnet.banner"].endswith("nas-deb12 login: ")
    assert "do 24" in got["telnet.options"]


def test_a_mail_server_says_its_name_and_what_it_offers():
    got = seen("smtpd")

    assert "nas-deb12 ESMTP OpenSMTPD" == got["smtp.banner"]
    assert got["smtp.ehlo"]["name"].startswith("nas-deb12 ")
    assert "DSN" in got["smtp.ehlo"]["extensions"]


def test_name_servers_say_their_version_unless_told_to_hide_it():
    assert {"dns.versionbind": "unbound " + upstream("unbound")} == seen("unbound")
    assert {"dns.versionbind": "dnsmasq-" + upstream("dnsmasq-base")} == seen("dnsmasq")
    assert {"dns.versionbind": ""} == seen("unbound that does not tell")


def test_a_time_server_on_its_own_clock_says_so():
    clock = seen("chronyd")["ntp.clock"]

    assert (4, 10, "127.127.1.1") == (clock["version"], clock["stratum"], clock["reference"])


def test_samba_tells_its_names_and_no_card():
    names = "NAS-DEB12<00> NAS-DEB12<03> NAS-DEB12<20> HOSPNET<00> HOSPNET<1e>"
    want = {"netbios.name": "NAS-DEB12", "netbios.domain": "HOSPNET", "netbios.names": names}

    assert want == seen("nmbd")


@pytest.mark.parametrize(
    ("daemon", "security"), [("Xtigervnc", "none"), ("Xtigervnc with a password", "vencrypt, vnc-auth")]
)
def test_vnc_tells_whether_anybody_gets_in(daemon, security):
    assert {"vnc.version": "RFB 003.008", "vnc.security": security} == seen(daemon)


def test_a_display_without_a_lock_says_whose_it_is():
    got = seen("Xvfb")

    assert ("open", "The X.Org Foundation") == (got["x11.access"], got["x11.vendor"])
    # X.Org counts its release 21.1.7 as 12101007
    first, second, third = map(int, upstream("xvfb").split("."))
    assert str(10_000_000 + first * 100_000 + second * 1_000 + third) == got["x11.release"]


def test_a_display_with_a_lock_says_no_more_than_that():
    assert {"x11.access": "refused"} == seen("Xvfb with a lock")


def test_xrdp_shows_its_certificate_where_it_speaks_tls():
    got = seen("xrdp")

    assert "tls" == got["rdp.security"]["selected"]
    assert ("CN=odd", True) == (got["x509.subject"], got["tls.certificate"]["self_signed"])


def test_xrdp_with_the_security_of_old_is_recognised_as_such():
    assert {"rdp.security": {"selected": "standard"}} == seen("xrdp as of old")


def test_avahi_tells_what_it_offers_to_whoever_asks_it_alone():
    assert {"mdns.services": "_smb._tcp"} == seen("avahi-daemon")


def test_a_share_that_windows_finds_is_found():
    match = seen("wsdd2")["wsd.match"]

    assert "wsdp:Device pub:Computer" == match["types"]
    assert match["xaddrs"].startswith("http://192.0.2.1:3702/")


def test_a_board_controller_tells_which_logins_it_takes():
    auth = seen("ipmi_sim")["ipmi.auth"]

    assert ["1.5", "2.0"] == auth["versions"]
    assert ["none", "md2", "md5", "password"] == auth["logins"]
    assert (False, True) == (auth["anonymous"], auth["null_users"])


def test_a_telephone_exchange_says_its_version():
    got = seen("kamailio")

    assert "200" == got["sip.status"]
    assert got["sip_header.server"].startswith(f"kamailio ({upstream('kamailio')} ")
