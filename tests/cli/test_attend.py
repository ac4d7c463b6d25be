"""`stalehost attend` is a sign of life until it is ended."""

import os
import signal
import subprocess
import sys
import time


def test_the_sign_is_there_while_it_runs_and_gone_after_ctrl_c(tmp_path):
    sign = tmp_path / "beat"
    words = [sys.executable, "-m", "scanner", "attend", str(sign)]
    with subprocess.Popen(words, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL) as attending:
        said = attending.stderr.readline().decode()
        assert "attending by" in said
        assert 0o600 == sign.stat().st_mode & 0o777
        assert time.time() - sign.stat().st_mtime < 30
        os.kill(attending.pid, signal.SIGINT)
        try:
            assert 130 == attending.wait(20)
        finally:
            attending.kill()
    assert not sign.exists()
