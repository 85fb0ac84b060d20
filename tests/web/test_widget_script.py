"""The script's own rules: small, no words, only ways of drawing that a strict policy allows."""

import gzip
import hashlib
import re
from pathlib import Path

import pytest

from reviews.web import hot

FOLDER = Path(hot.__file__).parent / "static" / "widget"
SOURCE = (FOLDER / "v1.js").read_text(encoding="utf-8")
SERVED = (FOLDER / "v1.min.js").read_text(encoding="utf-8")


def test_the_served_script_was_made_from_the_source() -> None:
    noted = (FOLDER / "v1.sha256").read_text(encoding="utf-8").split("\n")[:2]
    found = [f"{hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()}  {name}" for name in ("v1.js", "v1.min.js")]
    assert noted == found, "v1.js has changed: run reviews/web/static/widget/minify"


def test_the_served_script_is_small() -> None:
    assert len(gzip.compress(SERVED.encode(), 9, mtime=0)) <= 4096


@pytest.mark.statement("W28", "W30", "W31", "A2", "P3", "P4")
@pytest.mark.parametrize("text", [SOURCE, SERVED], ids=["source", "served"])
def test_the_script_uses_nothing_that_a_strict_policy_refuses_and_nothing_that_leaves_a_trace(text: str) -> None:
    refused = (
        r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function|setTimeout\(\s*[\"']|srcdoc|"
        r"createContextualFragment|DOMParser|cookie\b(?!,)|localStorage|sessionStorage|indexedDB|sendBeacon|"
        r"XMLHttpRequest|new Image|import\(|cssText|\"style\"|@import|@font-face|url\("
    )
    code = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    assert re.findall(refused, code) == []
    assert 'credentials:"omit"' in code.replace(" ", "")
    assert 'referrerPolicy:"no-referrer"' in code.replace(" ", "")


@pytest.mark.statement("W27")
def test_the_script_has_no_words_of_its_own() -> None:
    """Text with a blank in it is a directive, a class list, a relation or the reason of an error event."""
    code = re.sub(r"`[^`]*`", "", SOURCE)
    assert set(re.findall(r'"([A-Za-z][a-z]+ [a-z ]+)"', code)) == {
        "use strict",
        "nofollow ugc noopener",
        "unknown data",
    }
