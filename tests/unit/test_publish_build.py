"""From a decided view to bytes: data, pages, badge, headers."""

import gzip
import hashlib
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from reviews import i18n
from reviews.model import Excerpt, Precision, ReviewDate, Snapshot
from reviews.publish import data, say
from reviews.publish.build import build_widget, cache_control
from reviews.publish.data import data_document
from reviews.publish.templates import environment, stars_width
from reviews.publish.view import WidgetView
from tests.web import schema
from tests.web.widget_samples import (
    CUT,
    LONG,
    NOW,
    attributed,
    clinic_view,
    figure,
    long_quote,
    month,
    quote,
    widget_view,
)

CATALOGUE = i18n.load()
EN, FR = CATALOGUE.words("en"), CATALOGUE.words("fr")
TEMPLATES = Path(__file__).parents[2] / "templates" / "widget"
SCHEMA = json.loads((Path(i18n.__file__).parent / "data" / "widget-data.v1.schema.json").read_text(encoding="utf-8"))


def built(view: WidgetView) -> dict[str, Snapshot]:
    return {snapshot.path: snapshot for snapshot in build_widget(view, CATALOGUE, NOW)}


def texts(files: dict[str, Snapshot]) -> list[tuple[str, str]]:
    """What can be searched for words: everything but pictures made of pixels, and without the style sheet."""
    found = [(path, each.body.decode()) for path, each in files.items() if not path.endswith(".png")]
    return [(path, text.replace(data.load(), "")) for path, text in found]


def page(view: WidgetView, path: str) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(built(view)[path].body)


def test_every_path_is_there_with_and_without_a_language() -> None:
    assert sorted(built(widget_view())) == sorted(
        f"{head}{tail}"
        for head, tails in {
            "w/elm-street/": (
                *("data.json", "data.en.json", "data.fr.json", "embed.html", "embed.en.html", "embed.fr.html"),
                *(
                    f"{name}{tag}.{kind}"
                    for tag in ("", ".en", ".fr")
                    for name, kind in (
                        *(("badge", kind) for kind in ("svg", "json", "png")),
                        *((f"badge-{style}", "svg") for style in ("card", "flat", "stars")),
                        *((f"poster-{size}", "svg") for size in "sml"),
                        ("badge@2x", "png"),
                    )
                ),
            ),
            "r/elm-street": [
                f"{tag}{page}"
                for tag in ("", "/en", "/fr")
                for page in ("", "/how", "/policy", "/feed.json", "/feed.xml")
            ],
        }.items()
        for tail in tails
    )


def test_without_a_tag_the_words_are_in_the_widgets_own_language() -> None:
    french = built(widget_view(language="fr"))
    assert french["w/elm-street/data.json"].body == french["w/elm-street/data.fr.json"].body
    assert json.loads(french["w/elm-street/data.json"].body)["t"]["more"] == "Tout lire"
    assert json.loads(french["w/elm-street/data.en.json"].body)["page"] == "https://reviews.example.org/r/elm-street/en"


@pytest.mark.statement("W22", "D9")
def test_the_same_view_gives_the_same_bytes_and_tags_whenever_it_is_built() -> None:
    early = build_widget(widget_view(), CATALOGUE, NOW)
    late = build_widget(widget_view(), CATALOGUE, NOW + timedelta(days=400))
    assert [(s.path, s.body, s.body_gzip, s.etag, s.headers) for s in early] == [
        (s.path, s.body, s.body_gzip, s.etag, s.headers) for s in late
    ]
    for snapshot in early:
        assert gzip.decompress(snapshot.body_gzip) == snapshot.body
        assert snapshot.etag == f'"{hashlib.sha256(snapshot.body).hexdigest()}"'


