from scanner.discover.arp import HOW
from scanner.discover.how import Fact
from scanner.model.kinds import Profile
from scanner.scope.file import Flags
from scanner.scope.profile import LIMITS
from scanner.wire.pipe import Heard


def test_an_answer_shows_a_card():
    heard = Heard(address="10.0.0.3", mac="02:00:00:00:00:03", state="there", rtt_ms=1)

    assert [Fact(field="link.mac", value="02:00:00:00:00:03")] == list(HOW.facts(heard))
    assert [] == list(HOW.facts(Heard(address="10.0.0.3", state="there")))


def test_it_is_for_ipv4_on_our_own_segment_wherever_anything_is_sent():
    serves = [profile for profile in Profile if HOW.serves(LIMITS[profile], Flags(), 4, near=True)]

    assert [one for one in Profile if one is not Profile.PASSIVE] == serves
    assert not HOW.serves(LIMITS[Profile.LAB], Flags(), 6, near=True)
    assert not HOW.serves(LIMITS[Profile.LAB], Flags(), 4, near=False)
