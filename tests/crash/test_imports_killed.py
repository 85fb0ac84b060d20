"""A killed import goes on in the same run: nothing lost, nothing doubled, and one undo takes all of it back."""

from pathlib import Path

import pytest

from reviews.storage import open_storage, runs, sources
from reviews.storage.undo import undo_run
from tests.conftest import NOW
from tests.crash.conftest import Installation

ROWS = 1_700


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table of four pages, without ids, so that nothing but its place in the file tells one reading from another."""
    path = tmp_path / "table.csv"
    lines = [f'Guest {n},{n % 5 + 1},2026-0{n % 9 + 1}-1{n % 9},"Visit number {n}\nwent well."' for n in range(ROWS)]
    path.write_text("author,rating,date,text\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.slow
@pytest.mark.statement("R3", "R24")
@pytest.mark.parametrize(
    "points", [("collect.in_page:2", "collect.after_page:2"), ("collect.after_page:4", "collect.in_close:1")]
)
def test_a_killed_import_goes_on_where_it_stopped(installation: Installation, table: Path, points: tuple[str, str]):
    storage = open_storage(installation.database)
    with storage.write() as tx:
        g = tx.group(installation.group_id)
        clinic_id = sources.get_source(g, installation.source_ids[0]).clinic_id
        source = sources.add_source(
            g, clinic_id=clinic_id, kind="csv_file", label="Table", url="", origin="first_party", config={}, now=NOW
        )
    order = {"imported": str(table), "group_id": installation.group_id, "source_id": source.id}
    for point in points:
        assert installation.work(failpoint=point, **order)["killed"]
    assert installation.work(**order) == {"killed": False, "code": 0}

    with storage.read() as tx:
        g = tx.group(installation.group_id)
        [run] = runs.find_runs(g, source.id)
        sql = "SELECT COUNT(*) AS n FROM reviews WHERE source_id = :source_id"
        assert tx.session.execute(sql, {"source_id": source.id}).rows[0]["n"] == ROWS
    assert (run.counts.new, run.counts.seen, run.records_done, run.records_total) == (ROWS, ROWS, ROWS, ROWS)
    assert (run.outcome, run.counts.pages) == ("ok", 4)
    with storage.write() as tx:
        assert undo_run(tx.group(installation.group_id), run.id, NOW).removed == ROWS
    storage.close()
