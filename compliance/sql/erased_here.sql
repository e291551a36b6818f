-- One row is a contact who is known by an id that a line of the ledger says was erased: since before that, so that this
-- database was restored from a backup; or else they came back.
SELECT line.number, identity.contact_id, identity.created_at <= line.at AS before
FROM unnest(%(numbers)s::bigint[], %(hashes)s::text[], %(moments)s::timestamptz[]) AS line (number, hash, at)
JOIN identity ON identity.outside_id_hash = decode(line.hash, 'hex')
ORDER BY line.number, identity.contact_id
