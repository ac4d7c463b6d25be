"""A Windows build that a client and a server share is named by what the device does, or not at all."""

import pytest

from scanner.identify.systems import CLIENTS, SERVERS, SETTLED, settle
from scanner.model.device import Attribute, Claim
from scanner.model.kinds import Kind
from scanner.model.observation import evidence_id

BOTH = ("Windows 7", "Windows Server 2008 R2")


@pytest.fixture
def says(saw):
    """Claims that the device's NTLM version may mean each of these products."""

    def make(*products, field="ntlm.version"):
        seen = saw(field, "6.1.7601", "10.0.0.1", port="tcp/445")
        return [
            Claim(
                attr="os.product",
                value=product,
                confidence=0.5,
                rule=None,
                seen=seen,
                evidence=evidence_id(seen),
            )
            for product in products
        ]

    return make


def chosen(attributes, facts, kind):
    settled = settle(attributes, facts, kind)
    return settled["os.product"].value if "os.product" in settled else None


PLAIN = {"os.product": Attribute(value="Windows", confidence=0.9, evidence=("ev-0",))}


@pytest.mark.parametrize("kind", Kind)
def test_the_kind_tells_the_client_from_the_server(says, kind):
    want = "Windows Server 2008 R2" if kind in SERVERS else "Windows 7" if kind in CLIENTS else "Windows"

    assert want == chosen(PLAIN, says(*BOTH), kind)


def test_the_choice_is_unsure_and_names_its_evidence(says):
    facts = says("Windows", *BOTH)

    got = settle(PLAIN, facts, Kind.LAPTOP)["os.product"]

    assert (SETTLED, (facts[0].evidence,)) == (got.confidence, got.evidence)


def test_the_plain_edition_comes_before_the_embedded_one(says):
    facts = says("Windows XP Embedded", "Windows XP")

    assert "Windows XP" == chosen(PLAIN, facts, Kind.MODALITY) == chosen(PLAIN, facts[::-1], Kind.MODALITY)
    assert "Windows XP Embedded" == chosen(PLAIN, facts[:1], Kind.MODALITY)


def test_what_is_known_already_stays(says):
    known = {"os.product": Attribute(value="Windows 10", confidence=0.4, evidence=())}

    assert known == settle(known, says(*BOTH), Kind.LAPTOP)
    assert {} == settle({}, says(*BOTH), Kind.LAPTOP)


@pytest.mark.parametrize("products", [(), ("Windows",), ("Windows Server 2008 R2",)])
def test_a_client_is_not_named_a_server_for_want_of_a_better_name(says, products):
    assert "Windows" == chosen(PLAIN, says(*products), Kind.LAPTOP)


def test_only_the_build_offers_names(says):
    assert "Windows" == chosen(PLAIN, says(*BOTH, field="http_header.server"), Kind.LAPTOP)


def test_the_attributes_given_are_not_changed(says):
    given = dict(PLAIN)
    settle(given, says(*BOTH), Kind.LAPTOP)

    assert PLAIN == given
