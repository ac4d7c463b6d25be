"""A dry run makes the plan, the document and the approval; a ward is not scanned without it."""

import pytest

from scanner.cli import planning
from scanner.errors import HostError, ScopeError
from scanner.scope.approval import approvals
from scanner.wire import links
from scanner.wire.audit import entries, verify


def test_a_ward_is_not_scanned_before_its_plan_is_approved(run, engagement):
    before = (engagement / "audit.jsonl").read_bytes()

    said = run("scan", "--yes")

    assert isinstance(said.exception, ScopeError)
    assert "no plan for this scope file is approved" in str(said.exception)
    assert before == (engagement / "audit.jsonl").read_bytes()


def test_an_approval_is_kept_and_audited(run, engagement):
    said = run("scan", "--dry-run", "--approve-by", "A. Board")

    assert said.exit_code == 0, said.exception
    [one] = approvals(engagement)
    assert "A. Board" == one.by
    assert f"plan {one.plan}" in said.stdout
    *_, last = entries(engagement / "audit.jsonl")
    assert ("approve", one.plan, "A. Board") == (last["event"], last["plan"], last["by"])
    assert verify(engagement / "audit.jsonl") is None


def test_a_dry_run_knows_the_hosts_of_the_log_and_their_kinds(run, engagement):
    said = run("scan", "--dry-run").stdout

    assert " modality: at most 8 connections" in said
    assert "excluded: ventilators, never" in said
    assert "in all: " in said


def test_a_dry_run_writes_the_document_for_the_change_board(run, engagement):
    said = run("scan", "--dry-run", "-o", "change-request.html")

    assert said.exit_code == 0, said.exception
    page = (engagement / "change-request.html").read_text("utf-8")
    assert "change request" in page
    assert "LAB-1" in page


@pytest.mark.parametrize("words", [("-o", "x.html"), ("--approve-by", "A")])
def test_papers_come_from_a_dry_run_only(run, engagement, words):
    assert run("scan", "--yes", *words).exit_code == 2


def test_a_machine_that_cannot_list_its_addresses_plans_all_the_same(run, engagement, monkeypatch):
    async def none():
        raise HostError("no `ip` here")

    monkeypatch.setattr(links, "links", none)
    assert [] == planning._sources()


def test_probing_one_device_of_a_ward_needs_the_approved_plan_too(run, engagement):
    said = run("probe", "dicom", "10.20.30.5")

    assert isinstance(said.exception, ScopeError)
    assert "no plan for this scope file is approved" in str(said.exception)
