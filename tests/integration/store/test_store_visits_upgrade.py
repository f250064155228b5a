"""Day files of a database of the version before the store become batches and files of it; nothing is lost."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from tests.conftest import NOW
from tests.factories.movement import minutes, stays, visits

from fireline.store.visits import VisitStore

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
BEFORE = [("store", "0009_chain_edge_share")]
ROWS = {None: [("pa", "shop", 10, 50)], 7: [("pb", "shop", 20, 90), ("pb", "shop", 95, 99)]}


@pytest.fixture
def old_home(home):
    import hashlib

    executor = MigrationExecutor(connection)
    executor.migrate(BEFORE)
    apps = executor.loader.project_state(BEFORE).apps
    outbreak = apps.get_model("store", "Outbreak").objects.create(
        title="old", disease="measles", at=NOW, created_at=NOW, tz="Asia/Shanghai"
    )
    upload = apps.get_model("store", "ImportBatch").objects.create(
        pk=7, outbreak=outbreak, digest="0", state="previewed", made_at=NOW
    )
    for origin, rows in ROWS.items():
        path = home.visits / "2022-06-01" / f"visits-{outbreak.pk}-{origin}.parquet"
        path.parent.mkdir(exist_ok=True)
        visits(rows).write_parquet(path)
        apps.get_model("store", "VisitBatch").objects.create(
            outbreak=outbreak, table="visits", day=date(2022, 6, 1), file=f"2022-06-01/{path.name}",
            digest=hashlib.sha256(path.read_bytes()).hexdigest(), n_rows=len(rows), made_at=NOW,
            import_batch=upload if origin else None,
        )  # fmt: skip
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    return home, outbreak.pk


@pytest.mark.long
def test_rows_of_the_version_before_are_read_indexed_and_taken_back(old_home):
    from django.db import transaction

    from fireline.errors import IntegrityError
    from fireline.store.models import VisitBatch

    home, outbreak = old_home
    store = VisitStore(home, outbreak)
    everything = sorted(row for rows in ROWS.values() for row in rows)
    assert [row[:4] for row in minutes(store.read("visits"))] == everything
    assert set(VisitBatch.objects.values_list("batch_id", "n_rows")) == {
        ("load-visits", 1),
        ("import-7-visits", 2),
    }
    with pytest.raises(IntegrityError, match="1 days have no index segment; run fireline doctor --rebuild"):
        store.snapshot()
    with transaction.atomic():
        assert store.rebuild().n_segments == 1
    assert stays(store.snapshot()) == everything
    with transaction.atomic():
        assert store.withdraw(import_batch_id=7) == 2
    assert stays(store.snapshot()) == ROWS[None]
