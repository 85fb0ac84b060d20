"""The table of the API: each operation with its scope, parameters and answer. Routes and description are made of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SCOPES = {
    "reviews:read": "reviews with what terms and rules let out of the house",
    "summaries:read": "clinics and their figures",
    "runs:read": "sources and their runs",
    "runs:write": "ask for a run now",
    "exports:read": "all reviews in one answer, as JSON lines",
    "webhooks:read": "webhooks without their addresses and keys",
    "webhooks:write": "add and delete webhooks",
}

Schema = dict[str, Any]
ID: Schema = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}
TIME: Schema = {"type": "string", "format": "date-time"}
WHOLE: Schema = {"type": "integer", "minimum": 0}


def _maybe(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _object(**fields: Schema) -> Schema:
    return {"type": "object", "properties": fields, "required": sorted(fields), "additionalProperties": False}


def _page(name: str) -> Schema:
    items = {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}
    return _object(items=items, next=_maybe(ID))


SCHEMAS: Mapping[str, Schema] = {
    "Clinic": _object(
        id=ID, slug={"type": "string"}, name={"type": "string"}, locality={"type": "string"},
        country={"type": "string"}, time_zone={"type": "string"},
    ),
    "Summary": _object(
        clinic=ID, made_at=TIME, figures={"type": "array", "items": {"type": "object"}}, sample_count=WHOLE,
        sample_with_text=WHOLE, sample_stars=_maybe({"type": "number", "minimum": 0, "maximum": 5}),
        histogram={"type": "array", "items": WHOLE, "minItems": 5, "maxItems": 5},
    ),
    "Review": _object(
        id=ID, clinic=ID, source=ID, origin={"type": "string"},
        stars=_maybe({"type": "number", "minimum": 0, "maximum": 5}), recommends=_maybe({"type": "boolean"}),
        language=_maybe({"type": "string"}), written_from=_maybe(TIME), written_until=_maybe(TIME), first_seen_at=TIME,
        presence={"type": "string"}, publication={"type": "string"}, work={"type": "string"},
        version={"type": "integer", "minimum": 1}, copies={"type": "array", "items": ID},
        title=_maybe({"type": "string"}), text=_maybe({"type": "string"}),
        author=_maybe({"type": "string"}), url=_maybe({"type": "string"}), withheld=_maybe({"type": "string"}),
    ),
    "Source": _object(
        id=ID, clinic=ID, kind={"type": "string"}, label={"type": "string"}, origin={"type": "string"},
        state={"type": "string"}, last_success_at=_maybe(TIME), next_due_at=_maybe(TIME), failures=WHOLE,
    ),
    "Run": _object(
        id=ID, source=ID, trigger={"type": "string"}, started_at=TIME, finished_at=_maybe(TIME),
        outcome=_maybe({"type": "string"}), is_complete={"type": "boolean"}, seen=WHOLE, new=WHOLE, changed=WHOLE,
        unchanged=WHOLE, rejected=WHOLE, missing=WHOLE,
    ),
    "RunAsked": _object(source=ID, asked={"type": "boolean"}),
    "Webhook": _object(
        id=ID, label={"type": "string"}, host={"type": "string"}, state={"type": "string"}, created_at=TIME,
    ),
    "NewWebhook": {
        **_object(
            label={"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[A-Za-z0-9][A-Za-z0-9 ._-]*$"},
            url={"type": "string", "maxLength": 2000, "pattern": "^https://[a-z0-9.-]{1,200}/[A-Za-z0-9/._~-]*$"},
        ),
    },
    "WebhookWithKey": _object(
        id=ID, label={"type": "string"}, host={"type": "string"}, state={"type": "string"}, created_at=TIME,
        key={"type": "string"},
    ),
    "Deleted": _object(id=ID, deleted={"type": "boolean"}),
    "Problem": _object(
        type={"type": "string"}, title={"type": "string"}, status={"type": "integer"}, detail={"type": "string"},
    ),
    **{f"{name}Page": _page(name) for name in ("Clinic", "Review", "Source", "Run", "Webhook")},
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """One parameter of a path or query; texts are checked against the schema before an operation sees them."""

    name: str
    schema: Schema
    text: str
    place: str = "query"


PATH_ID = Param(name="id", schema=ID, text="Public id.", place="path")
PAGING = (
    Param(name="limit", schema={"type": "integer", "minimum": 1, "maximum": 200, "default": 50}, text="So many rows."),
    Param(name="after", schema=ID, text="What `next` of the page before said."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation: `name` is also the function's, in `operations`."""

    name: str
    path: str
    scope: str
    text: str
    answer: str
    method: str = "GET"
    params: tuple[Param, ...] = ()
    body: str = ""
    status: int = 200
    is_lines: bool = False


