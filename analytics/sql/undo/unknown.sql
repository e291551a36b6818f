-- One row is a contact who is known since a moment, of whom there is nothing but the number and the id outside: no event,
-- and nothing else that they are known by; and who is under no hold.
SELECT contact.id
FROM contact JOIN identity ON identity.contact_id = contact.id
WHERE {{which}} AND contact.created_at >= %(since)s AND identity.created_at >= %(since)s
    AND identity.outside_id_hash <> ALL(%(held)s::bytea[])
    AND NOT EXISTS (SELECT FROM event_key WHERE contact_id = contact.id)
    AND NOT EXISTS (SELECT FROM identity_field WHERE contact_id = contact.id)
    AND NOT EXISTS (SELECT FROM identity_alias WHERE contact.id IN (former_id, identity_alias.contact_id))
ORDER BY contact.id
LIMIT %(most)s
