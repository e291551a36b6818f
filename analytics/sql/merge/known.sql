-- One row is an event that both contacts have, known once from now on: of the two the one that was accepted later goes.
WITH both_have AS (
    SELECT f.event_id
    FROM event_key f JOIN event_key c USING (event_id)
    WHERE f.contact_id = %(former)s AND c.contact_id = %(contact)s
),
accepted AS (
    SELECT
        contact_id, event_id,
        row_number() OVER (PARTITION BY event_id ORDER BY received_at, contact_id = %(former)s) AS place
    FROM event JOIN both_have USING (event_id)
    WHERE contact_id IN (%(former)s, %(contact)s)
),
gone AS (
    DELETE FROM event_key k USING accepted a
    WHERE a.place > 1 AND k.contact_id = a.contact_id AND k.event_id = a.event_id
    RETURNING k.contact_id, k.event_id
),
shares AS (
    DELETE FROM campaign_attribution a USING gone g
    WHERE a.contact_id = g.contact_id AND a.event_id = g.event_id AND a.model <> 0
)
DELETE FROM event e USING gone g WHERE e.contact_id = g.contact_id AND e.event_id = g.event_id
