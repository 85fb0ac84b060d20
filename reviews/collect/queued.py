"""Large files that wait: imported by the worker, one after the other, and gone on with after a crash."""

from collections.abc import Callable

from reviews.collect.context import Context
from reviews.collect.importing import import_file
from reviews.errors import Conflict, NotFound, ReviewsError, StorageError
from reviews.logs import get_logger
from reviews.storage import sources, uploads
from reviews.storage.uploads import Upload

log = get_logger("import")


def import_next(context: Context, should_stop: Callable[[], bool] = lambda: False) -> bool:
    """Import the file that has waited longest into its sources; False if there is none that could be imported now."""
    with context.storage.read() as tx:
        waiting = uploads.find_queued(tx)
    return any(_import(context, upload, should_stop) for upload in waiting)


def _import(context: Context, upload: Upload, should_stop: Callable[[], bool]) -> bool:
    try:
        with context.storage.read() as tx:
            body = uploads.get_upload_by_public_id(tx.group(upload.group_id), upload.public_id).body
        for done, source_id in enumerate(upload.jobs, start=1):
            if _has_source(context, upload.group_id, source_id):
                report = import_file(
                    context,
                    group_id=upload.group_id,
                    source_id=source_id,
                    body=body,
                    file_name=upload.file_name,
                    person_id=upload.person_id,
                    should_stop=should_stop,
                )
                if report.is_stopped:
                    return True
            with context.storage.write() as tx:
                g = tx.group(upload.group_id)
                uploads.queue_upload(g, upload.id, upload.jobs[done:], context.clock())
    except (Conflict, NotFound):
        return False  # somebody else is at it, or has just done it
    except StorageError:
        raise
    except ReviewsError as error:
        log.warning("import_refused", upload=upload.public_id, error=error)
        with context.storage.write() as tx:
            g = tx.group(upload.group_id)
            uploads.refuse_upload(g, upload.id, error.hint, dict(error.values), context.clock())
        return True
    with context.storage.write() as tx:
        uploads.delete_upload(tx.group(upload.group_id), upload.id)
    return True


def _has_source(context: Context, group_id: int, source_id: int) -> bool:
    """Whether it was not deleted while its file waited: else the file would wait for ever."""
    try:
        with context.storage.read() as tx:
            sources.get_source(tx.group(group_id), source_id)
    except NotFound:
        return False
    return True
