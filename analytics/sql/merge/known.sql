-- One row is an event that several numbers of one contact have, known once from now on: all but the one that was accepted
-- first go, of those accepted at one moment the contact's own stays.
WITH {{keys}},
accepted AS (
    SELECT
        k.contact_id, k.event_id,
        row_number() OVER (
            PARTITION BY k.contact, k.event_id ORDER BY e.received_at, k.contact_id <> k.contact, k.contact_id
        ) AS place
    FROM keys k
    CROSS JOIN LATERAL (
        SELECT received_at FROM event
        WHERE contact_id = k.contact_id AND occurred_at = k.occurred_at AND event_id = k.event_id
        OFFSET 0
    ) e
    WHERE k.times > 1
),
gone AS (
    DELETE FROM event_key k USING accepted a
    WHERE a.place > 1 AND k.contact_id = a.contact_id AND k.event_id = a.event_id
    RETURNING k.*
),
shares AS (
    DELETE FROM campaign_attribution a USING gone g
    WHERE a.contact_id = g.contact_id AND a.event_id = g.event_id AND a.model <> 0
)
DELETE FROM event e USING gone g
WHERE e.contact_id = g.contact_id AND e.occurred_at = g.occurred_at AND e.event_id = g.event_id
