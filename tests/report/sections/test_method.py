"""The page that says how the numbers were made and how old their data is."""

from datetime import timedelta

import msgspec

from scanner.model.knowledge import DataSource
from scanner.report.sections.method import method


def test_each_data_source_tells_its_age_and_licence(hospital):
    [advisories] = [one for one in method(hospital).data if one.old]

    assert ("Medical advisories", "2,385", "2 years", "public") == (
        advisories.name,
        advisories.rows,
        advisories.age,
        advisories.licence,
    )


def test_runs_tell_their_seed_and_the_parameters_that_differ(hospital):
    [run] = method(hospital).runs

    assert (7, (("rho", "0.4"),)) == (run.seed, run.parameters)


def test_a_run_that_did_not_end_says_so(hospital):
    open_run = msgspec.structs.replace(hospital.runs[0], ended=None)

    assert "did not end in order" == method(msgspec.structs.replace(hospital, runs=(open_run,))).runs[0].ended


def test_each_source_tells_how_old_it_may_be_and_why(hospital):
    dated = hospital.now.date() - timedelta(days=31)
    sources = [
        DataSource(name=name, rows=1, dated=dated, source="x", licence="x") for name in ("kev", "names")
    ]

    old, lasting = method(msgspec.structs.replace(hospital, sources=tuple(sources))).data

    assert (True, "30 days: CISA adds to its catalogue every week, and sets deadlines of days") == (
        old.old,
        old.may,
    )
    assert (False, "does not grow old") == (lasting.old, lasting.may)