# What version 1 had when it was first released; a line is never taken from here.
V1 = {
    "top": "v state widget lang dir layout theme page how clinics quotes choice disclosure t",
    "figure": "kind primary source url attribution average stars100 best count count_of recommend read_at say",
    "quote": "clinic source url attribution author stars100 label lang date when title head rest cut reply",
    "t": "region stars more less how page none reply cut show_more",
}
STATES = ("ready", "empty", "paused", "barred_by_rules", "gone")
VARIANTS = [
    widget_view(),
    attributed(),
    widget_view(link_allowed=False),
    widget_view(clinics=(clinic_view(telephone="", street="", country=""),)),
    widget_view(
        clinics=(
            clinic_view(
                figures=(figure(kind="sample", average=None, stars100=470, count=12), figure(recommend_percent=96))
            ),
        ),
    ),
    widget_view(clinics=(clinic_view(figures=(figure(average=None, stars100=None, count=None),)),)),
    *(widget_view(state=state, quotes=()) for state in STATES),
]


@pytest.mark.statement("W24", "W25")
@pytest.mark.parametrize("view", VARIANTS)
def test_the_data_has_exactly_the_fields_of_the_schema(view: WidgetView) -> None:
    for path, snapshot in built(view).items():
        if "data" in path:
            assert list(schema.faults(json.loads(snapshot.body), SCHEMA, SCHEMA)) == []


@pytest.mark.statement("W25")
def test_the_schema_is_closed_and_notices_a_missing_an_extra_and_a_wrong_field() -> None:
    made = data_document(widget_view(), EN)
    for broken in (
        {key: value for key, value in made.items() if key != "how"},
        {**made, "avatar": "x"},
        {**made, "v": 2},
        {**made, "clinics": [{**made["clinics"][0], "id": 7}]},
        {**made, "quotes": [{**made["quotes"][0], "stars100": 501}]},
        {**made, "page": "javascript:alert(1)"},
    ):
        assert list(schema.faults(broken, SCHEMA, SCHEMA))


@pytest.mark.statement("W25")
def test_no_field_of_version_1_was_renamed_or_removed() -> None:
    assert set(V1["top"].split()) <= set(SCHEMA["required"])
    assert set(V1["figure"].split()) <= set(SCHEMA["$defs"]["figure"]["required"])
    assert set(V1["quote"].split()) <= set(SCHEMA["$defs"]["quote"]["required"])
    assert set(V1["t"].split()) <= set(SCHEMA["properties"]["t"]["required"])


@pytest.mark.statement("W24")
def test_what_is_unknown_is_null_and_never_zero() -> None:
    made = data_document(widget_view(), EN)
    assert made["quotes"][1]["stars100"] is None
    assert made["quotes"][1]["rest"] is None
    assert made["quotes"][3]["date"] is None
    bare = data_document(
        widget_view(clinics=(clinic_view(figures=(figure(average=None, stars100=None, count=None),)),)), EN
    )
    assert [bare["clinics"][0]["figures"][0][name] for name in ("average", "stars100", "count")] == [None] * 3


def test_a_paused_widget_holds_no_figure_and_no_quote() -> None:
    files = built(widget_view(state="paused"))
    for path, text in texts(files):
        assert "4.6" not in text, path
        assert "222" not in text, path
        assert "Anna K." not in text, path
    assert b"Reviews" in files["w/elm-street/badge.svg"].body


@pytest.mark.statement("W7")
def test_where_rules_bar_everything_every_format_is_empty() -> None:
    files = built(widget_view(state="barred_by_rules"))
    for path, text in texts(files):
        for word in ("4.6", "222", "Anna K.", "Own website"):
            assert word not in text, (path, word)
    pictures = [path for path in files if path.endswith(".svg")]
    assert len(pictures) == 21
    for path in pictures:
        assert len(etree.fromstring(files[path].body)) == 0
    hosted = page(widget_view(state="barred_by_rules"), "r/elm-street")
    assert hosted.findtext(".//h1") == "Elm Street Physio"
    assert "12 Elm Street" in hosted.text_content()


