from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import ScopeError
from scanner.model.kinds import Profile, Touch
from scanner.model.net import Address
from scanner.scope.approval import approve, granted
from scanner.scope.authority import certify, lines, read, unsigned, usual_signers, words
from scanner.scope.file import Authority, Signer
from scanner.scope.gate import Gate
from scanner.scope.parse import parse
from scanner.scope.profile import careful
from scanner.scope.signing import allowed_line, signed

from .conftest import TEXT  # noqa: TID252 - the fixture's text is wanted at import time, for Hypothesis

NIGHT = datetime(2026, 12, 5, 23, tzinfo=UTC)
"""A Saturday, inside radiology's window."""

KEYS = [Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in range(1, 4)]
WARD = Address("10.20.0.7")
OFFICE = Address("10.20.1.7")


@pytest.fixture
def place(tmp_path):
    """A scope file and, beside its folder, who may sign it: A and B, not C."""
    (tmp_path / "job").mkdir()
    (tmp_path / "job" / "scope.toml").write_text(TEXT)
    trust(tmp_path, "".join(allowed_line(name, key) for name, key in zip("AB", KEYS, strict=False)))
    return tmp_path


def trust(place, text):
    (place / "allowed").write_text(text)
    (place / "allowed").chmod(0o600)


def sign(place, *keys):
    text = "".join(signed(key, (place / "job" / "scope.toml").read_bytes()) for key in keys)
    (place / "job" / "scope.toml.sig").write_text(text)
    approve(place / "job", parse((place / "job" / "scope.toml").read_text(), "s"), "", "C. Board", NIGHT)


def opened(place):
    return read(place / "job" / "scope.toml", place / "allowed")


def may(scope, address=WARD, now=NIGHT):
    return Gate(scope).may(address, port=None, touch=Touch.KNOCK, now=now)


def test_two_people_open_the_ward(place):
    sign(place, KEYS[0], KEYS[1])

    scope = opened(place)

    assert may(scope).allowed
    assert () == unsigned(scope, NIGHT)
    assert "signed by A and B: J. Doe, CISO (CHG-1234)" == words(scope, NIGHT)
    assert "every network has the signatures that it needs" == lines(scope, NIGHT)[-1]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ([], "signed by nobody"),
        ([0], "signed by A "),
        ([0, 0], "signed by A "),
        ([2], "signed by nobody"),
        ([0, 2], "signed by A "),
    ],
    ids=["nobody", "one", "one twice", "a stranger", "one and a stranger"],
)
def test_fewer_open_the_office_only(place, keys, said):
    sign(place, *(KEYS[at] for at in keys)) if keys else None

    scope = opened(place)

    assert not may(scope).allowed
    assert "10.20.0.0/24 is clinical: two people must sign" in may(scope).reason
    assert said in may(scope).reason
    assert may(scope, OFFICE).allowed
    assert ["radiology"] == [network.zone for network in unsigned(scope, NIGHT)]


def test_one_person_with_two_keys_is_one_person(place):
    trust(place, allowed_line("A", KEYS[0]) + allowed_line("A", KEYS[1]))
    sign(place, KEYS[0], KEYS[1])
    assert not may(opened(place)).allowed


def test_one_key_of_two_people_is_one_key(place):
    trust(place, allowed_line("A", KEYS[0]) + allowed_line("B", KEYS[0]))
    sign(place, KEYS[0])
    assert not may(opened(place)).allowed


def test_a_key_counts_from_its_first_to_its_last_day_even_within_a_run(place):
    lived = allowed_line("B", KEYS[1]).replace(
        "namespaces=", 'valid-after="20261205Z",valid-before="202612052330Z",namespaces='
    )
    trust(place, allowed_line("A", KEYS[0]) + lived)
    sign(place, KEYS[0], KEYS[1])
    scope = opened(place)

    assert [True, False] == [may(scope, now=NIGHT + timedelta(minutes=more)).allowed for more in (29, 30)]
    assert not any(may(scope, now=NIGHT - timedelta(days=day)).allowed for day in (1, 7))
    assert "DOES NOT COUNT NOW" in "\n".join(lines(scope, NIGHT + timedelta(hours=1)))


def test_being_more_careful_needs_no_more_signatures_and_no_fewer(place):
    scope = opened(place)

    assert may(careful(scope, Profile.CLINICAL), OFFICE).allowed
    assert not may(careful(scope, Profile.OT)).allowed


def test_a_signature_for_another_version_refuses_the_whole_file(place):
    sign(place, KEYS[0], KEYS[1])
    (place / "job" / "scope.toml").write_text(TEXT.replace("10.20.1.66", "10.20.1.67"))

    with pytest.raises(ScopeError, match=r"scope\.toml\.sig: signature 1 is not for this scope\.toml"):
        opened(place)


def test_even_line_ends_are_signed(place):
    sign(place, KEYS[0])
    (place / "job" / "scope.toml").write_bytes(TEXT.replace("\n", "\r\n").encode())
    with pytest.raises(ScopeError, match="signature 1 is not for this"):
        opened(place)


SIGNED = "".join(signed(key, TEXT.encode()) for key in KEYS[:2])


@settings(deadline=None)  # big numbers on a busy machine
@given(st.integers(0, len(TEXT.encode()) - 1), st.integers(1, 127))
def test_no_changed_byte_of_a_scope_is_ever_accepted_under_its_signatures(at, change):
    spoilt = bytearray(TEXT.encode())
    spoilt[at] ^= change
    with pytest.raises(ScopeError):
        certify(parse(spoilt.decode(), "scope.toml"), SIGNED, None, Path("/e/scope.toml"))


