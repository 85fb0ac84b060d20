"""Twenty sources that cut, lie, bomb and weigh beside twenty good ones: the good are read, once, in the same round."""

import pytest

from reviews.model import Outcome
from reviews.worker import collect_due
from tests.platforms import raw_server, sites

LIES = (
    "/endless-body", "/endless-header", "/endless-headers", "/announced", "/bomb", "/103", "/empty", "/not-http",
    "/bad-status", "/negative-length", "/two-lengths", "/length-and-chunked", "/short", "/reset", "/cut-chunk",
    "/no-last-chunk", "/cut-gzip",
)  # fmt: skip
HEAVY = {
    "/heavy/nested": b"<div>" * 390_000,
    "/heavy/open": b"<" * 1_900_000,
    "/heavy/formatting": b"<p>" + b"<b><i><u>" * 200_000,
}
GOOD = 20


@pytest.mark.slow
@pytest.mark.statement("H6", "R22")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_twenty_good_sources_are_read_beside_twenty_bad_ones(world):
    with raw_server.serve() as raw:
        for path, body in HEAVY.items():
            raw.scripted[path] = [raw_server.message("200 OK", body)]
        bad, good = [], []
        for number, path in enumerate([*LIES, *HEAVY]):
            written = [sites.Written("Ada", "5", f"Read by number {number}.", "2026-10-01")]
            world.platforms.pages[f"/good/{number}"] = sites.json_ld_page(written)
            bad.append(world.add_source("web_page", "", label=f"Bad {path}", config={"url": raw.url + path}))
            good.append(world.add_source("web_page", f"/good/{number}", label=f"Good {number}"))
        with world.storage.write() as tx:
            for source, path in zip(bad, [*LIES, *HEAVY], strict=True):
                tx.session.execute(
                    "UPDATE sources SET url = :url WHERE id = :id", {"url": raw.url + path, "id": source.id}
                )
        reports = list(collect_due(world.context))
    assert len(reports) == 2 * GOOD
    assert {world.source(each).last_outcome for each in good} == {Outcome.OK}
    assert world.texts() == {f"Read by number {number}." for number in range(GOOD)}
    assert [len(world.platforms.asked(f"/good/{number}")) for number in range(GOOD)] == [1] * GOOD
    assert {world.source(each).last_outcome for each in bad} & {Outcome.OK, Outcome.FAILED} == set()
    assert all(world.source(each).hint for each in bad)
