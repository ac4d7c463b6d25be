"""Another site's scope is read under its name."""

from scanner.scope.parse import parse
from scanner.scope.site import named, within
from tests.bundle.conftest import OWNER, SCOPE


def test_zones_networks_and_critical_assets_bear_the_site():
    scope = within(parse(SCOPE.format(name="n", owner=OWNER, weight=20), "x"), "north")

    assert ["north/ward", "north/office"] == [one.zone for one in scope.networks]
    assert {"north"} == {one.site for one in (*scope.networks, *scope.critical)}
    assert [("north/office", "north/ward")] == [(one.source, one.target) for one in scope.segments]
    assert "north/ward" == named("north", "ward")
