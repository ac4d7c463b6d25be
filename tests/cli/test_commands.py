"""The commands that set up, import, name and check; and how the program starts and fails."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scanner import cli
from scanner.errors import DataError, ScopeError, StoreError

ROOT = Path(__file__).parents[2]
ANSWERS = [
    "--name",
    "Audit",
    "--owner",
    "St Example",
    "--authorized-by",
    "J. Doe",
    "--contact",
    "+1",
    "--reference",
    "C-1",
]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_init_writes_a_scope_that_checks_and_never_overwrites(run, here):
    first = run("init", "--sector", "hospital", *ANSWERS)
    checked = run("scope", "check")
    again = run("init", "--sector", "hospital", *ANSWERS)

    assert first.exit_code == checked.exit_code == 0
    assert "Audit: networks of St Example" in checked.stdout
    assert "valid now" in checked.stdout
    assert isinstance(again.exception, ScopeError)


@pytest.mark.parametrize(("now", "said"), [("2020-01-01", "NOT YET VALID"), ("2099-01-01", "EXPIRED")])
def test_a_scope_outside_its_dates_says_so(run, engagement, now, said):
    assert said in run("scope", "check", "--now", now).stdout


def test_scope_check_names_everything_that_is_allowed_and_forbidden(run, engagement):
    said = run("scope", "check", "--now", "2026-11-24").stdout

    for part in (
        "never: 00:10:5d",
        "critical: PACS",
        "office may reach imaging on nothing",
        "profile clinical",
    ):
        assert part in said


def test_a_dry_run_says_what_would_be_sent_and_sends_nothing(run, engagement):
    before = (engagement / "audit.jsonl").read_bytes()
    said = run("scan", "--dry-run")

    assert said.exit_code == 0
    assert "ARP requests at 5/s" in said.stdout
    assert before == (engagement / "audit.jsonl").read_bytes()


def test_a_stricter_profile_is_taken_everywhere(run, engagement):
    said = run("scan", "--dry-run", "--profile", "passive").stdout
    assert said.count("nothing is sent") == 7


def test_nothing_is_sent_without_a_yes(run, engagement):
    before = (engagement / "audit.jsonl").read_bytes()
    assert run("scan", input="n\n").exit_code == 1
    assert before == (engagement / "audit.jsonl").read_bytes()


def test_a_scan_where_nothing_can_be_reached_ends_in_order(run, engagement):
    """In the empty namespace of the test run every connect fails at once; on a real network this test must not run."""
    interfaces = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout
    if len(interfaces.splitlines()) > 1:
        pytest.skip("needs a network namespace with nothing but loopback: `./dev test` makes one")
    text = (engagement / "scope.toml").read_text()
    (engagement / "scope.toml.sig").unlink()
    (engagement / "scope.toml").write_text(re.sub(r"/2[67]\"", '/30"', text.replace("clinical", "office")))

    result = run("scan", "--yes")

    assert result.exit_code == 0, result.exception
    assert "stored in" in result.stderr


def test_probe_needs_a_known_probe_and_an_address_in_scope(run, engagement):
    assert re.search("no probe 'gopher'; known: .*dicom", str(run("probe", "gopher", "10.20.10.5").exception))
    assert "name the host by its address" in str(run("probe", "ssh", "pacs").exception)
    assert "in no network" in str(run("probe", "ssh", "192.0.2.1").exception)


def test_import_recognises_formats_and_names_what_it_could_not_read(run, engagement):
    good = run("import", "dhcpd.leases")
    (engagement / "bad.leases").write_text("lease 10.20.10.9 {\n}\nlease 10.20.10.10 {\n")
    bad = run("import", "bad.leases")

    assert "read as dhcp-isc" in good.stderr
    assert isinstance(bad.exception, DataError)
    assert "line 3" in str(bad.exception)


@pytest.mark.parametrize(
    ("content", "words", "said"),
    [
        ("hello", [], "in no format that we know"),
        ("hello", ["--format", "nosuch"], "no format 'nosuch'"),
        (None, [], "No such file"),
    ],
)
def test_import_refuses_what_it_does_not_know(run, engagement, content, words, said):
    if content is not None:
        (engagement / "x.txt").write_text(content)
    assert said in str(run("import", "x.txt", *words).exception)


def test_discover_cross_check_compares_without_sending(run, engagement):
    before = (engagement / "audit.jsonl").read_bytes()
    said = run("discover", "--cross-check").stdout

    assert "OURS " in said
    assert "0 of 0 ports that both looked at agree" in said
    assert before == (engagement / "audit.jsonl").read_bytes()


def test_identify_names_what_a_text_says(run, here):
    rows = [
        {"field": "ssh.banner", "value": "OpenSSH_7.4"},
        {"field": "ssh.banner", "value": "nothing known by this name"},
        {"field": "no.such.field", "value": {"a": "b"}},
    ]
    text = "\n".join(json.dumps(row) for row in rows) + "\n\n"
    (here / "rows.jsonl").write_text(text)

    from_file, from_stdin = run("identify", "rows.jsonl"), run("identify", input=text)

    answers = [json.loads(line) for line in from_file.stdout.splitlines()]
    assert from_file.stdout == from_stdin.stdout
    assert ("OpenSSH", "7.4") == tuple(
        answers[0]["attributes"][f"service.{key}"] for key in ("product", "version")
    )
    assert [None, None] == [answer["rule"] for answer in answers[1:]]


def test_identify_names_the_line_that_is_wrong(run, here):
    (here / "rows.jsonl").write_text('{"field": "ssh.banner", "value": "x"}\n{"field": 1}\n')
    assert "rows.jsonl:2" in str(run("identify", "rows.jsonl").exception)
    assert "No such file" in str(run("identify", "none.jsonl").exception)


def test_knowledge_status_dates_each_table(run):
    said = run("kb", "status").stdout
    assert re.search(r"\d{4}-\d\d-\d\d +.* [\d,]+ rows +branches", said), said


def test_doctor_says_what_works_and_why_not(run, here):
    said = run("doctor").stdout
    for part in (
        "python",
        "raw sockets",
        "connect scan",
        "nmap",
        "simulated networks",
        "clock",
        "open files",
        "disk",
    ):
        assert re.search(rf"^(works|NO)\s+{part}", said, re.MULTILINE), said


def test_lab_list_names_the_hospital(run):
    assert re.search(r"hospital: \d+ devices", run("lab", "list").stdout)


def test_every_command_has_help_that_says_what_it_does(run):
    for name in cli.COMMANDS:
        said = run(name, "--help")
        assert said.exit_code == 0
        assert len(said.stdout.splitlines()) > 4


def test_readme_names_only_commands_that_exist():
    named = set(re.findall(r"`?stalehost ([a-z]+)", (ROOT / "README.md").read_text()))
    assert named <= set(cli.COMMANDS)


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (StoreError("x.db: the disk is full"), 2, "stalehost: x.db: the disk is full"),
        (KeyboardInterrupt(), 130, "what was seen so far is stored"),
    ],
)
def test_an_expected_end_is_one_line(monkeypatch, capsys, error, status, said):
    def fail(*_args, **_more):
        raise error

    monkeypatch.setattr(cli.stalehost, "main", fail)
    with pytest.raises(SystemExit) as end:
        cli.main(["devices"])

    assert status == end.value.code
    assert [said in capsys.readouterr().err] == [True]


def test_a_wrong_option_is_exit_2(capsys):
    with pytest.raises(SystemExit) as end:
        cli.main(["devices", "--nonsense"])
    assert end.value.code == 2


def test_version_is_exit_0(capsys):
    with pytest.raises(SystemExit) as end:
        cli.main(["--version"])
    assert 0 == end.value.code
    assert "stalehost, version" in capsys.readouterr().out


def test_a_command_that_does_not_exist_is_refused(run):
    assert run("nonsense").exit_code == 2


def test_help_loads_nothing_heavy():
    """What makes `--help` slow is imports; so they are counted rather than timed."""
    heavy = (
        "numpy",
        "scapy",
        "sqlalchemy",
        "nmap",
        "cryptography",
        "rich",
        "jinja2",
        "re2",
        "asyncio",
        "alembic",
    )
    code = (
        "import sys\nfrom scanner.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print(sorted(set({heavy!r}) & set(sys.modules)), file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]" == result.stderr.strip()
    assert all(name in result.stdout for name in cli.COMMANDS)


def test_the_program_runs_as_a_module(tmp_path):
    result = subprocess.run(
        [sys.executable, "-m", "scanner", "devices"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert 2 == result.returncode
    assert "stalehost init" in result.stderr


def test_progress_in_plain_lines_is_sparse(monkeypatch, capsys):
    from scanner.cli import progress

    seconds = iter([0.0, 1.0, 11.0, 12.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(seconds))
    with progress.watched() as watch:
        for done in (1, 2, 3):
            watch("ward", "who is there", done, 0)

    assert ["ward: who is there, 2 of an unknown number"] == capsys.readouterr().err.splitlines()


def test_progress_in_a_terminal_is_a_bar(monkeypatch):
    from scanner.cli import progress

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with progress.watched() as watch:
        watch("ward", "who is there", 1, 10)
        watch("ward", "who is there", 10, 10)


def test_import_lists_its_formats_and_reads_headings_as_they_are_named(run, engagement):
    listed = run("import", "--formats").stdout
    (engagement / "x.csv").write_text("Tag,Hostname,Net,Kostenstelle\nT7,pc-1,10.20.10.9,Ward 3\n")
    taken = run("import", "--map", "address=Net", "--map", "owner=Kostenstelle", "x.csv")

    assert "dhcp-isc: leases (checked against: " in listed
    assert "read as cmdb-csv (checked against: memory), 1 observations" in taken.stderr
    assert "name the files to import" in run("import").stderr


def test_init_drafts_networks_from_files_and_says_when_they_hold_none(run, here):
    (here / "dhcp.txt").write_text(
        'Dhcp Server 1 add scope 10.9.0.0 255.255.255.0 "Radiology"\nDhcp Server 1 add scope x\n'
    )
    (here / "hosts.txt").write_text("Starting arp-scan\n10.9.0.1\t02:00:00:00:00:01\tX\n")
    none = run("init", "--sector", "hospital", *ANSWERS, "--from", "hosts.txt")
    made = run("init", "--sector", "hospital", *ANSWERS, "--from", "dhcp.txt", "hosts.txt")

    assert "no DHCP scope, prefix or interface" in str(none.exception)
    assert "1 networks drafted" in made.stderr
    assert "line 2: no scope" in made.stderr
    assert 'zone = "imaging"  # CHECK' in (here / "scope.toml").read_text()
    assert 0 == run("scope", "check").exit_code
