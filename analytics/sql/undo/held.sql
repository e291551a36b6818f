-- One row says whether a file brought events of anybody under a hold.
SELECT EXISTS (
    SELECT FROM identity JOIN event ON event.contact_id = identity.contact_id
    WHERE identity.outside_id_hash = ANY(%(held)s::bytea[]) AND event.import_id = %(import_file)s
)
