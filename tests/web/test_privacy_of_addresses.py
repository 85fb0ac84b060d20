"""What is asked of the staff side leaves no names, words or addresses of people in URLs, caches, or at other hosts."""

import re
from html import unescape
from urllib.parse import unquote, urlsplit

import pytest
from flask import Flask

from reviews.config import Settings
from tests.web.support import FakeServices, World, get, log_in
from tests.web.test_isolation import furnish, path_of, rules_of

ADDRESS = re.compile(r'\s(?:href|action|src|formaction|data-[a-z-]+)="([^"]*)"')
CANARIES = ("ada lind", "bo berg", "zoé", "marker-", "waited an hour", "@north.example.org", "olive", "owner north")


@pytest.mark.statement("A41")
def test_no_address_of_a_page_names_anybody_and_no_page_is_kept(
    app: Flask, world: World, settings: Settings, fakes: FakeServices
) -> None:
    furnish(world, settings, fakes)
    client = log_in(app, "owner@north.example.org")
    seen = 0
    for rule in rules_of(app):
        if "GET" not in (rule.methods or ()) or rule.endpoint.endswith("_pdf"):
            continue
        answer = get(client, path_of(rule, world.mine))
        assert answer.headers["Cache-Control"] == "no-store", rule.endpoint
        for found in ADDRESS.findall(answer.get_data(as_text=True)):
            address = unquote(unescape(found)).casefold()
            if address.startswith("mailto:"):
                continue
            seen += 1
            assert [word for word in CANARIES if word in address] == [], (rule.endpoint, address)
            parts = urlsplit(address)
            assert parts.scheme in ("", "http", "https", "data"), (rule.endpoint, address)
    assert seen > 300
