import asyncio
from ipaddress import ip_network

import pytest

from scanner.discover.alive import SAMPLE, alive, vigil
from scanner.model.kinds import Profile
from scanner.scope.profile import LIMITS
from scanner.wire.pace import Pacer

from .ground import Far, crowd, network, way  # noqa: TID252 - the network that these tests look at


@pytest.mark.parametrize(("address", "want"), [("10.0.0.3", True), ("10.0.0.9", False)])
def test_who_answers_one_request_is_alive(address, want):
    far = Far(crowd(5))

    assert want is asyncio.run(alive(far, way(), address, 5.0))
    (wish,) = far.wishes
    assert ((address,), 1, 5.0) == (wish.targets, wish.tries, wish.rate)


class Care:
    def __init__(self):
        self.minders, self.confirms, self.told = {}, {}, []

    def heard(self, address, _network, _at, *, answered):
        self.told.append((address, answered))
        return False


@pytest.mark.parametrize("profile", [Profile.CLINICAL, Profile.OT])
def test_on_a_ward_every_device_is_looked_after_once_its_connection_ends(profile):
    care, asked = Care(), []

    async def ask(address):
        asked.append(address)
        return True

    async def main():
        where = network(profile=profile)
        watching = vigil(where, care, ask, Pacer(), 0.0, {"10.0.0.3": "02:00:00:00:00:03"}, 7)
        for address in ("10.0.0.3", "10.0.0.4"):
            care.minders[str(where.cidr)](address)
        watching.finish()
        await watching.run()

    asyncio.run(main())
    assert {"10.0.0.3"} == set(asked)
    assert {("10.0.0.3", True)} == set(care.told)


def test_where_the_profile_asks_for_nobody_nobody_watches():
    care = Care()
    assert None is vigil(network(profile=Profile.LAB), care, None, Pacer(), 0.0, {}, 7)
    assert {} == care.minders
    assert set(SAMPLE) <= set(LIMITS)
    assert ip_network("10.0.0.0/24") == network().cidr
