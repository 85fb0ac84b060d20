"""The documentation says what is true: commands, targets, settings, links, and nothing that must not be published."""

import re
import subprocess
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from reviews.cli import main
from reviews.config import Settings

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def tracked() -> list[Path]:
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    missing = [t for t in targets if "://" not in t and not t.startswith("mailto:") and not (page.parent / t).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_that_are_named_exist(page):
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|`|\s)(?:\.venv/bin/)?reviews ([a-z][a-z-]*)", text, re.M))
    named |= set(re.findall(r"python -m reviews ([a-z][a-z-]*)", text))
    in_code = {
        word
        for code in re.findall(r"`([^`]+)`|```[a-z]*\n(.*?)```", text, re.S)
        for part in code
        for word in re.findall(r"(?:^|\s|/)reviews ([a-z][a-z-]*)", part)
    }
    assert in_code & named <= set(main.commands), page.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_targets_that_are_named_exist(page):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.M))
    for code in re.findall(r"`make ([a-z][a-z -]*)", page.read_text(encoding="utf-8")):
        assert set(code.split()) <= targets, page.name


def test_every_setting_is_documented_and_every_documented_setting_exists():
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `REVIEWS_([A-Z_]+)`", text, re.M))
    assert documented == {field.name.upper() for field in fields(Settings)} | {"CONFIG"}


def test_every_command_is_documented():
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert {name for name in main.commands if f"`reviews {name}" not in text} == set()


def test_every_library_has_its_reason_and_its_hash():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    for requirement in project["dependencies"]:
        name = re.match(r"[A-Za-z0-9-]+", requirement)[0].lower()
        assert re.search(rf'^ +"{re.escape(requirement)}",? +# \S', text, re.M), f"{name} has no reason"
        assert re.search(rf"^{re.escape(name)}(\[[^]]*\])?==", lock, re.M | re.I), f"{name} is not locked"
    assert lock.count("--hash=sha256:") >= len(re.findall(r"^[a-z0-9-]+", lock, re.M))


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_locks_hold_no_addresses(name):
    assert re.findall(r"https?://|--index-url|--find-links", (ROOT / name).read_text(encoding="utf-8")) == []


def test_nothing_of_a_machine_is_published():
    words = re.compile(r"/opt/pypi|files\.pythonhosted|registry\.npmjs|/root/|/home/[a-z]+/")
    faults = []
    for path in tracked():
        if path == Path(__file__) or path.suffix in {".png", ".ico", ".db"}:
            continue
        found = words.search(path.read_text(encoding="utf-8", errors="replace"))
        if found:
            faults.append(f"{path.relative_to(ROOT)}: {found[0]}")
    assert faults == []


def test_decisions_are_numbered_without_gaps():
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert numbers == list(range(1, len(numbers) + 1))
