-- Gives the events of these contacts that came another way, too, to whoever else told of them: to nobody's file (0) for
-- good, else to the file that came first, whose days then reach as far. One row says how many there were.
WITH other AS (
    SELECT DISTINCT ON (r.contact_id, r.event_id) r.contact_id, r.event_id, k.occurred_at, r.import_id
    FROM event_repeat r JOIN event_key k USING (contact_id, event_id)
    WHERE r.contact_id = ANY(%(contacts)s)
    ORDER BY r.contact_id, r.event_id, r.import_id
),
handed AS (
    UPDATE event e SET import_id = nullif(other.import_id, 0)
    FROM other
    WHERE e.contact_id = other.contact_id AND e.occurred_at = other.occurred_at AND e.event_id = other.event_id
        AND e.import_id = %(import_file)s
    RETURNING e.contact_id, e.event_id, e.import_id, (e.occurred_at AT TIME ZONE 'UTC')::date AS day
),
forgotten AS (
    DELETE FROM event_repeat r USING handed h
    WHERE r.contact_id = h.contact_id AND r.event_id = h.event_id
        AND (h.import_id IS NULL OR r.import_id = h.import_id)
),
days AS (
    UPDATE import_file f
    SET first_day = least(f.first_day, theirs.first_day), last_day = greatest(f.last_day, theirs.last_day)
    FROM (
        SELECT import_id, min(day) AS first_day, max(day) AS last_day FROM handed WHERE import_id IS NOT NULL GROUP BY 1
    ) theirs
    WHERE f.id = theirs.import_id
)
SELECT count(*) FROM handed
