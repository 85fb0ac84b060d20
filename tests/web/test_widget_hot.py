"""The layer in front of Flask: headers, conditions, freshness, and what happens when the database is away."""

import gzip
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviews import i18n
from reviews.config import Settings
from reviews.errors import StorageUnavailable
from reviews.publish.copies import find_copy, write_copies
from reviews.publish.pictures import png
from reviews.storage import Storage, clinics, open_storage, snapshots, widgets
from reviews.web import hot
from reviews.web.hot import SnapshotLayer, accepts_gzip, names_tag
from tests.conftest import NOW, FakeClock
from tests.web.widget_samples import Installed, review

CATALOGUE = i18n.load()
DATA = "/w/elm-street/data.json"


def behind(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("404 Not Found", [("X-Passed-On", "1"), ("Content-Length", "0")])
    return [b""]


class Answer:
    """One answer of the layer."""

    def __init__(self, layer: SnapshotLayer, path: str, method: str = "GET", **environ: str) -> None:
        found: dict[str, Any] = {}

        def start_response(status: str, headers: list[tuple[str, str]]) -> None:
            found.update(status=int(status[:3]), headers=headers)

        given = {"REQUEST_METHOD": method, "PATH_INFO": path, "HTTP_HOST": "reviews.example.org", **environ}
        self.body = b"".join(layer({k: v for k, v in given.items() if v is not None}, start_response))  # type: ignore[arg-type]
        self.status: int = found["status"]
        self.all_headers: list[tuple[str, str]] = found["headers"]
        self.headers = dict(found["headers"])

    @property
    def passed_on(self) -> bool:
        return "X-Passed-On" in self.headers


class Away:
    """A storage that can be taken away, and that counts its transactions."""

    def __init__(self, storage: Storage) -> None:
        self._storage, self.is_away, self.reads = storage, False, 0

    @contextmanager
    def read(self) -> Iterator[Any]:
        self.reads += 1
        if self.is_away:
            raise StorageUnavailable("the database is away")
        with self._storage.read() as tx:
            yield tx


@pytest.fixture
def installed(storage: Storage, tmp_path: Path) -> Installed:
    found = Installed(storage, tmp_path / "data", CATALOGUE)
    found.collect([review("a", "The first wording.")])
    found.refresh()
    return found


@pytest.fixture
def away(installed: Installed) -> Away:
    return Away(installed.storage)


@pytest.fixture
def layer(installed: Installed, away: Away, clock: FakeClock) -> Iterator[SnapshotLayer]:
    made = SnapshotLayer(behind, away, installed.settings, clock)  # type: ignore[arg-type]
    yield made
    made.close()


@pytest.mark.statement("W19", "W22")
def test_a_snapshot_is_answered_with_its_bytes_and_headers(layer: SnapshotLayer, installed: Installed) -> None:
    with installed.storage.read() as tx:
        stored = snapshots.find_snapshot(tx, "w/elm-street/data.json")
    assert stored is not None
    answer = Answer(layer, DATA)
    assert (answer.status, answer.body) == (200, stored.body)
    assert answer.headers == {
        "Content-Type": "application/json",
        "Content-Length": str(len(stored.body)),
        "ETag": stored.etag,
        "Vary": "Accept-Encoding",
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Timing-Allow-Origin": "*",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "public, max-age=300, stale-while-revalidate=86400, stale-if-error=604800",
    }
    assert len(answer.all_headers) == len(answer.headers)


@pytest.mark.statement("W22")
def test_gzip_has_a_tag_of_its_own_and_the_same_content(layer: SnapshotLayer) -> None:
    plain, packed = Answer(layer, DATA), Answer(layer, DATA, HTTP_ACCEPT_ENCODING="gzip, br")
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert packed.headers["Content-Length"] == str(len(packed.body))


@pytest.mark.statement("W22")
def test_head_equals_get_without_the_body_and_a_known_tag_gives_304(layer: SnapshotLayer) -> None:
    for encoding in ("", "gzip"):
        check_conditions(layer, encoding)


def check_conditions(layer: SnapshotLayer, encoding: str) -> None:
    full = Answer(layer, DATA, HTTP_ACCEPT_ENCODING=encoding)
    head = Answer(layer, DATA, "HEAD", HTTP_ACCEPT_ENCODING=encoding)
    assert (head.status, head.body, head.headers) == (200, b"", full.headers)
    for tags in (full.headers["ETag"], f'"x", W/{full.headers["ETag"]}', "*"):
        known = Answer(layer, DATA, HTTP_ACCEPT_ENCODING=encoding, HTTP_IF_NONE_MATCH=tags)
        assert (known.status, known.body) == (304, b"")
        assert known.headers["ETag"] == full.headers["ETag"]
        assert "Content-Length" not in known.headers
    assert Answer(layer, DATA, HTTP_ACCEPT_ENCODING=encoding, HTTP_IF_NONE_MATCH='"x"').status == 200


@pytest.mark.statement("W22")
def test_a_path_is_read_once_and_then_no_query_is_made(layer: SnapshotLayer, away: Away, clock: FakeClock) -> None:
    Answer(layer, DATA)
    before = away.reads
    for _ in range(50):
        assert Answer(layer, DATA).status == 200
    assert away.reads == before
    clock.advance(seconds=1)
    Answer(layer, DATA)
    Answer(layer, DATA)
    assert away.reads == before + 1


@pytest.mark.statement("W64", "W22", "D9")
def test_a_change_is_served_within_a_second_and_a_removal_too(
    layer: SnapshotLayer, installed: Installed, clock: FakeClock
) -> None:
    old = Answer(layer, DATA)
    other = Answer(layer, "/r/elm-street")
    installed.collect([review("a", "The second wording.")], NOW + timedelta(days=1))
    installed.refresh(NOW + timedelta(days=1))
    assert Answer(layer, DATA).body == old.body
    clock.advance(seconds=1)
    assert b"The second wording." in Answer(layer, DATA).body
    assert b"The second wording." in Answer(layer, "/r/elm-street").body
    assert other.status == 200
    with installed.storage.write() as tx:
        snapshots.save_snapshots(tx.group(installed.group_id), installed.widget.id, [], NOW)
    clock.advance(seconds=1)
    assert Answer(layer, DATA).passed_on


def test_many_changes_at_once_empty_the_table_instead_of_reading_them_all(
    layer: SnapshotLayer, installed: Installed, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hot, "MAX_CHANGES", 0)
    Answer(layer, DATA)
    installed.collect([review("a", "The second wording.")], NOW + timedelta(days=1))
    installed.refresh(NOW + timedelta(days=1))
    clock.advance(seconds=1)
    assert b"The second wording." in Answer(layer, DATA).body


def test_the_table_is_bounded(layer: SnapshotLayer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hot, "MAX_TABLE_BYTES", 30_000)
    for name in ("data.json", "data.fr.json", "embed.html", "embed.fr.html", "badge.svg"):
        assert Answer(layer, f"/w/elm-street/{name}").status == 200
        assert layer._bytes <= 30_000
    assert layer._bytes == sum(entry.size for entry in layer._table.values())


def test_everything_else_is_passed_on(layer: SnapshotLayer) -> None:
    odd = ("/r/elm-street/", "/r/../w/elm-street/data.json", "/w/elm-street/DATA.json", "/w/none/data.json")
    for path in ("/", "/login", "/widget/v2.js", *odd):
        assert Answer(layer, path).passed_on, path


def test_other_methods_are_passed_on(layer: SnapshotLayer) -> None:
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert Answer(layer, DATA, method).passed_on


def test_a_request_without_a_host_is_refused(layer: SnapshotLayer) -> None:
    assert Answer(layer, DATA, HTTP_HOST="").status == 400


@pytest.mark.statement("R17")
def test_the_last_good_table_serves_while_the_database_is_away(
    layer: SnapshotLayer, away: Away, clock: FakeClock
) -> None:
    good = Answer(layer, DATA)
    assert "X-Reviews-Stale" not in good.headers
    away.is_away = True
    for _ in range(24):
        clock.advance(hours=1)
        stale = Answer(layer, DATA)
        assert (stale.status, stale.body) == (200, good.body)
        assert stale.headers["X-Reviews-Stale"] == "1"
    away.is_away = False
    clock.advance(seconds=1)
    assert "X-Reviews-Stale" not in Answer(layer, DATA).headers


def test_a_png_is_drawn_once_from_the_badge_that_stands_and_anew_when_that_changes(
    installed: Installed, layer: SnapshotLayer, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[int] = []

    def counted(svg: bytes, scale: int) -> bytes | None:
        drawn.append(scale)
        return png(svg, scale)

    monkeypatch.setattr("reviews.publish.pictures.png", counted)
    first = [Answer(layer, f"/w/elm-street/badge{scale}.png") for scale in ("", "", "@2x")]
    assert drawn == [1, 2]
    assert [answer.headers["Content-Type"] for answer in first] == ["image/png"] * 3
    assert Answer(layer, "/w/elm-street/badge.png", HTTP_IF_NONE_MATCH=first[0].headers["ETag"]).status == 304
    with installed.storage.write() as tx:
        g = tx.group(installed.group_id)
        widgets.update_widget(g, installed.widget.id, now=NOW, state="paused")
        clinics.mark_stale(g, installed.clinic.id, NOW)
    installed.refresh()
    clock.advance(seconds=2)
    second = Answer(layer, "/w/elm-street/badge.png")
    assert drawn == [1, 2, 1]
    assert second.status == 200
    assert second.body.startswith(b"\x89PNG")
    assert second.body != first[0].body
    assert second.headers["ETag"] != first[0].headers["ETag"]
    for unknown in ("/w/nobody/badge.png", "/w/elm-street/badge.de.png", "/w/elm-street/badge@3x.png"):
        assert Answer(layer, unknown).passed_on


@pytest.mark.statement("R17")
def test_after_a_restart_without_a_database_the_copies_on_disk_serve(
    installed: Installed, layer: SnapshotLayer, clock: FakeClock
) -> None:
    pictures = ("/w/elm-street/badge.svg", "/w/elm-street/badge.png", "/w/elm-street/badge@2x.fr.png")
    good = {path: Answer(layer, path) for path in (DATA, *pictures, "/r/elm-street", "/r/elm-street/how")}
    assert {answer.status for answer in good.values()} == {200}
    missing = open_storage(str(installed.settings.data_dir / "nowhere" / "reviews.db"))
    restarted = SnapshotLayer(behind, missing, installed.settings, clock)
    for _ in range(24):
        clock.advance(hours=1)
        for path, before in good.items():
            copy = Answer(restarted, path)
            assert (copy.status, copy.body) == (200, before.body)
            assert copy.headers == {**before.headers, "X-Reviews-Stale": "1"}
    unknown = Answer(restarted, "/w/none/data.json")
    assert (unknown.status, unknown.headers["Cache-Control"]) == (503, "no-store")
    restarted.close()
    missing.close()


@pytest.mark.statement("R17")
def test_a_damaged_copy_is_not_served(installed: Installed) -> None:
    folder = installed.settings.snapshot_dir
    with installed.storage.read() as tx:
        paths = [each.path for each, _ in snapshots.snapshots_since(tx, 0)[0]]
    assert all(find_copy(folder, path) for path in paths)
    (file,) = (folder / "elm-street").iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + b"X")
    assert [find_copy(folder, path) for path in paths].count(None) == 1
    line, _, content = whole.partition(b"\n")
    file.write_bytes(line + b"\n" + bytes(byte ^ 1 for byte in content))
    assert not any(find_copy(folder, path) for path in paths)
    for cut in (0, len(line) // 2, len(line), len(line) + 1):
        file.write_bytes(whole[:cut])
        assert not any(find_copy(folder, path) for path in paths)
    assert find_copy(folder, "w/elm-street/data.json") is None
    assert find_copy(folder, "../../etc/passwd") is None
    assert find_copy(folder, "w/../../../etc/passwd") is None


def test_a_copy_that_cannot_be_written_goes_rather_than_stay_old(
    installed: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "no space left")

    with installed.storage.read() as tx:
        new = [each for each, _ in snapshots.snapshots_since(tx, 0)[0]]
    changed = [type(new[0])(**{**_fields(each), "body": each.body + b" ", "etag": '"new"'}) for each in new]
    monkeypatch.setattr("reviews.publish.copies.write_atomically", full)
    write_copies(installed.settings.snapshot_dir, "elm-street", changed)
    assert find_copy(installed.settings.snapshot_dir, "w/elm-street/data.json") is None


def _fields(snapshot: Any) -> dict[str, Any]:
    return {name: getattr(snapshot, name) for name in type(snapshot).__dataclass_fields__}


@pytest.mark.statement("W21", "R17")
def test_what_terms_bound_is_served_no_longer_from_table_or_copy(
    storage: Storage, tmp_path: Path, clock: FakeClock
) -> None:
    installed = Installed(storage, tmp_path / "data", CATALOGUE, origin="google_business")
    installed.collect([review("a", origin="google_business")])
    installed.refresh()
    away = Away(storage)
    layer = SnapshotLayer(behind, away, installed.settings, clock)  # type: ignore[arg-type]
    fresh = SnapshotLayer(behind, away, installed.settings, clock)  # type: ignore[arg-type]
    clock.advance(days=29, hours=23, minutes=59)
    answer = Answer(layer, DATA)
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "public, max-age=60, stale-while-revalidate=0, stale-if-error=0"
    away.is_away = True
    assert Answer(fresh, DATA).status == 200
    clock.advance(minutes=1)
    for each in (layer, fresh):
        gone = Answer(each, DATA)
        assert gone.status == 503
        assert gone.headers["Cache-Control"] == "no-store"
        assert b"Anna" not in gone.body
        each.close()


def test_a_database_that_hangs_holds_nobody_up(
    installed: Installed, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, storage = threading.Event(), Away(installed.storage)
    layer = SnapshotLayer(behind, storage, installed.settings, clock)  # type: ignore[arg-type]
    assert Answer(layer, DATA).status == 200

    @contextmanager
    def hanging() -> Iterator[Any]:
        release.wait(30)
        raise StorageUnavailable("too late")
        yield

    monkeypatch.setattr(hot, "PATIENCE_SECONDS", 0.01)
    monkeypatch.setattr(storage, "read", hanging)
    clock.advance(seconds=1)
    stale = Answer(layer, DATA)
    assert (stale.status, stale.headers["X-Reviews-Stale"]) == (200, "1")
    assert Answer(layer, "/w/elm-street/badge.svg").headers["X-Reviews-Stale"] == "1"
    release.set()
    layer.close()


@pytest.mark.statement("T29", "W19", "A16", "A19")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=50)
@given(
    headers=st.dictionaries(
        st.sampled_from(
            [
                "HTTP_COOKIE",
                "HTTP_ORIGIN",
                "HTTP_REFERER",
                "HTTP_X_FORWARDED_HOST",
                "HTTP_RANGE",
                "HTTP_ACCEPT_LANGUAGE",
                "HTTP_ACCEPT",
                "QUERY_STRING",
                "HTTP_AUTHORIZATION",
                "HTTP_USER_AGENT",
            ]
        ),
        st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60),
    )
)
def test_no_other_header_and_no_query_changes_a_byte(layer: SnapshotLayer, headers: dict[str, str]) -> None:
    plain, odd = Answer(layer, DATA), Answer(layer, DATA, **headers)
    assert (odd.status, odd.body, odd.headers) == (200, plain.body, plain.headers)
    assert "Set-Cookie" not in odd.headers


@pytest.mark.statement("T29")
def test_two_groups_are_never_mixed(storage: Storage, tmp_path: Path, clock: FakeClock) -> None:
    for slug in ("elm-street", "oak-street"):
        installed = Installed(storage, tmp_path / "data", CATALOGUE, slug=slug)
        installed.collect([review("a", f"Words about {slug}.")])
        installed.refresh()
    layer = SnapshotLayer(behind, storage, Settings(data_dir=tmp_path / "data"), clock)
    for turn in range(10_000):
        slug, other = ("elm-street", "oak-street") if turn % 2 else ("oak-street", "elm-street")
        body = Answer(layer, f"/w/{slug}/data.json").body
        assert f"Words about {slug}.".encode() in body
        assert other.encode() not in body
        if turn % 500 == 0:
            clock.advance(seconds=1)
    layer.close()


@pytest.mark.statement("W19", "W20")
def test_script_and_style_are_served_from_memory_with_the_same_headers(layer: SnapshotLayer, away: Away) -> None:
    for name in ("v1.js", "embed.css", "embed.js", "icon.svg"):
        check_static(layer, away, name)


def check_static(layer: SnapshotLayer, away: Away, name: str) -> None:
    away.is_away = True
    answer = Answer(layer, f"/widget/{name}", HTTP_ACCEPT_ENCODING="gzip")
    assert answer.status == 200
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"].startswith("public, max-age=300")
    assert away.reads == 0
    assert (
        Answer(layer, f"/widget/{name}", HTTP_ACCEPT_ENCODING="gzip", HTTP_IF_NONE_MATCH=answer.headers["ETag"]).status
        == 304
    )


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        ("", False),
        ("gzip", True),
        ("gzip, deflate, br, zstd", True),
        ("br;q=1.0, gzip;q=0.8", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("gzip;\tq=0", False),
        ("gzip;level=9;q=0", False),
        ("identity", False),
        ("*", True),
        ("*;q=0", False),
        ("GZIP", True),
        ("xgzip", False),
    ],
)
def test_accept_encoding_is_read_as_the_standard_says(header: str, accepted: bool) -> None:
    assert accepts_gzip(header) is accepted


def test_if_none_match_compares_weakly() -> None:
    assert names_tag('W/"a", "b"', '"a"')
    assert names_tag("*", '"a"')
    assert not names_tag('"ab"', '"a"')
