import pytest

from scanner.discover.echo import HOW, HOW6
from scanner.discover.how import Fact
from scanner.model.kinds import Profile
from scanner.scope.file import Flags
from scanner.scope.profile import LIMITS
from scanner.wire.pipe import Heard


@pytest.mark.parametrize(
    ("heard", "want"),
    [
        (Heard(address="10.0.0.3", state="there", ttl=60), [Fact(field="icmp.echo", value={"ttl": 60})]),
        (Heard(address="10.0.0.3", state="there"), [Fact(field="icmp.echo", value={"ttl": None})]),
        (Heard(address="10.0.0.3", state="unreachable", by="10.0.0.3"), []),
    ],
)
def test_only_an_answer_of_its_own_is_an_echo(heard, want):
    assert want == list(HOW.facts(heard))


def test_a_ward_needs_the_signers_word_for_it():
    clinical = LIMITS[Profile.CLINICAL]
    assert [False, True] == [
        HOW.serves(clinical, Flags(icmp_echo=word), 4, near=False) for word in (False, True)
    ]
    assert [False, True] == [how.serves(LIMITS[Profile.OFFICE], Flags(), 6, near=True) for how in (HOW, HOW6)]
