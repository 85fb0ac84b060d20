"""Who is told what: rules by clinic, source and stars, at once or daily, and quiet hours that urgent ones pass."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.alerts.retries import GAPS, find_hold, find_next_try, judge
from reviews.alerts.routing import News, Recipient, plan_first, plan_review, plan_trouble
from reviews.storage.alerts import Wishes

NOON = datetime(2026, 12, 1, 17, 0, tzinfo=UTC)
NIGHT = datetime(2026, 12, 2, 4, 0, tzinfo=UTC)  # 23:00 in Toronto
LOW = News(review_id=1, cause="review.new:a", clinic="elm", source="g", stars=1, urgent=True)
GOOD = News(review_id=2, cause="review.new:b", clinic="elm", source="g", stars=5, urgent=False)
QUIET = {"quiet_from": time(21), "quiet_until": time(7)}


def to(*wishes: Wishes) -> Recipient:
    return Recipient(
        key="person:x", person_id=1, channel_id=None, wishes=wishes, zone=ZoneInfo("America/Toronto"), since=NOON
    )


def kind(news: News, recipient: Recipient, now: datetime = NOON, **options: bool) -> tuple[str, str] | None:
    plan = plan_review(news, recipient, "run1", now, **options)
    return None if plan is None else (plan.kind, plan.cause)


@pytest.mark.parametrize(
    ("wishes", "low", "good"),
    [
        (Wishes(), "review", "daily"),
        (Wishes(news="at_once"), "review", "news"),
        (Wishes(urgent="daily"), "daily", "daily"),
        (Wishes(urgent="never", news="never"), None, None),
        (Wishes(stars=frozenset({1, 2})), "review", None),
        (Wishes(stars=frozenset({0, 5})), None, "daily"),
        (Wishes(clinics=frozenset({"oak"})), None, None),
        (Wishes(clinics=frozenset({"oak", "elm"}), sources=frozenset({"g"})), "review", "daily"),
        (Wishes(sources=frozenset({"y"})), None, None),
    ],
)
def test_rule_decides_by_clinic_source_and_stars(wishes: Wishes, low: str | None, good: str | None):
    found = [plan_review(news, to(wishes), "run1", NOON) for news in (LOW, GOOD)]
    assert [plan and plan.kind for plan in found] == [low, good]


@pytest.mark.parametrize("reason", ["risk", "disagree", "sentence"])
def test_reason_makes_a_review_urgent_for_the_rule_that_asks_for_it_and_for_no_other(reason: str):
    praise = replace(GOOD, reasons=frozenset({reason}))
    for asked in ("risk", "disagree", "sentence"):
        found = kind(praise, to(Wishes(news="never", reasons=frozenset({asked}))))
        assert found == (("review", "review.new:b") if asked == reason else None)
    assert kind(praise, to(Wishes(reasons=frozenset()))) == ("daily", "daily:2026-12-02")
    assert kind(LOW, to(Wishes(reasons=frozenset()))) == ("review", "review.new:a")


def test_most_urgent_of_several_rules_counts():
    rules = (Wishes(news="never"), Wishes(news="daily"), Wishes(news="at_once", stars=frozenset({5})))
    assert kind(GOOD, to(*rules)) == ("news", "run:run1")
    assert kind(replace(GOOD, stars=4), to(*rules)) == ("daily", "daily:2026-12-02")


def test_urgent_one_passes_the_night_and_others_are_held_until_its_end_in_one_message():
    assert kind(LOW, to(Wishes(**QUIET)), NIGHT) == ("review", "review.new:a")
    held = [
        plan_review(news, to(wishes), "run1", NIGHT + timedelta(minutes=minute))
        for minute, (news, wishes) in enumerate(
            [(LOW, Wishes(urgent_passes=False, **QUIET)), (GOOD, Wishes(news="at_once", **QUIET))]
        )
    ]
    assert [(plan.cause, plan.due_at, plan.gathers) for plan in held if plan] == [
        ("held:2026-12-02T12:00:00.000000Z", datetime(2026, 12, 2, 12, tzinfo=UTC), True)
    ] * 2
    assert kind(GOOD, to(Wishes(news="at_once", **QUIET)), NOON) == ("news", "run:run1")


def test_trouble_and_first_readings_wait_for_the_end_of_the_night():
    recipient = to(Wishes(**QUIET), Wishes(trouble=False))
    trouble = plan_trouble(recipient, "elm", "g", "source.failed:1", "trouble", NIGHT)
    first = plan_first(recipient, "elm", "g", "first:g", NIGHT)
    assert trouble is not None
    assert first is not None
    assert trouble.due_at == datetime(2026, 12, 2, 12, tzinfo=UTC)
    assert first.due_at == NIGHT  # the second rule knows no night
    assert plan_trouble(to(Wishes(trouble=False)), "elm", "g", "c", "trouble", NOON) is None
    assert plan_first(to(Wishes(urgent="never", news="never")), "elm", "g", "c", NOON) is None


@given(hours=st.integers(0, 24 * 400), urgent=st.booleans(), passes=st.booleans())
def test_what_is_wanted_at_once_is_due_now_or_at_the_end_of_the_night(hours: int, urgent: bool, passes: bool):
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    wishes = Wishes(news="at_once", urgent_passes=passes, **QUIET)
    plan = plan_review(replace(GOOD, urgent=urgent), to(wishes), "run1", now)
    assert plan is not None
    local = now.astimezone(ZoneInfo("America/Toronto")).time()
    is_night = local >= time(21) or local < time(7)
    assert (plan.due_at > now) == (is_night and not (urgent and passes))
    assert plan.due_at - now <= timedelta(hours=11)


def test_retries_follow_the_schedule_with_a_tenth_of_jitter_and_end():
    moments = [NOON]
    for attempts in range(1, 20):
        following = find_next_try("id1", attempts, NOON, moments[-1])
        if following is None:
            break
        moments.append(following)
    gaps = [later - earlier for earlier, later in itertools.pairwise(moments)]
    assert len(gaps) == len(GAPS) == 9
    assert all(gap <= found <= gap * 1.1 for gap, found in zip(GAPS, gaps, strict=True))
    assert timedelta(days=3) < moments[-1] - NOON < timedelta(days=4)


def test_jitter_differs_between_messages_and_not_between_attempts():
    assert len({find_next_try(f"id{n}", 3, NOON, NOON) for n in range(20)}) > 10
    assert find_next_try("id1", 3, NOON, NOON) == find_next_try("id1", 3, NOON, NOON)


def test_longer_pause_that_was_asked_for_wins_and_does_not_last_for_ever():
    assert find_next_try("id1", 1, NOON, NOON, 3600) == NOON + timedelta(hours=1)
    assert find_next_try("id1", 5, NOON, NOON + timedelta(days=3), 86400) is not None
    assert find_next_try("id1", 5, NOON, NOON + timedelta(days=3, hours=2), 86400) is None
    # One that has waited for others all the time still gets its attempts.
    assert find_next_try("id1", 1, NOON, NOON + timedelta(days=30)) is not None
    assert find_hold(9, NOON, None) == NOON + timedelta(minutes=30)


@pytest.mark.parametrize(
    ("channel", "status", "body", "outcome"),
    [
        ("slack", 200, b"ok", "taken"),
        ("slack", 200, b"<html>login</html>", "failed"),
        ("slack", 400, b"invalid_payload", "failed"),
        ("slack", 403, b"action_prohibited", "off"),
        ("slack", 404, b"no_service", "off"),
        ("slack", 410, b"channel_is_archived", "off"),
        ("slack", 429, b"", "failed"),
        ("teams", 202, b"", "taken"),
        ("teams", 200, b"1", "taken"),
        ("teams", 404, b"", "off"),
        ("webhook", 204, b"", "taken"),
        ("webhook", 299, b"", "taken"),
        ("webhook", 302, b"", "failed"),
        ("webhook", 404, b"", "failed"),
        ("webhook", 410, b"", "off"),
        ("webhook", 500, b"", "failed"),
    ],
)
def test_answer_means_what_the_receiver_documents(channel: str, status: int, body: bytes, outcome: str):
    assert judge(channel, status, body).outcome == outcome


def test_word_of_slack_is_kept_for_the_log_and_foreign_text_is_not():
    assert judge("slack", 400, b"invalid_payload").said == "400 invalid_payload"
    assert judge("slack", 500, b"<p>Ada Lovelace, room 5</p>").said == "500"
