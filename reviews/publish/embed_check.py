"""Whether a page lets our widget in: finds the snippet and reads the page's Content-Security-Policy."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from reviews.markup.embeds import Embeds, find_embeds
from reviews.publish.snippets import csp_lines

if TYPE_CHECKING:
    from reviews.fetcher import Fetcher
    from reviews.sandbox import Sandbox

_FALLBACK = {
    "script-src": ("script-src-elem", "script-src", "default-src"),
    "connect-src": ("connect-src", "default-src"),
    "img-src": ("img-src", "default-src"),
    "frame-src": ("frame-src", "child-src", "default-src"),
}
_NEEDS = {
    "element": ("script-src", "connect-src", "img-src"),
    "frame": ("frame-src",),
    "picture": ("img-src",),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One line: ok, warning or problem; what was found; what to do."""

    level: str
    what: str
    way_out: str = ""
    kind: str = ""
    """Which it is, for those who say it in their own words: no_snippet, no_script, found, mixed, directive, nonce,
    fine, no_policy, line."""
    about: str = ""
    """What it is about: a way in or a directive."""


def check_page(embeds: Embeds, header: str, page_url: str, base_url: str) -> Iterator[Fault]:
    """What stands in the widget's way on a page; `header` is its Content-Security-Policy header, "" for none."""
    ways = [*_find_ways(embeds, page_url, base_url)]
    if not ways:
        yield Fault(
            "problem", f"no snippet of {base_url} on {page_url}", "paste one from the page Widgets", "no_snippet"
        )
        return
    if embeds.widgets and "element" not in ways:
        yield Fault(
            "problem",
            "<clinic-reviews> is there, but its script is not: the editor may have stripped it",
            f'<script src="{base_url}/widget/v1.js" async></script>, or the iframe',
            "no_script",
        )
    for way in ways:
        names = f": {', '.join(embeds.widgets)}" if way == "element" else ""
        yield Fault("ok", f"{way} found{names}", kind="found", about=way)
    if urlsplit(page_url).scheme == "https" and urlsplit(base_url).scheme == "http":
        yield Fault(
            "problem", f"browsers block {base_url} on an https page", "serve the installation by https", "mixed"
        )
    policies = [part.strip() for part in (*header.split(","), *embeds.policies) if part.strip()]
    missing = dict.fromkeys(
        directive
        for way in ways
        for directive in _NEEDS[way]
        for policy in policies
        if not allows(policy, directive, base_url, page_url)
    )
    element_line, frame_line = csp_lines(base_url)
    for directive in missing:
        origin = element_line.rsplit(" ", 1)[-1]
        what, way_out = f"the page's policy has no {directive} for us", f"add {origin} to {directive}"
        yield Fault("problem", what, way_out, "directive", directive)
    if any("'strict-dynamic'" in policy for policy in policies) and "element" in ways and not _has_nonce(embeds):
        yield Fault(
            "problem",
            "the page's policy says 'strict-dynamic', so addresses do not count for scripts",
            "give our <script> the page's nonce",
            "nonce",
        )
    elif not missing:
        what = "its policy lets the widget in" if policies else "it has no Content-Security-Policy"
        yield Fault("ok", what, kind="fine" if policies else "no_policy")
    elif "element" in ways:
        yield Fault("warning", "the whole line for the element", element_line, "line")
    else:
        yield Fault("warning", "the whole line for the iframe", frame_line, "line")


def read_website(fetcher: "Fetcher", sandbox: "Sandbox", url: str, base_url: str) -> list[Fault]:
    """Fetch somebody's page and say what stands in the widget's way; raises SourceError where it cannot be read."""
    answer = fetcher.fetch(url, obey_robots=False)
    embeds = sandbox.run(find_embeds, answer.body, answer.charset)
    return [*check_page(embeds, answer.headers.get("content-security-policy", ""), answer.url, base_url)]


def allows(policy: str, directive: str, base_url: str, page_url: str) -> bool:
    """Whether a policy lets a page load something from our installation under a directive."""
    directives = _parse(policy)
    governing = next((name for name in _FALLBACK[directive] if name in directives), None)
    if governing is None:
        return True
    return any(_matches(source, base_url, page_url) for source in directives[governing])


def _parse(policy: str) -> Mapping[str, Sequence[str]]:
    found: dict[str, Sequence[str]] = {}
    for part in policy.split(";"):
        words = part.split()
        if words:
            found.setdefault(words[0].lower(), words[1:])  # of two with one name, the first counts
    return found


def _matches(source: str, base_url: str, page_url: str) -> bool:
    ours, page = urlsplit(base_url), urlsplit(page_url)
    source = source.lower()
    if source == "'self'":
        return (ours.scheme, ours.netloc.lower()) == (page.scheme, page.netloc.lower())
    if source.startswith("'"):
        return False
    if source == "*":
        return ours.scheme in ("http", "https")
    if source.endswith(":") and "/" not in source:
        return ours.scheme == source[:-1] or (source == "http:" and ours.scheme == "https")
    scheme, separator, rest = source.rpartition("://")
    host_port, _, path = rest.partition("/")
    host, _, port = host_port.partition(":")
    if separator and ours.scheme != scheme and not (scheme == "http" and ours.scheme == "https"):
        return False
    name = (ours.hostname or "").lower()
    is_host = name.endswith(host[1:]) if host.startswith("*.") else name == host
    default = {"http": 80, "https": 443}[ours.scheme]
    is_port = port == "*" or (int(port) if port.isdecimal() else default) == (ours.port or default)
    return is_host and is_port and (not path or f"{ours.path}/widget/v1.js".startswith(f"/{path}"))


def _find_ways(embeds: Embeds, page_url: str, base_url: str) -> Iterator[str]:
    def is_ours(address: str, part: str) -> bool:
        return urljoin(page_url, address.split(" ")[0]).startswith(f"{base_url}/{part}")

    if embeds.widgets and any(is_ours(address, "widget/") for address, _ in embeds.scripts):
        yield "element"
    if any(is_ours(address, "w/") for address in embeds.frames):
        yield "frame"
    if not embeds.widgets and any(is_ours(address, "w/") for address in embeds.pictures):
        yield "picture"


def _has_nonce(embeds: Embeds) -> bool:
    return any(nonce and "/widget/" in address for address, nonce in embeds.scripts)
