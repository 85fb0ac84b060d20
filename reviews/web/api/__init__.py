"""The JSON API: keys with scopes, paging by key, problems after RFC 9457, described after OpenAPI 3.1."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, g

from reviews.web.api import operations
from reviews.web.api.describe import describe
from reviews.web.api.door import Pace, answer_json, come_in, open_group, read_params
from reviews.web.api.table import PATH_ID, TABLE, Operation
from reviews.web.state import state

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """The description of everything below this address."""
    return answer_json(describe(state().settings.base_url), 200)


def _view(operation: Operation, pace: Pace) -> Callable[..., Response]:
    work: Callable[..., Any] = getattr(operations, operation.name)

    def view(**path: str) -> Response:
        token = come_in(operation, pace)
        params = {**read_params(operation), **path}
        opened = state().storage.write if operation.method == "POST" else state().storage.read
        if operation.is_lines:
            with state().storage.read() as tx:
                scene = operations.Scene(open_group(tx, token))
            found: Response = work(scene, params, token)
            return found
        with opened() as tx:
            body = work(operations.Scene(open_group(tx, token)), params, token)
        return answer_json(body, operation.status)

    return view


def _add_routes(pace: Pace) -> None:
    for operation in TABLE:
        path = operation.path.replace("{id}", "<id>")
        assert ("{id}" in operation.path) == (PATH_ID in operation.params)
        blueprint.add_url_rule(path, operation.name, _view(operation, pace), methods=[operation.method])


@blueprint.after_request
def _finish(answer: Response) -> Response:
    answer.headers.setdefault("Cache-Control", "no-store" if answer.status_code >= 400 else "private, no-cache")
    if (left := g.get("rate_left")) is not None:
        answer.headers["RateLimit"] = f'"key";r={left};t=60'
    return answer


_add_routes(Pace())
