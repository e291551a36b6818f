-- One row is a contact with an identity who did nothing since a moment, was known before it, and is under no hold.
SELECT identity.contact_id
FROM identity
WHERE {{which}} AND identity.created_at < %(before)s AND identity.outside_id_hash <> ALL(%(held)s::bytea[])
    AND NOT EXISTS (
        SELECT FROM event_key WHERE contact_id = identity.contact_id AND occurred_at >= %(before)s
    )
ORDER BY identity.contact_id
LIMIT %(most)s