@pytest.mark.statement("W10", "P1")
@given(st.integers(0, 500))
def test_number_label_and_filled_width_come_from_one_value(stars100: int) -> None:
    exact = Decimal(stars100) / 100
    shown = exact.quantize(Decimal("0.1"), ROUND_HALF_UP)
    assert Decimal(say.stars_number(EN, stars100)) == shown
    label = say.stars_label(EN, stars100)
    assert Decimal(label.split()[0]) == shown
    assert label.endswith("out of 5 stars")
    assert Decimal(stars_width(stars100)) == exact * 20
    assert "E" not in stars_width(stars100)


@pytest.mark.statement("W8", "P6", "D9")
def test_the_headline_is_the_figure_as_reported_with_source_and_day() -> None:
    reported = data_document(widget_view(), EN)["clinics"][0]["figures"][0]
    assert reported["say"] == {
        "average": "4.6",
        "label": "4.6 out of 5 stars",
        "count": "222 reviews",
        "line": "4.6 out of 5, 222 reviews",
        "read": "as of 22 November 2026",
        "all": "Read at the source: Own website",
    }
    many = figure(count=1426, count_of="ratings")
    assert (
        data_document(widget_view(clinics=(clinic_view(figures=(many,)),)), EN)["clinics"][0]["figures"][0]["say"][
            "count"
        ]
        == "1,426 ratings"
    )


@pytest.mark.statement("W9")
@pytest.mark.parametrize(
    ("fields", "line"),
    [
        (
            {"kind": "sample", "average": None, "stars100": 470, "count": 12},
            "No published rating; 12 reviews collected, mean 4.7",
        ),
        ({"kind": "sample", "average": None, "stars100": None, "count": 1}, "No published rating; 1 review collected"),
        ({"average": None, "stars100": None, "count": None}, "No published rating"),
        ({"average": None, "stars100": None, "count": 57, "recommend_percent": 96}, "96% recommend (57)"),
        ({"kind": "derived"}, "4.6 out of 5, 222 reviews (blended)"),
    ],
)
def test_a_figure_never_stands_in_anothers_place(fields: dict[str, object], line: str) -> None:
    shown = figure(**fields)
    assert say.figure_line(EN, shown) == line
    html = page(widget_view(clinics=(clinic_view(figures=(shown,)),), quotes=()), "w/elm-street/embed.html")
    assert bool(html.xpath("//svg")) == (fields.get("kind") == "derived")


@pytest.mark.statement("W26")
@pytest.mark.parametrize(
    ("date", "machine", "words"),
    [
        (month(2026, 11), "2026-11", "November 2026"),
        (
            ReviewDate(
                raw="2024",
                earliest=datetime(2024, 1, 1, tzinfo=UTC),
                latest=datetime(2024, 12, 31, tzinfo=UTC),
                precision=Precision.YEAR,
            ),
            "2024",
            "2024",
        ),
        (
            ReviewDate(
                raw="2 years ago",
                earliest=datetime(2024, 5, 1, tzinfo=UTC),
                latest=datetime(2025, 4, 30, tzinfo=UTC),
                precision=Precision.YEAR,
                relative=True,
            ),
            "2024",
            "about 2024",
        ),
    ],
)
def test_dates_are_absolute_and_no_more_exact_than_known(date: ReviewDate, machine: str, words: str) -> None:
    shown = data_document(widget_view(quotes=(quote(date=date),)), EN)["quotes"][0]
    assert (shown["date"], shown["when"]) == (machine, words)


@pytest.mark.statement("W58")
def test_numbers_dates_and_plurals_are_french_on_a_french_widget() -> None:
    made = data_document(widget_view(), FR)
    shown = made["clinics"][0]["figures"][0]["say"]
    assert (shown["average"], shown["label"], shown["count"]) == ("4,6", "4,6 étoiles sur 5", "222 avis")
    assert made["quotes"][0]["when"] == "novembre 2026"
    assert say.count_text(FR, figure(count=1).figure) == "1 avis"
    assert say.count_text(FR, figure(count=0, count_of="ratings").figure) == "0 évaluation"


