"""Structured facts read directly."""

import pytest

from scanner.identify import readings


@pytest.mark.parametrize(
    ("field", "value", "want"),
    [
        ("smb1.accepted", "yes", ("setting.smb1", "yes")),
        ("smb2.signing", "enabled", ("setting.signing", "enabled")),
        ("vnc.security", "none", ("setting.vnc", "none")),
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
