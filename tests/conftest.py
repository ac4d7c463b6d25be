"""What every test may rely on; in CI a skip is a failure, because a skipped test proves nothing."""

import os
import signal
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

# a shell starts what runs in its background with Ctrl-C ignored, and children inherit that: ours must hear it
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# what a developer has installed with `kb update` must not decide a test
os.environ["STALEHOST_DATA"] = str(Path(tempfile.gettempdir()) / f"stalehost-tests-{os.getuid()}")

# CI must give the same answer twice; on a developer's machine every run tries something new
# and no test is timed: a busy machine is slow, not wrong
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.skipped and os.environ.get("STALEHOST_NO_SKIPS") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} skipped where nothing may be skipped: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol():
    """Leave Ctrl-C as it was: the raw helper ignores it, and programs started by later tests would inherit that."""
    before = signal.getsignal(signal.SIGINT)
    result = yield
    signal.signal(signal.SIGINT, before)
    return result
