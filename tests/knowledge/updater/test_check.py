"""Whatever was changed in a base or in a folder of feeds since it was written is found and named."""

import pytest

from scanner.errors import DataError
from scanner.knowledge import installed
from scanner.knowledge.updater import check, run
from tests.knowledge.updater import world
from tests.knowledge.updater.test_run import NOW


@pytest.fixture
def base(data, tmp_path):
    (tmp_path / "kev.json").write_bytes(world.kev())
    return run.update("kev", str(tmp_path / "kev.json"), "", NOW).base


def test_what_nobody_touched_is_whole(base):
    assert check.base(base) == 3
    assert check.base(None) == 1


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda folder: flip(folder / "kb.sqlite"), r"kb\.sqlite: changed since"),
        (lambda folder: flip(folder / "tables" / "kev" / "kev.csv"), r"kev\.csv: changed since"),
        (lambda folder: (folder / "tables" / "kev" / "kev.csv").unlink(), r"kev\.csv: missing"),
        (lambda folder: (folder / "more").write_text("x"), "more: none of the files"),
    ],
)
def test_any_change_is_named(base, harm, said):
    harm(base.folder)
    with pytest.raises(DataError, match=said):
        check.base(base)


def test_a_page_of_nonsense_is_no_base(base):
    data = bytearray(base.database.read_bytes())
    data[8192:9000] = b"\x05" * 808
    base.database.write_bytes(data)
    with pytest.raises(DataError, match="not whole"):
        run.make.whole(base.database)


def test_a_folder_of_feeds_is_held_against_its_list(tmp_path, server):
    server.put("/kev.json", world.kev())
    digest, *_ = run.bring.fetch(
        [run.feeds.BY_NAME["kev"]], tmp_path / "f", run.Web(sleep=print), NOW, root=server.url("/kev.json")
    )

    assert (1, digest) == check.feeds(tmp_path / "f", digest.upper())
    with pytest.raises(DataError, match="not the one that you expect"):
        check.feeds(tmp_path / "f", "0" * 64)
    flip(tmp_path / "f" / "kev" / "known_exploited_vulnerabilities.json")
    with pytest.raises(DataError, match="changed on the way"):
        check.feeds(tmp_path / "f")
    assert installed.current() is None
