"""What the database says, in words that a person can act on."""

import pytest
from sqlalchemy.exc import OperationalError

from scanner.store import faults
from scanner.store.faults import reason


class SaidError(Exception):
    """What a driver raises: words, and a state where the server gave one."""

    def __init__(self, text, sqlstate=None):
        super().__init__(text)
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("state", "meaning"),
    [
        ("53100", faults.FULL),
        ("55P03", faults.BUSY),
        ("40P01", faults.BUSY),
        ("57P01", faults.AWAY),
        ("28P01", faults.REFUSED),
        ("3D000", faults.MISSING),
        ("42501", faults.DENIED),
    ],
)
def test_a_state_says_more_than_words_in_whatever_language(state, meaning):
    assert meaning == reason(OperationalError("SELECT 1", {}, SaidError("etwas in Landessprache", state)))


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("database or disk is full", faults.FULL),
        ("database is locked", faults.BUSY),
        ('connection failed: FATAL:  password authentication failed for user "scan"', faults.REFUSED),
        ('connection failed: FATAL:  database "x" does not exist', faults.MISSING),
        ('connection failed: FATAL:  no pg_hba.conf entry for host "10.0.0.1"', faults.REFUSED),
        ("connection failed: Connection refused", faults.AWAY),
        ("server closed the connection unexpectedly", faults.AWAY),
    ],
)
def test_where_there_is_no_state_the_words_decide(text, meaning):
    assert meaning == reason(SaidError(text))


def test_what_we_have_no_words_for_is_said_in_one_line_without_the_secret():
    assert 'invalid option "***"' == reason(
        SaidError('invalid option "hunter2"\nLINE 1: hunter2'), ["hunter2"]
    )


def test_an_error_without_words_is_named():
    assert "TimeoutError" == reason(TimeoutError())
