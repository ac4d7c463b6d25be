"""Makers' forms beside the devices that they describe: which, and what is said of the others."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.identify import forms
from scanner.identify.merge import devices
from scanner.model.observation import evidence_id

CARD = "00:1b:21:00:00:0a"
FORM = {"manufacturer": "Acme", "model": "Kiln 9", "CSUP-2.1": "no", "anti_malware": "no", "AUTH-1": "yes"}


@pytest.fixture
def form(saw):
    return lambda **words: saw(
        "mds2.form", {key: value for key, value in (FORM | words).items() if value}, source="import:mds2"
    )


@pytest.fixture
def row(saw):
    """A register's row of one device."""
    return lambda at=5, mac=None, **words: saw(
        "register.entry", words, f"10.0.0.{at}", mac=mac, source="import:cmdb-csv"
    )


@pytest.fixture
def judged(knowledge, scope, now):
    """The facts from forms by the last number of each address, and what is said of forms that found nobody."""
    knowledge.makers["00:1b:21"] = "Intel"

    def judge(*seen):
        found = devices(seen, knowledge, scope, now)
        said = {
            int(one.legs[0].address.rpartition(".")[2]): {
                fact.attr: fact.value for fact in one.facts if fact.attr.startswith("mds2.")
            }
            for one in found
        }
        return {at: facts for at, facts in said.items() if facts}, list(forms.strays(found, seen))

    return judge


TOLD = {"mds2.CSUP-2.1": "no", "mds2.anti_malware": "no"}


@pytest.mark.parametrize(
    "words",
    [
        {"model": "KILN-9", "vendor": "Acme Medical GmbH"},
        {"model": "Kiln 9"},
        {"model": "Kiln 9", "mac": CARD},
    ],
    ids=["spelt otherwise", "no maker known", "a card's maker is no maker"],
)
def test_a_form_reaches_the_device_of_its_model(judged, form, row, words):
    assert ({5: TOLD}, []) == judged(form(), row(**words), row(6, model="Kiln 10", vendor="Acme"))


def test_every_device_of_the_model_gets_it_and_by_serial_number_only_that_one(judged, form, row):
    ward = [row(at, model="Kiln 9", vendor="Acme", serial=f"S-{at}") for at in (5, 6, 7)]

    assert ({5: TOLD, 6: TOLD, 7: TOLD}, []) == judged(form(), *ward)
    assert ({6: TOLD}, []) == judged(form(serial="s6"), *ward)


@pytest.mark.parametrize(
    ("words", "rows", "want"),
    [
        ({}, [], "Acme Kiln 9: matches no device"),
        ({}, [{"model": "Kiln 9", "vendor": "Other"}], "Acme Kiln 9: matches no device: its model is there, from another maker"),
        ({"serial": "77"}, [{"model": "Kiln 9"}], "Acme Kiln 9: matches no device: none has its serial number"),
        ({"model": ""}, [{"vendor": "Acme"}], "Acme: names no model, and matches several devices or none"),
        (
            {"manufacturer": ""},
            [{"model": "Kiln 9", "vendor": "Acme"}, {"model": "Kiln 9", "vendor": "Other"}],
            "Kiln 9: matches several: its model is made by more than one, and it names no maker",
        ),
    ],
)  # fmt: skip
def test_a_form_that_describes_nobody_beyond_doubt_is_named(judged, form, row, words, rows, want):
    seen = [row(at, **one) for at, one in enumerate(rows, 5)]
    assert ({}, [f"the MDS2 form of {want}"]) == judged(form(**words), *seen)


def test_a_form_without_a_maker_reaches_a_model_that_one_maker_has(judged, form, row):
    assert ({5: TOLD}, []) == judged(form(manufacturer=""), row(model="Kiln 9", vendor="Acme"))


def test_its_system_fills_only_what_nobody_else_said(knowledge, scope, now, form, row):
    filled = form(os="Windows 10 IoT Enterprise LTSC")
    silent, told = devices(
        [filled, row(5, model="Kiln 9"), row(6, model="Kiln 9", product="Windows 7")], knowledge, scope, now
    )

    assert "Windows 10" == silent.attributes["os.product"].value
    assert (evidence_id(filled),) == silent.attributes["os.product"].evidence
    assert "Windows 7" == told.attributes["os.product"].value
    assert {"Windows 10", "Windows 7"} == {one.value for one in told.facts if one.attr == "os.product"}


def test_what_is_no_form_is_passed_over(judged, saw, row):
    assert ({}, []) == judged(saw("mds2.form", "Kiln 9"), row(model="Kiln 9"))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False))
def test_which_form_came_first_never_matters(knowledge, scope, now, form, row, dice):
    seen = [
        form(),
        form(anti_malware="yes", version="2"),
        form(model="Kiln 10"),
        row(5, model="Kiln 9"),
        row(6),
    ]
    want = devices(seen, knowledge, scope, now)
    mixed = dice.sample(seen, len(seen))

    assert want == devices(mixed, knowledge, scope, now)
    assert list(forms.strays(want, seen)) == list(forms.strays(want, mixed))
