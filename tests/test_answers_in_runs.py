"""The questions of `ask`, answered as the owner of the simulated hospital would: more is decided, nothing wrongly."""

import asyncio
import shlex

import msgspec
import pytest

from scanner.age import answers, questions
from scanner.cli.planning import approve_lab
from scanner.knowledge.base import open_base
from scanner.lab import mark, paperwork
from scanner.lab.sector import load
from scanner.model.kinds import Support
from scanner.model.observation import Observation
from scanner.pipeline import assess, begin
from scanner.report import jsonout
from scanner.scope.engagement import find
from scanner.store.store import open_store

from .cli.conftest import NOW, hospital  # noqa: TID252 - the played hospital is shared with the commands

KNOWLEDGE = open_base()
PAST, FUTURE = "2020-01-01", "2030-01-01"


def played(root, seed):
    """The log, the runs and the truth of one variant of the hospital."""
    sector = load("hospital", seed)
    paperwork.write(sector, root, NOW)
    approve_lab(root / "scope.toml", NOW)
    folder = find(root, allowed_signers=paperwork.signers(root))
    with open_store(folder.database, folder.id) as store:
        asyncio.run(hospital(folder, store, begin(folder, folder.scope, "scan", NOW, 1, KNOWLEDGE), sector))
        log, runs = list(store.log()), store.runs()
    return log, runs, msgspec.json.decode((root / "truth.json").read_bytes(), type=list[paperwork.Expected])


def said(command, *more):
    """The observation that an answer's command records."""
    words = shlex.split(command)
    given = {
        option: [words[n + 1] for n, word in enumerate(words) if word == f"--{option}"]
        for option in ("match", "set", "until")
    }
    value = answers.value(given["match"], [*more] or given["set"], *(given["until"] or [None]), "contract")
    return Observation(source="person:owner", first=NOW, last=NOW, field=answers.FIELD, value=value)


def owners_answer(question, truth, log, runs):
    """The first offered answer under which its devices get their true support; None where the owner knows no better.

    Where the truth is open (an extension may have been bought), this owner bought it.
    """
    want = {truth[device] for device in question.devices}
    if want <= {Support.UNKNOWN, Support.SUPPORTED}:
        verdict, day = Support.SUPPORTED, FUTURE
    elif want == {Support.UNSUPPORTED}:
        verdict, day = Support.UNSUPPORTED, PAST
    else:
        return None
    offered = [
        said(one) for one in question.answers if not any(word in one for word in ("DATE", "VERSION", "BUILD"))
    ]
    for answer in [*offered, said(question.answers[0], f"until={day}")]:
        found = assess([*log, answer], runs, KNOWLEDGE, NOW)
        verdicts = {one.age.support for one in found.devices if one.device.id in question.devices}
        if verdicts == {verdict}:
            return answer
    return None


@pytest.mark.parametrize("seed", [1])
def test_answers_raise_the_decided_share_and_call_nothing_wrongly_unsupported(tmp_path, seed, capsys):
    log, runs, expected = played(tmp_path, seed)
    before = assess(log, runs, KNOWLEDGE, NOW)
    by_address = {address: one.support for one in expected for address in one.addresses}
    truth = {
        one.device.id: by_address.get(one.device.legs[0].address) for one in before.devices if one.device.legs
    }
    asked = questions.ask([(one.device, one.age, one.risk.score) for one in before.devices])

    given = [one for question in asked[:10] if (one := owners_answer(question, truth, log, runs))]
    after = assess([*log, *given], runs, KNOWLEDGE, NOW)

    shares = [
        {
            row.name: (row.decided, row.devices)
            for row in questions.families([(one.device, one.age) for one in found.devices])
        }
        for found in (before, after)
    ]
    with capsys.disabled():
        print(f"\ndecided by family, before and after {len(given)} answers: {shares[0]} {shares[1]}")
    decided = [sum(done for done, _ in share.values()) for share in shares]
    assert len(given) >= 3
    assert decided[1] >= decided[0] + len(given)
    for found in (before, after):
        marks = mark.mark(expected, mark.read("\n".join(jsonout.device_lines(found)).encode()))
        assert [] == [one for one in marks.mistakes if one.what == "wrong unsupported"]
