"""Look after devices while they are looked at: one ARP request to one address, and who gets one when."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Final

from scanner.discover.how import Asker
from scanner.discover.ways import Way
from scanner.model.kinds import Profile
from scanner.model.net import Address, Mac
from scanner.model.net import order as rank
from scanner.scope.file import Network
from scanner.scope.profile import LIMITS
from scanner.wire.care import Care
from scanner.wire.pace import Pacer
from scanner.wire.pipe import Ask, Method
from scanner.wire.vigil import Vigil

SAMPLE: Final[Mapping[Profile, int]] = {Profile.CLINICAL: 1, Profile.OT: 1, Profile.OFFICE: 50}
"""Every so manieth device is looked after by ARP once its connections end; where a profile is not named, none."""

WAIT: Final = 1.0
"""Seconds in which it must answer."""


def vigil(
    network: Network,
    care: Care,
    ask: Callable[[Address], Awaitable[bool]],
    pacer: Pacer,
    later: float,
    cards: Mapping[Address, Mac],
    seed: int,
) -> Vigil | None:
    """Who looks after the devices of a network whose connections end; None where its profile asks for none."""
    every = SAMPLE.get(network.profile)
    if every is None:
        return None
    watching = Vigil(
        ask,
        lambda address, asked, answered: care.heard(address, network, asked, answered=answered),
        rate=LIMITS[network.profile].arp_rate,
        clock=pacer.clock,
        sleep=pacer.sleep,
        later=later,
    )

    def ended(address: Address) -> None:
        if address in cards and rank(address)[1] % every == seed % every:
            watching.ended(address)

    async def confirm(address: Address) -> None:
        if address in cards:
            await watching.confirm(address)

    care.minders[str(network.cidr)] = ended
    care.confirms[str(network.cidr)] = confirm
    return watching


async def alive(
    asker: Asker,
    way: Way,
    address: Address,
    rate: float,
    met: Callable[[Address, Mac], None] = lambda _address, _mac: None,
) -> bool:
    """Whether it answers; `rate` is that of its segment, in frames per second. `met` hears from which card."""
    wish = Ask(
        method=Method.ARP,
        interface=way.interface,
        source=way.source,
        targets=(address,),
        vlan=way.vlan,
        rate=rate,
        tries=1,
        seed=0,
        wait=WAIT,
    )
    async with aclosing(asker.ask(wish)) as answers:
        async for heard in answers:
            if heard.address == address:
                if heard.mac is not None:
                    met(address, heard.mac)
                return True
    return False
