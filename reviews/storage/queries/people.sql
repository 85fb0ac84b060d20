-- name: add_person
-- scope: system — people exist once for the installation
-- A new person; the row.
INSERT INTO people (public_id, email, name, password_hash, language, is_operator, created_at)
VALUES (:public_id, :email, :name, :password_hash, :language, :is_operator, :now)
RETURNING *;

-- name: find_people
-- scope: system — people exist once for the installation
-- All people, or those with the values that were passed.
SELECT * FROM people
WHERE 1 = 1
    /*if id: AND id = :id */
    /*if public_id: AND public_id = :public_id */
    /*if email: AND email = :email */
ORDER BY id;

-- name: set_password
-- scope: system — a password is the person's own, in all groups
-- Store a new password hash.
UPDATE people SET password_hash = :password_hash WHERE id = :id;

-- name: set_language
-- scope: system — a language is the person's own, in all groups
-- Store the language of a person's pages.
UPDATE people SET language = :language WHERE id = :id;

-- name: set_shortcuts
-- scope: system — keys are the person's own, in all groups
-- Whether single keys do something for a person.
UPDATE people SET has_shortcuts = :has_shortcuts WHERE id = :id;

-- name: find_owner
-- scope: system — until there is an owner the set-up link is open
-- Anybody who owns a group.
SELECT person_id FROM memberships WHERE role = 'owner' LIMIT 1;

-- name: disable_person
-- scope: system — an operator disables a person everywhere
-- Note that a person may not log in any more.
UPDATE people SET disabled_at = :now WHERE id = :id AND disabled_at IS NULL;

-- name: add_membership
-- A person belongs to the group, with a role; a role given before is replaced.
INSERT INTO memberships (group_id, person_id, role, all_clinics, created_at)
VALUES (:group_id, :person_id, :role, :all_clinics, :now)
ON CONFLICT (group_id, person_id) DO UPDATE SET role = excluded.role, all_clinics = excluded.all_clinics;

-- name: add_membership_clinic
-- One of the clinics that a person of the group may see.
INSERT INTO membership_clinics (group_id, person_id, clinic_id)
SELECT :group_id, :person_id, c.id FROM clinics c WHERE c.group_id = :group_id AND c.id = :clinic_id;

-- name: drop_membership_clinics
-- Forget to which clinics a person of the group was limited.
DELETE FROM membership_clinics WHERE group_id = :group_id AND person_id = :person_id;

-- name: drop_membership
-- A person belongs to the group no more.
DELETE FROM memberships WHERE group_id = :group_id AND person_id = :person_id;

-- name: drop_person_rules
-- What a person of the group was to be told goes with the membership.
DELETE FROM alert_rules WHERE group_id = :group_id AND person_id = :person_id;

-- name: find_memberships
-- scope: system — at login the groups of a person are looked up
-- In which groups a person has which role.
SELECT m.group_id, m.person_id, m.role, m.all_clinics, g.name AS group_name, g.public_id AS group_public_id,
       g.requires_second_factor
FROM memberships m JOIN groups g ON g.id = m.group_id
WHERE m.person_id = :person_id
ORDER BY m.group_id;

-- name: find_limits
-- scope: system — at login the groups of a person are looked up
-- To which clinics a person is limited, in all groups.
SELECT group_id, clinic_id FROM membership_clinics WHERE person_id = :person_id ORDER BY group_id, clinic_id;

-- name: find_member_clinics
-- To which clinics the people of the group are limited.
SELECT mc.person_id, mc.clinic_id, c.public_id FROM membership_clinics mc
JOIN clinics c ON c.id = mc.clinic_id AND c.group_id = mc.group_id
WHERE mc.group_id = :group_id
ORDER BY mc.person_id, mc.clinic_id;

-- name: find_members
-- The people of the group with their roles.
SELECT p.*, m.role, m.all_clinics FROM memberships m JOIN people p ON p.id = m.person_id
WHERE m.group_id = :group_id
    /*if person_id: AND m.person_id = :person_id */
    /*if public_id: AND p.public_id = :public_id */
ORDER BY p.name, p.id;

-- name: count_other_owners
-- How many people own the group and can log in, beside one.
SELECT COUNT(*) AS n FROM memberships m JOIN people p ON p.id = m.person_id
WHERE m.group_id = :group_id AND m.role = 'owner' AND p.disabled_at IS NULL AND m.person_id <> :person_id;

-- name: find_person_of_identity
-- scope: system — before login no group is known
-- The person to whom an identity of an identity provider belongs.
SELECT p.* FROM identities i JOIN people p ON p.id = i.person_id
WHERE i.issuer = :issuer AND i.subject = :subject;

-- name: add_identity
-- scope: system — an identity is the person's own, in all groups
-- Note whose identity this is, once.
INSERT INTO identities (issuer, subject, person_id, created_at) VALUES (:issuer, :subject, :person_id, :now)
ON CONFLICT (issuer, subject) DO NOTHING;

-- name: find_identity_of_person
-- scope: system — before login no group is known
-- Which identity of a provider the person has.
SELECT subject FROM identities WHERE issuer = :issuer AND person_id = :person_id;
