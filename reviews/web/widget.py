"""What the public side answers when a path is no snapshot: renamed and deleted widgets, oEmbed, a slash too many."""

import json
from typing import Any
from urllib.parse import quote, urlsplit

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from reviews.errors import StorageError
from reviews.publish import oembed
from reviews.publish.boxes import BOXES
from reviews.publish.build import SHARED_HEADERS
from reviews.publish.copies import find_copy
from reviews.storage import snapshots, widgets
from reviews.web.state import state

blueprint = Blueprint("widget", __name__)
SHORT = "public, max-age=60"
GREATEST = 100_000


@blueprint.get("/w/<slug>/<path:name>")
def no_snapshot(slug: str, name: str) -> AnyResponse:
    """The new address of a widget that was renamed; else 404, for data in the shape that the script reads."""
    if new := _find_renamed(slug):
        return _moved(f"/w/{quote(new)}/{quote(name)}")
    if name.startswith("data") and name.endswith(".json"):
        body = json.dumps({"v": 1, "state": "gone", "widget": slug[:100]})
        return _answer(404, "application/json", body)
    return _answer(404, "text/plain; charset=utf-8", "There is no such widget.\n")


@blueprint.get("/widget/<path:name>")
def no_file(name: str) -> Response:
    """404 for files that do not exist."""
    return _answer(404, "text/plain; charset=utf-8", "There is no such file.\n")


@blueprint.get("/r/<path:name>")
def no_page(name: str) -> AnyResponse:
    """The new address of a renamed widget's page, the same address without the slash at its end, or 404."""
    if name.endswith("/") and name.strip("/"):
        return redirect("/r/" + name.strip("/"), code=308)
    slug, _, rest = name.partition("/")
    if new := _find_renamed(slug):
        return _moved(f"/r/{quote(new)}" + (f"/{quote(rest)}" if rest else ""))
    return _answer(404, "text/plain; charset=utf-8", "There is no such page.\n", framed=False)


@blueprint.get("/oembed")
def find_oembed() -> Response:
    """oEmbed for hosted pages: 404 for other addresses, 501 for formats that there are not, 400 without an address."""
    wanted = request.args.get("format", "json")
    if wanted not in ("json", "xml"):
        return _answer(501, "text/plain; charset=utf-8", "The formats are json and xml.\n")
    if not request.args.get("url"):
        return _answer(400, "text/plain; charset=utf-8", "Which address? Say ?url=…\n")
    base_url = state().settings.base_url
    found = oembed.read_address(request.args["url"], base_url)
    data = _find_data(*found) if found else None
    if found is None or data is None or data["state"] in ("barred_by_rules", "gone") or data["page"] is None:
        return _answer(404, "text/plain; charset=utf-8", "There is no such page.\n")
    made = oembed.answer(
        slug=data["widget"],
        language=found[1],
        title=data["t"]["region"],
        page=data["page"],
        base_url=base_url,
        height=BOXES[data["layout"]]["m"][1],
        limits=(_limit("maxwidth"), _limit("maxheight")),
    )
    if wanted == "xml":
        answer = _answer(200, "text/xml; charset=utf-8", oembed.to_xml(made).decode())
    else:
        answer = _answer(200, "application/json", json.dumps(made, ensure_ascii=False))
    answer.headers["Cache-Control"] = f"public, max-age={oembed.CACHE_SECONDS}"
    answer.headers["Vary"] = "Accept-Encoding"
    return answer


def _limit(name: str) -> int:
    given = request.args.get(name, "")
    return min(int(given), GREATEST) if given.isascii() and given.isdecimal() and int(given[:9]) > 0 else GREATEST


def _find_data(slug: str, language: str | None) -> dict[str, Any] | None:
    """The data of a widget, under its new slug if it was renamed; from the copy on disk while the database is away."""
    path = "w/{}/data" + (f".{language}" if language else "") + ".json"
    try:
        with state().storage.read() as tx:
            found = snapshots.find_snapshot(tx, path.format(slug))
            if found is None and (new := widgets.find_renamed(tx, slug)):
                found = snapshots.find_snapshot(tx, path.format(new))
    except StorageError:
        found = find_copy(state().settings.snapshot_dir, path.format(slug))
    return json.loads(found.body) if found else None


def _find_renamed(slug: str) -> str | None:
    try:
        with state().storage.read() as tx:
            return widgets.find_renamed(tx, slug)
    except StorageError:
        return None


def _moved(path: str) -> AnyResponse:
    answer = redirect(urlsplit(state().settings.base_url).path + path, code=301)
    answer.headers["Cache-Control"] = SHORT
    for name, value in SHARED_HEADERS:
        answer.headers[name] = value
    return answer


def _answer(status: int, content_type: str, body: str, *, framed: bool = True) -> Response:
    answer = Response(body, status=status, content_type=content_type)
    answer.headers["Cache-Control"] = SHORT
    for name, value in SHARED_HEADERS if framed else (("X-Content-Type-Options", "nosniff"),):
        answer.headers[name] = value
    policy = "default-src 'none'; frame-ancestors " + ("*" if framed else "'none'")
    answer.headers["Content-Security-Policy"] = policy
    return answer
