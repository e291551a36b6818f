-- One row is a contact with an identity who did nothing since a moment, was known before it, and is under no hold, by
-- whatever id. Numbers that are another contact's now go with it, and of whom it is still to be done nobody goes.
SELECT identity.contact_id
FROM identity
WHERE {{which}} AND identity.created_at < %(before)s AND identity.outside_id_hash <> ALL(%(held)s::bytea[])
    AND NOT EXISTS (SELECT FROM identity_alias WHERE former_id = identity.contact_id)
    AND NOT EXISTS (
        SELECT FROM identity_alias JOIN identity other ON other.contact_id = former_id
        WHERE identity_alias.contact_id = identity.contact_id
            AND (other.created_at >= %(before)s OR other.outside_id_hash = ANY(%(held)s::bytea[]))
    )
    AND identity.contact_id <> ALL(ARRAY(
        SELECT coalesce(identity_alias.contact_id, told.id)
        FROM merge_waiting CROSS JOIN LATERAL (VALUES (contact_id), (into_id)) AS told (id)
        LEFT JOIN identity_alias ON former_id = told.id
    ))
    AND NOT EXISTS (
        SELECT FROM event_key WHERE contact_id = identity.contact_id AND occurred_at >= %(before)s
    )
ORDER BY identity.contact_id
LIMIT %(most)s
