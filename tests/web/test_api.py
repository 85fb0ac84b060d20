"""The JSON API: keys, scopes, limits, paging, problems, what stays in the house; fuzzed from its description."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from jsonschema_rs import validator_for
from schemathesis import GenerationMode
from werkzeug.exceptions import Unauthorized
from werkzeug.test import TestResponse

from reviews.clock import to_text
from reviews.config import Settings
from reviews.model import ReportedTotal
from reviews.storage import GroupTransaction, api_tokens, audit, clinics, pairs, sources, summaries
from reviews.web.api import operations
from reviews.web.api.describe import describe
from reviews.web.api.door import Pace, new_key
from reviews.web.api.table import SCOPES, TABLE
from reviews.web.security import hash_token
from tests.conftest import NOW, FakeClock
from tests.web.support import BASE, FakeServices, World, add_pairs, add_run, get, log_in, make_review, post

OWNER = "owner@north.example.org"


bounded = limits(
    max_examples=15, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


def make_key(world: World, *scopes: str, other: bool = False, clinic_ids: list[str] | None = None) -> str:
    key = new_key()
    with world.storage.write() as tx:
        api_tokens.add_token(
            tx.group(world.other_group_id if other else world.group_id), label="Test", prefix=key[:12],
            token_hash=hash_token(key), scopes=scopes or tuple(SCOPES), clinics=clinic_ids, person_id=None, now=NOW,
            expires_at=NOW + timedelta(days=30),
        )  # fmt: skip
    return key


class Caller:
    def __init__(self, app: Flask, key: str) -> None:
        self.client, self.headers = app.test_client(), {"Authorization": f"Bearer {key}"}

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(f"/api/v1{path}", base_url=BASE, headers={**self.headers, **headers})

    def post(self, path: str, body: Any = None) -> TestResponse:
        return self.client.post(f"/api/v1{path}", base_url=BASE, headers=self.headers, json=body)


@pytest.fixture
def caller(app: Flask, world: World) -> Caller:
    return Caller(app, make_key(world))


PATHS = {"list_clinics": "", "get_summary": "clinic", "get_review": "review", "list_runs": "page", "get_run": "run",
         "ask_run": "page", "delete_webhook": "none"}  # fmt: skip


def path_of(name: str, path: str, ids: dict[str, str]) -> str:
    return path.replace("{id}", ids.get(PATHS.get(name, ""), "nothing"))


@pytest.mark.statement("S45")
def test_each_operation_asks_for_its_scope_and_knows_its_group_only(app: Flask, world: World) -> None:
    everything, nothing = Caller(app, make_key(world)), Caller(app, make_key(world, "none"))
    stranger = Caller(app, make_key(world, other=True))
    for each in TABLE:
        path = path_of(each.name, each.path, world.mine)
        for asker, expected in ((Caller(app, new_key()), 401), (nothing, 403)):
            answer = asker.post(path) if each.method == "POST" else asker.get(path)
            assert answer.status_code == expected, each.name
            assert answer.headers["Content-Type"] == "application/problem+json"
        if "{id}" in each.path:
            foreign = stranger.post(path) if each.method == "POST" else stranger.get(path)
            assert foreign.status_code == 404, each.name
        elif each.method == "GET":
            assert "North" not in stranger.get(path).get_data(as_text=True), each.name
            assert everything.get(path).status_code == 200


@pytest.mark.statement("S45")
def test_a_key_of_some_clinics_knows_no_others(app: Flask, world: World) -> None:
    with world.storage.write() as tx:
        lane = clinics.add_clinic(tx.group(world.group_id), slug="lane", name="Lane", now=NOW)
    caller = Caller(app, make_key(world, clinic_ids=[lane.public_id]))
    assert [each["name"] for each in caller.get("/clinics").json["items"]] == ["Lane"]  # type: ignore[index]
    assert caller.get("/reviews").json["items"] == []  # type: ignore[index]
    assert caller.get(f"/reviews/{world.mine['review']}").status_code == 404
    assert caller.get("/exports/reviews").get_data() == b""
    assert caller.get("/webhooks").status_code == 403


def test_answers_are_as_described(caller: Caller, world: World, app: Flask) -> None:
    description = describe(BASE)
    for each in TABLE:
        if each.method != "GET" or each.is_lines:
            continue
        answer = caller.get(path_of(each.name, each.path, world.mine))
        if answer.status_code == 404 and each.name == "get_summary":
            continue
        assert answer.status_code == 200, each.name
        schema = {"$ref": f"#/components/schemas/{each.answer}", "components": description["components"]}
        validator_for(schema).validate(answer.json)


@pytest.mark.statement("S5")
def test_lists_page_by_key_without_repeating_or_leaving_out(caller: Caller, world: World) -> None:
    seen: list[str] = []
    after, there = "", len(caller.get("/reviews").json["items"])  # type: ignore[index]
    while True:
        page = caller.get(f"/reviews?limit=2{after}").json
        assert page is not None
        seen += [each["id"] for each in page["items"]]
        if len(seen) == 2:
            _add_newer(world)
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert len(seen) == len(set(seen)) == there
    assert len(caller.get("/reviews").json["items"]) == there + 1  # type: ignore[index]


def _add_newer(world: World) -> None:
    with world.storage.write() as tx:
        g: GroupTransaction = tx.group(world.group_id)
        page = sources.get_source_by_public_id(g, world.mine["page"])
        add_run(g, page, [make_review("newer", days_ago=0)], now=NOW + timedelta(minutes=1))


def test_the_export_gives_everything_once_and_stands_in_the_trail(caller: Caller, world: World) -> None:
    lines = caller.get("/exports/reviews?stars=5").get_data(as_text=True).splitlines()
    found = [json.loads(line) for line in lines]
    assert len({each["id"] for each in found}) == len(found) == 3
    with world.storage.read() as tx:
        newest = audit.find_entries(tx.group(world.group_id), limit=1)[0]
    assert (newest.action, newest.after) == ("export.api", {"stars": "5"})


def test_a_key_that_is_revoked_during_an_export_gets_no_further_page(
    caller: Caller, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "EXPORT_PAGE", 2)
    lines = iter(caller.get("/exports/reviews").iter_encoded())
    first = [next(lines), next(lines)]
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        api_tokens.revoke(g, api_tokens.find_tokens(g)[0].public_id, NOW)
    with pytest.raises(Unauthorized):
        next(lines)
    assert len({json.loads(line)["id"] for line in first}) == 2


def test_what_is_hidden_leaves_no_word_and_no_stars(app: Flask, caller: Caller, world: World) -> None:
    client = log_in(app, OWNER)
    path = f"/reviews/{world.mine['review']}"
    post(client, f"{path}/hide", {"reason": "privacy"}, form_on=path)
    found = caller.get(path).json
    assert found is not None
    assert found["withheld"]
    assert {found[name] for name in ("text", "title", "author", "stars", "recommends", "url")} == {None}
    listed = caller.get("/reviews?stars=5").json
    assert listed is not None
    assert world.mine["review"] not in {each["id"] for each in listed["items"]}, "asking by stars would tell them"


@pytest.mark.parametrize("wrong", [{"label": "Mine\n"}, {"url": "https://hooks.example.org/x\n"}])
def test_no_line_end_comes_in_behind_a_field(caller: Caller, wrong: dict[str, str]) -> None:
    body = {"label": "Mine", "url": "https://hooks.example.org/x", **wrong}
    assert caller.post("/webhooks", body).status_code == 400


def test_an_answer_that_is_known_is_not_sent_again(caller: Caller) -> None:
    first = caller.get("/clinics")
    again = caller.get("/clinics", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "stars=6", "unknown=1", "limit=5&limit=6", "language=EN", "after=%20"]
)
def test_a_parameter_that_is_not_as_described_is_a_problem(caller: Caller, query: str) -> None:
    answer = caller.get(f"/reviews?{query}")
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["status"] == 400


def test_a_key_that_asks_too_often_waits() -> None:
    pace = Pace(limit=3)
    assert [pace.take(1, NOW) for _ in range(4)] == [2, 1, 0, None]
    assert pace.take(2, NOW) == 2
    assert pace.take(1, NOW + timedelta(seconds=60)) == 2


def test_an_address_with_many_wrong_keys_waits(app: Flask, world: World, clock: FakeClock) -> None:
    wrong, right = Caller(app, new_key()), Caller(app, make_key(world))
    statuses = [wrong.get("/clinics").status_code for _ in range(31)]
    assert statuses == [401] * 30 + [429]
    clock.advance(minutes=6)
    assert right.get("/clinics").status_code == 200


@pytest.mark.statement("T23")
def test_a_key_that_is_mistyped_or_in_the_address_never_reaches_the_database(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = make_key(world)
    assert Caller(app, key).get("/clinics").status_code == 200
    with world.storage.read() as tx:
        stored = tx.session.execute("SELECT * FROM api_tokens").rows
    assert key not in str(stored)
    assert key[12:] not in str(stored)

    def never(*_: object) -> None:
        raise AssertionError("the database was asked")

    monkeypatch.setattr(type(world.storage), "read", never)
    swapped = key[:10] + key[11] + key[10] + key[12:]
    other = "0" if key[20] != "0" else "1"
    for wrong in (
        swapped if swapped != key else key[:-1],
        key[:20] + other + key[21:],
        key[:-1],
        key + "0",
        "crv_",
        "",
    ):
        assert Caller(app, wrong).get("/clinics").status_code == 401
    for name in ("key", "token", "access_token", "api_key"):
        assert app.test_client().get(f"/api/v1/clinics?{name}={key}", base_url=BASE).status_code in (400, 401)


# ---------------------------------------------------------------- the page of keys
def test_a_key_is_made_shown_once_used_and_revoked(app: Flask, world: World, clock: FakeClock) -> None:
    client: FlaskClient = log_in(app, OWNER)
    page = "/settings/api-keys"
    form = {"label": "Intranet", "scopes": ["summaries:read"], "ends": "90"}
    assert post(client, page, {**form, "scopes": []}, form_on=page).status_code == 400
    made = post(client, page, form, form_on=page)
    shown = made.get_data(as_text=True)
    assert made.status_code == 200, shown[-600:]
    key = shown.split('<pre tabindex="0">')[1].split("</pre>")[0]
    assert key not in get(client, page).get_data(as_text=True)
    assert key[:12] in get(client, page).get_data(as_text=True)
    assert "never used" in get(client, page).get_data(as_text=True)
    caller = Caller(app, key)
    assert caller.get("/clinics").status_code == 200
    assert caller.get("/reviews").status_code == 403
    assert "never used" not in get(client, page).get_data(as_text=True)
    with world.storage.read() as tx:
        (token,) = api_tokens.find_tokens(tx.group(world.group_id))
    assert post(client, f"{page}/{token.public_id}/revoke", form_on=page).status_code == 303
    assert caller.get("/clinics").status_code == 401
    clock.advance(days=91)
    post(log_in(app, OWNER), page, form, form_on=page)
    assert caller.get("/clinics").status_code == 401


# ---------------------------------------------------------------- the description, and everything that fits it or not
def test_the_description_is_one(app: Flask) -> None:
    answer = app.test_client().get("/api/v1/openapi.json", base_url=BASE)
    assert answer.status_code == 200
    assert answer.json == json.loads(json.dumps(describe(BASE)))
    assert set(SCOPES) >= {each.scope for each in TABLE}


class FakeDesk:
    """Stands in for what sends messages: knows keys and settings, reaches nobody."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def clock(self) -> datetime:
        return NOW


