"""PostgreSQL answers an SSLRequest with one byte, and is told nothing more."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.observe.probes import postgres

POSTGRES = Path(__file__).parents[3] / "fixtures" / "postgres"


@pytest.mark.parametrize(
    ("answer", "want"),
    [(b"S", "yes"), (b"N", "no"), (b"", None), (b"SSH-2.0-x", None), (b"N\n", None), (b"E\0\0\0\x08", None)],
)
def test_one_byte_answers(answer, want):
    assert want == postgres.parse(answer)


@pytest.mark.parametrize("path", sorted(POSTGRES.glob("*.talk")), ids=lambda path: path.stem)
def test_no_tls_and_no_user_follows(path, talk_conn, gather):
    conn = talk_conn(talk.load(path))

    gather(postgres.talk(conn))

    assert bytes.fromhex("00000008 04d2162f") == conn.sent
