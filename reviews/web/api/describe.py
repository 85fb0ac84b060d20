"""The description of the API after OpenAPI 3.1, made of the table."""

from typing import Any

from reviews import __version__
from reviews.web.api.table import SCHEMAS, SCOPES, TABLE, Operation, Param

PROBLEMS = {
    "400": "A parameter or the body is not as described.",
    "401": "The key is missing, wrong, revoked or has run out.",
    "403": "The key does not have the scope.",
    "404": "There is no such thing in this group, or not for the clinics of this key.",
    "429": "Too many requests; `Retry-After` says when to come back.",
    "503": "The database does not answer at the moment.",
}


def describe(base_url: str) -> dict[str, Any]:
    """The whole description."""
    paths: dict[str, dict[str, Any]] = {}
    for each in TABLE:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Clinic Reviews",
            "version": __version__,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": "Ids are opaque. Lists go on with `after`. Times are UTC. Errors are RFC 9457 problems.",
        },
        "servers": [{"url": f"{base_url}/api/v1"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": dict(SCHEMAS),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "A key of the settings."}},
        },
    }


def _operation(each: Operation) -> dict[str, Any]:
    kind = "application/x-ndjson" if each.is_lines else "application/json"
    schema: dict[str, Any] = {"type": "string"} if each.is_lines else _ref(each.answer)
    answers: dict[str, Any] = {
        str(each.status): {"description": each.text, "content": {kind: {"schema": schema}}},
        **{code: _problem(text) for code, text in PROBLEMS.items()},
    }
    if each.method == "GET" and not each.is_lines:
        answers["304"] = {"description": "As `If-None-Match` has it."}
    found: dict[str, Any] = {
        "operationId": each.name,
        "summary": each.text,
        "description": f"Scope `{each.scope}`: {SCOPES[each.scope]}.",
        "parameters": [_param(param) for param in each.params],
        "responses": answers,
    }
    if each.body:
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(each.body)}}}
        found["responses"]["409"] = _problem("The address is none that messages can be sent to.")
        found["responses"]["415"] = _problem("The body is not JSON.")
    return found


def _param(param: Param) -> dict[str, Any]:
    is_path = param.place == "path"
    return {
        "name": param.name, "in": param.place, "required": is_path, "description": param.text, "schema": param.schema,
    }  # fmt: skip


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _problem(text: str) -> dict[str, Any]:
    return {"description": text, "content": {"application/problem+json": {"schema": _ref("Problem")}}}