@pytest.mark.statement("W57", "W27")
def test_every_word_of_the_public_side_has_its_french() -> None:
    pattern = r'words\.(?:text|plural)\("([^"]+)"'
    ids = {text for path in TEMPLATES.glob("*") for text in re.findall(pattern, path.read_text())}
    for module in ("say", "data", "pages", "pictures"):
        source = (Path(say.__file__).parent / f"{module}.py").read_text(encoding="utf-8")
        ids |= set(re.findall(r'words\.(?:text|plural)\(\s*"([^"]+)"', source))
    assert len(ids) > 40
    assert sorted(ids - set(FR.messages)) == []


@pytest.mark.statement("W14")
def test_head_and_rest_stand_once_and_give_the_whole_text() -> None:
    html = page(widget_view(quotes=(long_quote(),)), "w/elm-street/embed.html")
    parts = ["".join(each.itertext()) for each in html.xpath('//blockquote//*[@class="text"]')]
    assert "".join(parts) == LONG
    assert parts[0] == LONG[:CUT]
    assert "…" not in parts[0]
    assert html.text_content().count("kitchen drawer") == 1
    assert etree.tostring(html, encoding="unicode").count("kitchen drawer") == 1


@pytest.mark.statement("W16")
@pytest.mark.parametrize("path", ["w/elm-street/embed.html", "r/elm-street", "r/elm-street/fr"])
def test_fields_of_the_clinic_never_run_together_without_a_style_sheet(path: str) -> None:
    html = page(widget_view(), path)
    block = html.xpath('//*[@class="clinic"]')[0]
    text = block.text_content()
    fields = ["Elm Street Physio", "12 Elm Street", "Burnaby", "BC", "V5H 1A1", "Canada", "604-555-0134"]
    at = 0
    for number, field in enumerate(fields):
        found = text.index(field, at)
        if number:
            assert re.search(r"[\s,]", text[at:found]), field
        at = found + len(field)
    assert block.xpath(".//address")
    assert block.xpath('.//a[@href="tel:+16045550134"]')


@pytest.mark.statement("W15")
def test_a_reply_is_no_part_of_the_quote() -> None:
    html = page(widget_view(), "w/elm-street/embed.html")
    reply = html.xpath('//*[@class="reply"]')[0]
    assert not reply.xpath("ancestor::blockquote")
    assert "Reply from the clinic" in reply.text_content()


@pytest.mark.statement("W40", "W41", "W44")
def test_the_iframe_page_has_the_structure_that_readers_rely_on() -> None:
    html = page(widget_view(), "w/elm-street/embed.html")
    assert len(html.xpath("//li")) == len(html.xpath("//li//blockquote")) == len(html.xpath("//li//cite")) == 4
    assert [each.get("datetime") for each in html.xpath("//time")] == ["2026-11"] * 3
    head = html.xpath('//svg[@role="img"]')[0]
    assert head.get("aria-label") == "4.6 out of 5 stars"
    assert html.xpath('//*[@class="average"]')[0].get("aria-hidden") == "true"
    assert [(each.get("lang"), each.get("dir")) for each in html.xpath("//blockquote")] == [
        ("en", "auto"),
        ("fr", "auto"),
        ("ar", "auto"),
        ("en", "auto"),
    ]


@pytest.mark.statement("W45")
def test_a_link_that_opens_a_tab_says_so() -> None:
    links = page(widget_view(), "w/elm-street/embed.html").xpath("//a[not(starts-with(@href, 'tel:'))]")
    assert links
    for each in links:
        assert each.get("target") == "_blank"
        assert "noopener" in each.get("rel")
        assert "(opens in a new tab)" in each.text_content()


@pytest.mark.statement("W60")
def test_the_disclosure_says_how_many_are_really_there() -> None:
    assert "4 of 41 reviews with text, newest first." in page(widget_view(), "w/elm-street/embed.html").text_content()
    assert "1 on this page." in page(widget_view(), "r/elm-street").text_content()
    assert data_document(widget_view(), EN)["disclosure"] == ["{n} of 41 reviews with text, newest first."]


