"""Who approved which plan: kept line by line, held against the scope file, refused when it cannot be read."""

from datetime import UTC, datetime

import msgspec
import pytest

from scanner.errors import ScopeError
from scanner.model.kinds import Profile, Touch
from scanner.model.net import Address
from scanner.scope.approval import FILE, approvals, approve, approved, as_approved, granted, line, of, why_not
from scanner.scope.authority import certify
from scanner.scope.file import Authority
from scanner.scope.gate import Gate
from scanner.scope.parse import parse
from scanner.scope.profile import careful

NOW = datetime(2026, 12, 5, 23, tzinfo=UTC)
WARD = Address("10.20.0.7")


def test_an_approval_is_kept_as_a_line_that_only_its_owner_may_read(tmp_path, scope):
    one = approve(tmp_path, scope, "q", "  J.\n Doe ", NOW)
    two = approve(tmp_path, careful(scope, Profile.OT), "q", "A. Roe", NOW)

    assert ("J. Doe", NOW) == (one.by, one.at)
    assert (one, two) == approvals(tmp_path)
    assert one.plan != two.plan
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_nothing_is_approved_to_begin_with(tmp_path, scope):
    assert () == approvals(tmp_path)
    assert approved(scope, "", "x") is None
    assert line(None) == ""


def test_nobody_cannot_approve(tmp_path, scope):
    with pytest.raises(ScopeError, match="needs the name"):
        approve(tmp_path, scope, "q", " \n", NOW)


def test_a_file_that_cannot_be_written_or_read_is_named(tmp_path, scope, monkeypatch):
    with pytest.raises(ScopeError, match=r"none/plan\.approved: cannot be written"):
        approve(tmp_path / "none", scope, "q", "J. Doe", NOW)

    approve(tmp_path, scope, "q", "J. Doe", NOW)

    def shut(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", shut)
    with pytest.raises(ScopeError, match=r"plan\.approved: cannot read who approved what: Permission denied"):
        approvals(tmp_path)


@pytest.mark.parametrize("more", [b"nonsense", b"\xff", b'{"plan":"a","by":"b"}'])
def test_a_line_that_cannot_be_read_is_named(tmp_path, scope, more):
    approve(tmp_path, scope, "q", "J. Doe", NOW)
    with (tmp_path / FILE).open("ab") as file:
        file.write(more + b"\n")

    with pytest.raises(ScopeError, match=r"plan\.approved:2: .* approve the plan again"):
        approvals(tmp_path)


def under(scope, one):
    return msgspec.structs.replace(scope, authority=msgspec.structs.replace(scope.authority, approval=one))


def asked(scope):
    return Gate(scope).may(WARD, port=None, touch=Touch.KNOCK, now=NOW)


def test_a_ward_is_left_alone_until_a_plan_is_approved_whatever_was_signed(scope):
    assert asked(scope).allowed

    refused = asked(under(scope, None))

    assert not refused.allowed
    assert "no plan for this scope file is approved" in refused.reason
    office = Gate(under(scope, None)).may(Address("10.20.1.7"), port=None, touch=Touch.KNOCK, now=NOW)
    assert office.allowed


def test_the_approval_of_another_scope_file_counts_for_nothing(scope, text):
    """Not even when somebody slips it in behind the check: the gate works the plan out again."""
    other = parse(text.replace("10.20.0.0/24", "10.20.0.0/25"), "other.toml")
    one = granted(other, "q", "J. Doe", NOW)

    assert approved(scope, line(one), "x") is None
    assert "was approved for something else" in asked(under(scope, one)).reason


@pytest.mark.parametrize("field", ["plan", "questions"])
def test_an_approval_that_was_changed_by_hand_counts_for_nothing(scope, field):
    one = msgspec.structs.replace(granted(scope, "q", "J. Doe", NOW), **{field: "f" * 64})

    assert approved(scope, line(one), "x") is None


def test_an_approval_that_names_fewer_networks_counts_for_nothing(scope):
    fewer = msgspec.structs.replace(scope, networks=scope.networks[:1])

    assert approved(scope, line(granted(fewer, "q", "J. Doe", NOW)), "x") is None


def test_what_is_more_careful_than_the_approved_plan_is_approved_with_it_and_never_the_other_way(scope):
    gentle, usual = careful(scope, Profile.OT), scope
    for_usual, for_gentle = (granted(one, "q", "J. Doe", NOW) for one in (usual, gentle))

    assert asked(under(gentle, for_usual)).allowed
    assert asked(under(gentle, for_gentle)).allowed
    assert "profile ot is approved at most, not clinical" in asked(under(usual, for_gentle)).reason
    assert asked(as_approved(under(usual, for_gentle))).allowed
    assert Profile.OT is as_approved(under(usual, for_gentle)).networks[0].profile
    assert Profile.CLINICAL is of(gentle, for_usual).networks[0].profile
    assert usual.networks == as_approved(under(usual, None)).networks


def test_an_office_that_is_looked_at_with_more_care_needs_no_approval(scope):
    gentle = under(careful(scope, Profile.CLINICAL), None)

    assert why_not(gentle, gentle.networks[1]) is None
    assert why_not(gentle, gentle.networks[0]) is not None


def test_of_several_that_fit_the_widest_counts_and_then_the_oldest(scope):
    later = NOW.replace(hour=23, minute=30)
    narrow = granted(careful(scope, Profile.OT), "q", "A", NOW)
    wide, again = (granted(scope, "q", by, at) for by, at in (("B", NOW), ("C", later)))

    found = approved(scope, "\n".join(map(line, (narrow, again, wide))), "x")

    assert wide == found


def test_a_scope_that_is_certified_bears_the_approval_that_fits(scope, tmp_path):
    one = granted(scope, "q", "J. Doe", NOW)

    known = certify(scope, "", None, tmp_path / "scope.toml", line(one))

    assert Authority(folder=str(tmp_path), approval=one) == known.authority
