-- name: add_clinic
-- A new clinic; its row.
INSERT INTO clinics (
    public_id, group_id, slug, name, street, locality, region, postal_code, country, telephone, website,
    time_zone, language, languages, jurisdiction, professions, is_demo, created_at, updated_at
) VALUES (
    :public_id, :group_id, :slug, :name, :street, :locality, :region, :postal_code, :country, :telephone, :website,
    :time_zone, :language, :languages, :jurisdiction, :professions, :is_demo, :now, :now
)
RETURNING *;

-- name: update_clinic
-- Change what was passed of one clinic; its row.
UPDATE clinics SET
    updated_at = :now
    /*if slug: , slug = :slug */
    /*if name: , name = :name */
    /*if street: , street = :street */
    /*if locality: , locality = :locality */
    /*if region: , region = :region */
    /*if postal_code: , postal_code = :postal_code */
    /*if country: , country = :country */
    /*if telephone: , telephone = :telephone */
    /*if website: , website = :website */
    /*if time_zone: , time_zone = :time_zone */
    /*if language: , language = :language */
    /*if languages: , languages = :languages */
    /*if jurisdiction: , jurisdiction = :jurisdiction */
    /*if professions: , professions = :professions */
    /*if answer_within_hours: , answer_within_hours = :answer_within_hours */
    /*if primary_source_id: , primary_source_id = :primary_source_id */
WHERE group_id = :group_id AND id = :id
RETURNING *;

-- name: find_clinics
-- The clinics of the group by name, or the one with this id, public id or slug.
SELECT * FROM clinics
WHERE group_id = :group_id
    /*if id: AND id = :id */
    /*if public_id: AND public_id = :public_id */
    /*if slug: AND slug = :slug */
ORDER BY name, id;

-- name: mark_stale
-- Note that a clinic's figures and snapshots are older than its data.
UPDATE clinics SET stale_since = :now
WHERE group_id = :group_id AND id = :id /*if if_older: AND (stale_since IS NULL OR stale_since < :now) */;

-- name: mark_all_stale
-- scope: system — days pass for every group
-- Every clinic is to be looked at anew.
UPDATE clinics SET stale_since = :now WHERE stale_since IS NULL;

-- name: find_stale_clinics
-- scope: system — the worker looks after the clinics of all groups
-- Clinics whose figures are older than their data, the longest first.
SELECT c.group_id, c.id, c.stale_since FROM clinics AS c
WHERE c.stale_since IS NOT NULL
  /*if held_at: AND (c.stale_since < :quiet_before OR NOT EXISTS (
      SELECT 1 FROM sources AS s WHERE s.group_id = c.group_id AND s.clinic_id = c.id AND s.lease_until > :held_at)) */
ORDER BY c.stale_since, c.id LIMIT :limit;

-- name: clear_stale
-- Note that a clinic's figures are fresh again, unless its data has changed since.
UPDATE clinics SET stale_since = NULL WHERE group_id = :group_id AND id = :id AND stale_since = :stale_since;

-- name: hold_stale
-- Keep anybody from marking a clinic until the transaction ends, if its mark is still this one.
UPDATE clinics SET stale_since = stale_since
WHERE group_id = :group_id AND id = :id AND stale_since = :stale_since;

-- name: confirm_rule
-- Note who confirmed the advertising rule of a profession in a place, in place of an earlier confirmation.
INSERT INTO rule_confirmations (
    group_id, jurisdiction, profession, row_version, person_id, person_name, confirmed_at
) VALUES (:group_id, :jurisdiction, :profession, :row_version, :person_id, :person_name, :now)
ON CONFLICT (group_id, jurisdiction, profession) DO UPDATE SET
    row_version = excluded.row_version, person_id = excluded.person_id, person_name = excluded.person_name,
    confirmed_at = excluded.confirmed_at;

-- name: find_confirmations
-- The confirmed advertising rules of the group.
SELECT * FROM rule_confirmations WHERE group_id = :group_id ORDER BY jurisdiction, profession;
