"""The redacted twin says the same and names nobody: searched for every original name in every format."""

import html as escapes

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.model.device import Attribute, Claim, Location
from scanner.model.since import Cause
from scanner.report import csvout, html, jsonout
from scanner.report.diff import compare
from scanner.report.redact import WITHHELD, Level, Twin, Words

KEY = b"k" * 32
change = msgspec.structs.replace


def outputs(found):
    return {"html": html.render(found), "json": jsonout.assessment(found), "csv": csvout.devices(found)}


def identifiers(found):
    """Every address, card, name, owner, place and host word of an assessment."""
    for judged in found.devices:
        device = judged.device
        for leg in device.legs:
            yield str(leg.address)
            yield str(leg.mac)
        yield from device.names
        yield device.owner or ""
        place = device.location or Location()
        yield from (one for one in (place.switch, place.port, place.description, place.access_point) if one)
        yield from (one.value for name, one in device.attributes.items() if name.startswith("host."))
        yield device.id
    yield from found.evidence
    yield from (found.owner, found.title)


def leaks(found, twin, names=None):
    written = outputs(twin)
    wanted = {one for one in names or identifiers(found) if len(one) > 3}
    return {
        (form, one)
        for form, text in written.items()
        for one in wanted
        if one.lower() in text.lower() or escapes.escape(one).lower() in text.lower()
    }


def test_outside_nothing_names_anybody_in_any_format(hospital):
    renamed = change(
        hospital,
        devices=tuple(
            change(
                one,
                device=change(
                    one.device,
                    names=(f"wx{n:04d}", f"wx{n:04d}.hospital.example"),
                    owner=f"Dr Quux{n}",
                    conflicts=(f"wx{n:04d} says otherwise",),
                    joined_by=(f"ssh host key SHA256:zz{n:04d}",),
                ),
                risk=change(
                    one.risk, why=tuple(change(w, text=f"WX{n:04d} reaches {one.device.legs[0].address}") for w in one.risk.why)
                ),
            )
            for n, one in enumerate(hospital.devices)
        ),
    )  # fmt: skip

    assert leaks(renamed, renamed), "the search finds them where they are"
    assert set() == leaks(renamed, Twin(Level.EXTERNAL, KEY).of(renamed))


def test_inside_names_and_hosts_are_masked_and_networks_stay(hospital):
    twin = Twin(Level.INTERNAL, KEY).of(hospital)
    leg, was = twin.devices[0].device.legs[0], hospital.devices[0].device.legs[0]

    assert was.address.rpartition(".")[0] + ".x" == leg.address
    assert was.mac[:8] == leg.mac[:8]
    assert was.mac != leg.mac
    assert hospital.devices[0].device.id == twin.devices[0].device.id
    names = {name for one in hospital.devices for name in one.device.names if "." in name}
    addresses = {str(leg.address) for one in hospital.devices for leg in one.device.legs}
    assert set() == leaks(hospital, twin, names | addresses)


def test_full_is_the_assessment_itself(hospital):
    assert Twin(Level.FULL, KEY).of(hospital) is hospital


def test_verdicts_stay_as_they_are(hospital):
    twin = Twin(Level.EXTERNAL, KEY).of(hospital)

    assert [(one.risk.score, one.device.kind, one.age.support) for one in hospital.devices] == [
        (one.risk.score, one.device.kind, one.age.support) for one in twin.devices
    ]
    assert hospital.network == twin.network
    assert [one.name for one in hospital.zones] == [one.name for one in twin.zones]
    assert {WITHHELD} == {one.value for one in twin.evidence.values()}


def test_one_key_makes_one_twin_and_another_key_another(hospital):
    first, again = (Twin(Level.EXTERNAL, KEY).of(hospital) for _ in range(2))
    other = Twin(Level.EXTERNAL, b"other").of(hospital)

    assert outputs(first) == outputs(again)
    assert first.devices[0].device.names != other.devices[0].device.names


def test_the_map_reads_a_twin_back(hospital):
    twin = Twin(Level.EXTERNAL, KEY)
    device = twin.of(hospital).devices[0].device
    was = hospital.devices[0].device

    assert (was.id, was.names[0], was.legs[0].address, was.legs[0].mac) == tuple(
        twin.stands_for[one]
        for one in (device.id, device.names[0], device.legs[0].address, device.legs[0].mac)
    )


