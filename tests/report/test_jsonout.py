"""The machine output fits its schema and says exactly what the architecture promises."""

import json
from datetime import timedelta

import jsonschema
import msgspec
import pytest

from scanner.model.device import DeviceId
from scanner.model.knowledge import DataSource
from scanner.model.verdict import Hop, Interval, Pace, Path, Reached, Under
from scanner.report import jsonout, schema

LINE = [
    "schema",
    "id",
    "names",
    "addresses",
    "macs",
    "zones",
    "site",
    "kind",
    "identity_confidence",
    "role",
    "attributes",
    "services",
    "first_seen",
    "last_seen",
    "presence",
    "days",
    "location",
    "owner",
    "inventories",
    "age",
    "forgotten",
    "risk",
    "exposures",
]
INSIDE = {
    "age": "support ends hypotheses horizon median evidence grade because settle",
    "forgotten": "unknown unmanaged stale signals",
    "risk": "score interval band grade fix_value by_adversary why compromised error blast critical top_ten under reaches"
    " compute_hops",
    "location": "switch port description access_point seen",
}


def validator(name):
    whole = schema.json_schema()
    return jsonschema.Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": whole["$defs"]})


@pytest.mark.parametrize("which", ["hospital", "empty"])
def test_the_whole_assessment_fits_the_schema(which, request):
    text = jsonout.assessment(request.getfixturevalue(which))

    validator("Report").validate(json.loads(text))


def test_device_lines_fit_the_schema_and_hold_exactly_the_promised_keys(hospital):
    lines = [json.loads(line) for line in jsonout.device_lines(hospital)]

    assert len(hospital.devices) == len(lines)
    for line in lines:
        validator("DeviceLine").validate(line)
        assert LINE == list(line)
        for part, keys in INSIDE.items():
            assert line[part] is None or keys.split() == list(line[part])


def test_inner_lists_hold_exactly_the_promised_keys(hospital):
    line = json.loads(next(jsonout.device_lines(hospital)))

    for got, want in (
        (line["services"][0], "port protocol product version also evidence"),
        (line["attributes"]["host.name"], "value confidence evidence"),
        (line["forgotten"]["signals"][0], "name points evidence"),
        (line["risk"]["why"][0], "points text evidence removes"),
        (line["risk"]["interval"], "lo hi level"),
        (line["age"]["horizon"], "lo hi level grade conflict because"),
        (line["exposures"][0], "id name gate cves probability grade evidence deadline holes because"),
    ):
        assert want.split() == list(got)


def test_points_sum_to_the_score(hospital):
    for line in map(json.loads, jsonout.device_lines(hospital)):
        assert line["risk"]["score"] == sum(why["points"] for why in line["risk"]["why"])


def test_every_evidence_id_that_is_cited_can_be_looked_up(hospital):
    whole = json.loads(jsonout.assessment(hospital))

    for line in whole["devices"]:
        for why in line["risk"]["why"]:
            assert set(why["evidence"]) <= set(whole["evidence"])


def test_reach_keeps_the_four_ways_of_knowing_apart(hospital):
    reach = json.loads(jsonout.assessment(hospital))["reach"]

    assert {"measured": 1, "declared": 3, "inferred": 1, "assumed": 3} == {
        way: len(rules) for way, rules in reach.items()
    }


def test_equal_input_gives_equal_bytes(hospital):
    again = msgspec.convert(msgspec.to_builtins(hospital), type(hospital))

    assert jsonout.assessment(hospital) == jsonout.assessment(again)


def test_finding_lines_fit_the_schema(hospital):
    lines = [json.loads(line) for line in jsonout.finding_lines(hospital)]

    assert lines
    for line in lines:
        validator("FindingLine").validate(line)


def test_a_device_without_location_says_null(hospital):
    lines = [json.loads(line) for line in jsonout.device_lines(hospital)]

    assert [judged.device.location is None for judged in hospital.devices] == [
        line["location"] is None for line in lines
    ]


def test_address_and_field_lines_have_a_schema_of_their_own():
    line = schema.FieldLine(field="ssh.banner", value="x", rule=None, attributes={})

    validator("FieldLine").validate(json.loads(msgspec.json.encode(line)))


def test_each_source_tells_its_age_and_the_age_it_may_have(hospital):
    dated = hospital.now.date() - timedelta(days=31)
    kev = DataSource(name="kev", rows=1, dated=dated, source="x", licence="x")
    lasting = DataSource(name="names", rows=1, dated=dated, source="x", licence="x")
    found = msgspec.structs.replace(hospital, sources=(kev, lasting))

    assert [(31, 30, True), (31, None, False)] == [
        (one["age_days"], one["limit_days"], one["old"])
        for one in json.loads(jsonout.assessment(found))["sources"]
    ]


def test_ways_times_and_what_makes_the_score_are_told(hospital):
    """Every field of the risk that is judged has its place in the output, and fits the schema."""
    way = Path(hops=(Hop(device=DeviceId("dev-2"), gate="smb-rce", zone="servers"),), probability=0.25)
    reached = Reached(asset=DeviceId("dev-2"), probability={"adaptive": 0.5}, hops=1, paths=(way,))
    under = {"adaptive": Under(score=40, compromised=0.3, blast=9.0, critical=0.1)}
    pace = Pace(
        adversary="adaptive", probability=0.4, hours=9.6, interval=Interval(lo=9.0, hi=20.0), first=DeviceId("dev-2")
    )  # fmt: skip
    first = hospital.devices[0]
    risk = msgspec.structs.replace(first.risk, reaches=(reached,), under=under, compute_hops=2, error=0.01)
    found = msgspec.structs.replace(
        hospital,
        devices=(msgspec.structs.replace(first, risk=risk), *hospital.devices[1:]),
        network=msgspec.structs.replace(
            hospital.network, pace=(pace,), compute_hosts=1, compute_reached=0.125
        ),
    )
    told = json.loads(jsonout.assessment(found))

    validator("Report").validate(told)
    assert json.loads(msgspec.json.encode(reached)) == told["devices"][0]["risk"]["reaches"][0]
    assert msgspec.to_builtins(under) == told["devices"][0]["risk"]["under"]
    assert [msgspec.to_builtins(pace)] == told["network"]["pace"]
    assert (2, 1) == (told["devices"][0]["risk"]["compute_hops"], told["network"]["compute_hosts"])


def test_a_plan_and_answers_are_one_line(hospital):
    told = json.loads(jsonout.plan_line(hospital.plan, ()))

    assert (len(hospital.plan.steps), []) == (len(told["plan"]["steps"]), told["what_if"])
    assert json.loads(jsonout.plan_line(None, ()))["plan"] is None
