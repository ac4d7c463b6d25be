"""`stalehost abort` speaks to the scan by a file, and says whether anyone listened."""

import threading
import time

from scanner.cli import abort


def test_it_says_when_the_scan_has_ended(run, engagement):
    said = []

    def scan():
        """Stands for a scan: takes the flag away once it has ended."""
        flag = engagement / "abort"
        end = time.monotonic() + 10
        while not flag.exists() and time.monotonic() < end:
            pass
        while not (word := flag.read_text()):
            pass
        said.append(word)
        flag.unlink()

    thread = threading.Thread(target=scan)
    thread.start()
    result = run("abort", "--reason", "the monitor in bed 4 went dark")
    thread.join()

    assert ["stalehost abort: the monitor in bed 4 went dark\n"] == said
    assert "the scan has ended" in result.stderr


def test_a_flag_that_nobody_takes_notice_of_does_not_stay(run, engagement, monkeypatch):
    monkeypatch.setattr(abort, "_PATIENCE", 0.0)
    assert "none is running" in run("abort").stderr
    assert not (engagement / "abort").exists()