@settings(deadline=None)  # big numbers on a busy machine
@given(st.integers(0, len(SIGNED) - 2), st.integers(1, 127))
def test_no_changed_byte_of_a_signature_is_ever_accepted(at, change):
    spoilt = bytearray(SIGNED.encode())
    spoilt[at] ^= change
    with pytest.raises(ScopeError):
        certify(parse(TEXT, "scope.toml"), spoilt.decode(), None, Path("/e/scope.toml"))


MOMENTS = st.none() | st.integers(-30, 60).map(lambda day: NIGHT + timedelta(days=day))
SIGNERS = st.builds(
    Signer,
    principal=st.sampled_from("AB"),
    key=st.sampled_from("xy"),
    valid_after=MOMENTS,
    valid_before=MOMENTS,
)


@settings(deadline=None)  # big numbers on a busy machine
@given(
    st.lists(SIGNERS, max_size=5),
    st.sampled_from([Profile.CLINICAL, Profile.OT]),
    st.integers(-4, 25).map(lambda day: NIGHT + timedelta(days=day)),
    st.sampled_from(list(Touch)[1:]),
    st.sampled_from([None, *Profile]),
)
def test_no_initiation_into_a_ward_or_a_plant_without_two_people_and_two_keys(
    signers, profile, now, touch, ceiling
):
    text = TEXT.replace('profile = "clinical"', f'profile = "{profile}"').replace("windows", "# windows")
    plain = parse(text, "s")
    authority = Authority(signers=tuple(signers), approval=granted(plain, "", "C. Board", NIGHT))
    scope = msgspec.structs.replace(plain, authority=authority)
    lowered = careful(scope, ceiling) if ceiling else scope

    if may_touch(lowered, touch, now):
        valid = [
            one
            for one in signers
            if (one.valid_after or now) <= now and not (one.valid_before and one.valid_before <= now)
        ]
        assert 2 == len({one.principal for one in valid})
        assert 2 == len({one.key for one in valid})


def may_touch(scope, touch, now):
    return Gate(scope).may(WARD, port=None, touch=touch, now=now).allowed


def test_signatures_without_a_list_of_signers_count_for_nothing(place):
    sign(place, KEYS[0], KEYS[1])

    scope = read(place / "job" / "scope.toml", None)

    assert not may(scope).allowed
    assert "bears no signature that this machine trusts" in words(scope, NIGHT)
    assert "which the list of signers does not allow" in "\n".join(lines(scope, NIGHT))


def test_an_unsigned_scope_is_self_authorised(place):
    scope = opened(place)
    assert "self-authorised: J. Doe, CISO (CHG-1234); the scope file bears no signature" == words(
        scope, NIGHT
    )
    assert "NOTHING WILL BE SENT to 10.20.0.0/24 (radiology): clinical needs two signers" in lines(
        scope, NIGHT
    )


def test_a_list_of_signers_inside_the_engagement_is_refused_even_by_a_link(place):
    inside = place / "job" / "allowed"
    inside.write_text(allowed_line("A", KEYS[0]))
    with pytest.raises(ScopeError, match="lies in the engagement folder"):
        read(place / "job" / "scope.toml", inside)
    (place / "link").symlink_to(inside)
    with pytest.raises(ScopeError, match="lies in the engagement folder"):
        read(place / "job" / "scope.toml", place / "link")


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_list_of_signers_that_others_can_write_is_refused(place, mode):
    (place / "allowed").chmod(mode)
    with pytest.raises(ScopeError, match=r"others can write to it.*chmod go-w"):
        opened(place)


def test_a_list_in_a_folder_that_others_can_write_is_refused_unless_it_is_sticky(place):
    place.chmod(0o777)
    with pytest.raises(ScopeError, match="others can write to it"):
        opened(place)
    place.chmod(0o1777)
    assert opened(place).authority.allowed_signers == str(place / "allowed")


def test_a_list_that_belongs_to_another_user_is_refused(place, monkeypatch):
    owner = (place / "allowed").stat().st_uid
    monkeypatch.setattr("scanner.scope.authority._trusted_owners", lambda: (owner + 1,))
    with pytest.raises(ScopeError, match="belongs to another user"):
        opened(place)


def test_what_cannot_be_read_is_named(place):
    with pytest.raises(ScopeError, match="nowhere: cannot read who may sign"):
        read(place / "job" / "scope.toml", place / "nowhere")
    (place / "allowed").write_bytes(b"\xff")
    with pytest.raises(ScopeError, match="allowed: cannot read it"):
        opened(place)
    trust(place, "what")
    with pytest.raises(ScopeError, match="allowed:1: write: name"):
        opened(place)


def test_the_system_list_comes_before_a_users_own(tmp_path):
    own = tmp_path / "c" / "stalehost" / "allowed_signers"
    system = tmp_path / "etc"
    assert None is usual_signers({}, tmp_path, system)
    own.parent.mkdir(parents=True)
    own.touch()
    assert own == usual_signers({"XDG_CONFIG_HOME": str(tmp_path / "c")}, tmp_path, system)
    system.touch()
    assert system == usual_signers({"XDG_CONFIG_HOME": str(tmp_path / "c")}, tmp_path, system)
