-- name: add_delivery
-- A message to a recipient; the id, also of one that waits and nobody has begun to send, else no row.
INSERT INTO deliveries (public_id, group_id, cause, kind, recipient, person_id, channel_id, payload, created_at, due_at,
                        next_try_at)
VALUES (:public_id, :group_id, :cause, :kind, :recipient, :person_id, :channel_id, :payload, :now, :due_at, :due_at)
ON CONFLICT (group_id, cause, recipient) DO UPDATE SET payload = deliveries.payload
WHERE deliveries.state = 'waiting' AND deliveries.attempts = 0
RETURNING id;

-- name: find_cause
-- Whether this cause has made a message to this recipient.
SELECT id FROM deliveries WHERE group_id = :group_id AND cause = :cause AND recipient = :recipient;

-- name: add_delivery_review
-- A message tells of a review too.
INSERT INTO delivery_reviews (delivery_id, review_id, group_id) VALUES (:delivery_id, :review_id, :group_id)
ON CONFLICT (delivery_id, review_id) DO NOTHING;

-- name: find_delivery_reviews
-- Which reviews a message tells of, the first `limit`.
SELECT d.review_id FROM delivery_reviews AS d
WHERE d.group_id = :group_id AND d.delivery_id = :delivery_id
ORDER BY d.review_id
LIMIT :limit;

-- name: count_delivery_reviews
-- How many reviews a message tells of, by whole stars; 0 is without stars.
SELECT CASE WHEN r.stars100 IS NULL THEN 0 WHEN r.stars100 < 150 THEN 1 WHEN r.stars100 < 250 THEN 2
            WHEN r.stars100 < 350 THEN 3 WHEN r.stars100 < 450 THEN 4 ELSE 5 END AS stars, COUNT(*) AS n
FROM delivery_reviews AS d JOIN reviews AS r ON r.id = d.review_id AND r.group_id = d.group_id
WHERE d.group_id = :group_id AND d.delivery_id = :delivery_id
GROUP BY 1
ORDER BY 1;

-- name: claim_delivery
-- scope: system — the sender serves all groups
-- The message that waits longest, now this sender's until its lease ends; the attempt counts before anything is sent.
UPDATE deliveries SET lease_until = :lease_until, attempts = attempts + 1
WHERE id = (
    SELECT d.id FROM deliveries AS d LEFT JOIN channels AS c ON c.id = d.channel_id
    WHERE d.state = 'waiting' AND d.next_try_at <= :now AND (d.lease_until IS NULL OR d.lease_until <= :now)
      AND (d.channel_id IS NULL OR (c.state = 'active' AND (c.held_until IS NULL OR c.held_until <= :now)))
      /*if no_mail: AND d.channel_id IS NOT NULL */
      /*if only_id: AND d.id = :only_id */
      /*if kinds: AND d.kind IN (:kinds*) */
    ORDER BY d.next_try_at, d.id
    LIMIT 1
    /*postgres: FOR UPDATE OF d SKIP LOCKED */
)
RETURNING *;

-- name: find_due_of_kinds
-- scope: system — the sender serves all groups
-- A message of these kinds that waits to be sent now.
SELECT id FROM deliveries
WHERE state = 'waiting' AND next_try_at <= :now AND (lease_until IS NULL OR lease_until <= :now) AND kind IN (:kinds*)
LIMIT 1;

-- name: mark_delivered
-- scope: system — the sender serves all groups
-- Note that a message was taken; touches no row if somebody has noted it before.
UPDATE deliveries SET state = 'sent', sent_at = :now, lease_until = NULL, answers = :answers
WHERE id = :id AND state = 'waiting';

-- name: mark_undelivered
-- scope: system — the sender serves all groups
-- Note that a message was not taken, and when to try again or that it never will be.
UPDATE deliveries SET state = :state, next_try_at = :next_try_at, lease_until = NULL, answers = :answers
WHERE id = :id AND state = 'waiting';

-- name: end_overdue
-- scope: system — the sender serves all groups
-- Messages to channels that were disabled or paused for too long are given up.
UPDATE deliveries SET state = 'dead', lease_until = NULL WHERE state = 'waiting' AND due_at < :before
    AND channel_id IN (SELECT c.id FROM channels AS c WHERE c.state <> 'active');

-- name: drop_old_deliveries
-- scope: system — upkeep
-- Forget messages that were sent or given up long ago.
DELETE FROM deliveries WHERE state <> 'waiting' AND created_at < :before;

-- name: count_deliveries
-- scope: system — the state of the whole installation, without any content
-- How many messages there are in each state, and since when the oldest of them has been due.
SELECT state, COUNT(*) AS n, MIN(due_at) AS oldest FROM deliveries GROUP BY state ORDER BY state;

-- name: find_deliveries
-- The group's messages, newest first; narrowed to what was passed.
SELECT d.*, p.name AS person_name, c.label AS channel_label, c.kind AS channel_kind
FROM deliveries AS d
LEFT JOIN people AS p ON p.id = d.person_id
LEFT JOIN channels AS c ON c.id = d.channel_id AND c.group_id = d.group_id
WHERE d.group_id = :group_id
    /*if public_id: AND d.public_id = :public_id */
    /*if state: AND d.state = :state */
    /*if person_id: AND d.person_id = :person_id */
    /*if channel_id: AND d.channel_id = :channel_id */
    /*if before_id: AND d.id < :before_id */
ORDER BY d.id DESC
LIMIT :limit;

-- name: replay_delivery
-- A message that was given up, or sent, is to be sent again, with the id that it has.
UPDATE deliveries SET state = 'waiting', attempts = 0, due_at = :now, next_try_at = :now, lease_until = NULL,
                      sent_at = NULL
WHERE group_id = :group_id AND public_id = :public_id AND state IN ('dead', 'sent')
RETURNING id;

-- name: restore_deliveries
-- scope: system — a restore is about the whole installation
-- A restored installation sends no old messages.
UPDATE deliveries SET state = 'dropped', lease_until = NULL WHERE state = 'waiting';

-- name: find_alert_groups
-- scope: system — the weekly digest is looked for in all groups
-- All groups.
SELECT id FROM groups ORDER BY id;
