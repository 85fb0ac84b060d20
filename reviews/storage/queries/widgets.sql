-- name: add_widget
-- A new widget; its id.
INSERT INTO widgets (public_id, group_id, slug, layout, theme, language, max_quotes, choice, state, created_at,
                     updated_at)
VALUES (:public_id, :group_id, :slug, :layout, :theme, :language, :max_quotes, :choice, :state, :now, :now)
RETURNING id

-- name: find_widgets
-- Widgets of a group, oldest first, each as often as it shows a clinic; each condition is optional.
SELECT w.id, w.public_id, w.group_id, w.slug, w.layout, w.theme, w.language, w.max_quotes, w.choice, w.state,
       w.rating_markup, k.clinic_id
FROM widgets AS w LEFT JOIN widget_clinics AS k ON k.group_id = w.group_id AND k.widget_id = w.id
WHERE w.group_id = :group_id AND w.deleted_at IS NULL
  /*if widget_id: AND w.id = :widget_id */
  /*if public_id: AND w.public_id = :public_id */
  /*if clinic_id: AND EXISTS (SELECT 1 FROM widget_clinics AS o
                              WHERE o.group_id = :group_id AND o.widget_id = w.id AND o.clinic_id = :clinic_id) */
ORDER BY w.id, k.position, k.clinic_id

-- name: find_widget_by_slug
-- scope: system — a public address carries the slug before anything is known of the group
-- One widget by its slug, as often as it shows a clinic.
SELECT w.id, w.public_id, w.group_id, w.slug, w.layout, w.theme, w.language, w.max_quotes, w.choice, w.state,
       w.rating_markup, k.clinic_id
FROM widgets AS w LEFT JOIN widget_clinics AS k ON k.group_id = w.group_id AND k.widget_id = w.id
WHERE w.slug = :slug AND w.deleted_at IS NULL
ORDER BY k.position, k.clinic_id

-- name: update_widget
-- Change what is given of a widget.
UPDATE widgets SET
    /*if slug: slug = :slug, */
    /*if layout: layout = :layout, */
    /*if theme: theme = :theme, */
    /*if language: language = :language, */
    /*if max_quotes: max_quotes = :max_quotes, */
    /*if choice: choice = :choice, */
    /*if state: state = :state, */
    /*if rating_markup: rating_markup = :rating_markup, */
    updated_at = :now
WHERE group_id = :group_id AND id = :widget_id AND deleted_at IS NULL

-- name: add_widget_clinic
-- A widget shows a clinic of its group.
INSERT INTO widget_clinics (widget_id, clinic_id, group_id, position)
SELECT w.id, c.id, w.group_id, :position
FROM widgets AS w JOIN clinics AS c ON c.group_id = w.group_id
WHERE w.group_id = :group_id AND w.id = :widget_id AND c.id = :clinic_id

-- name: delete_widget_clinics
-- A widget shows no clinic any more, until others are added.
DELETE FROM widget_clinics WHERE group_id = :group_id AND widget_id = :widget_id

-- name: mark_widget_deleted
-- The widget is gone; its row keeps the slug.
UPDATE widgets SET deleted_at = :now, updated_at = :now
WHERE group_id = :group_id AND id = :widget_id AND deleted_at IS NULL

-- name: find_retired_slug
-- scope: system — slugs are the installation's, and a public address carries one before anything is known of the group
-- Which widget had this slug, and what it is called now.
SELECT k.widget_id, w.slug FROM widget_slugs AS k JOIN widgets AS w ON w.id = k.widget_id
WHERE k.slug = :slug AND w.deleted_at IS NULL

-- name: find_retired_slugs
-- scope: system — static publishing writes the pages of all groups
-- All slugs that were, with what their widgets are called now.
SELECT k.slug AS old_slug, w.slug FROM widget_slugs AS k JOIN widgets AS w ON w.id = k.widget_id
WHERE w.deleted_at IS NULL ORDER BY k.slug

-- name: retire_slug
-- The slug that a widget has now is one that it had.
INSERT INTO widget_slugs (slug, group_id, widget_id, retired_at)
SELECT w.slug, w.group_id, w.id, :now FROM widgets AS w
WHERE w.group_id = :group_id AND w.id = :widget_id AND w.slug <> :slug

-- name: take_slug_back
-- A widget takes a slug again that it had before.
DELETE FROM widget_slugs WHERE group_id = :group_id AND widget_id = :widget_id AND slug = :slug

-- name: find_slug_user
-- scope: system — slugs are the installation's
-- Whether a slug is some widget's, was one's, or was that of one that is deleted.
SELECT 1 AS taken FROM widgets AS w WHERE w.slug = :slug
UNION ALL
SELECT 1 AS taken FROM widget_slugs AS k WHERE k.slug = :slug
