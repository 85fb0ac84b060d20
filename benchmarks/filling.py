"""Fills an empty installation with many invented reviews: a few statements for each batch, the same on both engines."""

from datetime import UTC, datetime, timedelta

from reviews import sentiment
from reviews.clock import to_text
from reviews.storage import Storage, clinics, groups, people, runs, sources, summaries
from reviews.storage.engine import Session
from reviews.storage.values import to_json
from reviews.web import passwords

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
CLINICS, DAYS, BATCH = 50, 1_460, 20_000
PASSWORD = "a lantern beside the quiet river"
MANY = 50_000
"""From so many reviews on, PostgreSQL makes its index of words after them, and believes that ids refer to something."""
RARE, UNCOMMON = ("harpsichord", 10), ("bassoon", 500)
"""Words, and in how many reviews they stand, however many there are."""
_MAKE_DAYS = """CREATE TEMPORARY TABLE bench_days AS SELECT CAST(i.key AS bigint) AS number, i.value ->> 'd' AS day,
    i.value ->> 'w' AS written, i.value ->> 's' AS seen FROM json_each(:days) AS i"""
_EACH = """WITH RECURSIVE numbers (n) AS (
    SELECT CAST(:low AS bigint) UNION ALL SELECT n + 1 FROM numbers WHERE n < CAST(:high AS bigint)
), made AS (
    SELECT n, n % 50 + 1 AS place, d.day, d.written, d.seen,
           CASE n * 7 % 10 WHEN 9 THEN 100 WHEN 8 THEN 200 WHEN 4 THEN 300 WHEN 2 THEN 400 WHEN 6 THEN 400
           ELSE 500 END AS stars
    FROM numbers JOIN bench_days AS d ON d.number = (CAST(:count AS bigint) - n) * 1460 / CAST(:count AS bigint)
)
"""
_ADD = """INSERT INTO reviews (id, public_id, group_id, clinic_id, source_id, identity_key, identity_kind, origin,
    content_hash, reply_hash, volatile_hash, first_seen_at, last_read_at, created_run_id, last_run_id, stars100,
    language, has_text, written_at, label, scorer, work)
SELECT n, 'p' || n, 1, place, place, CAST(n AS text), 'id', 'own_site', CAST(n AS text), '', '', seen, seen, place,
    place, stars, 'en', 1, written, CASE WHEN stars < 250 THEN 'negative' ELSE 'positive' END, :scorer,
    CASE n % 3 WHEN 0 THEN 'new' ELSE 'answered' END
FROM made ORDER BY made.n"""
_ADD_TEXTS = """INSERT INTO review_contents (review_id, group_id, author, title, text, rating_raw, rating_value,
    rating_best, date_raw, date_earliest, date_latest, date_precision)
SELECT n, 1, 'Author ' || n, '', 'The team was patient with me and explained each exercise until I could do it at '
    || 'home. The room was bright, the waiting time short, and the bill was what they had said. My knee is better than '
    || 'it has been for years, visit ' || n || '. I would come again and have told my neighbours about it.'
    || CASE n % 3 WHEN 0 THEN ' More exercises followed.' ELSE '' END
    || CASE n % CAST(:rare AS bigint) WHEN 0 THEN ' There was a harpsichord.' ELSE '' END
    || CASE n % CAST(:uncommon AS bigint) WHEN 0 THEN ' There was a bassoon.' ELSE '' END,
    'x', '5', '5', 'x', day, written, 'day'
FROM made ORDER BY made.n"""
_ADD_THEMES = """INSERT INTO review_themes (review_id, theme, group_id, clinic_id, source_id, written_at, positive,
    neutral, negative, words)
SELECT n, t.theme, 1, place, place, written, CASE WHEN stars < 250 THEN 0 ELSE 1 END, 0,
    CASE WHEN stars < 250 THEN 1 ELSE 0 END, '["team"]'
FROM made CROSS JOIN (SELECT 'staff' AS theme UNION ALL SELECT 'billing') AS t ORDER BY made.n"""


def fill(storage: Storage, count: int) -> str:
    """An installation with so many reviews, in which only the worker has nothing left to do; one clinic's public id.

    They are of four years, spread evenly over the clinics; some of the newest have no answer yet.
    """
    public_id = _add_places(storage)
    is_large = storage.dialect == "postgres" and count >= MANY
    with storage.session(writable=True) as session:
        session.execute(_MAKE_DAYS, {"days": to_json({str(number): _day(number) for number in range(DAYS)})})
        session.execute("CREATE INDEX bench_days_by_number ON bench_days (number)")
        if is_large:
            session.execute("SET session_replication_role = replica")
        definition = _drop_index(session, "review_contents_words") if is_large else ""
        given = {
            "count": count, "rare": max(1, count // RARE[1]), "uncommon": max(1, count // UNCOMMON[1]),
            "scorer": sentiment.load().name,
        }  # fmt: skip
        for low in range(1, count + 1, BATCH):
            values = {**given, "low": low, "high": min(count, low + BATCH - 1)}
            for text in (_ADD, _ADD_TEXTS, _ADD_THEMES):
                used = {name: value for name, value in values.items() if f":{name}" in _EACH + text}
                session.execute(_EACH + text, used)
        session.execute("DROP TABLE bench_days")
        if is_large:
            session.execute("SET session_replication_role = origin")
            session.execute(definition)
    storage.optimize()
    for clinic_id in range(1, CLINICS + 1):
        with storage.write() as tx:
            summaries.refresh_months(tx.group(1), clinic_id)
    storage.optimize()
    return public_id


def _day(number: int) -> dict[str, str]:
    """So many days before yesterday: when it began, when it ended, and when a review of that day was read."""
    day = NOW.replace(hour=0) - timedelta(days=number + 1)
    return {"d": to_text(day), "w": to_text(day + timedelta(hours=23)), "s": to_text(day + timedelta(hours=26))}


def _drop_index(session: Session, name: str) -> str:
    row = session.execute("SELECT indexdef FROM pg_indexes WHERE indexname = :name", {"name": name}).rows[0]
    session.execute(f"DROP INDEX {name}")
    return str(row["indexdef"])


def _add_places(storage: Storage) -> str:
    with storage.write() as tx:
        group = groups.add_group(tx, name="Bench", now=NOW)
        g = tx.group(group.id)
        hashed = passwords.hash_password(PASSWORD)
        person = people.add_person(tx, email="b@example.org", name="B", password_hash=hashed, now=NOW)
        people.add_membership(g, person_id=person.id, role="owner", now=NOW)
        for number in range(CLINICS):
            clinic = clinics.add_clinic(g, slug=f"c{number}", name=f"Clinic {number}", now=NOW)
            source = sources.add_source(
                g, clinic_id=clinic.id, kind="web_page", label="Page", url=f"https://c{number}.example.org/",
                origin="own_site", config={}, now=NOW,
            )  # fmt: skip
            claim = sources.claim_source(g, source.id, owner="b", now=NOW, lease_seconds=0)
            assert claim is not None
            run = runs.open_run(g, claim, trigger="schedule", now=NOW)
            runs.close_run(g, run.id, now=NOW, outcome="ok", is_complete=True)
    return clinic.public_id
