-- What patients speak of, counted by quarters of months, so that a page about themes costs the same whatever the history.
CREATE TABLE theme_periods (
    source_id    INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    theme        TEXT NOT NULL,
    period       TEXT NOT NULL,            -- '2026-11a': days 1 to 8 (UTC); b: 9 to 16, c: 17 to 24, d: the rest
    is_copy      INTEGER NOT NULL,         -- 1: of reviews that count at another source
    group_id     INTEGER NOT NULL REFERENCES groups (id),
    clinic_id    INTEGER NOT NULL REFERENCES clinics (id),
    spoken       INTEGER NOT NULL,         -- reviews that speak of it
    praising     INTEGER NOT NULL,         -- reviews with a sentence that praises
    criticizing  INTEGER NOT NULL,
    positive     INTEGER NOT NULL,         -- sentences
    neutral      INTEGER NOT NULL,
    negative     INTEGER NOT NULL,
    PRIMARY KEY (source_id, theme, period, is_copy)
) STRICT;
CREATE INDEX theme_periods_by_theme ON theme_periods (group_id, theme, period, is_copy, clinic_id, source_id, spoken,
    praising, criticizing, positive, neutral, negative);
INSERT INTO theme_periods (source_id, theme, period, is_copy, group_id, clinic_id, spoken, praising, criticizing,
                           positive, neutral, negative)
SELECT t.source_id, t.theme, substr(t.written_at, 1, 7) || CASE WHEN substr(t.written_at, 9, 2) < '09' THEN 'a'
                                                       WHEN substr(t.written_at, 9, 2) < '17' THEN 'b'
                                                       WHEN substr(t.written_at, 9, 2) < '25' THEN 'c' ELSE 'd' END,
       CASE WHEN r.copy_of IS NULL THEN 0 ELSE 1 END, t.group_id, t.clinic_id,
       COUNT(*), SUM(CASE WHEN t.positive > 0 THEN 1 ELSE 0 END),
       SUM(CASE WHEN t.negative > 0 THEN 1 ELSE 0 END),
       SUM(t.positive), SUM(t.neutral),
       SUM(t.negative)
FROM review_themes AS t JOIN reviews AS r ON r.id = t.review_id
GROUP BY 1, 2, 3, 4, 5, 6;
