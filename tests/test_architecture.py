"""The house rules that a machine can check, read from the source with `ast`."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "reviews"

LAYERS = {
    0: ("model", "errors", "clock", "failpoint", "turns"),
    1: ("config", "logs", "files", "i18n", "secrets_box"),
    2: ("markup", "normalize", "sentiment", "reputation", "rules", "schedule", "drift"),
    3: ("fetcher", "sandbox", "storage"),
    4: ("sources",),
    5: ("publish", "alerts"),
    6: ("collect", "checkup"),
    7: ("worker", "web"),
    8: ("commands",),
    9: ("cli",),
    10: ("__main__",),
}
LAYER_OF = {name: layer for layer, names in LAYERS.items() for name in names}
MAY_IMPORT = {
    "requests": ("fetcher",),
    "urllib3": ("fetcher",),
    "sqlite3": ("storage",),
    "pysqlite3": ("storage",),
    "sqlite_utils": ("storage",),
    "psycopg": ("storage",),
    "psycopg_pool": ("storage",),
    "flask": ("web", "cli", "commands"),
    "werkzeug": ("web", "cli", "commands"),
    "flask_wtf": ("web",),
    "weasyprint": ("publish",),  # in a process of its own
    "multiprocessing": (),
    "pickle": (),
    "joserfc": ("web",),
    "apprise": ("alerts",),  # its requests are led through the fetcher
    "smtplib": ("alerts",),  # beside the one network door: to the host of the settings only
}
NOT_TO_SERVE = (
    "requests", "urllib3", "joserfc", "apprise", "lxml", "bs4", "numpy", "py3langid", "psycopg", "vaderSentiment",
    "reviews.collect", "reviews.fetcher", "reviews.markup", "reviews.sandbox", "reviews.sentiment",
    "reviews.publish.gather", "reviews.web.reach",
)  # fmt: skip
"""What a web process that serves widgets from SQLite never loads: it must start fast and stay small."""
IMPURE = {"os", "socket", "subprocess", "random", "secrets", "time", "threading", "requests", "urllib3", "tempfile"}


@cache
def modules() -> list[tuple[str, Path, ast.Module]]:
    """(room, path, tree) of each module of the package; the room is the first name below `reviews`."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        relative = path.relative_to(PACKAGE)
        if relative == Path("__init__.py"):
            continue
        found.append((relative.parts[0].removesuffix(".py"), path, ast.parse(path.read_text(encoding="utf-8"))))
    return found


