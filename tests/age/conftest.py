"""A device out of a few words, and the shipped knowledge base."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from scanner.knowledge.base import open_base
from scanner.model.device import Attribute, Claim, Device, DeviceId, Service
from scanner.model.kinds import Kind, Role
from scanner.model.observation import Observation, evidence_id

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Dated:
    """The shipped knowledge, with every table so many days old: what a test expects does not age with the tables."""

    def __init__(self, days=0, only=()):
        self._base, self._days, self._only = open_base(), days, only

    def __getattr__(self, name):
        return getattr(self._base, name)

    def sources(self):
        old, young = NOW.date() - timedelta(days=self._days), NOW.date()
        return tuple(
            msgspec.structs.replace(one, dated=old if not self._only or one.name in self._only else young)
            for one in self._base.sources()
        )


@pytest.fixture(scope="session")
def knowledge():
    return Dated()


@pytest.fixture
def aged():
    """Make the shipped knowledge with all tables, or some, so many days old."""
    return Dated


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def claim():
    """Make a claim: attribute, value, and where it was seen."""

    def make(attr, value, *, field="ssh.banner", text=None, confidence=0.9, source="probe:x"):
        seen = Observation(
            source=source, first=NOW, last=NOW, field=field, value=value if text is None else text
        )
        return Claim(
            attr=attr, value=value, confidence=confidence, rule=None, seen=seen, evidence=evidence_id(seen)
        )

    return make


@pytest.fixture
def service():
    """Make a service: product and version."""

    def make(product, version, port="tcp/80"):
        return Service(
            port=port,
            address="10.0.0.1",
            protocol="http",
            product=product,
            version=version,
            evidence=("ev-s",),
        )

    return make


@pytest.fixture
def device():
    """Make a device out of its winning attributes, and what else a test says."""

    def make(attributes=None, *, facts=(), services=(), **more):
        winners = {
            attr.replace("_", ".", 1): Attribute(value=value, confidence=0.9, evidence=("ev-w",))
            for attr, value in (attributes or {}).items()
        }
        rest = {
            "id": DeviceId("dev-0123456789"),
            "names": (),
            "legs": (),
            "kind": Kind.UNKNOWN,
            "kind_confidence": 0.5,
            "role": Role.NONE,
            "first_seen": NOW,
            "last_seen": NOW,
            "presence": "seen",
            "location": None,
            "owner": None,
            "inventories": (),
            "joined_by": (),
            "conflicts": (),
        } | more
        return Device(attributes=winners, services=tuple(services), facts=tuple(facts), **rest)

    return make