def test_a_webhook_is_added_with_its_key_and_deleted(
    caller: Caller, world: World, fakes: FakeServices, settings: Settings
) -> None:
    fakes.desk = FakeDesk(settings)
    body = {"label": "Ours", "url": "https://hooks.example.org/x"}
    added = caller.post("/webhooks", body)
    assert added.status_code == 201
    assert added.json is not None
    assert added.json["key"].startswith("whsec_")
    listed = caller.get("/webhooks").json
    assert listed == {"items": [{name: added.json[name] for name in listed["items"][0]}], "next": None}
    for wrong in ({**body, "url": "http://x.example.org/"}, {**body, "more": 1}, [], {"label": "Ours"}):
        assert caller.post("/webhooks", wrong).status_code == 400
    assert caller.post("/webhooks").status_code == 415
    assert caller.post(f"/webhooks/{added.json['id']}/delete").json == {"id": added.json["id"], "deleted": True}
    assert caller.get("/webhooks").json == {"items": [], "next": None}


@pytest.mark.statement("A9", "Q13")
def test_schemathesis_finds_nothing(app: Flask, world: World, fakes: FakeServices, settings: Settings) -> None:
    """Bounded: some requests to each operation, as described and against it, all with a good key."""
    fakes.desk = FakeDesk(settings)
    key = make_key(world)

    def at_home(environ: dict[str, Any], start_response: Any) -> Any:
        environ["HTTP_HOST"] = BASE.removeprefix("http://")
        environ["HTTP_AUTHORIZATION"] = f"Bearer {key}"
        if environ["PATH_INFO"].endswith("/openapi.json"):  # what keys open is tested above, without chance
            start_response("200 OK", [("Content-Type", "application/json")])
            return [json.dumps({name: part for name, part in describe(BASE).items() if name != "security"}).encode()]
        return app.wsgi_app(environ, start_response)

    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", at_home)
    checked = set()
    for result in schema.get_all_operations():
        operation = result.ok()
        for mode in GenerationMode.POSITIVE, GenerationMode.NEGATIVE:
            if mode is GenerationMode.NEGATIVE and not operation.query and not operation.body:
                continue

            @bounded
            @given(case=operation.as_strategy(generation_mode=mode))
            def run(case: schemathesis.Case) -> None:
                case.call_and_validate()
                checked.add(case.operation.label)

            run()
    assert len(checked) == len(TABLE)


