-- Gives the events of these contacts that came another way, too, to whoever else told of them: to nobody's file (0) for
-- good, else to the file that came first, whose days then reach as far. One row says how many there were. Each look-up is
-- by key: OFFSET 0 keeps them from becoming one join with all events.
WITH other AS MATERIALIZED (
    SELECT DISTINCT ON (contact_id, event_id) contact_id, event_id, import_id
    FROM event_repeat WHERE contact_id = ANY(%(contacts)s)
    ORDER BY contact_id, event_id, import_id
),
theirs AS MATERIALIZED (
    SELECT e.*, nullif(other.import_id, 0) AS other_id
    FROM other
    CROSS JOIN LATERAL (
        SELECT occurred_at FROM event_key WHERE contact_id = other.contact_id AND event_id = other.event_id OFFSET 0
    ) k
    CROSS JOIN LATERAL (
        SELECT contact_id, campaign_id, message, occurred_at, event_id FROM event
        WHERE contact_id = other.contact_id AND occurred_at = k.occurred_at AND event_id = other.event_id
            AND import_id = %(import_file)s
        OFFSET 0
    ) e
),
handed AS (
    UPDATE event e SET import_id = theirs.other_id
    FROM theirs
    WHERE e.contact_id = theirs.contact_id AND e.campaign_id = theirs.campaign_id AND e.message = theirs.message
        AND e.occurred_at = theirs.occurred_at AND e.event_id = theirs.event_id
),
forgotten AS (
    DELETE FROM event_repeat r USING theirs t
    WHERE r.contact_id = t.contact_id AND r.event_id = t.event_id
        AND (t.other_id IS NULL OR r.import_id = t.other_id)
),
days AS (
    UPDATE import_file f
    SET first_day = least(f.first_day, of_file.first_day), last_day = greatest(f.last_day, of_file.last_day)
    FROM (
        SELECT
            other_id, min(occurred_at AT TIME ZONE 'UTC')::date AS first_day,
            max(occurred_at AT TIME ZONE 'UTC')::date AS last_day
        FROM theirs WHERE other_id IS NOT NULL GROUP BY 1
    ) of_file
    WHERE f.id = of_file.other_id
)
SELECT count(*) FROM theirs
