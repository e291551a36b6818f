-- What came several ways under a former number did so for the contact; and of an event that several numbers have, which
-- becomes one, each number's is a way that it came. Before any of it moves.
WITH {{keys}},
moved AS (
    DELETE FROM event_repeat r USING merged WHERE r.contact_id = merged.former
    RETURNING merged.contact, r.event_id, r.import_id, r.noted_on
)
INSERT INTO event_repeat (contact_id, event_id, import_id, noted_on)
SELECT contact, event_id, import_id, noted_on FROM moved
UNION
SELECT k.contact, k.event_id, coalesce(e.import_id, 0), (now() AT TIME ZONE 'UTC')::date
FROM keys k
CROSS JOIN LATERAL (
    SELECT import_id FROM event
    WHERE contact_id = k.contact_id AND occurred_at = k.occurred_at AND event_id = k.event_id
    OFFSET 0
) e
WHERE k.times > 1
ON CONFLICT DO NOTHING
