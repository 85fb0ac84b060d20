"""Figures on Today and Trends: each number leads to exactly the reviews that it counts."""

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
from flask import Flask

from reviews.collect.scoring import score_review
from reviews.model import ReportedTotal
from reviews.reputation.bursts import is_burst
from reviews.storage import Storage, clinics, review_lists, reviews, scores, sources, summaries, totals, trends, work
from tests.conftest import FakeClock
from tests.web.support import NOW, SCORER, World, add_run, get, log_in, make_review, post
from tests.web.test_staff_reviews import OWNER, fill, titles
from tests.web.test_staff_work import newest, page

COUNTED = re.compile(r'<a[^>]*href="([^"]*)"[^>]*data-count="(\d+)"')


def refresh(storage: Storage, world: World) -> None:
    with storage.write() as tx:
        g = tx.group(world.group_id)
        for clinic in clinics.find_clinics(g):
            summaries.refresh_months(g, clinic.id)


def count_rows(client: object, href: str) -> int:
    """All rows behind an address, over all its pages."""
    seen: list[str] = []
    path: str | None = unescape(href)
    while path:
        text = page(client, path)
        seen += titles(text)
        found = re.search(r'href="([^"]*)" rel="next"', text)
        path = unescape(found[1]) if found else None
    return len(seen)


@pytest.mark.statement("S2")
def test_every_number_leads_to_as_many_reviews(app: Flask, world: World, storage: Storage) -> None:
    fill(storage, world, 30)
    refresh(storage, world)
    client = log_in(app, OWNER)
    for path, least in (("/", 5), ("/trends", 8), (f"/trends?source={world.mine['table']}&span=3", 3)):
        found = COUNTED.findall(page(client, path))
        assert len(found) >= least, path
        for href, number in found:
            assert count_rows(client, href) == int(number), (path, href)


@pytest.mark.statement("S10")
def test_what_needs_attention_says_which_rule_and_how_many_there_are(
    app: Flask, world: World, storage: Storage
) -> None:
    with storage.write() as tx:
        g = tx.group(world.group_id)
        source = sources.get_source_by_public_id(g, world.mine["page"])
        add_run(g, source, [make_review("low", stars=100, author="Lo Wen", days_ago=1)], now=NOW)
    text = page(log_in(app, OWNER), "/")
    needs = text[text.index('id="needs"') : text.index('id="new"')]
    assert re.findall(r"<bdi>([^<]*)</bdi>", needs) == ["Lo Wen", "Bo Berg"]
    assert needs.count("One or two stars, and no reply yet.") == 2
    assert "2 reviews by this rule" in needs


@pytest.mark.statement("S10")
def test_a_word_of_risk_is_named_with_what_it_speaks_of_and_the_reply_is_one_press_away(
    app: Flask, world: World, storage: Storage
) -> None:
    with storage.write() as tx:
        g = tx.group(world.group_id)
        source = sources.get_source_by_public_id(g, world.mine["page"])
        add_run(g, source, [make_review("risk", text="I have told my lawyer about it.", days_ago=0)], now=NOW)
        pending, _ = scores.find_pending(tx, SCORER.name, 50)
        scores.save_scores(tx, [score_review(SCORER, each) for each in pending if "lawyer" in each.text])
    text = page(log_in(app, OWNER), "/")
    needs = text[text.index('id="needs"') : text.index('id="new"')]
    assert "<q>lawyer</q>: it speaks of a lawyer. A person answers, never a template." in needs
    replies = re.findall(r'href="(/reviews/\w+/reply)#text"', needs)
    assert len(replies) == 2
    assert get(log_in(app, OWNER), replies[0]).status_code == 200
    assert "/reply" not in page(log_in(app, "viewer@north.example.org"), "/")


@pytest.mark.statement("S10")
def test_a_change_after_our_reply_and_a_long_wait_are_rules_too(
    app: Flask, world: World, storage: Storage, clock: FakeClock
) -> None:
    rows = newest(world, 5)
    with storage.write() as tx:
        g = tx.group(world.group_id)
        for row in rows:
            work.set_work(g, row, "closed", NOW)
        answered = next(row for row in rows if row.title == "Marker title")
        work.set_work(g, reviews.get_review(g, answered.id), "answered", NOW)
        source = sources.get_source_by_public_id(g, world.mine["page"])
        edited = make_review(
            "a", title="Marker title", text="Not so kind any more.", stars=300, reply="Thank you for your words."
        )
        add_run(g, source, [edited], now=NOW + timedelta(hours=1))
        calm = next(row for row in rows if row.stars100 == 500 and row.title != "Marker title")
        work.set_work(g, reviews.get_review(g, calm.id), "open", NOW)
    clock.advance(hours=80)
    text = page(log_in(app, OWNER), "/")
    assert "Its author has changed it after our reply." in text
    assert "It has waited longer than your clinic wants reviews to wait." in text


