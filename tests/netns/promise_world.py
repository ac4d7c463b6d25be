"""Draw an arbitrary hostile network for promise_ground.py, and the scope file that somebody might sign for it."""

import ipaddress
import random
from datetime import UTC, datetime, timedelta

OUI = "00:09:fb"
CARD = "00:1b:67:0a:0b:0c"
HOSTNAME, KIND, FROZEN = "VENT-7", "infusion-gateway", "bed-4.wards.example"
FORBIDDEN = ("address", "range", "oui", "card", "frozen")
"""Why a device must never get a frame that is meant for it."""
TOLD = ("named", "kind")
"""What shows only once a device is asked that it is excluded."""


def draw(seed, profiles=("office", "clinical", "ot")):
    """Networks of several profiles, one inside another, and what stands in them; the same seed gives the same."""
    dice = random.Random(seed)
    thirds = dice.sample(range(1, 200), 3)
    networks = [
        {"cidr": f"10.9.{third}.{16 * dice.randrange(8)}/28", "profile": profile, "zone": f"z{at}"}
        for at, (third, profile) in enumerate(zip(thirds, dice.sample(profiles, 3), strict=True))
    ]
    devices = [device for one in networks for device in _devices(dice, one["cidr"])]
    networks.append(_inner(dice, networks[0], devices))
    for at, device in enumerate(devices):
        device["mac"] = {
            "oui": f"{OUI}:{dice.randrange(256):02x}:00:{at:02x}",
            "card": CARD,
        }.get(device["role"], f"02:9a:{dice.randrange(256):02x}:00:00:{at:02x}")
    spare, handed = _spare(dice, networks, devices), _handed(networks, devices)
    devices.append(_silent(networks, {spare, *(one["address"] for one in devices)}))
    return {"networks": networks, "devices": devices, "spare": spare, "handed": handed}


def _devices(dice, cidr):
    """Three that may be asked, one of each that may not, and neighbours that no line of the scope names."""
    inside = [str(one) for one in ipaddress.ip_network(cidr).hosts()]
    dice.shuffle(inside)
    roles = ["talker"] * 3 + [dice.choice(FORBIDDEN[:2]), dice.choice(("frozen", *TOLD)), dice.choice(TOLD)]
    found = [{"role": role, "address": inside.pop()} for role in (*roles, "oui")]
    after = int(ipaddress.ip_network(cidr).broadcast_address)
    return [*found, {"role": "outside", "address": str(ipaddress.ip_address(after + dice.choice((2, 3))))}]


def _inner(dice, outer, devices):
    """One talker of a network has a line of its own, with more care."""
    at = dice.choice([one["address"] for one in devices[:3]])
    careful = {"office": "clinical", "clinical": "ot", "ot": "ot"}[outer["profile"]]
    return {"cidr": f"{at}/32", "profile": careful, "zone": "inner"}


def _spare(dice, networks, devices):
    """Where the excluded card is as the run begins, and an address that it takes later; nobody has either."""
    taken = {one["address"] for one in devices}
    free = [str(one) for one in ipaddress.ip_network(networks[1]["cidr"]).hosts() if str(one) not in taken]
    first, second = dice.sample(free, 2)
    devices.append({"role": "card", "address": first, "mac": CARD})
    return second


def _handed(networks, devices):
    """A talker of the office whose address a device of the excluded maker takes over while it is being asked.

    On a ward the one that was there before would count as lost, and rightly: the breaker would end the scan.
    """
    office = next(ipaddress.ip_network(one["cidr"]) for one in networks if one["profile"] == "office")
    alone = networks[-1]["cidr"].partition("/")[0]
    there = [one["address"] for one in devices if one["role"] == "talker" and one["address"] != alone]
    return next(one for one in there if ipaddress.ip_address(one) in office)


def _silent(networks, taken):
    """One of the office that answers ARP and nothing else, as a firewall on a PC does: its ports are swept."""
    office = next(ipaddress.ip_network(one["cidr"]) for one in networks if one["profile"] == "office")
    free = next(str(one) for one in office.hosts() if str(one) not in taken)
    return {"role": "silent", "address": free, "mac": "02:9a:ff:00:00:0a"}


def at(world, *roles):
    """The addresses of the devices of these roles."""
    return [one["address"] for one in world["devices"] if one["role"] in roles]


def scope(world):
    """The scope file: networks, exclusions of every sort, and the register of what stands on wards and in plants."""
    now = datetime.now(UTC)
    lines = [
        "[engagement]",
        *(f'{key} = "promises"' for key in ("name", "owner", "authorized_by", "contact", "reference")),
        f"valid_from = {now.date()}\nvalid_until = {now.date() + timedelta(days=7)}\nsector = 'hospital'",
        "[flags]\nresolve_names = true",
    ]
    for one in world["networks"]:
        lines.append("[[network]]")
        lines += [f'{key} = "{value}"' for key, value in one.items()]
    named = [f'address = "{one}"' for one in at(world, "address")]
    named += [f'cidr = "{one}/32"' for one in at(world, "range")]
    named += [f'oui = "{OUI}"', f'mac = "{CARD}"', f'hostname = "{HOSTNAME}*"', f'hostname = "{FROZEN}"']
    named.append(f'kind = "{KIND}"')
    lines += [f'[[exclude]]\n{one}\nreason = "never"' for one in named]
    for one in world["devices"]:
        if one["role"] in ("talker", "card", *TOLD):
            lines.append(f'[[known]]\naddress = "{one["address"]}"\nkind = "workstation"')
    return "\n".join(lines) + "\n"