def imports(tree: ast.AST) -> list[tuple[int, str]]:
    """(line, dotted name) of every import."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "reviews":
                found += [(node.lineno, f"reviews.{alias.name}") for alias in node.names]
            else:
                found.append((node.lineno, node.module))
    return found


@cache
def calls(tree: ast.AST) -> list[tuple[int, str]]:
    """(line, dotted name) of every call whose function is a plain dotted name."""
    return [(node.lineno, ast.unparse(node.func)) for node in ast.walk(tree) if isinstance(node, ast.Call)]


def layer_faults(room: str, tree: ast.AST) -> list[str]:
    """Imports of `room` that do not go down."""
    faults = []
    for line, name in imports(tree):
        if name.startswith("reviews."):
            other = name.split(".")[1]
            if other == "__version__" or other == room:
                continue
            if LAYER_OF.get(other, 99) >= LAYER_OF[room]:
                faults.append(f"line {line}: {room} imports {other}")
    return faults


def test_every_module_has_a_layer():
    assert {room for room, _, _ in modules()} <= set(LAYER_OF)


def test_imports_go_one_way():
    faults = [
        f"{path.relative_to(ROOT)} {fault}" for room, path, tree in modules() for fault in layer_faults(room, tree)
    ]
    assert faults == []


def test_an_import_that_goes_up_is_caught():
    assert layer_faults("model", ast.parse("from reviews.storage import open_storage"))
    assert layer_faults("sources", ast.parse("import reviews.collect"))
    assert not layer_faults("collect", ast.parse("from reviews.sources import registry"))


def test_each_door_has_one_owner():
    faults = []
    for room, path, tree in modules():
        for line, name in imports(tree):
            owners = MAY_IMPORT.get(name.split(".")[0])
            if owners is not None and room not in owners:
                faults.append(f"{path.relative_to(ROOT)}:{line} imports {name}")
    assert faults == []


def test_the_pure_layer_does_no_io():
    faults = []
    for room, path, tree in modules():
        if LAYER_OF.get(room) != 2:
            continue
        for line, name in imports(tree):
            if name.split(".")[0] in IMPURE:
                faults.append(f"{path.relative_to(ROOT)}:{line} imports {name}")
        loaders = [
            (node.lineno, node.end_lineno or node.lineno)
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef) and (node.name == "load" or node.name.startswith("_load"))
        ]
        for line, name in calls(tree):
            reads = name == "open" or name.endswith((".read_text", ".read_bytes"))
            if reads and not any(start <= line <= end for start, end in loaders):
                faults.append(f"{path.relative_to(ROOT)}:{line} calls {name}")
    assert faults == []


def test_only_the_clock_asks_the_time():
    faults = [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for room, path, tree in modules()
        if room != "clock"
        for line, name in calls(tree)
        if name.endswith(("datetime.now", "datetime.utcnow", "time.time", "date.today"))
    ]
    assert faults == []


def test_only_config_reads_the_environment():
    faults = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for room, path, tree in modules()
        if room != "config"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("os.environ", "os.getenv")
    ]
    assert faults == []


def test_only_the_command_line_prints():
    faults = [
        f"{path.relative_to(ROOT)}:{line}"
        for room, path, tree in modules()
        if LAYER_OF.get(room) != 7
        for line, name in calls(tree)
        if name == "print"
    ]
    assert faults == []


BROAD = {"Exception", "BaseException"}
BOUNDARIES = {"collect", "worker", "web", "sandbox"}
"""The run boundary, the worker loop, the request handler, and the far side of the sandbox."""


def broad_handlers(tree: ast.AST) -> list[int]:
    """Lines of handlers that catch everything and do not raise it again."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.ExceptHandler):
            continue
        names = (
            {ast.unparse(part) for part in ast.walk(node.type) if isinstance(part, ast.Name)} if node.type else BROAD
        )
        raises = any(isinstance(part, ast.Raise) and part.exc is None for part in ast.walk(node))
        if names & BROAD and not raises:
            found.append(node.lineno)
    return found


def test_broad_handlers_stand_only_at_the_boundaries():
    faults = [
        f"{path.relative_to(ROOT)}:{line}"
        for room, path, tree in modules()
        if room not in BOUNDARIES
        for line in broad_handlers(tree)
    ]
    assert faults == []


def test_sql_stands_only_in_storage():
    verbs = ("SELECT ", "INSERT INTO", "UPDATE ", "DELETE FROM", "CREATE TABLE", "PRAGMA ")
    faults = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for room, path, tree in modules()
        if room != "storage"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.lstrip().startswith(verbs)
    ]
    assert faults == []


PATTERN_CALLS = (
    "re.compile",
    "re.search",
    "re.match",
    "re.fullmatch",
    "re.sub",
    "re.findall",
    "re.finditer",
    "re.split",
)
FORBIDDEN_CALLS = ("eval", "exec", "compile", "os.system", "yaml.load", "pickle.loads", "marshal.loads")


@pytest.mark.statement("A4")
def test_nothing_evaluates_data():
    faults = [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for _, path, tree in modules()
        for line, name in calls(tree)
        if name in FORBIDDEN_CALLS
    ]
    assert faults == []


PATTERNS_OF_OUR_OWN = {
    "web/api/door.py": "of the description of the interface",
    "web/api/operations.py": "of the description of the interface",
    "markup/links.py": "a number of a page",
    "markup/visible/words.py": "word lists of the package",
    "rules/patterns.py": "word lists of the package",
    "normalize/text.py": "quotation marks of the module",
}


