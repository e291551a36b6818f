-- Takes out the events of these contacts that a file brought, with their keys; one row says how many there were.
WITH gone AS (
    DELETE FROM event
    WHERE contact_id = ANY(%(contacts)s) AND import_id = %(import_file)s
        AND occurred_at >= coalesce(%(starts_at)s::timestamptz, '-infinity')
        AND occurred_at < coalesce(%(ends_at)s::timestamptz, 'infinity')
    RETURNING contact_id, event_id
),
keys AS (
    DELETE FROM event_key k USING gone WHERE k.contact_id = gone.contact_id AND k.event_id = gone.event_id
)
SELECT count(*) FROM gone
