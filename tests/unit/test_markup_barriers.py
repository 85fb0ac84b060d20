"""What stands between us and the reviews, and where a list goes on."""

import pytest

from reviews.errors import SourceChanged
from reviews.markup import parse_page
from reviews.markup.tree import MAX_BYTES

URL = "https://clinic.example.org/reviews"
REVIEW = '<div itemscope itemtype="https://schema.org/Review"><p itemprop="reviewBody">Fine.</p></div>'
LONG = "<p>Long text about us and our work. </p>" * 100


def page(body: str, head: str = "", url: str = URL) -> str | None:
    whole = f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"
    return parse_page(whole.encode(), url, None).next_url


@pytest.mark.parametrize(
    ("body", "needs"),
    [
        ('<div id="root"></div><script src="/a.js"></script>', True),
        ('<app-root></app-root><script src="/a.js"></script>', True),
        ('<noscript>Please enable JavaScript.</noscript><p>Loading…</p><script src="/a.js"></script>', True),
        ('<noscript>Veuillez activer JavaScript</noscript><div></div><script src="/a.js"></script>', True),
        ('<div id="root"></div>', False),
        (
            f'<div id="root">{"<p>A page full of words about our clinic.</p>" * 10}</div><script src="/a.js"></script>',
            False,
        ),
        (
            f'<noscript>Enable JavaScript</noscript>{LONG}<script src="/a.js"></script>',
            False,
        ),
        (f'<noscript>Enable JavaScript</noscript>{REVIEW}<script src="/a.js"></script>', False),
    ],
)
def test_an_empty_frame_for_a_script_is_told_from_a_page(body: str, needs: bool) -> None:
    assert parse_page(f"<html><body>{body}</body></html>".encode(), URL, None).needs_script is needs


@pytest.mark.parametrize(
    ("body", "barrier"),
    [
        ('<form><input type="password"></form>', "login"),
        (f'<form><input type="password"></form>{REVIEW}', ""),
        (f'<form><input type="password"></form>{LONG}', ""),
        ("<p>Please verify you are human.</p>", "captcha"),
        ('<div class="h-captcha"></div>', "captcha"),
        (f'<div class="g-recaptcha"></div>{REVIEW}', ""),
        ("<p>Welcome.</p>", ""),
    ],
)
def test_a_login_or_a_check_for_robots_is_named_only_where_nothing_else_is(body: str, barrier: str) -> None:
    assert parse_page(f"<html><body>{body}</body></html>".encode(), URL, None).barrier == barrier


@pytest.mark.parametrize("end", ["<p>Half a sent", "<p>Half <a href='x", '<script type="application/ld+json">{"a":'])
@pytest.mark.statement("R6")
def test_a_page_that_stops_in_the_middle_says_so(end: str) -> None:
    assert parse_page(f"<html><body>{REVIEW}{end}".encode(), URL, None).barrier == "cut"
    assert parse_page(f"<html><body>{REVIEW}<p>Whole.</p>".encode(), URL, None).barrier == ""


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ('<link rel="next" href="?page=2">', "https://clinic.example.org/reviews?page=2"),
        ('<a rel="next nofollow" href="/reviews/2#top">2</a>', "https://clinic.example.org/reviews/2"),
        ('<a rel="next" href="http://clinic.example.org:8443/2">2</a>', None),
        ('<a rel="next" href="javascript:more()">2</a>', None),
        ('<a rel="next" href="https://other.example.com/reviews?page=2">2</a>', None),
        ('<a rel="next" href="/reviews">same</a>', None),
        ('<a rel="prev" href="/reviews?page=0">0</a>', None),
        ('<a href="/reviews?page=2">2</a><a href="/reviews?page=3">3</a>', "https://clinic.example.org/reviews?page=2"),
        ('<a href="/reviews/page/2/">2</a>', "https://clinic.example.org/reviews/page/2/"),
        ('<a href="/team?page=2">team</a>', None),
        ('<a href="/reviews?page=7">7</a>', None),
        ('<a href="http://[::1">odd</a>', None),
    ],
)
def test_the_next_page_is_on_the_same_host_or_nowhere(link: str, expected: str | None) -> None:
    assert page(REVIEW + link) == expected


def test_a_numbered_list_goes_on_from_where_it_is() -> None:
    links = "".join(f'<a href="?sort=new&amp;page={n}">{n}</a>' for n in range(1, 6))
    assert page(links, url=f"{URL}?page=3&sort=new") == f"{URL}?sort=new&page=4"
    assert page(links, url=f"{URL}?page=5&sort=new") is None


def test_a_page_beyond_the_limit_is_refused() -> None:
    with pytest.raises(SourceChanged):
        parse_page(b" " * (MAX_BYTES + 1), URL, None)


def test_the_shape_is_the_same_from_day_to_day_and_another_after_a_redesign() -> None:
    one = parse_page(f"<html><body>{REVIEW}</body></html>".encode(), URL, None).signature
    two = parse_page(f"<html><body>{REVIEW * 3}</body></html>".encode(), URL, None).signature
    other = parse_page(f"<html><body>{REVIEW.replace('reviewBody', 'description')}</body></html>".encode(), URL, None)
    assert one == two != other.signature


def test_ids_that_only_count_places_are_no_anchors() -> None:
    def anchors(*ids: str) -> list[str | None]:
        body = "".join(
            REVIEW.replace("itemscope", f'itemscope id="{name}"').replace("Fine", f"Fine {name}") for name in ids
        )
        return [review.anchor for review in parse_page(f"<html><body>{body}</body></html>".encode(), URL, None).reviews]

    assert anchors("r-8812", "r-7102", "r-6001") == ["r-8812", "r-7102", "r-6001"]
    assert anchors("review-1", "review-2", "review-3") == [None, None, None]
    assert anchors("review-0") == [None]
