-- when the credited message `s` was sent to the contact, and whether it was clicked
LEFT JOIN LATERAL (
    SELECT
        min(e.occurred_at) FILTER (WHERE e.type = 1) AS sent_at,
        bool_or(e.type = 6 AND e.machine = 0) AS clicked
    FROM campaign_month m
    CROSS JOIN LATERAL (
        SELECT type, machine, occurred_at FROM event
        WHERE contact_id = s.contact_id AND campaign_id = m.campaign_id AND message = s.message
            AND occurred_at >= m.starts_at AND occurred_at < m.ends_at AND type IN (1, 6)
        OFFSET 0
    ) e
    WHERE s.campaign_id <> 0 AND m.campaign_id = s.campaign_id
) m ON true
