"""Which claim wins, how sure, and what is said against it."""

import pytest

from scanner.identify import trust
from scanner.model.device import Claim
from scanner.model.observation import evidence_id


@pytest.fixture
def claim(saw):
    def make(attr, value, field, confidence=0.9, source="probe:test", rule="r"):
        seen = saw(field, f"{field} {value}", "10.0.0.1", source=source)
        return Claim(
            attr=attr, value=value, confidence=confidence, rule=rule, seen=seen, evidence=evidence_id(seen)
        )

    return make


def test_sources_win_in_order_of_trust(claim):
    ladder = [
        claim("os.product", "OUI", "link.mac"),
        claim("os.product", "Header", "http_header.server"),
        claim("os.product", "Native", "smb.native_os"),
        claim("os.product", "Build", "ntlm.version"),
        claim("os.product", "Person", "os.product", source="person:J. Doe"),
    ]

    for count in range(1, len(ladder) + 1):
        assert ladder[count - 1].value == trust.choose(ladder[:count])[0]["os.product"].value


def test_agreement_of_independent_sources_raises_confidence_and_repeats_do_not(claim):
    one = trust.choose([claim("os.family", "Linux", "ssh.banner")])[0]["os.family"].confidence
    twice = trust.choose(
        [claim("os.family", "Linux", f) for f in ("http_header.server", "http_header.cookie")]
    )
    both = trust.choose([claim("os.family", "Linux", f) for f in ("ssh.banner", "http_header.server")])

    assert both[0]["os.family"].confidence > one > twice[0]["os.family"].confidence
    assert 2 == len(both[0]["os.family"].evidence)


def test_the_fuller_name_wins_when_it_is_about_as_strong(claim):
    found, conflicts = trust.choose(
        [claim("os.product", "Windows", "ntlm.version"), claim("os.product", "Windows 7", "smb.native_os")]
    )

    assert ("Windows 7", ()) == (found["os.product"].value, conflicts)


def test_two_fuller_names_that_exclude_each_other_leave_the_plain_one(claim):
    found, _ = trust.choose(
        [
            claim("os.product", "Windows", "ntlm.version"),
            claim("os.product", "Windows 7", "smb.native_os"),
            claim("os.product", "Windows Server 2008 R2", "http_header.server"),
        ]
    )

    assert "Windows" == found["os.product"].value


def test_a_contradiction_is_told_lowers_confidence_and_silences_the_losers_version(claim, saw):
    seen = saw("http_header.server", "Apache (Debian)", "10.0.0.1")
    loser = [
        Claim(attr=a, value=v, confidence=0.9, rule="r", seen=seen, evidence=evidence_id(seen))
        for a, v in (("os.product", "Debian"), ("os.version", "8"))
    ]
    winner = claim("os.product", "Windows 7", "ntlm.version")

    found, conflicts = trust.choose([*loser, winner])

    assert {"os.product"} == set(found)
    assert ("os.product: http_header.server says Debian, against Windows 7",) == conflicts
    assert found["os.product"].confidence < trust.choose([winner])[0]["os.product"].confidence


def test_two_names_or_services_of_a_device_do_not_contradict(claim):
    several = [
        claim(a, v, f)
        for a in ("host.name", "service.product")
        for v, f in (("a", "ssh.banner"), ("b", "x.y"))
    ]

    assert () == trust.choose(several)[1]


def test_a_faint_rival_is_not_worth_a_line(claim):
    assert (
        ()
        == trust.choose([claim("hw.vendor", "HP", "snmp.x"), claim("hw.vendor", "Intel", "link.mac", 0.3)])[1]
    )


def test_nothing_claimed_is_nothing_chosen():
    assert ({}, ()) == trust.choose([])


@pytest.mark.parametrize(("parts", "want"), [((), 0.0), ((0.5,), 0.5), ((0.5, 0.5), 0.75), ((1.0, 0.2), 1.0)])
def test_noisy_or_is_the_chance_that_one_reason_holds(parts, want):
    assert want == trust.noisy_or(parts)