@pytest.mark.statement("W62")
def test_every_page_leads_to_the_source_and_to_how_we_count() -> None:
    for path in ("w/elm-street/embed.html", "r/elm-street"):
        addresses = {each.get("href") for each in page(widget_view(), path).xpath("//a")}
        assert {"https://elm.example/reviews", "https://reviews.example.org/r/elm-street/how"} <= addresses
    silent = page(widget_view(link_allowed=False), "w/elm-street/embed.html")
    assert [each.get("href") for each in silent.xpath("//a")] == [
        "tel:+16045550134",
        "https://reviews.example.org/r/elm-street/how",
    ]


def test_how_we_count_lists_each_figure_its_kind_and_what_was_found() -> None:
    text = " ".join(page(widget_view(), "r/elm-street/how").text_content().split())
    for part in (
        "Reported: the platform's own figure",
        "4.6 of 5, 222",
        "22 November 2026",
        "2 reviews for privacy",
        "This source may show us only a part of its reviews.",
        "The clinic does not verify that authors were patients.",
        "whatever their stars",
        "Dates are never shown more exactly",
    ):
        assert part in text


@pytest.mark.statement("W65")
def test_the_widget_has_no_markup_for_search_engines_and_the_hosted_page_no_rating() -> None:
    files = built(widget_view())
    for path in ("w/elm-street/embed.html", "w/elm-street/data.json", "w/elm-street/badge.svg"):
        assert b"schema.org" not in files[path].body
        assert b"itemprop" not in files[path].body
    hosted = page(widget_view(), "r/elm-street")
    listing = json.loads(hosted.xpath('//script[@type="application/ld+json"]/text()')[0])
    assert listing["name"] == "Elm Street Physio"
    assert listing["telephone"] == "604-555-0134"
    assert listing["address"]["postalCode"] == "V5H 1A1"
    assert not {"aggregateRating", "review"} & set(listing)


@pytest.mark.statement("W19", "W20", "W23", "A16")
def test_each_kind_of_path_has_its_headers() -> None:
    files = built(widget_view())
    for path, snapshot in files.items():
        headers = dict(snapshot.headers)
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in headers
        if path.startswith("w/"):
            assert headers["Access-Control-Allow-Origin"] == "*"
            assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
            assert headers["Timing-Allow-Origin"] == "*"
    policy = dict(files["w/elm-street/embed.html"].headers)["Content-Security-Policy"]
    assert policy == (
        "default-src 'none'; style-src 'self' https://reviews.example.org; script-src 'self' "
        "https://reviews.example.org; img-src 'self' https://reviews.example.org; base-uri 'none'; "
        "form-action 'none'; frame-ancestors *"
    )
    embed = files["w/elm-street/embed.html"].body.decode()
    assert '<meta name="robots" content="noindex">' in embed
    assert "frame-ancestors" not in embed
    assert dict(files["r/elm-street"].headers)["Content-Security-Policy"].endswith("frame-ancestors 'self'")
    assert not any("X-Frame-Options" in dict(snapshot.headers) for snapshot in files.values())


@pytest.mark.statement("W23")
def test_a_widget_bound_to_the_clinics_own_site_names_it_in_frame_ancestors() -> None:
    files = built(widget_view(allowed_hosts=("https://elm.example",)))
    policy = dict(files["w/elm-street/embed.html"].headers)["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors https://elm.example")


@pytest.mark.statement("W21")
@given(st.integers(-10, 900_000))
def test_no_lifetime_reaches_past_the_moment_that_terms_set(seconds: int) -> None:
    header = cache_control(NOW + timedelta(seconds=seconds), NOW)
    if seconds <= 0:
        assert header == "no-store"
        return
    values = {name: int(value) for name, value in re.findall(r"([a-z-]+)=(\d+)", header)}
    assert values["max-age"] + max(values["stale-while-revalidate"], values["stale-if-error"]) <= seconds
    assert values["max-age"] <= 300


