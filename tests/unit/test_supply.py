"""What we are made of is written down, pinned by hash, and audited by something that could tell."""

import json
import re
import stat
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from reviews.commands.sbom import key_of, make_sbom
from tests.audit import CANARY, audit
from tests.conftest import ROOT

LOCK = ROOT / "requirements.txt"
AUDITOR = """#!/bin/sh
for last; do :; done
case "$last" in
  *canary.txt) {canary} ;;
  *) {lock} ;;
esac
"""
BAD = [{"id": "CVE-2018-18074", "fix_versions": ["2.20.0"]}]


def pins() -> dict[str, str]:
    """The locked libraries of this system, by name."""
    text = re.sub(r"\\\n", "", LOCK.read_text(encoding="utf-8"))
    lines = [line.partition("--hash")[0].strip() for line in text.splitlines() if re.match("[a-z]", line)]
    wanted = [Requirement(line) for line in lines]
    return {
        key_of(each.name): str(each.specifier)[2:] for each in wanted if each.marker is None or each.marker.evaluate()
    }


@pytest.mark.statement("T36", "A43")
def test_the_bill_of_materials_is_what_is_installed_and_locked():
    found = make_sbom()
    listed = {key_of(each["name"]): each["version"] for each in found["components"]}
    locked = pins()
    of_building = {"hatchling", "editables", "pathspec", "pluggy", "trove-classifiers", "packaging", "tomlkit"}
    assert {name: locked.get(name) for name in listed} == listed
    assert set(locked) - set(listed) <= of_building
    assert listed == {name: metadata.version(name) for name in listed}
    assert len(listed) == len(found["components"]) > 30
    assert {each["purl"] for each in found["components"]} >= {f"pkg:pypi/flask@{listed['flask']}"}
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.6")


@pytest.mark.statement("T36")
@pytest.mark.parametrize("name", ["Makefile", "Dockerfile"])
def test_libraries_are_only_installed_by_their_hashes(name: str):
    lines = [line for line in (ROOT / name).read_text(encoding="utf-8").splitlines() if "pip install" in line]
    assert lines
    for line in lines:
        assert "--require-hashes" in line or ("--no-deps" in line and "--no-build-isolation" in line), line


def said(*found: dict[str, object]) -> str:
    return "printf '%s' '" + json.dumps({"dependencies": list(found), "fixes": []}) + "'"


GOOD = said(*({"name": name, "version": version, "vulns": []} for name, version in pins().items()))
WARNED = said({"name": CANARY[0], "version": CANARY[1], "vulns": BAD})
SILENT = said({"name": CANARY[0], "version": CANARY[1], "vulns": []})
SKIPPED = said({"name": "flask", "skip_reason": "could not be audited"})
FLAGGED = said(*({"name": name, "version": "1", "vulns": BAD} for name in pins()))


@pytest.mark.statement("F15", "T36", "A43")
@pytest.mark.parametrize(
    ("lock", "canary", "fault"),
    [
        (GOOD, WARNED, ""),
        (GOOD, SILENT, "the canary requests==2.19.0 was not called bad"),
        (SKIPPED, SKIPPED, "could not be audited"),
        (FLAGGED, WARNED, "CVE-2018-18074"),
        ("exit 0", "exit 0", "could not be audited"),
        ("echo no network >&2; exit 1", WARNED, "no network"),
        (said(), WARNED, "only 0 of"),
    ],
)
def test_an_audit_is_green_only_if_it_looked_and_found_nothing(tmp_path: Path, lock: str, canary: str, fault: str):
    auditor = tmp_path / "auditor"
    auditor.write_text(AUDITOR.format(lock=lock, canary=canary), encoding="utf-8")
    auditor.chmod(auditor.stat().st_mode | stat.S_IXUSR)
    told = audit([str(auditor)], LOCK)
    assert bool(told) is bool(fault)
    assert fault in "\n".join(told)
