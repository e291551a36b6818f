-- One row is an address or a number of somebody who was erased, told of another contact before that. A name is nobody's.
DELETE FROM identity_field
USING unnest(%(hashes)s::text[], %(moments)s::timestamptz[]) AS line (hash, at)
WHERE value_hash = decode(line.hash, 'hex') AND learned_at <= line.at AND kind <> 'name'