def test_a_review_in_two_places_is_listed_and_exported_once_with_the_way_to_its_copies(
    caller: Caller, world: World
) -> None:
    add_pairs(world)
    before = ids_of(caller, "/reviews")
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        pair = pairs.get_pair_by_public_id(g, world.mine["pair"])
        pairs.decide(g, pair, "same", now=NOW, person_id=None)
        pairs.settle(g, pair.clinic_id)
    once = ids_of(caller, "/reviews")
    [hidden] = set(before) - set(once)
    assert ids_of(caller, "/reviews?copies=all") == before, "nothing is lost"
    lines = [json.loads(line) for line in caller.get("/exports/reviews").get_data(as_text=True).splitlines()]
    assert {each["id"] for each in lines} == set(once)
    [main] = [each for each in lines if each["copies"]]
    assert main["copies"] == [hidden]
    copy = caller.get(f"/reviews/{hidden}").json
    assert copy is not None
    assert copy["copies"] == [main["id"]]
    assert hidden in ids_of(caller, f"/reviews?source={copy['source']}"), "whoever asks for a place sees what is there"


def ids_of(caller: Caller, path: str) -> list[str]:
    found = caller.get(path).json
    assert found is not None
    return [each["id"] for each in found["items"]]


def test_figures_say_when_they_were_read_last_although_they_are_as_they_were(world: World, caller: Caller) -> None:
    later = NOW + timedelta(hours=6)
    total = ReportedTotal(
        average=None, best=None, worst=None, stars100=None, rating_count=3, review_count=None, raw="3 ratings"
    )
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        clinic = clinics.get_clinic_by_public_id(g, world.mine["clinic"])
        source = sources.find_sources(g, clinic.id)[0]
        figure = {"source_id": source.id, "average": "4.5", "read_at": to_text(NOW)}
        body = {"figures": [figure], "sample_mean100": None, "sample_count": 0, "sample_with_text": 0, "histogram": []}
        summaries.save_summary(g, clinic.id, body, NOW)
        for now in (NOW, later):
            add_run(g, source, [], total=total, now=now)
    answer = caller.get(f"/clinics/{clinic.public_id}/summary").json
    assert answer is not None
    assert answer["figures"][0]["read_at"] == to_text(later)
