"""Values that every identify test needs: observations at will, a small scope, knowledge that knows a little."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from ipaddress import ip_network

import pytest

from scanner.model.kinds import Profile
from scanner.model.knowledge import Branch, Confidence
from scanner.model.net import Address, Mac, Port
from scanner.model.observation import Observation, Value
from scanner.model.rule import Rule
from scanner.scope.file import Engagement, Flags, Network, Scope

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


class SmallKnowledge:
    """Keeps the part of the Knowledge Protocol that identify asks, out of plain dicts."""

    version = "small"

    def __init__(self) -> None:
        self.tables: dict[str, tuple[Rule, ...]] = {}
        self.makers: dict[str, str] = {}
        self.builds: Mapping[str, Sequence[str]] = {
            "6.1.7601": ("microsoft:windows_7", "microsoft:windows_server_2008_r2"),
            "5.1.2600": ("microsoft:windows_xp",),
            "10.0.19045": ("microsoft:windows_10",),
        }
        self.roots: dict[str, str] = {"1.2.840.113619.": "GE Healthcare", "1.2.276.0.7230010.": "OFFIS DCMTK"}

    def rules(self, field: str) -> Sequence[Rule]:
        return self.tables.get(field, ())

    def vendor(self, mac: Mac) -> str | None:
        return self.makers.get(mac[:8])

    def windows(self, build: str) -> Sequence[Branch]:
        return tuple(
            Branch(
                product=product,
                branch="SP1",
                edition="standard",
                label=product,
                released=None,
                ends=date(2020, 1, 14),
                open_ended=False,
                source="test",
                confidence=Confidence.HIGH,
            )
            for product in self.builds.get(build, ())
        )

    def enterprise(self, number: int) -> str | None:
        return {
            9: "ciscoSystems",
            318: "American Power Conversion Corp.",
            10876: "Super Micro Computer Inc.",
        }.get(number)

    def dicom_root(self, uid: str) -> str | None:
        return next((maker for root, maker in self.roots.items() if uid.startswith(root)), None)


@pytest.fixture
def knowledge() -> SmallKnowledge:
    return SmallKnowledge()


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def scope() -> Scope:
    """Four zones, 10.0.N.0/24 each."""
    return Scope(
        engagement=Engagement(
            name="t",
            owner="t",
            authorized_by="t",
            contact="t",
            reference="t",
            valid_from=NOW,
            valid_until=NOW,
            sector="hospital",
        ),
        flags=Flags(),
        networks=tuple(
            Network(
                cidr=ip_network(f"10.0.{number}.0/24"),
                zone=zone,
                profile=Profile.OFFICE,
                criticality=None,
                windows=(),
                vlan=None,
            )
            for number, zone in enumerate(("office", "management", "imaging", "servers"))
        ),
        exclusions=(),
        critical=(),
        segments=(),
        text="",
    )


Saw = Callable[..., Observation]


@pytest.fixture(scope="session")
def saw() -> Saw:
    """Make an observation: `saw("ssh.banner", "x", "10.0.0.1", port="tcp/22")`."""

    def make(
        field: str,
        value: Value,
        address: str | None = None,
        *,
        mac: str | None = None,
        port: str | None = None,
        source: str = "probe:test",
        at: datetime = NOW,
        zone: str | None = None,
        vantage: str | None = None,
    ) -> Observation:
        return Observation(
            source=source,
            first=at,
            last=at,
            field=field,
            value=value,
            address=Address(address) if address else None,
            mac=Mac(mac) if mac else None,
            port=Port(port) if port else None,
            zone=zone,
            vantage=vantage,
        )

    return make
