-- Counting and listing ask for one theme after another.
DROP INDEX review_themes_by_time;
CREATE INDEX review_themes_by_theme ON review_themes
    (group_id, theme, written_at, review_id, clinic_id, source_id, positive, neutral, negative);
