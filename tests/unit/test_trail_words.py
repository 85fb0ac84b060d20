"""The audit trail speaks plainly: each action that the source writes has a phrase, and no value is shown as code."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest

from reviews import i18n
from reviews.storage.audit import Entry
from reviews.web.dashboard.trail_words import ACTIONS, FIELDS, KINDS, Detail, details_of, say_action, say_kind
from tests.conftest import NOW

ROOT = Path(__file__).parents[2]
OF_FORMS = {"do": ("not_posted", "try_again")}
"""What a form may say where the source passes it on as it came."""
WORDS = i18n.load().words("en")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Act:
    """Where an entry is written, and of which action; None if the source does not say."""

    place: str
    action: str | None


def acts_of(text: str, place: str) -> Iterator[Act]:
    """Every action that a module writes, by `add_entry`, by a helper of its own with an `action`, or by `note`."""
    tree = ast.parse(text)
    functions = [node for node in ast.walk(tree) if isinstance(node, Function)]
    inside = {id(node): function for function in functions for node in ast.walk(function)}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    helpers = {each.name: each for each in functions if "action" in names_of(each) and writes(each)}

    def values(node: ast.expr | None, function: Function | None) -> Iterator[str | None]:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.IfExp):
            yield from values(node.body, function)
            yield from values(node.orelse, function)
        elif isinstance(node, ast.JoinedStr):
            parts = [list(values(getattr(part, "value", None), function)) if isinstance(part, ast.FormattedValue)
                     else list(values(part, function)) for part in node.values]  # fmt: skip
            yield from ("".join(map(str, each)) if None not in each else None for each in product(*parts))
        elif isinstance(node, ast.Name) and node.id in OF_FORMS:
            yield from OF_FORMS[node.id]
        elif isinstance(node, ast.Name):
            outer = next((each for each in functions if node.id in names_of(each) and holds(each, node)), None)
            if outer is None:
                yield None
                return
            for call in calls:
                if called(call) == outer.name:
                    yield from values(argument(call, outer, node.id), inside.get(id(call)))
        else:
            yield None

    for call in calls:
        name, function = called(call), inside.get(id(call))
        line = f"{place}:{call.lineno}"
        if name == "add_entry":
            given = next((word.value for word in call.keywords if word.arg == "action"), None)
            if not (isinstance(given, ast.Name) and given.id == "action"):
                yield from (Act(line, action) for action in values(given, function))
        elif name in helpers:
            yield from (Act(line, action) for action in values(argument(call, helpers[name], "action"), function))
        elif isinstance(call.func, ast.Name) and name == "note" and not any(each.name == "note" for each in functions):
            yield from (Act(line, action) for action in values(call.args[1], function))


def names_of(function: Function) -> list[str]:
    return [each.arg for each in (*function.args.args, *function.args.kwonlyargs)]


def holds(function: Function, node: ast.AST) -> bool:
    return any(each is node for each in ast.walk(function))


def writes(function: Function) -> bool:
    return any(isinstance(node, ast.Call) and called(node) == "add_entry" for node in ast.walk(function))


def called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def argument(call: ast.Call, function: Function, name: str) -> ast.expr | None:
    for word in call.keywords:
        if word.arg == name:
            return word.value
    place = names_of(function).index(name)
    return call.args[place] if place < len(call.args) else None


def all_acts() -> list[Act]:
    paths = sorted((ROOT / "reviews").rglob("*.py"))
    return [act for path in paths for act in acts_of(path.read_text(encoding="utf-8"), str(path.relative_to(ROOT)))]


def lacking(acts: list[Act]) -> list[str]:
    return [f"{act.place}: {act.action}" for act in acts if act.action not in ACTIONS]


@pytest.mark.statement("S5")
def test_every_action_that_the_source_writes_has_a_phrase() -> None:
    acts = all_acts()
    assert lacking(acts) == []
    written = {act.action for act in acts}
    assert {"connection.added", "source.resumed", "reply.try_again", "report.made", "person.invited"} <= written
    assert sorted(ACTIONS.keys() - written) == [], "phrases of actions that nothing writes"


@pytest.mark.parametrize(
    "code",
    [
        'audit.add_entry(g, action="tree.felled")',
        'from x import note\nnote(g, "tree.felled", "tree", i)',
        'from x import note\nnote(g, "clinic.added" if y else "tree.felled", "tree", i)',
        'def _log(g, action):\n    add_entry(g, action=action)\n_log(g, "tree.felled")',
        'from x import note\ndef f(how):\n    note(g, f"tree.{how}", "tree", i)\nf("felled")',
        'from x import note\nnote(g, TABLE[how], "tree", i)',
    ],
)
def test_an_action_without_a_phrase_is_found_however_it_is_written(code: str) -> None:
    assert len(lacking(list(acts_of(code, "code.py")))) == 1


def entry(before: dict[str, object], after: dict[str, object], kind: str = "person") -> Entry:
    return Entry(
        id=1, at=NOW, person_id=None, person_name=None, action="person.changed", object_kind=kind, object_id="p",
        before=before, after=after,
    )  # fmt: skip


def said(before: dict[str, object], after: dict[str, object], kind: str = "person") -> list[Detail]:
    return details_of(entry(before, after, kind), {"c1": "North", "p1": "Robin"}, WORDS)


@pytest.mark.statement("S5")
def test_details_are_labels_and_values_in_words() -> None:
    assert said({"role": "editor", "clinics": ["c1"]}, {"role": "manager", "clinics": "all"}) == [
        Detail("Role", "editor", "manager"),
        Detail("Clinics", "North", "all"),
    ]
    assert said({"state": "draft"}, {"state": "waiting"}, "reply") == [Detail("State", "draft", "waits for approval")]
    assert said({"person": "p1", "work": "open"}, {"person": None, "work": "open"}) == [Detail("Person", "Robin", "–")]
    assert said({}, {"required": True, "rows": 1200}) == [
        Detail("Needed", "", "yes"),
        Detail("Rows of data", "", "1,200"),
    ]
    assert said({}, {"by": "apply", "what": ["name", "time_zone"]}) == [
        Detail("Done by", "", "the installation’s settings file"),
        Detail("What", "", "Name, Time zone"),
    ]


@pytest.mark.statement("S5")
def test_empty_lists_ids_and_names_of_secrets_are_not_shown() -> None:
    assert said({}, {"what": [], "secrets": ["page_token"], "sources": [], "version": 3, "review": "r1"}) == []
    assert said({}, {"sources": ["s1", "s2"]}) == [Detail("Sources", "", "2")]
    assert said({}, {"filters": {"tab": "waiting", "month": "2026-11"}}) == [
        Detail("Only these", "", "Tab waiting, Month 2026-11")
    ]


def test_what_another_version_has_written_stays_readable() -> None:
    assert say_action("tree.felled", WORDS) == "tree.felled"
    assert say_kind("tree", WORDS) == "tree"
    assert said({}, {"odd_field": "x"}) == [Detail("Odd field", "", "x")]
    assert all("." not in text and "_" not in text for text in (*ACTIONS.values(), *KINDS.values(), *FIELDS.values()))
