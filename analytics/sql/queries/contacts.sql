-- contacts: one row is a contact of `slot_contacts` and what they did in the slot, looked up as there; what machines did
-- is counted apart.
SELECT
    slot.contact_id, slot.occurred_at AS first_at, did.*
FROM ({{firsts}}) slot
CROSS JOIN LATERAL (
    SELECT
        count(*) FILTER (WHERE type = 1) AS sent,
        count(*) FILTER (WHERE type = 5 AND machine = 0) AS opened,
        count(*) FILTER (WHERE type = 6 AND machine = 0) AS clicked,
        count(*) FILTER (WHERE type = 7) AS converted,
        count(*) FILTER (WHERE machine <> 0) AS by_machine,
        max(occurred_at) AS last_at,
        (array_agg(type ORDER BY occurred_at DESC, type DESC))[1] AS last_type,
        (array_agg(machine ORDER BY occurred_at DESC, type DESC))[1] <> 0 AS last_by_machine
    FROM (
        SELECT event.type, event.machine, event.occurred_at
        FROM event
        WHERE event.contact_id = slot.contact_id AND event.campaign_id + 0 = %(campaign)s
            AND event.type NOT IN (7, 8)
            AND event.occurred_at >= %(month)s AND event.occurred_at < %(months_end)s
            AND event.occurred_at + %(no_time)s >= %(starts_at)s AND event.occurred_at + %(no_time)s < %(ends_at)s
        UNION ALL
        SELECT credit.type, 0, credit.occurred_at
        FROM campaign_attribution credit
        WHERE credit.model = 0
            AND credit.contact_id = slot.contact_id AND credit.campaign_id = %(campaign)s
            AND credit.occurred_at >= %(starts_at)s AND credit.occurred_at < %(ends_at)s
    ) deeds
) did
ORDER BY slot.occurred_at, slot.contact_id
