"""From each schema that was ever released, with data in it, on both engines: nothing is lost, nothing is changed."""

from datetime import timedelta
from importlib import import_module

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from scanner.model.observation import evidence_id
from scanner.store.engine import connect
from scanner.store.rows import text
from scanner.store.schema import METADATA
from scanner.store.store import _MIGRATIONS, open_store
from tests.store.test_store import T0, run, seen

CONFIG = Config()
CONFIG.set_main_option("script_location", str(_MIGRATIONS))
STEPS = sorted(ScriptDirectory.from_config(CONFIG).walk_revisions(), key=lambda step: step.revision)
LOG = [seen(value=f"v{n}", minutes=n, address=f"10.0.0.{n}") for n in range(7)]


def rows(store):
    """What a database holds, table by table, as the program of today writes it; the released ones wrote it too."""
    import msgspec

    return {
        "observation": [store._row(one) for one in LOG],
        "run": [
            {
                "engagement": "eng-1",
                "id": "run-1",
                "started": text(T0),
                "snapshot": msgspec.json.encode(run()).decode(),
            }
        ],
        "place": [{"engagement": "eng-1", "run": "run-1", "ask": "arp", "place": 3_000_000_000}],
        "presence": store._days(LOG),
    }


@pytest.mark.parametrize("step", [step.revision for step in STEPS])
def test_a_database_of_each_released_schema_is_brought_up_to_date_with_all_it_holds(where, step, tmp_path):
    with open_store(tmp_path / "model.db", "eng-1") as model:
        data = rows(model)
    engine, _name = connect(where)
    with engine.begin() as link:
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        config.attributes["connection"] = link
        command.upgrade(config, step)
        for name, held in data.items():
            if sa.inspect(link).has_table(name):
                table = sa.Table(name, sa.MetaData(), autoload_with=link)
                link.execute(
                    table.insert(),
                    [{key: value for key, value in row.items() if key in table.c} for row in held],
                )
        tables = sa.inspect(link).get_table_names()
    engine.dispose()

    with open_store(where, "eng-1") as store:
        assert sorted(LOG, key=evidence_id) == list(store.log())
        assert (run(),) == store.runs()
        assert ({"arp": 3_000_000_000} if "place" in tables else {}) == store.places("run-1")
        assert (7 if "presence" in tables else 0) == len(list(store.presence()))
        # what was there before there were turns came in before every turn that is still to come
        assert (7, 7) == (len(list(store.log(after=-1))), len(list(store.log())))
        before = store.turn()
        assert [] == list(store.log(after=before))
        store.append([seen(value="v0", minutes=90, address="10.0.0.0")])
        assert ["v0"] == [one.value for one in store.log(after=before)]
        assert {T0 + timedelta(minutes=90)} == {one.last for one in store.log() if one.value == "v0"}


def test_the_last_step_is_the_schema_of_today(tmp_path):
    with open_store(tmp_path / "x.db", "eng-1") as store, store._transaction() as link:
        assert {"alembic_version", *METADATA.tables} == set(sa.inspect(link).get_table_names())


@pytest.mark.parametrize("step", [step.module.__name__ for step in STEPS])
def test_a_log_is_never_taken_back(step):
    name = next(one for one in STEPS if one.module.__name__ == step).path
    module = import_module(f"scanner.store.migrations.versions.{name.rpartition('/')[2].removesuffix('.py')}")
    with pytest.raises(NotImplementedError, match="never taken back"):
        module.downgrade()
