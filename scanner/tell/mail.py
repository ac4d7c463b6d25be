"""Hands a mail to this machine's own sendmail, which knows where mail goes."""

import shutil
import subprocess
from email.message import EmailMessage
from pathlib import Path
from typing import Final

from scanner.errors import HostError

SECONDS: Final = 60.0
"""sendmail must have taken the mail within this time."""
_USUAL: Final = ("/usr/sbin/sendmail", "/usr/lib/sendmail")


def send(to: str, subject: str, body: str, program: Path | None = None) -> None:
    """Give one mail to sendmail; raise HostError when there is none or it does not take it.

    The address goes in the mail's head only (`-t`), never on a command line where it could be an option.
    """
    command = program or _sendmail()
    message = EmailMessage()
    # a line end in a subject would begin another header
    message["Subject"] = " ".join(subject.split())
    message["To"] = to
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834, 5: nobody's holiday notice answers
    message.set_content(body)
    try:
        done = subprocess.run(
            [str(command), "-t", "-i"],
            input=message.as_bytes(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise HostError(f"{command}: {error}") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()[:200]
        raise HostError(f"{command} did not take the mail (exit {done.returncode}): {said}")


def _sendmail() -> Path:
    found = shutil.which("sendmail") or next((one for one in _USUAL if Path(one).is_file()), None)
    if found is None:
        raise HostError("no sendmail on this machine: install a mail program, or tell by https:// or syslog:")
    return Path(found)
