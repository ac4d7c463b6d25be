"""Our probes meet the real programs, from Debian, in namespaces without a way out."""

import pytest

from .real import facts, need, only, upstream  # noqa: TID252 - shared by the tests of real daemons

pytestmark = only


def seen(daemon, profile="office"):
    need(daemon.split()[0])
    return dict(facts("daemons.py", daemon, profile))


def test_sshd_says_its_version_and_shows_its_key():
    got = seen("sshd")

    version = upstream("openssh-server")
    assert got["ssh.banner"].startswith(f"OpenSSH_{version}")
    assert "ok" == got["probe.outcome"]["outcome"]
    assert {"ssh.kexinit", "ssh.host_key"} <= set(got)


def test_vsftpd_says_its_version():
    got = seen("vsftpd")

    assert f"(vsFTPd {upstream('vsftpd')})" == got["ftp.banner"]
    assert "ok" == got["probe.outcome"]["outcome"]


def test_samba_with_smb1_says_over_smb1_which_samba_it_is():
    got = seen("smbd")

    assert "3.1.1" == got["smb2.dialect"]
    assert "enabled" == got["smb2.signing"]
    assert "NAS-DEB12" == got["ntlm.names"]["netbios_name"]
    assert "yes" == got["smb1.accepted"]
    assert got["smb.native_lm"].startswith(f"Samba {upstream('samba')}")
    assert "ok" == got["probe.outcome"]["outcome"]


def test_samba_is_asked_once_in_clinical_networks():
    got = seen("smbd", "clinical")

    assert "3.1.1" == got["smb2.dialect"]
    assert "NAS-DEB12" == got["ntlm.names"]["netbios_name"]
    assert "smb1.accepted" not in got


def test_samba_without_smb1_is_seen_to_refuse_it():
    got = seen("smbd without SMB1")

    assert "3.1.1" == got["smb2.dialect"]
    assert "no" == got["smb1.accepted"]
    assert "smb.native_lm" not in got


def test_samba_answers_over_a_netbios_session():
    got = seen("smbd on 139")

    assert "yes" == got["smb1.accepted"]
    assert got["smb.native_lm"].startswith("Samba ")


def test_storescp_says_which_dcmtk_it_is():
    got = seen("storescp")

    major, minor, patch = upstream("dcmtk").split(".")
    want = {
        "class_uid": f"1.2.276.0.7230010.3.0.{major}.{minor}.{patch}",
        "version_name": f"OFFIS_DCMTK_{major}{minor}{patch}",
        "result": "accepted",
    }
    assert want == got["dicom.implementation"]
    assert "ok" == got["probe.outcome"]["outcome"]


@pytest.mark.parametrize(
    ("daemon", "field", "product", "package"),
    [
        ("sshd", "ssh.banner", "OpenSSH", "openssh-server"),
        ("vsftpd", "ftp.banner", "vsFTPd", "vsftpd"),
        ("smbd", "smb.native_lm", "Samba", "samba"),
        ("storescp", "dicom.implementation", "DCMTK", "dcmtk"),
    ],
)
def test_product_and_version_are_identified(daemon, field, product, package):
    from scanner.identify.claims import identify
    from scanner.knowledge.base import open_base

    said = identify(field, seen(daemon)[field], open_base())[1]

    version = upstream(package)
    assert product == said["service.product"]
    # OpenSSH says 9.2p1, Debian 1:9.2p1-2; DCMTK's release is 3.6.7
    assert version.startswith(said["service.version"])
    assert len(said["service.version"]) >= 3


def test_snmpd_tells_its_engine_to_who_has_neither_community_nor_user():
    got = seen("snmpd")

    # RFC 3411, 5: the first bit is set, then Net-SNMP's enterprise number, 8072
    assert got["snmp.engine_id"].startswith("80001f88")
    assert int(got["snmp.engine_boots"]) >= 1
    assert "ok" == got["probe.outcome"]["outcome"]
