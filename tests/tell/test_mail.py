"""A mail goes to sendmail whole, and nothing in it becomes a header or an option."""

import email

import pytest

from scanner.errors import HostError
from scanner.tell import mail


@pytest.fixture
def sendmail(tmp_path):
    """A sendmail that keeps what it is given."""

    def make(script='cat > {kept}; echo "$@" > {kept}.args'):
        program = tmp_path / "sendmail"
        program.write_text(f"#!/bin/sh\n{script.format(kept=tmp_path / 'kept')}\n")
        program.chmod(0o700)
        return program

    return make


def test_sendmail_gets_the_mail_and_only_fixed_options(sendmail, tmp_path):
    mail.send("it@example.org", "2 new\nBcc: evil@example.org", "F-00001: röntgen\n", sendmail())
    got = email.message_from_bytes((tmp_path / "kept").read_bytes())

    assert "2 new Bcc: evil@example.org" == got["Subject"]
    assert ("it@example.org", None, "auto-generated") == (got["To"], got["Bcc"], got["Auto-Submitted"])
    assert "röntgen" in got.get_payload(decode=True).decode()
    assert "-t -i\n" == (tmp_path / "kept.args").read_text()


def test_a_sendmail_that_refuses_is_said(sendmail):
    with pytest.raises(HostError, match="exit 75"):
        mail.send("it@example.org", "x", "y", sendmail("cat >/dev/null; echo no route >&2; exit 75"))


def test_a_sendmail_that_cannot_be_started_is_said(tmp_path):
    with pytest.raises(HostError, match="nothing"):
        mail.send("it@example.org", "x", "y", tmp_path / "nothing")


def test_it_is_found_on_the_path_or_in_its_usual_place(sendmail, tmp_path, monkeypatch):
    program = sendmail()
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    mail.send("it@example.org", "x", "y")
    assert (tmp_path / "kept").is_file()

    monkeypatch.setenv("PATH", "/usr/nowhere")
    monkeypatch.setattr(mail, "_USUAL", (str(program),))
    assert program == mail._sendmail()
    monkeypatch.setattr(mail, "_USUAL", ())
    with pytest.raises(HostError, match="no sendmail"):
        mail.send("it@example.org", "x", "y")
