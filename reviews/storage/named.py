"""The named queries: SQL in files, read once, rendered for an engine.

A file of `queries/` holds blocks::

    -- name: find_sources
    -- scope: group                       (the default; or: system — and the reason)
    -- One line of intent.
    SELECT … WHERE group_id = :group_id

Both engines run the same text. What a text may contain besides SQL:

* ``:name``: a value.
* ``:names*`` inside ``IN (…)``: a list of values; an empty one matches nothing.
* ``/*if name: … */``: only where a value of that name was passed, NULL included; this is how WHERE and SET are composed
  from what is present, since ``:x IS NULL OR col = :x`` is ambiguous on PostgreSQL.
* ``/*sqlite: … */``, ``/*postgres: … */``: only on that engine. At most six in all; a test counts them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from reviews.errors import StorageError
from reviews.storage.values import Stored, to_stored

Dialect = Literal["sqlite", "postgres"]

QUERY_DIR = Path(__file__).parent / "queries"

_HEAD = re.compile(r"^-- name: *(\w+) *$", re.MULTILINE)
_SCOPE = re.compile(r"^-- scope: *(group|system)(?: *— *(.+))?$")
_CONDITION = re.compile(r"/\*if (\w+): (.*?)\*/", re.DOTALL)
_FRAGMENT = re.compile(r"/\*(sqlite|postgres): (.*?)\*/", re.DOTALL)
# Literals, quoted names, comments and casts come first, so that a colon inside them is not taken for a parameter.
_TOKEN = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|::|:(?P<name>[a-z_][a-z0-9_]*)(?P<many>\*)?|%", re.DOTALL
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Query:
    """One named query; `conditions` are the names of its optional parts, `lists` those that take a list.

    Each is itself and no other: comparing them, which the memory of rendered texts does, costs nothing.
    """

    name: str
    family: str
    scope: Literal["group", "system"]
    reason: str
    intent: str
    text: str
    required: frozenset[str]
    conditions: frozenset[str]
    optional: frozenset[str]
    lists: frozenset[str]


@lru_cache(maxsize=1)
def all_queries() -> Mapping[str, Query]:
    """Every named query of the program by its name; raises StorageError for a text that breaks the form above."""
    return load_queries(QUERY_DIR)


def load_queries(folder: Path) -> dict[str, Query]:
    """The named queries of a folder."""
    found: dict[str, Query] = {}
    for file in sorted(folder.glob("*.sql")):
        parts = _HEAD.split(file.read_text(encoding="utf-8"))
        for name, body in zip(parts[1::2], parts[2::2], strict=True):
            if name in found:
                raise StorageError(f"queries/{file.name}: the name {name} is taken")
            found[name] = parse_query(name, file.stem, body)
    return found


def parse_query(name: str, family: str, body: str) -> Query:
    """One query from the text after its ``-- name:`` line."""
    scope, reason = "group", ""
    comments: list[str] = []
    lines: list[str] = []
    for line in body.strip().splitlines():
        if lines or not line.startswith("--"):
            lines.append(line)
        elif line.startswith("-- scope:"):
            if not (match := _SCOPE.match(line)) or (match[1] == "system" and not match[2]):
                raise StorageError(f"query {name}: a scope is 'group', or 'system — reason'")
            scope, reason = match[1], match[2] or ""
        else:
            comments.append(line.removeprefix("--").strip())
    text = "\n".join(lines).strip().removesuffix(";")
    if not text or not comments:
        raise StorageError(f"query {name}: one line of intent and one statement are expected")
    names, lists = _parameters(_CONDITION.sub("", text))
    optional, optional_lists = _parameters(" ".join(part[2] for part in _CONDITION.finditer(text)))
    return Query(
        name=name,
        family=family,
        scope="system" if scope == "system" else "group",
        reason=reason,
        intent=" ".join(comments),
        text=text,
        required=names,
        conditions=frozenset(match[1] for match in _CONDITION.finditer(text)),
        optional=optional - names,
        lists=lists | optional_lists,
    )


def render(query: Query, dialect: Dialect, params: Mapping[str, Any]) -> tuple[str, dict[str, Stored]]:
    """The text with ``:name`` parameters and their checked values.

    Raises StorageError for a value that is missing, unknown to the query, or cannot be stored.
    """
    if not query.lists:
        return _compose(query, dialect, frozenset(params), ()), {
            name: to_stored(name, value) for name, value in params.items()
        }
    values: dict[str, Stored] = {}
    lengths = []
    for name, value in params.items():
        if name in query.lists:
            items = list(value)
            lengths.append((name, len(items)))
            values.update({f"{name}_{number}": to_stored(name, item) for number, item in enumerate(items)})
        else:
            values[name] = to_stored(name, value)
    return _compose(query, dialect, frozenset(params), tuple(sorted(lengths))), values


@lru_cache(maxsize=2000)
def _compose(query: Query, dialect: Dialect, passed: frozenset[str], lengths: tuple[tuple[str, int], ...]) -> str:
    """The text for these parameters, whose names are checked; raises StorageError."""
    if missing := query.required - passed:
        raise StorageError(f"query {query.name}: no value for {', '.join(sorted(missing))}")
    if unknown := passed - query.required - query.optional - query.conditions:
        raise StorageError(f"query {query.name}: has no place for {', '.join(sorted(unknown))}")
    present = passed & query.conditions
    text = _CONDITION.sub(lambda part: part[2] if part[1] in present else "", query.text)
    text = choose_dialect(text, dialect)
    sizes = dict(lengths)

    def expand(token: re.Match[str]) -> str:
        if not token["many"]:
            return token[0]
        name = token["name"]
        return ", ".join(f":{name}_{number}" for number in range(sizes[name])) or "NULL"

    return _TOKEN.sub(expand, text)


def choose_dialect(text: str, dialect: Dialect) -> str:
    """The text with this engine's marked fragments, and without the other's."""
    return _FRAGMENT.sub(lambda part: part[2] if part[1] == dialect else "", text)


def to_pyformat(text: str) -> str:
    """``:name`` as ``%(name)s``, a percent sign doubled; casts, literals, quoted names and comments stay."""

    def replace(token: re.Match[str]) -> str:
        return f"%({token['name']})s" if token["name"] else token[0].replace("%", "%%")

    return _TOKEN.sub(replace, text)


def _parameters(text: str) -> tuple[frozenset[str], frozenset[str]]:
    text = _FRAGMENT.sub(lambda part: part[2], text)
    tokens = [token for token in _TOKEN.finditer(text) if token["name"]]
    return frozenset(t["name"] for t in tokens), frozenset(t["name"] for t in tokens if t["many"])
