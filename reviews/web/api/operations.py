"""What each operation of the table answers."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from datetime import datetime
from typing import Any

from flask import Response, request, stream_with_context
from werkzeug.exceptions import BadRequest, Conflict, Forbidden, Unauthorized, UnsupportedMediaType

from reviews import rules
from reviews.clock import to_text
from reviews.errors import NotFound, SourceError
from reviews.i18n import fill
from reviews.model import Clinic, Source
from reviews.publish.say import plain_name
from reviews.rules import NotShown, Purpose, ReviewFacts
from reviews.storage import (
    GroupTransaction,
    alerts,
    api_tokens,
    audit,
    clinics,
    pairs,
    review_lists,
    reviews,
    runs,
    sources,
    summaries,
    totals,
)
from reviews.storage.alerts import Channel
from reviews.storage.api_tokens import ApiToken
from reviews.storage.review_rows import StoredReview
from reviews.storage.runs import Run
from reviews.web.api.door import open_group
from reviews.web.api.table import SCHEMAS
from reviews.web.state import state

EXPORT_PAGE = 500
Params = Mapping[str, Any]


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


class Scene:
    """The group of a key in one transaction, with what answers are made of."""

    def __init__(self, g: GroupTransaction) -> None:
        self.g, self.now = g, state().clock()
        self.clinics = {clinic.id: clinic for clinic in clinics.find_clinics(g)}
        self.sources = {source.id: source for source in sources.find_sources(g)}
        self.confirmed = state().book.still_confirmed(clinics.find_confirmations(g))

    def find_clinic(self, public_id: str) -> Clinic:
        found = next((each for each in self.clinics.values() if each.public_id == public_id), None)
        if found is None:
            raise NotFound(f"no clinic {public_id}")
        return found

    def find_source(self, public_id: str) -> Source:
        found = next((each for each in self.sources.values() if each.public_id == public_id), None)
        if found is None:
            raise NotFound(f"no source {public_id}")
        return found

    def filters(self, params: Params) -> review_lists.ReviewFilters:
        clinic, source = params.get("clinic"), params.get("source")
        return review_lists.ReviewFilters(
            clinic_id=self.find_clinic(clinic).id if clinic else None,
            source_id=self.find_source(source).id if source else None,
            stars=(params["stars"],) if "stars" in params else (),
            language=params.get("language"),
            # Whoever asks for one place sees what stands there, whichever copy counts.
            no_copies=params["copies"] == "once" and not source,
        )

    def review(self, review: StoredReview, copies: Sequence[str]) -> dict[str, Any]:
        """A review with what terms and rules let out of the house; `withheld` says why something is left out."""
        withheld, shows_author = self._withheld(review)
        is_out = withheld is None
        date = review.date
        return {
            "id": review.public_id,
            "clinic": self.clinics[review.clinic_id].public_id,
            "source": self.sources[review.source_id].public_id,
            "origin": review.origin,
            "stars": None if review.stars100 is None or not is_out else review.stars100 / 100,
            "recommends": review.recommends if is_out else None,
            "language": review.language,
            "written_from": _text(date.earliest) if date else None,
            "written_until": _text(date.latest) if date else None,
            "first_seen_at": _text(review.first_seen_at),
            "presence": review.presence,
            "publication": review.publication,
            "work": review.work,
            "version": review.version,
            "copies": list(copies),
            "title": review.title if is_out else None,
            "text": review.text if is_out else None,
            "author": review.author if is_out and shows_author else None,
            "url": review.url if is_out else None,
            "withheld": withheld,
        }

    def listed(self, rows: Iterable[StoredReview], params: Params) -> list[dict[str, Any]]:
        """The reviews of a list; asked by stars, without those whose stars stay in the house."""
        shown = list(rows)
        copies = pairs.find_copies(self.g, [each.id for each in shown])
        found = [self.review(each, copies.get(each.id, ())) for each in shown]
        return [each for each in found if each["withheld"] is None] if "stars" in params else found

    def _withheld(self, review: StoredReview) -> tuple[str | None, bool]:
        if review.content_purged_at is not None:
            return "The content was dropped, as terms or its author ask.", False
        clinic = self.clinics[review.clinic_id]
        row = state().book.row(clinic.jurisdiction, clinic.professions, self.confirmed)
        facts = ReviewFacts(
            text=review.text,
            title=review.title,
            language=review.language,
            read_age_days=rules.days_up(self.now - review.last_read_at),
            hidden=review.publication == "hidden",
            gone=review.presence in ("missing", "withdrawn"),
            chosen_by_person=review.publication == "featured",
        )
        decision = rules.decide(row, state().book.terms(review.origin), facts, Purpose.API)
        if isinstance(decision, NotShown):
            return fill(decision.reason.message, dict(decision.reason.values)), False
        return None, decision.show_author


# ---------------------------------------------------------------- clinics and figures
def list_clinics(scene: Scene, params: Params, token: ApiToken) -> Any:
    return {"items": [_clinic(each) for each in scene.clinics.values()], "next": None}


def _clinic(clinic: Clinic) -> dict[str, Any]:
    return {
        "id": clinic.public_id, "slug": clinic.slug, "name": clinic.name, "locality": clinic.locality,
        "country": clinic.country, "time_zone": clinic.time_zone,
    }  # fmt: skip


def get_summary(scene: Scene, params: Params, token: ApiToken) -> Any:
    clinic = scene.find_clinic(params["id"])
    found = summaries.find_summary(scene.g, clinic.id)
    if found is None:
        raise NotFound("no figures yet")
    body = found.body
    by_id = {each.id: each.public_id for each in scene.sources.values()}
    read = totals.latest_totals(scene.g, clinic.id)  # the figures stay as they are when they are merely read again
    figures = []
    for each in body["figures"]:
        kept = {name: value for name, value in each.items() if name != "source_id"}
        if each.get("source_id") in read:
            kept["read_at"] = to_text(read[each["source_id"]].read_at or found.made_at)
        figures.append({**kept, "source": by_id.get(each.get("source_id"))})
    mean = body["sample_mean100"]
    return {
        "clinic": clinic.public_id,
        "made_at": _text(found.made_at),
        "figures": figures,
        "sample_count": body["sample_count"],
        "sample_with_text": body["sample_with_text"],
        "sample_stars": None if mean is None else mean / 100,
        "histogram": list(body["histogram"]),
    }


# ---------------------------------------------------------------- reviews
def list_reviews(scene: Scene, params: Params, token: ApiToken) -> Any:
    after = None
    if "after" in params:
        last = reviews.get_review_by_public_id(scene.g, params["after"])
        after = review_lists.key_of(last)
    page = review_lists.find_reviews(scene.g, scene.filters(params), params["limit"], after)
    return {
        "items": scene.listed(page.rows, params),
        "next": page.rows[-1].public_id if page.next_key else None,
    }


def get_review(scene: Scene, params: Params, token: ApiToken) -> Any:
    found = reviews.get_review_by_public_id(scene.g, params["id"])
    return scene.review(found, pairs.find_copies(scene.g, [found.id]).get(found.id, ()))


def _asked(params: Params) -> dict[str, str]:
    """What narrows or widens an export, for the trail."""
    return {name: str(value) for name, value in params.items() if (name, value) != ("copies", "once")}


def export_reviews(scene: Scene, params: Params, token: ApiToken) -> Response:
    """JSON lines, read page by page, each in a transaction of its own, so that nobody waits for a slow reader."""
    filters = scene.filters(params)
    with state().storage.write() as tx:
        audit.add_entry(
            open_group(tx, token), now=scene.now, person_id=token.person_id, action="export.api",
            object_kind="key", object_id=token.public_id, after=_asked(params),
        )  # fmt: skip
    storage, clock = state().storage, state().clock

    def lines() -> Iterator[str]:
        after = None
        while True:
            with storage.read() as tx:
                here = copy(scene)
                here.g = open_group(tx, token)
                if not api_tokens.still_opens(here.g, token.public_id, clock()):
                    raise Unauthorized("the key was revoked or has run out meanwhile")  # cuts the answer off
                page = review_lists.find_reviews(here.g, filters, EXPORT_PAGE, after)
                found = here.listed(page.rows, params)
            yield from (json.dumps(each, ensure_ascii=False) + "\n" for each in found)
            if page.next_key is None:
                return
            after = page.next_key

    return Response(stream_with_context(lines()), content_type="application/x-ndjson")


# ---------------------------------------------------------------- sources and runs
def list_sources(scene: Scene, params: Params, token: ApiToken) -> Any:
    wanted = scene.find_clinic(params["clinic"]).id if "clinic" in params else None
    found = [each for each in scene.sources.values() if wanted in (None, each.clinic_id)]
    return {"items": [_source(scene, each) for each in found], "next": None}


def _source(scene: Scene, source: Source) -> dict[str, Any]:
    return {
        "id": source.public_id, "clinic": scene.clinics[source.clinic_id].public_id, "kind": source.kind,
        "label": source.label, "origin": source.origin, "state": source.state,
        "last_success_at": _text(source.last_success_at), "next_due_at": _text(source.next_due_at),
        "failures": source.failures,
    }  # fmt: skip


def list_runs(scene: Scene, params: Params, token: ApiToken) -> Any:
    source = scene.find_source(params["id"])
    before = runs.get_run_by_public_id(scene.g, params["after"]).id if "after" in params else None
    found = runs.find_runs(scene.g, source.id, params["limit"] + 1, before)
    shown = found[: params["limit"]]
    return {
        "items": [_run(scene, each) for each in shown],
        "next": shown[-1].public_id if len(found) > len(shown) else None,
    }


def get_run(scene: Scene, params: Params, token: ApiToken) -> Any:
    return _run(scene, runs.get_run_by_public_id(scene.g, params["id"]))


def _run(scene: Scene, run: Run) -> dict[str, Any]:
    c = run.counts
    return {
        "id": run.public_id, "source": scene.sources[run.source_id].public_id, "trigger": run.trigger,
        "started_at": _text(run.started_at), "finished_at": _text(run.finished_at), "outcome": run.outcome,
        "is_complete": run.is_complete, "seen": c.seen, "new": c.new, "changed": c.changed,
        "unchanged": c.unchanged, "rejected": c.rejected, "missing": c.missing,
    }  # fmt: skip


def ask_run(scene: Scene, params: Params, token: ApiToken) -> Any:
    source = scene.find_source(params["id"])
    asked = sources.request_run(scene.g, source.id, scene.now)
    if asked:
        _note(scene, token, "source.run_asked", "source", source.public_id)
    return {"source": source.public_id, "asked": asked}


# ---------------------------------------------------------------- webhooks
def _need_whole_group(token: ApiToken) -> None:
    if token.clinics is not None:
        raise Forbidden("webhooks belong to the whole group; this key is limited to some clinics")


def list_webhooks(scene: Scene, params: Params, token: ApiToken) -> Any:
    _need_whole_group(token)
    found = [each for each in alerts.find_channels(scene.g) if each.kind == "webhook"]
    return {"items": [_webhook(each) for each in found], "next": None}


def _webhook(channel: Channel) -> dict[str, Any]:
    return {
        "id": channel.public_id, "label": channel.label, "host": channel.host, "state": channel.state,
        "created_at": _text(channel.created_at),
    }  # fmt: skip


def add_webhook(scene: Scene, params: Params, token: ApiToken) -> Any:
    from reviews.alerts import manage

    _need_whole_group(token)
    body = _read_body("NewWebhook")
    try:
        made = manage.add_channel(
            state().services.desk(), scene.g, kind="webhook", label=plain_name(body["label"])[:100], url=body["url"]
        )
    except SourceError as error:
        raise Conflict(f"url: {error.message}") from error
    _note(scene, token, "channel.added", "channel", made.channel.public_id)
    return {**_webhook(made.channel), "key": made.key}


def delete_webhook(scene: Scene, params: Params, token: ApiToken) -> Any:
    _need_whole_group(token)
    channel = alerts.get_channel_by_public_id(scene.g, params["id"])
    if channel.kind != "webhook":
        raise NotFound(f"no webhook {params['id']}")
    alerts.delete_channel(scene.g, channel.id)
    _note(scene, token, "channel.deleted", "channel", channel.public_id)
    return {"id": channel.public_id, "deleted": True}


def _read_body(schema_name: str) -> dict[str, str]:
    """A JSON body of plain texts as its schema describes; raises BadRequest, UnsupportedMediaType."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("the body is not JSON")
    try:
        body = json.loads(request.get_data(), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise BadRequest("the body is not JSON") from error
    fields = SCHEMAS[schema_name]["properties"]
    if not isinstance(body, dict) or set(body) != set(fields):
        raise BadRequest(f"the body has exactly the fields {', '.join(sorted(fields))}")
    for name, schema in fields.items():
        text = body[name]
        fits = isinstance(text, str) and schema.get("minLength", 0) <= len(text) <= schema["maxLength"]
        pattern = schema.get("pattern", "[\\s\\S]*").removeprefix("^").removesuffix("$")
        if not fits or not re.fullmatch(pattern, text):
            raise BadRequest(f"{name}: not as described")
    return body


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _note(scene: Scene, token: ApiToken, action: str, kind: str, public_id: str) -> None:
    audit.add_entry(
        scene.g, now=scene.now, person_id=token.person_id, action=action, object_kind=kind, object_id=public_id,
        after={"key": token.prefix},
    )  # fmt: skip
