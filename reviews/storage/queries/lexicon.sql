-- name: find_lexicon
-- Whether a group has words of its own, and which state of them.
SELECT version, changed_at FROM lexicons WHERE group_id = :group_id

-- name: find_lexicons
-- scope: system — one scoring pass serves all groups
-- The state of every group's own words.
SELECT group_id, version FROM lexicons ORDER BY group_id

-- name: bump_lexicon
-- The words have changed.
INSERT INTO lexicons (group_id, version, changed_at) VALUES (:group_id, 1, :now)
ON CONFLICT (group_id) DO UPDATE SET version = lexicons.version + 1, changed_at = excluded.changed_at

-- name: find_lexicon_entries
-- A group's own words, in the order of what they say.
SELECT e.id, e.public_id, e.language, e.kind, e.term, e.theme, e.topic, e.points, e.leaning, e.reason, e.created_at,
       e.updated_at, p.name AS person_name
FROM lexicon_entries AS e LEFT JOIN people AS p ON p.id = e.person_id
WHERE e.group_id = :group_id
  /*if public_id: AND e.public_id = :public_id */
ORDER BY e.language, e.kind, e.term, e.theme, e.id

-- name: put_lexicon_entry
-- A word of a group, or what it says now.
INSERT INTO lexicon_entries (public_id, group_id, language, kind, term, theme, topic, points, leaning, reason, person_id,
                             created_at, updated_at)
VALUES (:public_id, :group_id, :language, :kind, :term, :theme, :topic, :points, :leaning, :reason, :person_id, :now,
        :now)
ON CONFLICT (group_id, language, kind, term, theme) DO UPDATE SET
    topic = excluded.topic, points = excluded.points, leaning = excluded.leaning, reason = excluded.reason,
    person_id = excluded.person_id, updated_at = excluded.updated_at
RETURNING public_id

-- name: delete_lexicon_entry
-- A word that a group no longer wants.
DELETE FROM lexicon_entries WHERE group_id = :group_id AND public_id = :public_id

-- name: find_past_texts
-- Texts of a group, the newest first, to try words on.
SELECT r.id, r.public_id, c.title, c.text, r.language
FROM reviews AS r JOIN review_contents AS c ON c.review_id = r.id AND c.group_id = r.group_id
WHERE r.group_id = :group_id AND r.has_text = 1
ORDER BY r.written_at DESC, r.id DESC LIMIT :limit
