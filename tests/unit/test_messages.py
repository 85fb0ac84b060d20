"""Every text that the program shows has a French translation with the same places.

Found are the literal texts of ``words.text("…")``, ``words.plural("…", "…", n)`` and ``N_("…")`` in the package and the
templates, hints of errors, labels of settings, and the notes in the rules' data files.
"""

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from reviews import i18n

ROOT = Path(__file__).parents[2]
NAMED_ARGUMENTS = {"hint", "hint_default"}
FIELD_ARGUMENTS = {"label", "help"}
PLACE = re.compile(r"\{\w+\}")

Message = str | tuple[str, str]


def messages_of_python(path: Path) -> Iterator[Message]:
    # Babel's own extractor also takes `text[0] == "…"` for a call; the syntax tree knows better.
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield from messages_of_call(node)
        elif isinstance(node, ast.Assign):
            names = {target.id for target in node.targets if isinstance(target, ast.Name)}
            if names & NAMED_ARGUMENTS and (found := literal(node.value)):
                yield found


def messages_of_call(call: ast.Call) -> Iterator[Message]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    given = [found for argument in call.args[:2] if (found := literal(argument))]
    if name == "plural" and len(given) == 2:
        yield given[0], given[1]
    elif name in ("text", "N_") and given and literal(call.args[0]):
        yield given[0]
    wanted = NAMED_ARGUMENTS | FIELD_ARGUMENTS if name == "Field" else NAMED_ARGUMENTS
    yield from (found for word in call.keywords if word.arg in wanted and (found := literal(word.value)))


def literal(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def messages_of_template(path: Path) -> Iterator[Message]:
    for call in Environment().parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
        # The staff pages say t("…") and n("…", "…", count) for words.text and words.plural.
        name = call.node.attr if isinstance(call.node, nodes.Getattr) else getattr(call.node, "name", "")
        given = [argument.value for argument in call.args if isinstance(argument, nodes.Const)]
        if name in ("plural", "n") and len(given) > 1:
            yield given[0], given[1]
        elif name in ("text", "t") and given:
            yield given[0]


def messages_of_toml(path: Path) -> Iterator[Message]:
    given = tomllib.loads(path.read_text(encoding="utf-8"))
    for row in [*given.get("row", []), given.get("default", {})]:
        yield from (row[key] for key in ("note", "open") if row.get(key))
    if "default" in given:
        yield given["default"]["authority"]


def all_messages() -> dict[str, dict[Message, str]]:
    """Room → message → where it was first found."""
    found: dict[str, dict[Message, str]] = defaultdict(dict)
    readers = [("reviews/**/*.py", messages_of_python), ("reviews/rules/data/*.toml", messages_of_toml)]
    readers += [(f"templates/**/*.{ending}", messages_of_template) for ending in ("html", "svg", "txt", "xml")]
    for pattern, read in readers:
        for path in sorted(ROOT.glob(pattern)):
            place = path.relative_to(ROOT)
            room = "/".join(place.parts[:2]).removesuffix(".py")
            for message in read(path):
                found[room].setdefault(message, str(place))
    return dict(found)


MESSAGES = all_messages()
FRENCH = i18n.load().words("fr").messages


def french(message: Message) -> list[str]:
    """The translated forms; empty where one is missing."""
    found = FRENCH.get(message if isinstance(message, str) else message[0])
    forms = [found] if isinstance(found, str) else list(found or ())
    is_right_kind = isinstance(found, tuple) == isinstance(message, tuple)
    return forms if is_right_kind and all(forms) else []


@pytest.mark.statement("W57")
@pytest.mark.parametrize("room", sorted(MESSAGES))
def test_every_message_has_french(room: str) -> None:
    missing = [f"{place}: {message!r}" for message, place in MESSAGES[room].items() if not french(message)]
    assert not missing, "\n".join(["without a French text:", *missing])


@pytest.mark.parametrize("room", sorted(MESSAGES))
def test_french_has_the_same_places(room: str) -> None:
    wrong = []
    for message in MESSAGES[room]:
        english = {message} if isinstance(message, str) else set(message)
        expected = {place for text in english for place in PLACE.findall(text)}
        for form in french(message):
            found = set(PLACE.findall(form))
            # "{n}" may be left out of a form that says "one" in words.
            if not found <= expected or expected - found - {"{n}"} or (isinstance(message, str) and found != expected):
                wrong.append(f"{message!r} → {form!r}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", sorted((ROOT / "reviews/messages").rglob("*.po")), ids=lambda path: path.name)
def test_message_files_are_whole(path: Path) -> None:
    with path.open("rb") as file:
        catalog = read_po(file, locale=path.parent.name, abort_invalid=True)
    assert [entry.id for entry in catalog if entry.id and (entry.fuzzy or not entry.string)] == []


def test_files_of_one_language_do_not_contradict_each_other() -> None:
    said: dict[str, set[str]] = defaultdict(set)
    for path in sorted((ROOT / "reviews/messages/fr").glob("*.po")):
        with path.open("rb") as file:
            for entry in read_po(file, locale="fr"):
                if entry.id:
                    said[str(entry.id)].add(str(entry.string))
    assert {message: forms for message, forms in said.items() if len(forms) > 1} == {}


def test_texts_are_found_in_code_templates_and_data(tmp_path: Path) -> None:
    code = tmp_path / "code.py"
    lines = ['words.text("a {b}", b=1)', 'words.plural("{n} c", "{n} cs", 2)', 'X = N_("d" "e")', 'E("m", hint="f")']
    code.write_text("\n".join([*lines, 'text[0] == "z"']))
    assert sorted(messages_of_python(code), key=str) == [("{n} c", "{n} cs"), "a {b}", "de", "f"]
    template = tmp_path / "page.html"
    template.write_text(
        '{{ words.text("g") }}{% if x %}{{ words.plural("h", "hs", n) }}{% endif %}{{ o("i") }}{{ t("m") }}'
    )
    assert list(messages_of_template(template)) == ["g", ("h", "hs"), "m"]
    data = tmp_path / "data.toml"
    data.write_text('[default]\nauthority = "j"\nnote = "k"\n[[row]]\nnote = "l"\n')
    assert list(messages_of_toml(data)) == ["l", "k", "j"]


def test_french_punctuation_has_a_space_that_no_line_breaks_at() -> None:
    words = i18n.load().words("fr")
    space = "\N{NO-BREAK SPACE}"
    assert not [text for text in _texts(words) if re.search(r" [:;?!%»](?:\s|$)|« |«(?!\N{NO-BREAK SPACE})", text)]
    assert any(f"«{space}" in text for text in _texts(words))


def _texts(words: i18n.Words) -> Iterator[str]:
    for found in words.messages.values():
        yield from (found,) if isinstance(found, str) else found
