"""Debian's Kerberos, iSCSI and finger servers are met and asked nothing, in namespaces without a way out."""

import pytest

from .real import facts, need, only  # noqa: TID252 - shared by the tests of real daemons

pytestmark = only


@pytest.mark.parametrize(
    ("daemon", "profile"),
    [("krb5kdc", "office"), ("krb5kdc", "lab"), ("tgtd", "lab"), ("in.fingerd", "lab")],
)
def test_what_waits_for_a_name_or_a_login_is_told_neither(daemon, profile):
    """Not in a lab either, where a silent port is otherwise asked what one asks a web server."""
    need(daemon)

    assert [("probe.outcome", {"probe": "greet", "outcome": "silent"})] == facts(
        "daemons_presence.py", daemon, profile
    )