@pytest.mark.statement("S11")
def test_the_rating_of_now_stands_beside_that_of_thirty_days_ago(app: Flask, world: World, storage: Storage) -> None:
    with storage.write() as tx:
        g = tx.group(world.group_id)
        source = sources.get_source_by_public_id(g, world.mine["page"])
        for days, average in ((60, "4.5"), (0, "4.6")):
            total = ReportedTotal(
                average=Decimal(average), best=Decimal(5), worst=None, stars100=int(Decimal(average) * 100),
                rating_count=222 - days, review_count=None, raw=f"{average} of 5",
            )  # fmt: skip
            run = add_run(g, source, [], now=NOW - timedelta(days=days), trigger="person")
            totals.save_total(g, source_id=source.id, run_id=run.id, total=total, now=NOW - timedelta(days=days))
    text = page(log_in(app, OWNER), "/")
    assert "Thirty days ago: 4.5. Between 0.0 and 0.2 more." in text
    assert "Between 1 and 64 more five-star ratings would show 4.7." in text
    assert "As Own website reports it." in text
    listed = page(log_in(app, OWNER), "/clinics")
    assert f'href="/sources/{world.mine["page"]}"><strong>4.6</strong></a>' in listed
    assert "222 ratings</span>" in listed
    assert "too few for a trend." in text


@pytest.mark.statement("S15")
def test_trends_draw_charts_beside_a_table_with_gaps_as_bands(
    app: Flask, world: World, storage: Storage, clock: FakeClock
) -> None:
    refresh(storage, world)
    clock.advance(days=75)
    text = page(log_in(app, OWNER), "/trends?span=6")
    assert len(re.findall(r'<svg viewBox="0 0 640 180" role="img" aria-labelledby="(\w+)-t \1-d"><title', text)) == 4
    assert text.count("nothing was read</td>") == 3
    assert text.count('<rect class="gap"') == 12
    months = text[text.index('<table id="months"') :]
    assert months.count("<tr>") == 7
    assert "Only 5 reviews" not in text
    assert "style=" not in text


@pytest.mark.statement("S4", "S33")
def test_periods_are_walked_by_links_that_the_keys_press(app: Flask, world: World) -> None:
    client = log_in(app, OWNER)
    text = page(client, "/trends?span=3")
    assert 'href="/trends?span=3&amp;until=2026-08" data-period="earlier"' in text
    assert 'data-period="later"' not in text
    earlier = page(client, "/trends?span=3&until=2026-08")
    assert 'href="/trends?span=3&amp;until=2026-11" data-period="later"' in earlier
    assert get(client, f"/trends?clinic={world.other['clinic']}").status_code == 404
    assert get(client, "/trends?span=99&until=nonsense").status_code == 200


def test_remarks_stand_beside_the_figures_of_their_month(app: Flask, world: World, storage: Storage) -> None:
    client = log_in(app, OWNER)
    sent = {"day": "2026-10-05", "text": "New <receptionist>"}
    assert post(client, "/trends/remarks", sent, form_on="/trends").status_code == 303
    text = page(client, "/trends")
    assert "◆ New &lt;receptionist&gt;" in text
    assert "5 October 2026" in text
    with storage.read() as tx:
        [remark] = trends.find_annotations(tx.group(world.group_id), "2026-10", "2026-10")
        assert trends.find_annotations(tx.group(world.other_group_id), "2026-10", "2026-10") == []
    assert post(client, "/trends/remarks/delete", {"remark": remark.public_id}, form_on="/trends").status_code == 303
    assert "receptionist&gt;" not in page(client, "/trends")
    assert post(client, "/trends/remarks", {"day": "x", "text": "y"}, form_on="/trends").status_code == 400


def test_what_terms_let_nobody_keep_is_counted_and_said(app: Flask, world: World, storage: Storage) -> None:
    refresh(storage, world)
    with storage.write() as tx:
        g = tx.group(world.group_id)
        assert reviews.purge_content(g, "own_site", NOW + timedelta(days=1), NOW) > 0
    client = log_in(app, OWNER)
    text = page(client, "/trends")
    assert "whose texts are no longer kept" in text
    for href, number in COUNTED.findall(text):
        assert count_rows(client, href) == int(number)


