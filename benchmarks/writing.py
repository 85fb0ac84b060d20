"""Writes as a worker does, until it is ended: fifty reviews of a run, then the snapshots of the widget, and again."""

import sys
from datetime import timedelta
from pathlib import Path

from benchmarks.ingest import normalized
from benchmarks.workload import NOW, Place, api_page, clinic_of, source_of
from reviews import i18n, publish, rules
from reviews.config import Settings
from reviews.storage import clinics, groups, open_storage, runs, sources
from reviews.storage import reviews as stored


def main() -> None:
    settings = Settings(data_dir=Path(sys.argv[1]), secret_keys=("k" * 40,))
    storage, book, catalogue = open_storage(settings.database_url), rules.load(), i18n.load()
    with storage.read() as tx:
        group_id = groups.find_groups(tx)[0].id
        g = tx.group(group_id)
        clinic_id = clinics.find_clinics(g)[0].id
        place = Place(group_id=group_id, clinic_id=clinic_id, source_id=sources.find_sources(g)[0].id)
    now, first = NOW, 500
    while True:
        now, first = now + timedelta(hours=2), first + 50
        with storage.write() as tx:
            g = tx.group(group_id)
            claim = sources.claim_source(g, place.source_id, owner="benchmark", now=now, lease_seconds=60)
            assert claim is not None
            run = runs.open_run(g, claim, trigger="command", now=now)
            found = normalized(api_page(first, 50), source_of(g, place), clinic_of(g, place))
            stored.save_reviews(
                g, clinic_id=clinic_id, source_id=place.source_id, run_id=run.id, reviews=found, now=now
            )
        publish.refresh_clinic(storage, settings, book, catalogue, group_id, clinic_id, now)


if __name__ == "__main__":
    main()