def test_without_such_a_moment_the_lifetimes_are_the_usual_ones() -> None:
    assert cache_control(None, NOW) == "public, max-age=300, stale-while-revalidate=86400, stale-if-error=604800"


def test_the_badge_says_everything_in_its_title_and_asks_nobody() -> None:
    for path, title in (
        ("w/elm-street/badge.svg", "Elm Street Physio, 4.6 out of 5, 222 reviews, Own website, as of 22 November 2026"),
        ("w/elm-street/badge.fr.svg", "Elm Street Physio, 4,6 sur 5, 222 avis, Own website, au 22 novembre 2026"),
    ):
        snapshot = built(widget_view())[path]
        svg = etree.fromstring(snapshot.body)
        assert svg.get("role") == "img"
        assert svg.findtext("{http://www.w3.org/2000/svg}title") == title
        text = snapshot.body.decode()
        assert not re.search(r"href|style=|<style|url\(|http(?!://www\.w3\.org/2000/svg)", text)
        assert dict(snapshot.headers)["Content-Security-Policy"] == "default-src 'none'"
        assert 'width="92"' in text


BAD = [
    "<script>x</script>",
    '"><img src=x onerror=y>',
    "'\"&<>`{{7*7}}",
    "</script><b>",
    "a\x00b\x1b\u202e\ud800c",
    "]]>--><!--",
]


@pytest.mark.statement("T1", "T3", "W28", "A2", "A1")
@pytest.mark.parametrize("bad", BAD)
def test_foreign_text_stays_text_in_every_format(bad: str) -> None:
    view = widget_view(
        clinics=(
            clinic_view(
                name=bad, street=bad, telephone="604-555-0134" + bad, figures=(figure(source_label=bad, raw=bad),)
            ),
        ),
        quotes=(quote(bad, excerpt=Excerpt(head=bad, rest=bad, reason="sentence"), title=bad, reply=bad, source=bad),),
        page_quotes=(quote(bad, bad, title=bad, reply=bad),),
        feed_quotes=(quote(bad, bad, title=bad, source=bad),),
        ask_allowed=True,
        ask_places=((bad, "https://elm.example/"),),
    )
    clean = say.plain(bad)
    for path, snapshot in built(view).items():
        if path.endswith(".json"):
            if "data" in path:
                found = json.loads(snapshot.body)["quotes"][0]
                assert (found["head"], found["rest"], found["reply"]) == (clean, clean, clean)
            continue
        if path.endswith(".png"):
            continue
        tree = (
            etree.fromstring(snapshot.body) if path.endswith(".svg") else lxml.html.document_fromstring(snapshot.body)
        )
        assert not tree.xpath("//*[@onerror]"), path
        scripts = [each.get("type") or each.get("src") for each in tree.xpath("//script")]
        own = ["application/ld+json"] if path in ("r/elm-street", "r/elm-street/en", "r/elm-street/fr") else []
        assert scripts == [*own, *(each for each in scripts if each and each.endswith("widget/embed.js"))], path
    listing = page(view, "r/elm-street").xpath('//script[@type="application/ld+json"]/text()')[0]
    assert json.loads(listing)["name"] == say.plain_name(bad)


def test_the_templates_never_mark_anything_safe_and_quote_every_attribute() -> None:
    assert all(environment(words).autoescape is True for words in (EN, FR))
    for path in TEMPLATES.iterdir():
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\|\s*safe|autoescape|Markup|xmlattr", text), path
        assert not re.search(r"=\{\{", text), path
        assert "|tojson" not in text.replace("{{ listing|tojson }}", ""), path


