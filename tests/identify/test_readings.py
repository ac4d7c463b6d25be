"""Structured facts read directly."""

import pytest

from scanner.identify import readings


@pytest.mark.parametrize(
    ("field", "value", "want"),
    [
        ("smb1.accepted", "yes", ("setting.smb1", "yes")),
        ("smb2.signing", "enabled", ("setting.signing", "enabled")),
        ("vnc.security", "none", ("setting.vnc", "none")),
        ("x11.access", "open", ("setting.x11", "open")),
        ("mssql.encryption", "off", ("setting.database_tls", "off")),
        ("postgres.ssl", "no", ("setting.database_tls", "no")),
        ("rpcbind.programs", {"programs": ["nfs", "mountd"]}, ("setting.rpc", "nfs,mountd")),
        ("tls.versions", {"accepted": ["SSLv3", "TLSv1.0"], "refused": []}, ("setting.tls", "SSLv3,TLSv1.0")),
        ("tls.certificate", {"sha256": "ab12"}, ("setting.certificate", "ab12")),
        ("ssh.host_key", {"sha256": "cd34", "type": "ssh-rsa"}, ("setting.host_key", "cd34")),
    ],
)
def test_a_setting_is_claimed_word_for_word(field, value, want):
    assert [(*want, 0.95)] == list(readings.read(field, value, None))


def test_a_setting_without_its_part_is_no_claim():
    assert [] == list(readings.read("tls.certificate", {"error": "too short"}, None))


@pytest.mark.parametrize(
    ("field", "value"), [("link.mac", "no card at all"), ("link.mac", ""), ("smb2.boot_time", "")]
)
def test_nonsense_is_no_claim(field, value):
    assert [] == list(readings.read(field, value, None))


@pytest.mark.parametrize("value", ["00:01:2b:00:00:01", {"mac": "00-01-2B-00-00-01"}])
def test_a_card_names_its_maker_and_what_a_maker_of_one_thing_makes(knowledge, value):
    knowledge.makers["00:01:2b"] = "Ascom Tateco AB"

    got = {attr: told for attr, told, _ in readings.read("link.mac", value, knowledge)}

    assert ("00:01:2b:00:00:01", "Ascom Tateco AB") == (got["host.mac"], got["hw.vendor"])
    assert "VoIP Phone" == got["hw.device"]
    assert {"host.mac"} == {attr for attr, *_ in readings.read("link.mac", "00:00:01:00:00:01", knowledge)}
