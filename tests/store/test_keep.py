"""What a run stores: once a second, and only what the scope of that second holds."""

import asyncio
from datetime import UTC, datetime

import msgspec
import pytest

from scanner.errors import ScopeError, StoreError
from scanner.model.observation import Observation
from scanner.scope.file import Signer
from scanner.scope.parse import parse
from scanner.store import keep
from scanner.store.keep import Keeper

NOW = datetime(2026, 12, 2, tzinfo=UTC)
TEXT = """
[engagement]
name = "n"
owner = "o"
authorized_by = "a"
contact = "c"
reference = "r"
valid_from = 2026-12-01
valid_until = 2026-12-31
sector = "office"

[[network]]
cidr = "10.1.0.0/24"
zone = "office"
profile = "office"
"""
SCOPE = parse(TEXT, "scope.toml")
NARROW = parse(TEXT.replace("10.1.0.0/24", "10.1.0.0/28"), "scope.toml")


class Shelf:
    """A store that can be full."""

    def __init__(self):
        self.kept, self.full = [], False

    def append(self, batch):
        if self.full:
            raise StoreError("full")
        self.kept += [one.address for one in batch]


def seen(address):
    return Observation(source="s", first=NOW, last=NOW, field="f", value="v", address=address)


@pytest.fixture
def shelf():
    return Shelf()


def test_what_lies_outside_the_scope_is_not_stored(shelf):
    keeper = Keeper(shelf, SCOPE, lambda: SCOPE)
    for address in ("10.1.0.7", "10.2.0.7", None, "fe80::1"):
        keeper.add(seen(address))
    keeper.flush()
    assert (["10.1.0.7", None], 2) == (shelf.kept, keeper.outside)


def test_a_scope_that_changed_ends_the_run_and_what_both_allow_is_kept(shelf):
    keeper = Keeper(shelf, SCOPE, lambda: NARROW)
    keeper.add(seen("10.1.0.7"))
    keeper.add(seen("10.1.0.200"))
    with pytest.raises(ScopeError, match="changed during the scan"):
        keeper.flush()
    keeper.add(seen("10.1.0.201"))
    with pytest.raises(ScopeError, match="changed during the scan"):
        keeper.flush()
    assert ["10.1.0.7"] == shelf.kept


def test_a_signer_who_is_no_longer_trusted_ends_the_run(shelf):
    signed = msgspec.structs.replace(SCOPE.authority, signers=(Signer(principal="a", key="k"),))
    keeper = Keeper(shelf, msgspec.structs.replace(SCOPE, authority=signed), lambda: SCOPE)
    with pytest.raises(ScopeError, match="changed during the scan"):
        keeper.flush()


def test_a_scope_that_cannot_be_trusted_any_more_ends_the_run_and_nothing_is_kept(shelf):
    def tampered():
        raise ScopeError("signature 1 is not for this scope.toml")

    keeper = Keeper(shelf, SCOPE, tampered)
    keeper.add(seen("10.1.0.7"))
    with pytest.raises(ScopeError, match=r"signature 1 is not for this scope\.toml; the scan was stopped"):
        keeper.flush()
    assert [] == shelf.kept


def test_a_run_made_more_careful_has_not_changed(shelf):
    from scanner.model.kinds import Profile
    from scanner.scope.profile import careful

    Keeper(shelf, careful(SCOPE, Profile.CLINICAL), lambda: SCOPE).flush()


def test_what_the_store_does_not_take_goes_on_waiting(shelf):
    keeper = Keeper(shelf, SCOPE, lambda: SCOPE)
    keeper.add(seen("10.1.0.7"))
    shelf.full = True
    with pytest.raises(StoreError):
        keeper.flush()
    shelf.full = False
    keeper.flush()
    assert ["10.1.0.7"] == shelf.kept


def test_a_second_after_the_change_the_run_ends(shelf, monkeypatch):
    monkeypatch.setattr(keep, "_EVERY", 0)
    scopes = iter([SCOPE, SCOPE, NARROW])
    with pytest.raises(ScopeError, match="changed during the scan"):
        asyncio.run(Keeper(shelf, SCOPE, lambda: next(scopes)).keep())


def test_of_what_is_excluded_only_where_its_card_was_met_is_kept(shelf):
    never = '\n[[exclude]]\naddress = "10.1.0.9"\nreason = "never"\n\n[[exclude]]\nmac = "02:00:00:00:00:09"\nreason = "never"\n'
    strict = parse(TEXT + never, "scope.toml")
    keeper = Keeper(shelf, strict, lambda: strict)
    card = "02:00:00:00:00:09"

    def one(address, source, field, mac=None):
        return msgspec.structs.replace(seen(address), source=source, field=field, mac=mac)

    for each in (
        one("10.1.0.9", "probe:ssh", "ssh.banner"),
        one("10.1.0.9", "raw:arp", "link.mac", card),
        one("10.1.0.8", "raw:echo", "icmp.ttl", card),
        one("10.1.0.7", "probe:ssh", "ssh.banner"),
        one("10.1.0.9", "import:dhcp-isc", "dhcp.lease", card),
    ):
        keeper.add(each)
    keeper.flush()

    assert ["10.1.0.9", "10.1.0.7", "10.1.0.9"] == shelf.kept
    assert 2 == keeper.outside