@pytest.mark.statement("T4", "A2")
@pytest.mark.parametrize(
    ("url", "beside", "allowed"),
    [
        ("https://elm.example/r/1", "https://elm.example/reviews", True),
        ("https://www.elm.example/r/1", "https://elm.example/reviews", True),
        ("https://reviews.elm.example/r/1", "https://elm.example/reviews", True),
        ("https://evil.example/r/1", "https://elm.example/reviews", False),
        ("https://elm.example.evil.example/", "https://elm.example/reviews", False),
        ("http://elm.example/r/1", "https://elm.example/reviews", False),
        ("http://127.0.0.1:8001/r", "http://127.0.0.1:8001/reviews/", True),
        ("javascript:alert(1)", "https://elm.example/reviews", False),
        ("JaVaScRiPt:alert(1)", None, False),
        ("data:text/html,x", None, False),
        ("//elm.example/x", "https://elm.example/reviews", False),
        ("https://user@elm.example/", "https://elm.example/reviews", False),
        ("https://elm.example\\@evil.example/", "https://elm.example/reviews", False),
        ("https://elm.example/a b", "https://elm.example/reviews", False),
        ("https://elm.example:x/", "https://elm.example/reviews", False),
        ("https://[::1", "https://elm.example/reviews", False),
        ("", None, False),
    ],
)
def test_only_https_on_the_sources_own_host_may_be_linked(url: str, beside: str | None, allowed: bool) -> None:
    assert say.safe_url(url, beside) == (url if allowed else None)


@pytest.mark.statement("T5")
def test_names_lose_bidi_controls_and_towers_of_marks() -> None:
    assert say.plain_name("A\u202enna\u2066 \n K.") == "Anna K."
    assert len(say.plain_name("a" + "\u0301" * 10_000)) == 9


@given(st.text())
def test_plain_text_can_always_be_written_and_never_changes_twice(text: str) -> None:
    once = say.plain(text)
    once.encode()
    assert say.plain(once) == once
    assert say.plain_name(say.plain_name(text)) == say.plain_name(text)


@pytest.mark.parametrize(
    ("text", "country", "uri"),
    [
        ("604-555-0134", "CA", "tel:+16045550134"),
        ("1 604 555 0134", "US", "tel:+16045550134"),
        ("+44 20 7946 0000", "GB", "tel:+442079460000"),
        ("020 7946 0000", "GB", "tel:+442079460000"),
        ("02 61 91 00 42", "FR", "tel:+33261910042"),
        ("604-555-0134 ext 12", "CA", "tel:+16045550134"),
        ("12345", "ZZ", "tel:12345"),
        ("call us", "CA", None),
    ],
)
def test_telephones_become_addresses(text: str, country: str, uri: str | None) -> None:
    assert say.telephone_uri(text, country) == uri


def test_the_rest_of_a_quote_is_whole_on_the_hosted_page() -> None:
    hosted = page(replace(widget_view(), page_quotes=(quote("Page only", LONG),)), "r/elm-street")
    assert hosted.xpath("//blockquote")[0].text_content() == LONG
    assert not hosted.xpath("//details")


def _luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(first: str, second: str) -> float:
    high, low = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.statement("W48")
def test_stars_stand_out_from_light_and_dark_grounds() -> None:
    files = Path(say.__file__).parents[1] / "web" / "static" / "widget"
    for text in (data.load(), (files / "embed.css").read_text()):
        for colour in ("#b45309", "#f59e0b", "#949494"):
            assert colour in text
    for star, ground in (
        ("#b45309", "#ffffff"),
        ("#f59e0b", "#121212"),
        ("#949494", "#ffffff"),
        ("#949494", "#121212"),
    ):
        assert _contrast(star, ground) >= 3, (star, ground)


def test_a_widget_of_fixed_colours_keeps_them_in_a_frame() -> None:
    for theme in ("light", "dark"):
        assert f'data-theme="{theme}"' in built(widget_view(theme=theme))["w/elm-street/embed.html"].body.decode()
    follows = built(widget_view(theme="auto"))["w/elm-street/embed.html"].body.decode()
    assert "data-theme" not in follows
    assert 'id="light" hidden' in follows
    assert 'id="dark" hidden' in follows
