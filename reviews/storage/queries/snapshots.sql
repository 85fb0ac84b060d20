-- name: find_snapshots_of_widget
-- What is held of a widget, without the bytes.
SELECT path, content_type, headers, etag, keep_until, deleted FROM snapshots
WHERE group_id = :group_id AND widget_id = :widget_id
ORDER BY path

-- name: next_change_number
-- scope: system — web processes follow the changes of all groups by one number
-- The next change number; whoever takes one holds it until the end of the transaction, so numbers appear in order.
INSERT INTO counters (name, value) VALUES ('snapshots', 1)
ON CONFLICT (name) DO UPDATE SET value = counters.value + 1
RETURNING value

-- name: get_change_number
-- scope: system — web processes follow the changes of all groups by one number
-- The highest change number.
SELECT value FROM counters WHERE name = 'snapshots'

-- name: put_snapshots
-- Paths of a widget, each with its pieces of all the bytes, but never the paths of another widget.
INSERT INTO snapshots (path, group_id, widget_id, content_type, headers, body, body_gzip, etag, made_at, keep_until,
                       change_number, deleted)
SELECT item.key, w.group_id, w.id, item.value ->> 'content_type', item.value ->> 'headers',
       substr(:bytes, CAST(item.value ->> 'body_from' AS integer), CAST(item.value ->> 'body_length' AS integer)),
       substr(:bytes, CAST(item.value ->> 'gzip_from' AS integer), CAST(item.value ->> 'gzip_length' AS integer)),
       item.value ->> 'etag', item.value ->> 'made_at', item.value ->> 'keep_until', :change_number, 0
FROM json_each(:items) AS item CROSS JOIN widgets AS w
WHERE w.group_id = :group_id AND w.id = :widget_id
ON CONFLICT (path) DO UPDATE SET
    content_type = excluded.content_type, headers = excluded.headers, body = excluded.body,
    body_gzip = excluded.body_gzip, etag = excluded.etag, made_at = excluded.made_at,
    keep_until = excluded.keep_until, change_number = excluded.change_number, deleted = 0
WHERE snapshots.group_id = excluded.group_id AND snapshots.widget_id = excluded.widget_id

-- name: bury_snapshots
-- Paths that the widget has no longer: nothing of their bytes stays.
UPDATE snapshots SET
    deleted = 1, body = :empty, body_gzip = :empty, etag = '', made_at = :now, keep_until = NULL,
    change_number = :change_number
WHERE group_id = :group_id AND widget_id = :widget_id AND path IN (:paths*)

-- name: find_snapshot
-- scope: system — a public address is all that a visitor brings
-- The bytes of a path.
SELECT path, content_type, headers, body, body_gzip, etag, made_at, keep_until, deleted, change_number
FROM snapshots WHERE path = :path AND deleted = 0

-- name: find_snapshots_since
-- scope: system — a web process serves the widgets of all groups
-- What has changed since a number, in order.
SELECT path, content_type, headers, body, body_gzip, etag, made_at, keep_until, deleted, change_number
FROM snapshots WHERE change_number > :change_number
ORDER BY change_number, path

-- name: find_lapsed_widgets
-- scope: system — the worker looks after the widgets of all groups
-- Widgets that may not be served any longer as they are, each with a clinic that it shows; all of its paths end together.
SELECT k.group_id, MIN(k.clinic_id) AS clinic_id
FROM widgets AS w
JOIN snapshots AS s ON s.path = 'w/' || w.slug || '/data.json' AND s.group_id = w.group_id
JOIN widget_clinics AS k ON k.widget_id = w.id AND k.group_id = w.group_id
WHERE w.deleted_at IS NULL AND s.deleted = 0 AND s.keep_until < :now
GROUP BY k.group_id, k.widget_id
ORDER BY k.group_id, k.widget_id