_CLINIC = Param(name="clinic", schema=ID, text="Only of this clinic.")
_SOURCE = Param(name="source", schema=ID, text="Only of this source.")
_FILTERS = (
    _CLINIC,
    _SOURCE,
    Param(name="stars", schema={"type": "integer", "minimum": 1, "maximum": 5}, text="Only with so many whole stars."),
    Param(name="language", schema={"type": "string", "pattern": "^[a-z]{2,3}$"}, text="Only in this language."),
    Param(
        name="copies",
        schema={"type": "string", "pattern": "^(?:once|all)$", "default": "once"},
        text="A review that stands in several places is listed once; `all` lists each place, and so does `source`.",
    ),
)

TABLE = (
    Operation(name="list_clinics", path="/clinics", scope="summaries:read", text="All clinics.", answer="ClinicPage"),
    Operation(
        name="get_summary", path="/clinics/{id}/summary", scope="summaries:read", params=(PATH_ID,),
        text="The figures of a clinic: reported ones side by side, and what was collected here.", answer="Summary",
    ),
    Operation(
        name="list_reviews", path="/reviews", scope="reviews:read", params=(*_FILTERS, *PAGING),
        text="Reviews, the newest first.", answer="ReviewPage",
    ),
    Operation(
        name="get_review", path="/reviews/{id}", scope="reviews:read", params=(PATH_ID,), text="One review.",
        answer="Review",
    ),
    Operation(
        name="list_sources", path="/sources", scope="runs:read", params=(_CLINIC,), text="All sources.",
        answer="SourcePage",
    ),
    Operation(
        name="list_runs", path="/sources/{id}/runs", scope="runs:read", params=(PATH_ID, *PAGING),
        text="The runs of a source, the newest first.", answer="RunPage",
    ),
    Operation(
        name="get_run", path="/runs/{id}", scope="runs:read", params=(PATH_ID,), text="One run.", answer="Run"
    ),
    Operation(
        name="ask_run", path="/sources/{id}/run", scope="runs:write", method="POST", params=(PATH_ID,), status=202,
        text="Ask for a run now; `asked` is false where the source is paused.", answer="RunAsked",
    ),
    Operation(
        name="export_reviews", path="/exports/reviews", scope="exports:read", params=_FILTERS, is_lines=True,
        text="All reviews that pass the filters, one JSON object a line, the newest first. It stands in the trail.",
        answer="Review",
    ),
    Operation(
        name="list_webhooks", path="/webhooks", scope="webhooks:read", text="All webhooks.", answer="WebhookPage"
    ),
    Operation(
        name="add_webhook", path="/webhooks", scope="webhooks:write", method="POST", body="NewWebhook", status=201,
        text="A new webhook; its key is in this answer only.", answer="WebhookWithKey",
    ),
    Operation(
        name="delete_webhook", path="/webhooks/{id}/delete", scope="webhooks:write", method="POST", params=(PATH_ID,),
        text="Let a webhook go.", answer="Deleted",
    ),
)  # fmt: skip
