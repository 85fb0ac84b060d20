"""The program with one guard taken out, to prove that the harness would notice."""


def apply(name: str) -> None:
    """Take out the guard `name` in this process."""
    MUTANTS[name]()


def cursor_without_its_page() -> None:
    """The page's rows and its cursor are committed apart: the cursor first."""
    from reviews.collect import pages
    from reviews.failpoint import hit
    from reviews.storage import reviews, sources

    def take_page(context, claim, clinic, run_id, page, progress):
        if page.unchanged:
            return original(context, claim, clinic, run_id, page, progress)
        position = {**claim.source.cursor, "v": 1, "position": dict(page.position) or None}
        with context.storage.write() as tx:
            sources.save_cursor(tx.group(claim.source.group_id), claim, position)
        hit("mutant.between")
        return original(context, claim, clinic, run_id, page, progress)

    original = pages.take_page
    from reviews.collect import run

    run.take_page = take_page
    assert reviews


def news_outside_its_transaction() -> None:
    """The outbox is written after the run is closed, in a transaction of its own."""
    from reviews.collect import closing, run
    from reviews.failpoint import hit

    original_close, original_tell = closing.close, closing.tell
    kept = []
    closing.tell = lambda *args: kept.append(args)

    def close(context, claim, clinic, opened, progress, ending):
        report = original_close(context, claim, clinic, opened, progress, ending)
        hit("mutant.between")
        with context.storage.write() as tx:
            for _, *rest in kept:
                original_tell(tx.group(claim.source.group_id), *rest)
        kept.clear()
        return report

    run.close = close


MUTANTS = {
    "cursor_without_its_page": cursor_without_its_page,
    "news_outside_its_transaction": news_outside_its_transaction,
}
