from datetime import UTC, datetime

from scanner.discover.plan import frames, lines, pace
from scanner.model.kinds import Profile
from scanner.scope.file import Flags
from scanner.scope.parse import parse

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

[flags]
icmp_echo = true

[[network]]
cidr = "10.1.0.0/24"
zone = "office"
profile = "office"

[[network]]
cidr = "10.2.0.0/24"
zone = "ward"
profile = "clinical"

[[network]]
cidr = "10.3.0.0/24"
zone = "quiet"
profile = "passive"
"""


def test_the_dry_run_says_what_frames_a_network_behind_a_router_gets():
    office, ward = lines(parse(TEXT, "scope.toml"))

    # 254 addresses: echo twice, six ports twice, four datagrams
    assert (
        "at most 4,572 frames first (echo, syn to 6 ports, udp to 4 ports), 20/s: about 4 minutes" in office
    )
    assert "at most 762 frames first (echo), 2/s: about 6 minutes" in ward


def test_where_nothing_may_be_asked_nothing_is():
    scope = parse(TEXT.replace("icmp_echo = true", "icmp_echo = false"), "scope.toml")

    assert 1 == len(list(lines(scope)))
    assert [True, False, False] == [frames(network, scope) > 0 for network in scope.networks]
    assert Flags() == scope.flags
    assert [20, 2] == [pace(network) for network in scope.networks if network.profile is not Profile.PASSIVE]


def test_the_dry_run_says_when_a_group_may_be_asked():
    def told(cidr, profile):
        more = f'[[network]]\ncidr = "{cidr}"\nzone = "six"\nprofile = "{profile}"\n'
        return [one for one in lines(parse(TEXT + more, "scope.toml")) if "ff02::1" in one]

    (office,) = told("fd00::/64", "office")
    assert (
        "an echo a second to all nodes of the link (ff02::1), 4 in all, if everything on the link" in office
    )
    assert [] == told("fd00::/64", "clinical") + told("fd00::/112", "office") + told("10.9.0.0/16", "lab")
