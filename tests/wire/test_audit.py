import subprocess
import sys
import textwrap

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import StoreError
from scanner.wire.audit import START, Audit, entries, verify


def written(path, now, count=5):
    with Audit(path, lambda: now) as audit:
        for number in range(count):
            audit.write("open", to="10.1.0.5", port="tcp/22", number=number)
        return audit.head


def test_each_line_carries_the_hash_of_the_one_before(tmp_path, now):
    path = tmp_path / "audit.jsonl"
    written(path, now)

    first, *rest = entries(path)

    assert (START, "open", 0) == (first["prev"], first["event"], first["number"])
    assert len({one["prev"] for one in rest}) == 4
    assert verify(path) is None
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_second_run_continues_the_chain(tmp_path, now):
    path = tmp_path / "audit.jsonl"
    head = written(path, now)
    written(path, now)
    assert [one["prev"] for one in entries(path)][5] == head
    assert verify(path) is None


def test_a_tail_longer_than_one_read_continues_the_chain(tmp_path, now):
    path = tmp_path / "audit.jsonl"
    with Audit(path, lambda: now) as audit:
        audit.write("nmap", hosts="x" * 200_000)
    written(path, now)
    assert verify(path) is None


@settings(max_examples=50, deadline=None)
@given(line=st.integers(0, 4), how=st.sampled_from(["drop", "change", "double", "swap"]))
def test_any_change_breaks_the_chain(tmp_path_factory, now, line, how):
    path = tmp_path_factory.mktemp("audit") / "audit.jsonl"
    written(path, now, 6)
    lines = path.read_bytes().splitlines(keepends=True)
    match how:
        case "drop":
            del lines[line]
        case "change":
            lines[line] = lines[line].replace(b"10.1.0.5", b"10.1.0.6")
        case "double":
            lines.insert(line, lines[line])
        case "swap":
            lines[line], lines[line + 1] = lines[line + 1], lines[line]
    path.write_bytes(b"".join(lines))

    fault = verify(path)

    assert fault is not None
    assert fault.line in {line + 1, line + 2}


@settings(max_examples=50, deadline=None)
@given(left=st.integers(0, 5), more=st.integers(0, 3))
def test_a_file_cut_off_or_written_anew_behind_a_kept_end_is_found(tmp_path_factory, now, left, more):
    path = tmp_path_factory.mktemp("audit") / "audit.jsonl"
    middle = written(path, now, 3)
    head = written(path, now, 3)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:left]))
    with Audit(path, lambda: now) as audit:
        for _ in range(more):
            audit.write("open", to="10.1.0.9")  # a chain that holds in itself

    assert verify(path) is None
    assert verify(path, [middle] if left >= 3 else []) is None
    assert left + more == verify(path, [START, middle, head]).line


def test_a_change_of_the_very_last_line_is_found_by_the_end_that_was_kept(tmp_path, now):
    path = tmp_path / "audit.jsonl"
    head = written(path, now)
    path.write_bytes(path.read_bytes().replace(b'"number":4', b'"number":5'))

    assert verify(path) is None
    assert "is gone" in verify(path, [head]).text


def test_lines_after_a_kept_end_are_no_fault(tmp_path, now):
    path = tmp_path / "audit.jsonl"
    head = written(path, now)
    written(path, now)
    assert verify(path, [head]) is None


def test_a_line_that_is_not_json_is_found_wherever_it_is_put(tmp_path, now):
    path = tmp_path / "audit.jsonl"
    written(path, now, 4)
    lines = path.read_bytes().splitlines(keepends=True)
    for at in range(1, 4):
        path.write_bytes(b"".join([*lines[:at], b"nothing to see\n", *lines[at:]]))
        assert at + 2 == verify(path).line


def test_a_line_cut_off_by_a_crash_is_kept_and_vouched_for(tmp_path, now):
    path = tmp_path / "audit.jsonl"
    written(path, now, 2)
    with path.open("ab") as file:
        file.write(b'{"at":"2026')
    with Audit(path, lambda: now) as audit:
        audit.write("open")
    assert [one["event"] for one in entries(path)] == ["open", "open", "torn", "open"]
    assert verify(path) is None


def test_two_scans_cannot_write_one_audit(tmp_path, now):
    with Audit(tmp_path / "a", lambda: now), pytest.raises(StoreError, match="another scan"):
        Audit(tmp_path / "a", lambda: now)


def test_what_cannot_be_opened_or_read_says_so(tmp_path, now):
    with pytest.raises(StoreError, match="cannot open the audit"):
        Audit(tmp_path / "nowhere" / "a", lambda: now)
    with pytest.raises(StoreError, match="cannot read the audit"):
        verify(tmp_path / "none")


def test_a_full_disk_loses_nothing_that_was_written(tmp_path):
    """The file size limit of a process stands in for the disk: the kernel cuts the write short, then refuses it."""
    program = textwrap.dedent("""
        import resource, signal, sys
        from datetime import UTC, datetime
        from pathlib import Path
        from scanner.errors import StoreError
        from scanner.wire.audit import Audit
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        audit = Audit(Path(sys.argv[1]), lambda: datetime(2026, 12, 1, tzinfo=UTC))
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        for number in range(100):
            try:
                audit.write("open", number=number)
            except StoreError as error:
                print(number, error)
                break
        try:
            audit.write("open", filler="x" * 2000)
        except StoreError as error:
            print(error)
    """)
    path = tmp_path / "audit.jsonl"

    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)

    first, second = done.stdout.splitlines()
    assert "free some space" in first
    assert "cannot write the audit" in second
    assert path.read_bytes().endswith(b"}\n")
    assert len(list(entries(path))) == int(first.split()[0]) > 0
    assert verify(path) is None


def test_it_is_on_the_disk_before_the_packet(tmp_path, now):
    audit = Audit(tmp_path / "a", lambda: now)
    audit.write("open")
    assert msgspec.json.decode((tmp_path / "a").read_bytes())["event"] == "open"
    audit.close()
    audit.close()


def test_a_disk_that_says_only_at_the_end_that_it_is_full_is_an_error_and_the_file_is_closed(
    tmp_path, now, monkeypatch
):
    audit = Audit(tmp_path / "audit.jsonl", lambda: now)

    def full(_file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("scanner.wire.audit.os.fsync", full)
    with pytest.raises(StoreError, match="cannot write the audit: No space left on device"):
        audit.close()
    audit.close()
    monkeypatch.undo()
    written(tmp_path / "audit.jsonl", now)