@pytest.mark.statement("S12", "P6")
def test_the_cautious_order_is_called_our_own_and_few_reviews_weigh_little(
    app: Flask, world: World, storage: Storage
) -> None:
    with storage.write() as tx:
        g = tx.group(world.group_id)
        for name, count, stars in (("Few", 5, 500), ("Many", 40, 450), ("None", 1, 500)):
            clinic = clinics.add_clinic(g, slug=name.lower(), name=name, now=NOW)
            source = sources.add_source(
                g, clinic_id=clinic.id, kind="web_page", label=name, url=f"https://{name}.example.org/",
                origin="own_site", config={}, now=NOW,
            )  # fmt: skip
            found = [make_review(f"{name}{n}", stars=stars, days_ago=5 + n) for n in range(count)]
            add_run(g, source, found)
    refresh(storage, world)
    client = log_in(app, OWNER)
    text = page(client, "/clinics?order=cautious")
    table = text[text.index('<table id="compared"') :]
    names = re.findall(r'<th scope="row">([^<]*)</th>', table)
    assert names.index("Many") < names.index("Few") < names.index("None")
    assert "Our own order, calculated here" in text
    assert "Our own order" not in page(client, "/clinics")
    for href, number in COUNTED.findall(table):
        assert count_rows(client, href) == int(number)


@pytest.mark.statement("S2")
def test_reviews_without_a_date_are_no_part_of_a_burst_nor_of_the_list_behind_it(
    app: Flask, world: World, storage: Storage
) -> None:
    client = log_in(app, OWNER)
    dated = [make_review(f"bomb{n}", stars=100, text=f"Never {n}.", days_ago=1) for n in range(7)]
    undated = [replace(make_review(f"old{n}", text="Thank you."), date=None) for n in range(5)]
    with storage.write() as tx:
        g = tx.group(world.group_id)
        add_run(g, sources.get_source_by_public_id(g, world.mine["page"]), [*dated, *undated], now=NOW)
    found = re.search(
        r'href="([^"]*)" data-count="(\d+)">\d+ reviews of [^<]* within three days</a>(.*)', page(client, "/")
    )
    assert found is not None
    assert count_rows(client, found[1]) == int(found[2]) < count_rows(client, found[1].replace("dated=yes", "")) - 4
    assert "say the same" not in found[3]
    assert "with the date of writing" in page(client, unescape(found[1]))


@pytest.mark.statement("T39")
def test_a_burst_of_reviews_is_pointed_out_and_changes_nothing(app: Flask, world: World, storage: Storage) -> None:
    client, said = log_in(app, OWNER), "That is unusual for this clinic"
    calm = [make_review(f"calm{n}", text=f"Visit {n} was fine.", days_ago=5 + 2 * n) for n in range(30)]
    with storage.write() as tx:
        g = tx.group(world.group_id)
        add_run(g, sources.get_source_by_public_id(g, world.mine["page"]), calm)
    assert said not in page(client, "/")
    shown = count_rows(client, "/inbox")
    bombs = [make_review(f"bomb{n}", stars=100, text="Never go there.", author=f"B {n}", days_ago=1) for n in range(7)]
    with storage.write() as tx:
        g = tx.group(world.group_id)
        add_run(g, sources.get_source_by_public_id(g, world.mine["page"]), bombs, now=NOW + timedelta(minutes=1))
        found = review_lists.find_reviews(g, review_lists.ReviewFilters(), 100).rows
        figures = review_lists.sample_figures(g, clinic_id=found[0].clinic_id)
    text = page(client, "/")
    assert text.count(said) == 1
    assert "8 reviews of North Street Physiotherapy were written within three days" in text
    assert "7 of them say the same" in text
    assert {row.publication for row in found} == {"listed"}
    assert (count_rows(client, "/inbox"), figures.histogram[0]) == (shown + 7, 7)
    link = re.search(r'href="([^"]*)" data-count="8">8 reviews of', text)
    assert link is not None
    assert count_rows(client, link[1]) == 8
    assert said not in page(log_in(app, "owner@south.example.org"), "/")


@pytest.mark.parametrize(
    ("recent", "before", "is_told"), [(5, 0, False), (6, 0, True), (6, 50, True), (6, 55, False), (40, 400, False)]
)
def test_what_is_usual_for_a_clinic_is_no_burst(recent: int, before: int, is_told: bool) -> None:
    assert is_burst(recent, before) is is_told