SECRETS = st.from_regex(r"\A[a-zäöü][a-z0-9äöü._ '&<$-]{6,30}[a-z0-9ß]\Z").filter(
    lambda one: not one.replace(".", "").replace("-", "").isdigit()
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(SECRETS, min_size=8, max_size=8, unique=True))
def test_whatever_a_device_is_called_it_does_not_leak(maker, sorts, texts):
    name, owner, switch, place, ssid, serial, title, domain = (f"q9z{one}" for one in texts)
    judged = maker.judged(sorts[0])
    evidence = judged.device.facts[0].evidence
    seen = change(judged.device.facts[0].seen, value=f"I am {name} of {owner} at {place}", zone="office")
    device = change(
        judged.device,
        names=(name,),
        owner=owner,
        location=Location(switch=switch, description=place, access_point=ssid),
        attributes={
            **judged.device.attributes,
            "hw.serial_number": Attribute(value=serial, confidence=1.0, evidence=(evidence,)),
            "dicom.title": Attribute(value=title, confidence=1.0, evidence=(evidence,)),
            "host.domain": Attribute(value=domain, confidence=1.0, evidence=(evidence,)),
        },
        facts=(
            Claim(
                attr="host.name", value=name.upper(), confidence=1.0, rule=None, seen=seen, evidence=evidence
            ),
        ),
        conflicts=(f"{name} and {serial}",),
    )
    because = (f"{title} said so",)
    why = tuple(change(one, text=f"{name.upper()} on {switch}") for one in judged.risk.why)
    judged = change(
        judged, device=device, age=change(judged.age, because=because, settle=f"ask {owner}"), risk=change(judged.risk, why=why)
    )  # fmt: skip
    found = maker.assessment([judged], limits=(f"{name} was silent",), evidence={evidence: seen}, owner=owner)
    names = {name, owner, switch, place, ssid, serial, title, domain}

    assert set() == leaks(found, Twin(Level.EXTERNAL, KEY).of(found), names)


def test_every_hostile_assessment_has_a_twin_at_every_level(hostile):
    """Half a surrogate pair never comes out of the log, which is JSON."""
    whole = change(
        hostile,
        devices=tuple(one for one in hostile.devices if not (one.device.owner or "").startswith("\udcff")),
    )
    for level in Level:
        twin = Twin(level, KEY).of(whole)
        assert "<script>window" not in html.render(twin)
        assert csvout.devices(twin)


def test_runs_comparisons_and_recall_are_redacted_too(hospital):
    half = change(hospital, devices=hospital.devices[::2])
    found = change(hospital, since=compare(half, [(Cause.NETWORK, hospital)]))
    run = found.runs[-1]
    twin = Twin(Level.EXTERNAL, KEY).of(found)

    assert {name for one in found.since.devices for name in [one.name]}.isdisjoint(
        {one.name for one in twin.since.devices}
    )
    assert ("", WITHHELD) == (twin.runs[-1].scope, twin.runs[-1].engagement)
    assert (run.started, run.seed) == (twin.runs[-1].started, twin.runs[-1].seed)


def test_ipv6_keeps_its_network_inside(hospital):
    legs = (change(hospital.devices[0].device.legs[0], address="fd00:1:2:3::77", mac=None),)
    found = change(
        hospital,
        devices=(change(hospital.devices[0], device=change(hospital.devices[0].device, legs=legs)),),
    )

    assert "fd00:1:2:3::x" == Twin(Level.INTERNAL, KEY).of(found).devices[0].device.legs[0].address


@given(st.sets(st.text(min_size=3, max_size=6).map(str.lower), min_size=1, max_size=5), st.text(), st.text())
def test_a_known_word_is_replaced_wherever_it_stands(known, before, after):
    first = min(known)
    words = Words(dict.fromkeys(known, "\0"))

    assert "\0" in words.replaced(before + first + after)
    assert words.replaced(first.upper()) != first.upper() or first.upper().lower() != first


def test_letters_that_grow_in_small_form_do_not_shift_the_places():
    assert "i̇ <x> end" == Words({"secret": "<x>"}).replaced("İ SECRET end")


def test_excluded_host_names_are_replaced(hospital):
    run = change(hospital.runs[-1], names={"dialysis-nine": ("10.20.0.99",)})
    twin = Twin(Level.EXTERNAL, KEY).of(change(hospital, runs=(run,), limits=("dialysis-nine was left out",)))

    assert "dialysis-nine" not in jsonout.assessment(twin)
    assert "10.20.0.99" not in jsonout.assessment(twin)
