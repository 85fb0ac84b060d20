"""`reviews sbom`: what this installation is made of, as CycloneDX 1.6, read from what is installed."""

import re
from collections.abc import Iterator
from importlib import metadata
from typing import Any

from reviews import __version__

OURSELVES = "clinic-reviews"
_NEED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?")
_EXTRA = re.compile(r"""extra\s*==\s*["']([^"']+)["']""")


def make_sbom() -> dict[str, Any]:
    """The bill of materials: every library that we need, and what each of them needs, as far as it is installed."""
    found = sorted(_closure(), key=lambda each: key_of(each.metadata["Name"]))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": OURSELVES, "version": __version__}},
        "components": [_component(each) for each in found],
    }


def key_of(name: str) -> str:
    """A library's name as names are compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _closure() -> Iterator[metadata.Distribution]:
    waiting = [(OURSELVES, frozenset[str]())]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, extras = waiting.pop()
        if (key_of(name), extras) in seen:
            continue
        is_first = key_of(name) not in {known for known, _ in seen}
        seen.add((key_of(name), extras))
        try:
            library = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # for another system, or an extra that nobody asked for
        if is_first and key_of(name) != OURSELVES:
            yield library
        for need in library.requires or ():
            wanted = _EXTRA.search(need)
            match = _NEED.match(need)
            if match and (wanted is None or wanted[1] in extras):
                more = frozenset(part.strip() for part in (match[2] or "").split(",") if part.strip())
                waiting.append((match[1], more))


def _component(library: metadata.Distribution) -> dict[str, Any]:
    name, version = library.metadata["Name"], library.version
    licence = library.metadata.json.get("license_expression", "")
    return {
        "type": "library",
        "name": name,
        "version": version,
        "purl": f"pkg:pypi/{key_of(name)}@{version}",
        **({"licenses": [{"expression": licence}]} if licence else {}),
    }
