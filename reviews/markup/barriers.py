"""What stands between us and the reviews: a script that must run, a login, a check for robots."""

import re

from reviews.markup.tree import Document, Element, element_text, tag_of

_ROOTS = re.compile(
    r"^(?:root|app|main-app|__next|__nuxt|___gatsby|application|app-root|react-root|vue-app|mount)$", re.I
)
_SCRIPT_NEEDED = re.compile(
    r"(?:enable|activate|turn on|requires?|needs?|without|disabled?|activer?|aktivier\w*|habilit\w*)\b"
    r".{0,40}java-?script|"
    r"java-?script\b.{0,40}(?:enable|required|disabled|needed|activ|aktivier|habilit|must|nécessaire)",
    re.IGNORECASE | re.DOTALL,
)
_CAPTCHA = re.compile(
    r"g-recaptcha|h-captcha|hcaptcha\.com|cf-challenge|cf-turnstile|challenge-platform|captcha-delivery|px-captcha|"
    r"datadome|_incapsula_",
    re.IGNORECASE,
)
_ROBOT_CHECK = re.compile(
    r"are you (?:a )?(?:human|robot)|not a robot|verify (?:that )?you are (?:a )?human|unusual traffic|"
    r"checking your browser|just a moment|access denied|attention required|security check|pardon our interruption|"
    r"vérifi\w+ que vous êtes humain",
    re.IGNORECASE,
)
_LITTLE_TEXT = 1_500


def find_barrier(document: Document) -> str:
    """``captcha``, ``login`` or nothing; meaningful only for a page without reviews and totals."""
    body = document.root.find("body")
    seen = element_text(body, at_most=_LITTLE_TEXT + 1) if body is not None else ""
    title = element_text(found) if (found := document.root.find(".//title")) is not None else ""
    is_little = len(seen) <= _LITTLE_TEXT
    if is_little and (_ROBOT_CHECK.search(title[:300]) or _ROBOT_CHECK.search(seen) or _has_captcha(document)):
        return "captcha"
    passwords = [e for e in document.root.iter("input") if (e.get("type") or "").lower() == "password"]
    # A login box in the corner of a page full of text is no barrier.
    return "login" if passwords and is_little else ""


def needs_script(document: Document) -> bool:
    """Whether the page is an empty frame that a script fills; meaningful only for a page without reviews and totals."""
    body = document.root.find("body")
    if body is None:
        return False
    scripts = [e for e in body.iter("script") if e.get("src")] + list(document.root.iterfind(".//head/script[@src]"))
    if not scripts:
        return False
    seen = len(element_text(body, at_most=_LITTLE_TEXT))
    for element in body.iter("noscript"):
        if seen < _LITTLE_TEXT and _SCRIPT_NEEDED.search(" ".join(map(str, element.itertext()))[:2_000]):
            return True
    if seen < 300 and _SCRIPT_NEEDED.search(element_text(body)):
        return True
    return seen < 200 and any(_is_empty_root(element) for element in body.iter("div", "main", "section", "app-root"))


def _is_empty_root(element: Element) -> bool:
    is_root = tag_of(element) == "app-root" or bool(_ROOTS.match(element.get("id") or ""))
    return is_root and len(element_text(element)) < 80


def _has_captcha(document: Document) -> bool:
    for element in document.root.iter("script", "iframe", "div", "form"):
        for name in ("src", "class", "id", "action"):
            if _CAPTCHA.search((element.get(name) or "")[:300]):
                return True
    return False
