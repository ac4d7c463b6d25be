"""Reading who a controller is: where the scope's signer permits it, and which port a device of each kind may be asked on.

The protocols that drive a plant tell maker, model and firmware to one harmless question. That question is asked only
where the scope file says `ot_read_identity = true`, only in networks that it declares ot (or a lab), and there only of
a device of which somebody says what it is, and once in a run.
"""

from collections.abc import Collection, Mapping
from typing import Final

from scanner.model.kinds import Kind, Profile
from scanner.model.net import Port, tcp, udp
from scanner.scope.file import Flags, Network

ASKED: Final[Mapping[Kind, tuple[Port, ...]]] = {
    # S7, then Modbus and EtherNet/IP: one maker's controller seldom speaks two of them
    Kind.PLC: (tcp(102), tcp(502), tcp(44818)),
    Kind.RTU: (tcp(2404), tcp(20000), tcp(502)),
    Kind.RELAY: (tcp(102), tcp(20000), tcp(502)),
    Kind.METER: (tcp(502), tcp(20000)),
    Kind.HMI: (tcp(4840),),
    Kind.SERVER: (tcp(4840),),
    Kind.WORKSTATION: (tcp(4840),),
    Kind.BUILDING_CONTROLLER: (udp(47808), udp(3671)),
}
"""The ports on which a kind may be asked who it is, the likeliest first; whoever is of no such kind is not asked."""

PORTS: Final = tuple(dict.fromkeys(port for ports in ASKED.values() for port in ports))
"""Every port of the table."""

_PERMITTED: Final = frozenset({Profile.OT, Profile.LAB, Profile.BENCH})

LACKS: Final = "control ports are asked by permit only: in ot networks and labs, where the scope file says ot_read_identity = true"


def ports(network: Network, flags: Flags) -> tuple[Port, ...]:
    """The ports that the signer permits in a network; none without the flag, and none where it is neither ot nor a lab.

    A ward or an office that one run treats as carefully as a plant is no plant.
    """
    declared = {network.profile, network.written or network.profile}
    return PORTS if flags.ot_read_identity and declared <= _PERMITTED else ()


def once(network: Network) -> bool:
    """Whether a device may be asked one such question at most in a run, and only on the ports of its kind."""
    return network.profile is Profile.OT


def why_not(port: Port, kinds: Collection[Kind], network: Network) -> str | None:
    """Why a device that is known to be of these kinds is not asked on a port of the table; None where it may be."""
    if not once(network) or any(port in ASKED.get(kind, ()) for kind in kinds):
        return None
    known = " or ".join(sorted(kinds)) or "of no known kind"
    return f"{port} is a question to other kinds; this device is {known}"