def names_outside_escape(node: ast.AST) -> set[str]:
    """Names in lower case that a pattern is made of; what went through `re.escape` is text and left out."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "re.escape":
        return set()
    found = {node.id} if isinstance(node, ast.Name) and not node.id.lstrip("_").isupper() else set()
    return found.union(*map(names_outside_escape, ast.iter_child_nodes(node)))


def shell_and_pattern_faults(tree: ast.AST) -> list[int]:
    """Lines that call a shell, and lines of functions that make a pattern of anything but constants."""
    found = []
    for outer in ast.walk(tree):
        if isinstance(outer, ast.Call) and any(word.arg == "shell" for word in outer.keywords):
            found.append(outer.lineno)
        if not isinstance(outer, (ast.FunctionDef, ast.Lambda)):
            continue
        for node in ast.walk(outer):
            is_pattern = isinstance(node, ast.Call) and node.args and ast.unparse(node.func) in PATTERN_CALLS
            if is_pattern and names_outside_escape(node.args[0]):
                found.append(node.lineno)
    return found


@pytest.mark.statement("A3")
def test_no_shell_is_called_and_no_pattern_is_made_of_data():
    faults = {
        f"{path.relative_to(ROOT)}:{line}"
        for _, path, tree in modules()
        if str(path.relative_to(PACKAGE)) not in PATTERNS_OF_OUR_OWN
        for line in shell_and_pattern_faults(tree)
    }
    assert faults == set()


@pytest.mark.parametrize("line", ["re.search(word, text)", "re.sub(f'a{word}', '', text)", "run(word, shell=True)"])
def test_a_pattern_made_of_data_is_caught(line):
    assert shell_and_pattern_faults(ast.parse(f"def f(word, text):\n    {line}")) == [2]
    assert shell_and_pattern_faults(ast.parse("def f(word):\n    re.search(re.escape(word) + WORDS, word)")) == []


def chance_and_hash_faults(tree: ast.AST) -> list[int]:
    """Lines that take chance from elsewhere than the system, tokens under 128 bits, and broken hashes."""
    found = [line for line, name in imports(tree) if name.split(".")[0] in ("random", "uuid")]
    found += [line for line, name in calls(tree) if name.split(".")[-1] in ("md5", "sha1")]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "secrets.token_urlsafe":
            size = node.args[0] if node.args else None
            if not (isinstance(size, ast.Constant) and isinstance(size.value, int) and size.value >= 16):
                found.append(node.lineno)
    return found


@pytest.mark.statement("A36")
def test_tokens_come_from_the_system_with_128_bits_and_no_broken_hash_is_used():
    faults = [
        f"{path.relative_to(ROOT)}:{line}" for _, path, tree in modules() for line in chance_and_hash_faults(tree)
    ]
    assert faults == []


@pytest.mark.parametrize("line", ["import random", "import uuid", "hashlib.md5(x)", "secrets.token_urlsafe(8)"])
def test_weak_chance_and_broken_hashes_are_caught(line):
    assert chance_and_hash_faults(ast.parse(line)) == [1]


@pytest.mark.statement("A37")
def test_tls_is_always_verified():
    faults = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for _, path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword)
        and node.arg == "verify"
        and isinstance(node.value, ast.Constant)
        and node.value.value is False
    ]
    assert faults == []


@pytest.mark.statement("A1")
def test_templates_never_mark_foreign_text_safe():
    faults = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in sorted((ROOT / "templates").rglob("*"))
        if path.is_file()
        for word in ("|safe", "| safe", "autoescape false", "Markup(")
        if word in path.read_text(encoding="utf-8")
    ]
    assert faults == []


def test_foreign_text_is_never_wrapped_as_markup():
    faults = [
        f"{path.relative_to(ROOT)}:{line}"
        for _, path, tree in modules()
        for line, name in calls(tree)
        if name.split(".")[-1] == "Markup"
    ]
    assert faults == []


def test_a_web_process_loads_only_what_serving_needs(tmp_path: Path):
    program = (
        "import sys; from pathlib import Path; from reviews.config import Settings; from reviews.web import server; "
        "server.build_application(Settings(data_dir=Path(sys.argv[1]))); print(*sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, capture_output=True, check=True)
    loaded = set(answer.stdout.decode().split())
    assert "flask" in loaded
    assert loaded.intersection(NOT_TO_SERVE) == set()


def test_pages_reach_a_group_through_the_limits_of_their_visitor():
    """`open_group` gives a visitor or a key the clinics that they may see; the operator's pages show no reviews, and
    who follows the link of a shared report is no visitor."""
    may = {"state.py", "door.py", "setup.py", "system.py", "invited.py", "shared_report.py", "sign_on.py"}
    faults = [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for room, path, tree in modules()
        if room == "web" and path.name not in may
        for line, name in calls(tree)
        if name.endswith("tx.group")
    ]
    assert faults == []
